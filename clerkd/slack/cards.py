"""Cards as they are now: read from the store when they are posted or edited, never kept in a queue.

Whoever changes what a card shows says so (`refresh`). An edit that waits already shows that too, so a burst of
changes is one edit, and an edit that would change nothing is not made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from clerkd.errors import NotFound
from clerkd.model.ticket import Ticket
from clerkd.ports.store import Tx
from clerkd.slack import ids
from clerkd.slack.lines import DeskLines
from clerkd.slack.screens.card import CardView, Where, contact_card
from clerkd.slack.screens.direct import BACK
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.rules import find_opt_out
from clerkd.store.ops.slack_direct import DirectState, card_digest, current_direct, note_card, open_direct
from clerkd.store.ops.slack_places import current_thread
from clerkd.store.ops.slack_posts import Action, NewPost, Post, add_post, find_posts
from clerkd.store.ops.tickets import get_ticket


class CardFacts(Protocol):
    """What is known of a conversation besides line and peer. Asked in the store's thread."""

    def name(self, tx: Tx, peer: str) -> str | None:
        """Return what the peer is called, if they are a contact."""
        ...

    def ticket(self, tx: Tx, conversation_id: str) -> Ticket | None:
        """Return the conversation as work."""
        ...

    def opted_out(self, tx: Tx, line: str, peer: str) -> bool:
        """Tell whether nothing may be texted to the peer because they said so."""
        ...


class StoredFacts:
    """Looks in the store."""

    def name(self, tx: Tx, peer: str) -> str | None:
        """Return what the peer is called, if they are a contact."""
        return contact_name(tx, peer)

    def ticket(self, tx: Tx, conversation_id: str) -> Ticket | None:
        """Return the conversation as work."""
        return get_ticket(tx, conversation_id)

    def opted_out(self, tx: Tx, line: str, peer: str) -> bool:
        """Tell whether nothing may be texted to the peer because they said so."""
        del line  # an opt-out holds for every line
        return find_opt_out(tx, peer) is not None


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a card is, and which one."""

    channel: str
    ts: str
    where: Where


class Cards:
    """Render cards and queue their edits. `offered` tells which of a card's actions somebody acts on."""

    def __init__(self, lines: DeskLines, facts: CardFacts, offered: frozenset[str], new_id: Callable[[], str]) -> None:
        self._lines = lines
        self._facts = facts
        self._offered = offered
        self._new_id = new_id

    def view(self, tx: Tx, conversation_id: str) -> CardView:
        """Return what the conversation's cards show now; raise `NotFound`."""
        conversation = get_conversation(tx, conversation_id)
        line = self._lines.get(conversation.line)
        direct = open_direct(tx, conversation_id)
        view = CardView(
            conversation_id=conversation_id,
            peer=conversation.peer,
            line=conversation.line,
            line_number=line.number if line is not None else "",
            region=self._lines.region(conversation.line),
            name=self._facts.name(tx, conversation.peer),
            opted_out=self._facts.opted_out(tx, conversation.line, conversation.peer),
            channel=direct.channel if direct is not None else None,
            offered=self._offered,
        )
        ticket = self._facts.ticket(tx, conversation_id)
        if ticket is None:
            return view
        return replace(
            view,
            status=ticket.status.value,
            priority=ticket.priority.value if ticket.priority is not None else None,
            subject=ticket.subject,
            assignees=ticket.assignees,
            tags=ticket.tags,
        )

    def name(self, tx: Tx, conversation_id: str) -> str:
        """Return what the conversation's peer is called, or the number."""
        conversation = get_conversation(tx, conversation_id)
        return self._facts.name(tx, conversation.peer) or conversation.peer

    def payload(self, tx: Tx, conversation_id: str, where: Where) -> dict[str, Any]:
        """Return a card as it is to be shown now; raise `NotFound`."""
        return contact_card(self.view(tx, conversation_id), where).payload

    def payload_of(self, tx: Tx, post: Post) -> dict[str, Any] | None:
        """Return what a post shows if it is a card or the edit of one; None for every other post."""
        kind, _, conversation_id = post.subject.partition(":")
        where = ids.CARD_KINDS.get(kind)
        if where is None:
            return None
        return self.payload(tx, conversation_id, Where(where))

    def is_shown(self, tx: Tx, post: Post, payload: dict[str, Any]) -> bool:
        """Tell whether the edit of a card would change nothing."""
        if post.action is not Action.UPDATE or post.channel is None or post.target_ts is None:
            return False
        return card_digest(tx, post.channel, post.target_ts) == digest(payload)

    def note_shown(self, tx: Tx, post: Post, channel: str, ts: str) -> None:
        """Remember what a card shows, now that Slack took it."""
        if post.subject.partition(":")[0] in ids.CARD_KINDS:
            note_card(tx, channel, ts, digest(post.payload))

    def refresh(self, tx: Tx, conversation_id: str | None, *, now: int, but_shown: bool = False) -> set[str]:
        """Show in a conversation's cards what is known now; return the lanes in which something was queued.

        With `but_shown` a card that shows it already is left alone at once and not when its edit's turn comes.
        """
        lanes: set[str] = set()
        if conversation_id is None:
            return lanes
        try:
            line = get_conversation(tx, conversation_id).line
        except NotFound:
            return lanes
        for place in self._places(tx, conversation_id):
            subject = ids.card_edit_subject(conversation_id, place.where)
            if any(post.state == "waiting" for post in find_posts(tx, subject)):
                continue
            if but_shown:
                payload = self.payload(tx, conversation_id, place.where)
                if card_digest(tx, place.channel, place.ts) == digest(payload):
                    continue
            lane = ids.touch_lane(line)
            edit = NewPost(
                lane, Action.UPDATE, {}, subject=subject, line=line, channel=place.channel, target_ts=place.ts
            )
            add_post(tx, self._new_id(), edit, now=now)
            lanes.add(lane)
        return lanes

    def _places(self, tx: Tx, conversation_id: str) -> list[CardPlace]:
        found: list[CardPlace] = []
        thread = current_thread(tx, conversation_id)
        if thread is not None:
            found.append(CardPlace(thread.channel, thread.root_ts, Where.THREAD))
        direct = current_direct(tx, conversation_id)
        if direct is not None and (direct.state is DirectState.OPEN or direct.problem == BACK):
            posts = find_posts(tx, ids.direct_card_subject(conversation_id))
            found += [
                CardPlace(post.channel, post.ts, Where.DIRECT)
                for post in posts
                if post.ts is not None and post.channel is not None and post.channel == direct.channel
            ]
        return found


def digest(payload: dict[str, Any]) -> str:
    """Return a short word for what a card shows."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:32]
