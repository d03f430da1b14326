"""What buttons do. A click acts once: the first one decides the prompt, everybody else is told who was quicker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from clerkd.errors import Conflict, NotFound
from clerkd.ports.store import Store
from clerkd.slack import ledger
from clerkd.slack.hearing import Hearing, Outbox
from clerkd.slack.ids import ButtonAction, asked_subject, touch_lane
from clerkd.slack.ledger import Entry, Fate, Ledger
from clerkd.slack.lines import DeskLines
from clerkd.slack.parse import Clicked, Happening, Wrote
from clerkd.slack.people import People
from clerkd.slack.responses import Responses
from clerkd.slack.screens import asked, hint, outcome
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.messages import get_message, message_history
from clerkd.store.ops.slack_inbox import Received, get_received
from clerkd.store.ops.slack_posts import (
    Action,
    Answer,
    NewPost,
    Post,
    answer_prompt,
    drop_post,
    find_post_at,
    find_posts,
    get_post,
)

DID = {
    ButtonAction.RETRY: "🔁 Retried by {name}.",
    ButtonAction.RESEND: "🔁 Sent again by {name}.",
    ButtonAction.MARK_SENT: "✔️ Marked as sent by {name}.",
    ButtonAction.SEND_NOW: "🔁 Sent by {name}.",
    ButtonAction.DISCARD: "Not sent, {name} decided.",
}

DECISIONS = {"resent", "marked_sent"}  # as the core writes them into a message's history


class Clicks:
    """Act on clicks."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        *,
        lines: DeskLines,
        people: People,
        book: Ledger,
        hearing: Hearing,
        read: Callable[[Received], Happening | None],
        responses: Responses,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._lines = lines
        self._people = people
        self._book = book
        self._hearing = hearing
        self._read = read
        self._responses = responses
        self.actions: dict[ButtonAction, Callable[[Received, Clicked, Post, Answer], Awaitable[Entry]]] = {
            ButtonAction.RETRY: self._decide_outcome,
            ButtonAction.RESEND: self._decide_outcome,
            ButtonAction.MARK_SENT: self._decide_outcome,
            ButtonAction.SEND_NOW: self._send_now,
            ButtonAction.DISCARD: self._discard,
        }

    async def clicked(self, received: Received, event: Clicked) -> None:
        """Somebody clicked a button of ours."""
        await self._book.write(received, await self._entry(received, event))

    async def _entry(self, received: Received, event: Clicked) -> Entry:
        post = await self._post(event)
        if post is None or event.action not in set(ButtonAction):
            return self._tell(event, hint.OLD_BUTTON)
        refusal = await self._hearing.refusal(event.sender, hint.NOT_YOURS)
        if refusal is not None:
            return self._tell(event, refusal)
        person = await self._people.find(event.sender.user)
        answer = await self._store.write(answer_prompt, post.id, f"{received.id} {person.name}")
        if answer is Answer.OTHER:
            decided = await self._store.read(get_post, post.id)
            by = decided.answered_by if decided is not None else None
            return self._tell(event, hint.already(by.partition(" ")[2] if by else None))
        return await self.actions[ButtonAction(event.action)](received, event, post, answer)

    async def _post(self, event: Clicked) -> Post | None:
        """Return what was clicked: by its place, or by its own word while we do not know yet where it is."""
        post = await self._store.read(find_post_at, event.place.channel, event.place.ts)
        if post is None and event.post_id is not None:
            post = await self._store.read(get_post, event.post_id)
        if post is None and event.value.get("received"):  # a question that only its writer sees: it stands openly, too
            asked_openly = await self._store.read(find_posts, asked_subject(event.value["received"]))
            post = asked_openly[-1] if asked_openly else None
        return post

    async def _decide_outcome(self, received: Received, event: Clicked, post: Post, answer: Answer) -> Entry:
        message_id = event.value.get("message", "")
        try:
            before = await self._store.read(get_message, message_id)
        except NotFound:
            return self._tell(event, hint.OLD_BUTTON)
        if answer is Answer.FIRST or not await self._was_done(received, event, message_id):
            decide = self._outbox.mark_sent if event.action == ButtonAction.MARK_SENT else self._outbox.resend
            try:
                await decide(message_id, actor=event.sender.user)
            except Conflict:
                words = hint.changed_meanwhile(before.state.value)
                return Entry(
                    [self._whisper(event, words), ledger.replace(event.place, post.line, outcome.settled(before))]
                )
        name = await self._store.read(contact_name, before.peer)
        screen = outcome.answered(before, self._lines.region(before.line), self._did(event), name)
        return Entry([ledger.replace(event.place, post.line, screen)])

    async def _was_done(self, received: Received, event: Clicked, message_id: str) -> bool:
        """Whether this very click was carried out before the daemon was killed and could write it down."""
        history = await self._store.read(message_history, message_id)
        return any(
            entry.actor == event.sender.user and entry.event in DECISIONS and entry.at >= received.received_at
            for entry in history
        )

    async def _send_now(self, received: Received, event: Clicked, post: Post, answer: Answer) -> Entry:
        del received, answer  # the message's place is its idempotency key
        earlier = await self._store.read(get_received, event.value.get("received", ""))
        wrote = self._read(earlier) if earlier is not None and earlier.state == "asked" else None
        if earlier is None or not isinstance(wrote, Wrote):
            return Entry([self._whisper(event, hint.already(None))])
        entry = await self._hearing.consider(earlier, wrote, confirmed=True)
        entry.also_done = earlier.id
        gone = entry.fate is None  # its writer deleted it before anybody said yes
        words = "It was deleted: nothing was sent." if gone else self._did(event)
        if entry.fate is not None and entry.fate.outcome == "refused":
            words = f"{self._name(event)} wanted to send it: see below."
        entry.posts[:0] = await self._close_question(event, post, words)
        return entry

    async def _discard(self, received: Received, event: Clicked, post: Post, answer: Answer) -> Entry:
        del received, answer
        earlier = await self._store.read(get_received, event.value.get("received", ""))
        wrote = self._read(earlier) if earlier is not None else None
        fate = Fate(wrote.place, "refused") if isinstance(wrote, Wrote) else None
        posts = await self._close_question(event, post, self._did(event))
        return Entry(posts, fate, also_done=event.value.get("received"))

    async def _close_question(self, event: Clicked, post: Post, words: str) -> list[NewPost]:
        """Show what was decided wherever the question stands: openly, or to its writer alone as well."""
        screen = asked.decided(words)
        if post.ts == event.place.ts or event.post_id == post.id:
            return [ledger.replace(event.place, post.line, screen)]
        if event.response_url is not None:
            await self._responses.replace(event.response_url, screen)
        now = await self._store.read(get_post, post.id)
        if now is None or now.state == "waiting":
            await self._store.write(drop_post, post.id, error="decided before it was asked openly")
            return []
        lane = touch_lane(post.line or "")
        edit = NewPost(lane, Action.UPDATE, screen.payload, line=post.line, channel=post.channel, target_id=post.id)
        return [edit]

    def _did(self, event: Clicked) -> str:
        return DID[ButtonAction(event.action)].format(name=self._name(event))

    def _name(self, event: Clicked) -> str:
        return self._people.names.get(event.sender.user, "a colleague")

    def _tell(self, event: Clicked, words: str) -> Entry:
        return Entry([self._whisper(event, words)])

    def _whisper(self, event: Clicked, words: str) -> NewPost:
        return ledger.whisper(event.place, event.sender.user, words)
