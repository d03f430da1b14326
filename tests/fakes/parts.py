"""Parts of long messages."""

from clerkd.core.inbound.text import tell
from clerkd.store.ops.inbound import tell_message, waiting_parts


def tell_waiting_parts(tx, now):
    """Do what the assembly does when the wait for parts ends, without waiting for it."""
    parts = tuple(waiting_parts(tx))
    told = tell(parts)
    tell_message(
        tx,
        parts,
        message_id="0190-test-message",
        conversation_id="0190-test-conversation",
        text=told.text,
        encoding=told.encoding,
        detail=told.detail,
        at=now,
    )
