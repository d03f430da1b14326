"""Lines that were lost, so that their return can be told, even by the daemon's next life."""

from __future__ import annotations

from clerkd.model.notice import NoticeKind
from clerkd.ports.store import Tx
from clerkd.store.ops.notices import write_notice


def lost_lines(tx: Tx) -> set[str]:
    """Return the lines whose loss was told and whose return was not."""
    return {row["line"] for row in tx.all("SELECT line FROM lost_lines")}


def tell_lost(tx: Tx, line: str, *, state: str, reason: str | None, at: int) -> None:
    """Tell once that a line does not work."""
    if tx.run("INSERT INTO lost_lines (line, at) VALUES (:line, :at) ON CONFLICT (line) DO NOTHING", line=line, at=at):
        write_notice(tx, NoticeKind.LINE_LOST, at=at, line=line, detail={"state": state, "reason": reason})


def tell_back(tx: Tx, line: str, *, at: int) -> None:
    """Tell, if its loss was told, that a line works again."""
    if tx.run("DELETE FROM lost_lines WHERE line = :line", line=line):
        write_notice(tx, NoticeKind.LINE_BACK, at=at, line=line)
