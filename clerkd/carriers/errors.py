"""What can go wrong between a line and its carrier.

Codes that begin with `line.` say that the line is at fault and not the text, which keeps its place in the queue.
"""

from __future__ import annotations

from clerkd.errors import Indeterminate, Permanent, Temporary


class Unreachable(Temporary):
    """There was no connection: nothing was written."""

    code = "line.unreachable"


class AccountRefused(Temporary):
    """The carrier does not accept the account, its secret, or its number as a sender. A person must act."""

    code = "line.account-refused"


class RateLimited(Temporary):
    """Too much in too short a time; `retry_after_s` if the carrier said how long to wait."""

    code = "line.rate-limited"


class NoAnswer(Indeterminate):
    """The request was written and its answer lost, or the carrier failed in the middle: it may have been taken."""

    code = "carrier.no-answer"


class CarrierRefused(Permanent):
    """The carrier will never send this text; details: `carrier_code`."""

    code = "carrier.refused"


class PeerOptedOut(CarrierRefused):
    """The carrier keeps a list of those who texted STOP, and the peer is on it."""

    code = "carrier.opted-out"


class CarrierBusy(Temporary):
    """The carrier refused for a reason of its own that passes."""

    code = "carrier.busy"
