"""What people write, edit and delete, as wishes to the core: the one place that decides what is texted.

Every path asks the same questions in the same order: is it ours, is it internal, may they, can it be sent. Nothing
is refused silently, and nothing is sent twice: a message's place in Slack is its idempotency key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from clerkd.errors import Conflict, NotFound, Refused
from clerkd.model.line import Measure
from clerkd.model.message import Message, Origin, OriginKind, SendRequest
from clerkd.model.recurrence import Recurrence
from clerkd.model.rules import LineRules
from clerkd.ports.store import Store, Tx
from clerkd.slack import asking, ledger
from clerkd.slack.bounds import Bound, Bounds
from clerkd.slack.channels import Channels
from clerkd.slack.ids import Place, Reaction, asked_subject
from clerkd.slack.ledger import Entry, Fate, Ledger
from clerkd.slack.lines import DeskLines
from clerkd.slack.parse import Deleted, Edited, Json, Sender, Wrote
from clerkd.slack.people import People, Person, Standing
from clerkd.slack.request import Unreadable, read_send
from clerkd.slack.roles import Role, refusal_words
from clerkd.slack.screens import hint
from clerkd.slack.text import Written, is_note, written
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.slack_answers import amend_asked, find_asked, newest_answer_of_another
from clerkd.store.ops.slack_inbox import Received, get_said
from clerkd.store.ops.slack_posts import NewPost, drop_post, find_posts

STALE_S = 3600  # what is older was written for another moment: ask
COLLISION_S = 60.0

_SEND_WORD = re.compile(r"\s*send\s", re.IGNORECASE)

log = structlog.get_logger()


class AcceptedMessage(Protocol):
    """What the outbox answers."""

    @property
    def message(self) -> Message:
        """The message, stored."""
        ...


class Outbox(Protocol):
    """What is asked of the core (`clerkd.core.outbound.outbox.Outbox`)."""

    async def accept(self, request: SendRequest) -> AcceptedMessage: ...  # noqa: D102 - see the class
    async def accept_instead(  # noqa: D102
        self, message_id: str, request: SendRequest, *, actor: str | None = None
    ) -> AcceptedMessage: ...
    async def cancel(self, message_id: str, *, actor: str | None = None) -> Message: ...  # noqa: D102
    async def resend(self, message_id: str, *, actor: str | None = None) -> Message: ...  # noqa: D102
    async def mark_sent(self, message_id: str, *, actor: str | None = None) -> Message: ...  # noqa: D102
    async def release(self, message_id: str, *, actor: str | None = None) -> Message: ...  # noqa: D102
    async def stop_series(self, series_id: str, *, actor: str | None = None) -> Message: ...  # noqa: D102
    async def edit(  # noqa: D102
        self, message_id: str, request: SendRequest, *, rule: Recurrence | None = None, actor: str | None = None
    ) -> Message: ...
    def measure(self, text: str, line: str | None = None) -> tuple[Measure, LineRules]: ...  # noqa: D102


class Hearing:
    """Act on what people write. For `undo_s` what is written in a conversation waits, and can be taken back.

    Two people who answer within `collision_s` are told of each other before the second text goes.
    """

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        *,
        lines: DeskLines,
        channels: Channels,
        people: People,
        book: Ledger,
        slack_now: Callable[[], float],
        own_now: Callable[[], float],
        undo_s: float = 0.0,
        collision_s: float = COLLISION_S,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._lines = lines
        self._channels = channels
        self._people = people
        self._book = book
        self._slack_now = slack_now
        self._own_now = own_now
        self._undo_s = undo_s
        self._collision_s = collision_s
        self._bounds = Bounds(store, channels)

    async def wrote(self, received: Received, event: Wrote) -> None:
        """A person wrote something."""
        await self._book.write(received, await self.consider(received, event))

    async def consider(self, received: Received, event: Wrote, *, confirmed: bool = False) -> Entry:
        """Do what a message asks for and return what is to be written. `confirmed`: late, but wanted."""
        bound = await self._bounds.of(event.place)
        if bound is None and await self._bounds.is_notification(event.place):
            whisper = ledger.whisper(event.place, event.sender.user, hint.UNDER_NOTIFICATION)
            return Entry([whisper], Fate(event.place, "refused"))
        if bound is None or await self._is_settled(event.place, confirmed=confirmed):
            return Entry()
        text = written(event.message, self._people.names)
        if bound.peer is None and _SEND_WORD.match(text.text) is None:
            return Entry()
        if bound.peer is not None and is_note(text.text):
            return await self._note(event, bound)
        refusal = await self.refusal(event.sender, hint.NOT_A_MEMBER)
        if bound.closed:
            refusal = hint.CLOSED_CHANNEL
        if refusal is not None:
            return Entry([ledger.whisper(event.place, event.sender.user, refusal)], Fate(event.place, "refused"))
        if not confirmed and self._slack_now() - float(event.place.ts) > STALE_S:
            return asking.about_age(received, event, bound)
        question = None if confirmed else await self._collision(received, event, bound)
        if question is not None:
            return question
        text = await self._with_names(event.message, text)
        grace_s = 0.0 if confirmed else self._undo_s
        return await self._send(event.place, event.sender.user, bound, text, key=event.place.key, grace_s=grace_s)

    async def edited(self, received: Received, event: Edited) -> None:
        """A person edited something: send the new text instead, if the old one has not gone out."""
        said = await self._store.read(get_said, event.place.channel, event.place.ts)
        bound = await self._bounds.of(event.place) if said is not None else None
        entry = Entry()
        if said is not None and bound is not None:
            if said.outcome == "asked":
                await self._store.write(_amend_asked, event.place, event.message)
            elif said.outcome == "refused":
                entry.posts.append(self._whisper(event, hint.EDIT_SENDS_NOTHING))
            elif said.outcome == "sent" and said.message_id is not None:
                entry = await self._amend(event, bound, said.message_id)
        await self._book.write(received, entry)

    async def deleted(self, received: Received, event: Deleted) -> None:
        """A person deleted something: take the text back, if it has not gone out."""
        said = await self._store.read(get_said, event.place.channel, event.place.ts)
        if said is not None and said.outcome == "deleted":
            await self._book.write(received, Entry())
            return
        entry = Entry(fate=Fate(event.place, "deleted", said.message_id if said is not None else None))
        if said is not None and said.outcome == "asked":
            await self._store.write(_forget_question, event.place)
        elif said is not None and said.message_id is not None:
            cancelled = await self._cancel(said.message_id, event.sender.user)
            entry.posts.append(self._whisper(event, hint.CANCELLED if cancelled else hint.TOO_LATE))
        await self._book.write(received, entry)

    async def give_up(self, received: Received, place: Place, user: str) -> None:
        """Say that something went wrong that nobody foresaw."""
        await self._book.write(received, Entry([ledger.whisper(place, user, hint.BROKEN)], failed=True))

    async def refusal(self, sender: Sender, words: str) -> str | None:
        """Return why somebody may not act here, or None if they may."""
        if sender.shared_channel:
            return hint.SHARED_CHANNEL
        person: Person = await self._people.judge(sender)
        if person.standing is not Standing.MEMBER:
            return words
        return refusal_words(person.role, Role.AGENT, "text people")

    # Questions ---------------------------------------------------------------------------------------------

    async def _is_settled(self, place: Place, *, confirmed: bool) -> bool:
        said = await self._store.read(get_said, place.channel, place.ts)
        return said is not None and not (confirmed and said.outcome == "asked")

    async def _note(self, event: Wrote, bound: Bound) -> Entry:
        entry = Entry(fate=Fate(event.place, "note"))
        if await self.refusal(event.sender, "") is None:
            entry.posts.append(ledger.react(event.place, bound.line, Reaction.INTERNAL))
        return entry

    async def _collision(self, received: Received, event: Wrote, bound: Bound) -> Entry | None:
        """Ask first, if somebody else answered the same conversation at the same time."""
        if bound.conversation_id is None or not self._collision_s:
            return None
        other = await self._store.read(newest_answer_of_another, bound.conversation_id, event.sender.user)
        if other is None:
            return None
        where = Place.of(other.ref)
        other_ts = where.ts if where is not None else f"{other.created_at / 1000:.6f}"
        if asking.seconds_between(event.place, other_ts) >= self._collision_s:
            return None
        who = (await self._people.find(other.user)).name
        return asking.about_answer(received, event, bound, other, who=who, now=round(self._own_now() * 1000))

    async def _with_names(self, message: Json, text: Written) -> Written:
        if not text.users and not text.channels:
            return text
        names = dict(self._people.names)
        for user in sorted(text.users):
            names[user] = (await self._people.find(user)).name
        for channel in sorted(text.channels):
            names[channel] = await self._channels.name_of(channel)
        return written(message, names)

    # Sending -----------------------------------------------------------------------------------------------

    async def _send(self, place: Place, user: str, bound: Bound, text: Written, *, key: str, grace_s: float) -> Entry:
        """Ask the core to send, and return what is to be written about it."""
        request = self._request(bound, text)
        if isinstance(request, str):
            return self._refused(place, user, bound, request)
        if grace_s and bound.peer is not None:
            request = replace(request, send_at=round((self._own_now() + grace_s) * 1000))
        request = replace(request, key=key, origin=Origin(OriginKind.SLACK, user, place.ref))
        try:
            accepted = await self._outbox.accept(request)
        except Refused as error:
            return self._refused(place, user, bound, hint.not_sent(error.message))
        return Entry(fate=Fate(place, "sent", accepted.message.id))

    def _request(self, bound: Bound, text: Written) -> SendRequest | str:
        """Return the request, or why there is none."""
        peer, body = bound.peer, text.text
        if peer is None:
            read = read_send(text.text, self._lines.region(bound.line))
            if read is None:
                return hint.EMPTY
            if isinstance(read, Unreadable):
                return hint.unreadable_number(read.typed)
            peer, body = read.to, read.text
        if text.has_files:
            return hint.FILES
        if text.broadcast is not None:
            return hint.BROADCAST
        if not body.strip():
            return hint.EMPTY
        return SendRequest(to=peer, text=body, line=bound.line)

    def _refused(self, place: Place, user: str, bound: Bound, words: str) -> Entry:
        """Say no: to everybody in a conversation's thread, who must not believe it was sent; else to the writer."""
        fate = Fate(place, "refused")
        if bound.peer is None or words == hint.BROADCAST:
            return Entry([ledger.whisper(place, user, words)], fate)
        return Entry(
            [ledger.react(place, bound.line, Reaction.FAILED), ledger.reply(place, bound.line, hint.told(words))], fate
        )

    async def _amend(self, event: Edited, bound: Bound, message_id: str) -> Entry:
        text = await self._with_names(event.message, written(event.message, self._people.names))
        if await self._says_the_same(bound, text, message_id):
            return Entry()
        refusal = await self.refusal(event.sender, hint.NOT_YOURS)
        if refusal is not None:
            return Entry([self._whisper(event, refusal)])
        if not await self._cancel(message_id, event.sender.user):
            return Entry([self._whisper(event, hint.UNCHANGEABLE)])
        if bound.peer is not None and is_note(text.text):
            lock = ledger.react(event.place, bound.line, Reaction.INTERNAL)
            return Entry([lock, self._whisper(event, hint.CANCELLED)], Fate(event.place, "note"))
        key = f"{event.place.key}:{event.edited_ts}"
        return await self._send(event.place, event.sender.user, bound, text, key=key, grace_s=self._undo_s)

    async def _says_the_same(self, bound: Bound, text: Written, message_id: str) -> bool:
        request = self._request(bound, text)
        message = await self._store.read(get_message, message_id)
        return not isinstance(request, str) and (request.text, request.to) == (message.text, message.peer)

    async def _cancel(self, message_id: str, user: str) -> bool:
        """Take a message back; true also when it was before (this very step may be a repetition)."""
        try:
            await self._outbox.cancel(message_id, actor=user)
        except Conflict as error:
            return error.details.get("state") == "cancelled"
        except NotFound:
            return False
        return True

    def _whisper(self, event: Edited | Deleted, words: str) -> NewPost:
        return ledger.whisper(event.place, event.sender.user, words)


def _amend_asked(tx: Tx, place: Place, message: Json) -> None:
    received_id = find_asked(tx, place.channel, place.ts)
    if received_id is not None:
        amend_asked(tx, received_id, message)


def _forget_question(tx: Tx, place: Place) -> None:
    """Take the question back that was not asked openly yet: there is nothing to decide any more."""
    received_id = find_asked(tx, place.channel, place.ts)
    for post in find_posts(tx, asked_subject(received_id)) if received_id is not None else ():
        if post.state == "waiting":
            drop_post(tx, post.id, error="its message was deleted")
