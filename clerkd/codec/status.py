"""TP-ST, what a StatusReport says, 23.040 §9.2.3.15."""

from __future__ import annotations

from clerkd.model.inbound import ReportStatus

_EXPIRED = 0x46  # "SM validity period expired"


def meaning(status: int) -> ReportStatus:
    """Return what a TP-ST octet means.

    00-1F the transaction is complete; 20-3F the SMSC still tries; 40-5F it will not succeed; 60-7F it might have, but
    the SMSC stopped trying. From 80 on all is reserved and read as "service rejected".
    """
    if status < 0x20:
        return ReportStatus.DELIVERED
    if status < 0x40:
        return ReportStatus.PENDING
    return ReportStatus.EXPIRED if status == _EXPIRED else ReportStatus.FAILED


def is_repeatable(status: int) -> bool:
    """Tell whether the SMSC gave up on a fault that may pass (60-7F), so that a new Submit may succeed."""
    return 0x60 <= status < 0x80
