"""Where a conversation is answered in Slack."""

from __future__ import annotations

from clerkd.ports.store import Tx
from clerkd.slack import ids
from clerkd.store.ops.slack_direct import open_direct
from clerkd.store.ops.slack_places import current_thread
from clerkd.store.ops.slack_posts import find_posts
from clerkd.store.ops.tickets import get_ticket


def answered_at(tx: Tx, conversation_id: str) -> tuple[str, str] | None:
    """Return channel and ts: of the newest text or else the card in the direct channel, or of the thread's root."""
    direct = open_direct(tx, conversation_id)
    if direct is not None:
        ticket = get_ticket(tx, conversation_id)
        newest = ticket.last_inbound
        subjects = [ids.message_subject(newest)] if newest is not None else []
        for subject in [*subjects, ids.direct_card_subject(conversation_id)]:
            for post in find_posts(tx, subject):
                if post.channel is not None and post.channel == direct.channel and post.ts is not None:
                    return post.channel, post.ts
    thread = current_thread(tx, conversation_id)
    return None if thread is None else (thread.channel, thread.root_ts)
