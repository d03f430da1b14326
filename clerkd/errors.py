"""Every error of clerkd that has a stable code.

Three families answer the only question a caller has to decide: may the same thing be tried again?

- `Temporary`: nothing happened; trying again later may succeed.
- `Permanent`: nothing happened; trying again changes nothing.
- `Indeterminate`: it may have happened; trying again may do it twice.

`code` is stable and meant for programs, logs and `docs/`; `details` says where; the text is for people and is
never compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from asyncio import Future


class ClerkdError(Exception):
    """An error that clerkd expects and can name."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or self.code)
        self.message = message or self.code
        self.details = details


class Temporary(ClerkdError):
    """Nothing happened; the same call may succeed later. `retry_after_s` when the other side said so."""

    code = "temporary"

    def __init__(self, message: str = "", *, retry_after_s: float | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after_s = retry_after_s


class Permanent(ClerkdError):
    """Nothing happened, and the same call will never succeed."""

    code = "permanent"


class Indeterminate(ClerkdError):
    """It may have happened. Repeating is a person's or a policy's decision, never the caller's.

    `later` settles it if the other side speaks after all: it gives what the call would have returned, or is cancelled.
    """

    code = "indeterminate"

    def __init__(self, message: str = "", *, later: Future[Any] | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.later = later


# What a caller asked for and cannot have -------------------------------------------------------------------


class Refused(Permanent):
    """The request is understood and refused before anything was stored."""

    code = "refused"


class InvalidNumber(Refused):
    """The text is not a phone number that can be dialled from the line."""

    code = "number.invalid"


class CountryNotAllowed(Refused):
    """The destination's country is not on the line's list."""

    code = "policy.country"


class PremiumNumber(Refused):
    """The destination is a premium-rate number or a short code."""

    code = "policy.premium"


class OptedOut(Refused):
    """The peer wants no more texts; details: `peer`."""

    code = "policy.opted-out"


class DoNotDisturb(Refused):
    """The peer is on the Do Not Disturb list; details: `peer`."""

    code = "policy.do-not-disturb"


class TextTooLong(Refused):
    """The text needs more segments than the line allows; details: `segments`, `limit`."""

    code = "text.too-long"


class EmptyText(Refused):
    """There is nothing to send."""

    code = "text.empty"


class UnsendableText(Refused):
    """The text holds what no encoding of an SMS can carry."""

    code = "text.invalid"


class UnknownLine(Refused):
    """No line of that name is configured; details: `line`, `lines`."""

    code = "line.unknown"


class NotFound(Refused):
    """No such message, conversation or token."""

    code = "not-found"


class Conflict(Refused):
    """The thing is no longer in the state that the request needs; details: `state`."""

    code = "conflict"


# The daemon's own means ------------------------------------------------------------------------------------


class StoreFull(Temporary):
    """The disk is full or nearly so: no new message is accepted, nothing stored is lost."""

    code = "store.full"


class StoreBusy(Temporary):
    """Another program holds the database: nothing was written, and waiting helps."""

    code = "store.busy"


class StoreClosed(Temporary):
    """The daemon is stopping; the operation was not executed."""

    code = "store.closed"


class Held(Permanent):
    """Another process holds the state directory or the port; details: `path`, `pid` where known."""

    code = "held"


class ConfigError(Permanent):
    """The configuration cannot be used; details: `path` of the key, `hint`."""

    code = "config"
