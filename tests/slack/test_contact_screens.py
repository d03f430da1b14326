"""The screens about contacts, as they are sent: golden JSON, valid by the stand-in's strict rules.

`CLERKD_WRITE_SNAPSHOTS=1 pytest tests/slack/test_contact_screens.py` writes them anew.
"""

import os
from pathlib import Path

import pytest
from fakes.slack_room import pretty
from hypothesis import given
from hypothesis import strategies as st

from clerkd.core.desk.importing.columns import Column
from clerkd.model.contact import Contact, ContactFields, ContactNote
from clerkd.model.contact_import import ContactImport, ImportPreview, ImportRow, ImportState, RowOutcome
from clerkd.simulate.slack.blocks.surfaces import view_problems
from clerkd.slack.screens import contact as contact_screen
from clerkd.slack.screens import contact_import, contacts, export
from clerkd.slack.screens.contact import ContactView
from clerkd.slack.screens.contacts import ContactsPage

SNAPSHOTS = Path(__file__).parent / "snapshots"
AT = 1_700_000_000_000
TEXTS = {
    "empty": "",
    "typical": "Ann Lee",
    "longest": "All work and no play makes Jack a dull boy. " * 70,
    "right-to-left": "שלום 🚲👨‍👩‍👧 مرحبا",
    "hostile": "<!channel> <@U1> <https://evil.example|bank> *b* `c` :x: &amp; \u202ex\u200by\x07 > q",
    "hundred": "Bob",
}


def contact(kind: str, number: int = 0) -> Contact:
    text = TEXTS[kind]
    if kind == "empty":
        return Contact("c0", ContactFields("A", ("+14155550123",)), 1, AT, AT)
    many = 10 if kind == "longest" else 2
    return Contact(
        f"0190a000-0000-7000-8000-{number:012}",
        ContactFields(
            text[:150],
            tuple(f"+141555501{(number + one) % 100:02}" for one in range(many)),
            text[:150],
            ("a" * 60 + "@" + "example" * 20)[:254] if kind == "longest" else "ann@example.org",
            "America/Argentina/ComodRivadavia",
            "zh-Hant-TW",
            tuple(f"{one}{text[:38]}" for one in range(20 if kind == "longest" else 2)),
        ),
        7,
        AT,
        AT,
        tuple(ContactNote(text[:80], AT + one, text[:3000]) for one in range(30 if kind == "longest" else 2)),
    )


def page(kind: str) -> ContactsPage:
    count = {"empty": 0, "hundred": 100}.get(kind, 3)
    return ContactsPage(
        contacts=[contact(kind, number) for number in range(count)],
        total=count,
        region="US",
        query="" if kind in {"empty", "hundred"} else TEXTS[kind][:100],
        later=kind == "hundred",
        after="c99" if kind == "hundred" else None,
    )


def imported(kind: str, state: ImportState, done: int) -> ContactImport:
    many = {"empty": 1, "longest": 100}.get(kind, 4)
    return ContactImport(
        id="0190a000-0000-7000-8000-000000000009",
        source=TEXTS[kind][:200] or "a.csv",
        actor="Dana",
        region="US",
        overwrite=kind == "typical",
        headers=tuple(f"{TEXTS[kind]}{number}" for number in range(many)),
        columns=tuple(list(Column)[number % len(Column)].value for number in range(many)),
        state=state,
        rows=50_000,
        created_at=AT,
        ended_at=None,
        counts={RowOutcome.NEW: done, RowOutcome.BAD: done // 3},
    )


def bad_rows(kind: str) -> tuple[ImportRow, ...]:
    count = {"empty": 0, "longest": 20, "hundred": 20}.get(kind, 2)
    text = TEXTS[kind]
    return tuple(ImportRow(one + 1, (text, "", text), RowOutcome.BAD, text or "?") for one in range(count))


def views_of(kind: str) -> dict[str, dict]:
    one = contact(kind)
    bad = bad_rows(kind)
    counts = {RowOutcome.NEW: 118, RowOutcome.MERGED: 4, RowOutcome.BAD: len(bad) and 200}
    preview = ImportPreview(counts, bad, ((TEXTS[kind], one.numbers),) * (3 if kind != "empty" else 0))
    ready = imported(kind, ImportState.READY, 0)
    return {
        "contacts": contacts.view(page(kind)),
        "contact": contact_screen.card(ContactView(contact=one, region="US", conversations=2), said="✅ Saved"),
        "contact-form": contact_screen.form(contact=one, region="US"),
        "contact-form-new": contact_screen.form(fields=ContactFields(numbers=("+14155550123",)), region="US"),
        "contact-merge": contact_screen.merge(one),
        "contact-erase": contact_screen.erase(one, region="US", conversations=1),
        "contact-import": contact_import.upload(fault=TEXTS[kind][:200]),
        "contact-import-check": contact_import.check(ready, preview, changed=True),
        "contact-import-running": contact_import.watch(imported(kind, ImportState.RUNNING, 12_345)),
        "contact-import-done": contact_import.watch(imported(kind, ImportState.DONE, 30_000), bad),
        "contact-export": export.contacts({"empty": 0, "longest": 50_000, "hundred": 100}.get(kind, 3)),
        "contact-import-stopped": contact_import.watch(imported(kind, ImportState.CANCELLED, 0), bad),
    }


def test_every_screen_is_as_it_was():
    differing = []
    for kind in TEXTS:
        for name, view in views_of(kind).items():
            path = SNAPSHOTS / f"{name}.{kind}.json"
            shown = pretty(view)
            if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
                path.write_text(shown)
            elif not path.exists() or path.read_text() != shown:
                differing.append(path.name)

    assert differing == []


@pytest.mark.parametrize("kind", TEXTS)
def test_slack_takes_every_screen(kind):
    for name, view in views_of(kind).items():
        assert view_problems(view) == [], name


@pytest.mark.parametrize("kind", TEXTS)
def test_what_people_wrote_is_never_where_slack_parses(kind):
    def holders(node):
        if isinstance(node, dict):
            own = {node["type"]} if isinstance(node.get("text"), str) else set()
            return own.union(*map(holders, node.values())) if node else own
        return set().union(*map(holders, node)) if isinstance(node, list) else set()

    for name, view in views_of(kind).items():
        assert holders(view["blocks"]) <= {"text", "plain_text"}, name


@given(st.text(max_size=200))
def test_what_comes_with_a_file_can_never_mention_or_link(said):
    assert not set("<>") & set(export.covering(said))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_name_and_tag_can_be_shown_and_edited(name, tag):
    one = Contact("c", ContactFields(name, ("+14155550123",), name, tags=(tag,)), 1, AT, AT)
    for view in (
        contact_screen.card(ContactView(contact=one, region="US")),
        contact_screen.form(contact=one, region="US"),
        contacts.view(ContactsPage(contacts=[one], total=1, region="US", query=tag[:100])),
    ):
        assert view_problems(view) == []
