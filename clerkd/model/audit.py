"""The audit log: what left the store as a file, and who took it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clerkd.model.message import OriginKind


class Audited(StrEnum):
    """What is kept in the log."""

    CONTACTS_EXPORTED = "contacts.exported"
    CONVERSATION_EXPORTED = "conversation.exported"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log."""

    at: int  # epoch ms, of the moment before the first octet left
    via: OriginKind
    actor: str  # Slack user, name of a token, or "command line"
    action: Audited
    format: str
    conversation_id: str | None = None
    seq: int = 0  # increases with the commits; 0 before it is written
