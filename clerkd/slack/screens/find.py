"""What a search found: people first, then texts, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from clerkd.model.number import national
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, Screen, actions, context, quote, rich_text, screen, section, words
from clerkd.slack.sanitize import clean, shorten
from clerkd.slack.screens.board import leading
from clerkd.slack.screens.inputs import press
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import clock

CALLBACK = "clerk.find"
QUERY = "query"  # block_id
OLDER = "clerk.find.older"
EVERYWHERE = "clerk.find.everywhere"
QUERY_LIMIT = 100
SNIPPET = 160
_AROUND = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody whose name or number matches."""

    name: str | None
    peer: str
    region: str | None
    line: str | None = None
    last_at: int | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A text that matches."""

    name: str | None
    peer: str
    region: str | None
    line: str
    inbound: bool
    at: int
    text: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was found."""

    query: str
    people: tuple[PersonRow, ...] = ()
    texts: tuple[TextRow, ...] = ()
    older: str | None = None  # the id of the last message, when there are more
    later_pages: bool = False
    within: str = ""  # what the search is narrowed to, in words
    carried: Mapping[str, str] = field(default_factory=dict)  # the same as the form carries it
    now: int
    zone: tzinfo


def view(results: Results) -> Json:
    """Return the results as a modal in which to search on."""
    buttons = []
    if results.older is not None:
        buttons.append(press(OLDER, "Older", button_value(before=results.older, query=results.query)))
    if results.within:
        buttons.append(press(EVERYWHERE, "Search everywhere", button_value(query=results.query)))
    narrowed = [context(f"Only among: {shorten(results.within, 200)}")] if results.within else []
    shown = [_field(results.query), *narrowed, *blocks(results), *([actions(*buttons)] if buttons else [])]
    return modal("Find", shown, callback=CALLBACK, submit="Find", carried=button_value(**results.carried))


def message(results: Results) -> Screen:
    """Return the results as a message."""
    return screen(_head(results), *blocks(results))


def blocks(results: Results) -> list[Block]:
    """Return what was found."""
    if not results.query:
        return [context("Names, numbers and words of texts, also the beginning of a word: bike, Ann, 555 01")]
    head = rich_text(section(words(_head(results), bold=True)))
    people = [_person(person, results) for person in results.people]
    texts = [_text(text, results) for text in results.texts]
    return [head, *people, *texts]


def snippet(text: str, query: str) -> str:
    """Return the part of a text in which the first word of the query is."""
    line = " ".join(clean(text).split())
    first = next(iter(query.split()), "").casefold()
    at = line.casefold().find(first) if first else -1
    if at <= _AROUND or len(line) <= SNIPPET:
        return shorten(line, SNIPPET)
    return shorten("…" + line[at - _AROUND :], SNIPPET)


def _head(results: Results) -> str:
    shown = shorten(results.query, 60)
    if not results.people and not results.texts:
        return f"Nothing found for “{shown}”" if not results.later_pages else "Nothing older"
    return f"Found for “{shown}”"


def _person(person: PersonRow, results: Results) -> Block:
    when = f"last text {clock(person.last_at, results.zone, results.now)}" if person.last_at else "no texts yet"
    line = f"{shorten(person.line, 40)} · " if person.line else ""
    head = _named("👤 ", person.name, person.peer, person.region)
    return rich_text(section(*head, words(f"\n{line}{when}"), leading("Open", person.link)))


def _text(text: TextRow, results: Results) -> Block:
    arrow = "📥" if text.inbound else "📤"
    head = _named(f"{arrow} ", text.name, text.peer, text.region)
    facts = words(f"\n{shorten(text.line, 40)} · {clock(text.at, results.zone, results.now)}")
    found = snippet(text.text, results.query) or "(no text)"
    return rich_text(section(*head, facts, leading("Open", text.link)), quote(found))


def _named(mark: str, name: str | None, peer: str, region: str | None) -> list[list[Element]]:
    number = national(peer, region)
    known = [words(f" · {number}")] if name else []
    return [words(mark), words(shorten(name or number, 60), bold=True), *known]


def _field(query: str) -> Block:
    element: Json = {
        "type": "plain_text_input",
        "action_id": QUERY,
        "max_length": QUERY_LIMIT,
        "placeholder": _plain("A name, a number, words of a text"),
    }
    if query:
        element["initial_value"] = query[:QUERY_LIMIT]
    return {"type": "input", "block_id": QUERY, "label": _plain("Find"), "element": element}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}
