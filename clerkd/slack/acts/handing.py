"""Hand a file that is made piece by piece to whoever asked for it, and say in a modal how it goes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator

import structlog

from clerkd.model.audit import Audited, AuditEntry
from clerkd.model.message import OriginKind
from clerkd.slack.errors import SlackPermanent
from clerkd.slack.interactions import Desk
from clerkd.slack.screens import export, skeleton
from clerkd.store.ops.audit import write_audit

KEPT_IN_MEMORY = 1 << 20  # octets of a file; what is more goes to a temporary file

log = structlog.get_logger()


async def note_export(desk: Desk, action: Audited, form: str, conversation_id: str | None = None) -> None:
    """Note in the audit log that the person of this act takes something out, before it goes."""
    entry = AuditEntry(desk.clock.now_ms(), OriginKind.SLACK, desk.person.id, action, form, conversation_id)
    await desk.store.write(write_audit, entry)


async def hand_over(desk: Desk, view_id: str, title: str, *, name: str, said: str, pieces: AsyncIterator[str]) -> None:
    """Write the pieces to a file and show it to the person of this act; `view_id` is of the modal that tells them."""
    try:
        with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
            async for piece in pieces:
                file.write(piece.encode("utf-8", "replace"))
            length = file.tell()
            file.seek(0)
            await desk.uploads.hand_to(desk.person.id, name, file, length, export.covering(said))
    except SlackPermanent as error:
        shown = export.not_handed_over(error.slack_code)
    else:
        log.info("slack.exported", person=desk.person.id, what=title, octets=length)
        shown = export.is_there(name)
    await desk.screens.update(view_id, skeleton.notice(title, shown))
