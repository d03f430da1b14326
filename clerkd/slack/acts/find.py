"""Search: `/clerk find …`, and on from there in its modal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clerkd.model.message import Direction, Message
from clerkd.ports.store import Tx
from clerkd.slack.acts.inbox_filter import filter_of, words_of
from clerkd.slack.board import thread_link
from clerkd.slack.ids import Place, message_subject
from clerkd.slack.interactions import Act, Desk, Interactions, Said, Update
from clerkd.slack.links import permalink
from clerkd.slack.payload import Acted, CommandRun, Json, Mentioned, ViewSubmitted
from clerkd.slack.screens import find, skeleton
from clerkd.slack.screens.find import PersonRow, Results, TextRow
from clerkd.slack.screens.inbox import CHOICE
from clerkd.store.ops.contacts import contact_names
from clerkd.store.ops.find import FoundPeer, find_peers, posted_at
from clerkd.store.ops.search import search_messages
from clerkd.store.ops.slack_places import current_thread
from clerkd.store.ops.tickets_inbox import InboxFilter

PEOPLE_SHOWN = 8
TEXTS_SHOWN = 12


def interactions() -> Interactions:
    """Return what is answered here."""
    return Interactions(
        words={"find": Act(find_word)},
        views={find.CALLBACK: Act(search)},
        actions={find.OLDER: Act(older), find.EVERYWHERE: Act(everywhere)},
    )


async def find_word(payload: CommandRun | Mentioned, desk: Desk) -> Said | None:
    """Open the search with what was asked for; a mention opens nothing, so its answer is a message."""
    if isinstance(payload, Mentioned):
        return Said(show=find.message(await results_of(desk, payload.rest)))

    async def found() -> Json:
        return find.view(await results_of(desk, payload.rest))

    await desk.screens.open_then(payload.trigger, skeleton.loading("Find", callback=find.CALLBACK), found)
    return None


async def search(payload: ViewSubmitted, desk: Desk) -> Update:
    """Show what is found for the words entered."""
    query = payload.view.entered.text(find.QUERY)
    return Update(find.view(await results_of(desk, query, within=payload.view.carried)))


async def older(payload: Acted, desk: Desk) -> None:
    """Show the texts before the last one shown."""
    if payload.view is not None:
        query, before = payload.value.get("query", ""), payload.value.get("before")
        results = await results_of(desk, query, before, within=payload.view.carried)
        await desk.screens.update(payload.view.id, find.view(results))


async def everywhere(payload: Acted, desk: Desk) -> None:
    """Search the same without the filters of the Inbox."""
    if payload.view is not None:
        await desk.screens.update(payload.view.id, find.view(await results_of(desk, payload.value.get("query", ""))))


async def results_of(
    desk: Desk, query: str, before: str | None = None, *, within: Mapping[str, str] | None = None
) -> Results:
    """Search names, numbers and texts; `within` is what the Inbox is narrowed to."""
    wanted = " ".join(query.split())[: find.QUERY_LIMIT]
    chosen = within or {}
    assignee = chosen.get("assignee", "").removeprefix(CHOICE)
    names = {assignee: (await desk.people.find(assignee)).name} if chosen.get("assignee", "").startswith(CHOICE) else {}
    narrowed = words_of(chosen, names)
    wish = filter_of(chosen, desk.clock.now_ms()) if narrowed else None
    people, texts = await desk.store.read(_find, wanted, before, wish, desk)
    return Results(
        query=wanted,
        people=tuple(people),
        texts=tuple(row for row, _ in texts[:TEXTS_SHOWN]),
        older=texts[TEXTS_SHOWN - 1][1] if len(texts) > TEXTS_SHOWN else None,
        later_pages=before is not None,
        within=narrowed,
        carried=chosen if narrowed else {},
        now=desk.clock.now_ms(),
        zone=desk.person.tz,
    )


def _find(
    tx: Tx, query: str, before: str | None, within: InboxFilter | None, desk: Desk
) -> tuple[list[PersonRow], list[tuple[TextRow, str]]]:
    if not query:
        return [], []
    people = find_peers(tx, query, limit=PEOPLE_SHOWN, within=within) if before is None else []
    messages = search_messages(tx, query, within=within, before=before, limit=TEXTS_SHOWN + 1)
    names = contact_names(tx, {message.peer for message in messages})
    links = message_links(tx, messages, desk.team_url())
    return (
        [_person(tx, person, desk) for person in people],
        [(_text(message, names.get(message.peer), links.get(message.id), desk), message.id) for message in messages],
    )


def message_links(tx: Tx, messages: Sequence[Message], team_url: str) -> dict[str, str]:
    """Return where messages are in Slack, by id: their own place, or else their conversation's thread."""
    if not team_url:
        return {}
    links: dict[str, str] = {}
    posts = posted_at(tx, [message_subject(message.id) for message in messages])
    for message in messages:
        thread = current_thread(tx, message.conversation_id)
        place = Place.of(message.origin.ref) if message.origin is not None else None
        posted = posts.get(message_subject(message.id))
        if posted is not None:
            channel, ts, thread_ts = posted
            in_thread = thread is not None and thread.channel == channel
            place = Place(channel, ts, thread.root_ts if in_thread and thread is not None else thread_ts)
        if place is not None:
            links[message.id] = permalink(team_url, place.channel, place.ts, place.thread_ts)
        elif thread is not None:
            links[message.id] = permalink(team_url, thread.channel, thread.root_ts)
    return links


def _person(tx: Tx, person: FoundPeer, desk: Desk) -> PersonRow:
    known = person.conversation_id
    return PersonRow(
        name=person.name,
        peer=person.peer,
        region=desk.lines.region(person.line or ""),
        line=person.line,
        last_at=person.last_at,
        link=thread_link(tx, known, desk.team_url()) if known is not None else None,
    )


def _text(message: Message, name: str | None, link: str | None, desk: Desk) -> TextRow:
    return TextRow(
        name=name,
        peer=message.peer,
        region=desk.lines.region(message.line),
        line=message.line,
        inbound=message.direction is Direction.INBOUND,
        at=message.created_at,
        text=message.text,
        link=link,
    )
