"""A file of contacts in Slack: choose it, check what it would do, watch it, read what became of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clerkd.core.desk.importing.columns import Column
from clerkd.model.contact_import import ContactImport, ImportPreview, ImportRow, ImportState, RowOutcome
from clerkd.model.number import international
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, context, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import boxes, field, menu, option, press, text_box
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import count

UPLOAD = "clerk.contact_import.upload"
CHECK = "clerk.contact_import.check"
WATCH = "clerk.contact_import.watch"
REFRESH = "clerk.contact_import.refresh"
LOOK_AGAIN = "clerk.contact_import.look_again"
STOP = "clerk.contact_import.stop"
FILE = "file"  # block_ids
REGION = "region"
OVERWRITE = "overwrite"
COLUMN = "column:"
COLUMNS_SHOWN = 40
ROWS_SHOWN = 15
_CELLS_SHOWN = 60
_BAR = 20

LABELS: dict[Column, str] = {
    Column.IGNORED: "Leave out",
    Column.NAME: "Name",
    Column.FIRST_NAME: "First name",
    Column.LAST_NAME: "Last name",
    Column.NUMBER: "Phone number",
    Column.COMPANY: "Company",
    Column.EMAIL: "E-mail",
    Column.TIME_ZONE: "Time zone",
    Column.LANGUAGE: "Language",
    Column.TAGS: "Tags",
    Column.NOTE: "Note",
}


def upload(*, fault: str = "") -> Json:
    """Return the question for a file; `fault` says why the one before could not be read."""
    said = (
        "Export your contacts from the phone, the address book or a spreadsheet, as CSV or vCard (.vcf)."
        " Nothing is taken in before you have seen what will happen."
    )
    blocks: list[Block] = [rich_text(section(words(f"⚠️ {fault}", bold=True)))] if fault else []
    blocks += [
        rich_text(section(words(said))),
        field(
            FILE,
            "File",
            {"type": "file_input", "action_id": "chosen", "filetypes": ["csv", "vcf", "txt", "tsv"], "max_files": 1},
            hint="At most 10 MB and 50,000 rows.",
        ),
    ]
    return modal("Import contacts", blocks, callback=UPLOAD, submit="Read the file", close="Cancel")


def check(found: ContactImport, preview: ImportPreview, *, changed: bool = False) -> Json:
    """Return what the file would do, and what its columns mean. `changed`: that was said anew just now."""
    blocks: list[Block] = [
        rich_text(section(words(f"{_counts(preview.counts)}", bold=True), words(f" in {shorten(found.source, 80)}"))),
        *([context("What the columns hold has changed: this is what will happen now.")] if changed else []),
        *_sample(preview),
        *_bad(preview.bad, preview.counts.get(RowOutcome.BAD, 0)),
        {"type": "divider"},
        *_columns(found),
        field(
            REGION,
            "Country of numbers without a country code",
            text_box("typed", value=found.region or "", most=2, placeholder="US"),
            hint="Two letters: US, GB, FR.",
            optional=True,
        ),
        field(OVERWRITE, "Contacts that are known already", _overwrite(found), optional=True),
        {"type": "actions", "elements": [press(LOOK_AGAIN, "Look again", button_value())]},
    ]
    return modal(
        "Import contacts",
        blocks,
        callback=CHECK,
        submit="Import",
        close="Cancel",
        carried=button_value(import_id=found.id, seen=seen(found)),
    )


def watch(found: ContactImport, bad: Sequence[ImportRow] = ()) -> Json:
    """Return how far an import is, and in the end what became of the rows."""
    value = button_value(import_id=found.id)
    if found.state is ImportState.RUNNING:
        filled = _BAR * found.done // max(1, found.rows)
        said = f"{'█' * filled}{'░' * (_BAR - filled)} {found.done:,} of {found.rows:,}"
        blocks: list[Block] = [
            rich_text(section(words("⏳ Taking the contacts in", bold=True), words(f"\n{said}"))),
            context("You may close this: it goes on by itself, after a restart too."),
            {"type": "actions", "elements": [press(REFRESH, "Refresh", value), press(STOP, "Stop", value)]},
        ]
    else:
        ended = "✅ Done" if found.state is ImportState.DONE else "⏹️ Stopped, taken in"
        blocks = [rich_text(section(words(f"{ended}: {result(found.counts)}.", bold=True)))]
        blocks += _bad(bad, found.counts.get(RowOutcome.BAD, 0))
        if found.state is ImportState.CANCELLED and found.done < found.rows:
            blocks.append(context(f"{count(found.rows - found.done, 'row')} had no turn. What was taken in stays."))
    return modal("Import contacts", blocks, callback=WATCH, carried=value)


def seen(found: ContactImport) -> str:
    """Return in few characters what the columns mean, so that a submission tells whether a person has seen that."""
    order = list(Column)
    columns = "".join(chr(ord("a") + order.index(Column(column))) for column in found.columns)
    return f"{columns}/{found.region or ''}/{int(found.overwrite)}"


def result(counts: Mapping[RowOutcome, int]) -> str:
    """Return what became of the rows."""
    parts = [
        (RowOutcome.NEW, "new"),
        (RowOutcome.MERGED, "merged"),
        (RowOutcome.UNCHANGED, "unchanged"),
        (RowOutcome.BAD, "bad"),
    ]
    said = [f"{counts[outcome]:,} {word}" for outcome, word in parts if counts.get(outcome)]
    return ", ".join(said) or "nothing"


def _counts(counts: Mapping[RowOutcome, int]) -> str:
    new, merge, bad = (counts.get(one, 0) for one in (RowOutcome.NEW, RowOutcome.MERGED, RowOutcome.BAD))
    return f"{new:,} new, {merge:,} merge, {bad:,} bad"


def _sample(preview: ImportPreview) -> list[Block]:
    if not preview.sample:
        return []
    people = "; ".join(
        f"{shorten(name, 40)} {', '.join(international(number) for number in numbers[:2])}"
        for name, numbers in preview.sample
    )
    return [rich_text(section(words("For example: "), words(people, italic=True)))]


def _bad(rows: Sequence[ImportRow], total: int) -> list[Block]:
    if not rows:
        return []
    lines = [
        section(words(f"Row {row.position}: ", bold=True), words(shorten(row.reason or "", 150)), words(_cells(row)))
        for row in rows[:ROWS_SHOWN]
    ]
    more = total - len(lines)
    said = [context(f"and {count(more, 'more row')}; clerkd contacts import shows all")] if more > 0 else []
    return [rich_text(section(words("⚠️ Not taken in:", bold=True)), *lines), *said]


def _cells(row: ImportRow) -> str:
    cells = shorten(" | ".join(cell for cell in row.cells if cell.strip()), _CELLS_SHOWN)
    return f" ({cells})" if cells else ""


def _columns(found: ContactImport) -> list[Block]:
    options = [option(label, column.value) for column, label in LABELS.items()]
    shown: list[Block] = [
        field(f"{COLUMN}{index}", f"“{shorten(title, 80)}” holds", menu("chosen", options, chosen=column))
        for index, (title, column) in enumerate(zip(found.headers, found.columns, strict=True))
        if index < COLUMNS_SHOWN
    ]
    more = len(found.headers) - COLUMNS_SHOWN
    return [*shown, *([context(f"{count(more, 'more column')} stay as guessed")] if more > 0 else [])]


def _overwrite(found: ContactImport) -> Element:
    label = option("The file’s word counts", "yes", "Otherwise it only adds what is not known yet")
    return boxes("chosen", [label], ticked=["yes"] if found.overwrite else [])
