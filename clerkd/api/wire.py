"""What travels: the JSON of requests and answers. Unknown fields are refused, wrong types named with their path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from clerkd.api.schedule_wire import RecurrenceBody, RecurrenceOut, recurrence_out
from clerkd.clock import iso
from clerkd.model.conversation import Conversation
from clerkd.model.dispatch import HistoryEntry
from clerkd.model.lifecycle import MessageState
from clerkd.model.line import LineStatus
from clerkd.model.message import Message, OutcomePolicy, Segment
from clerkd.model.quota import QuotaStatus
from clerkd.model.series import Scheduled

T = TypeVar("T")

MAX_PAGE = 500
_PAGE = 50

# Requests --------------------------------------------------------------------------------------------------


class SendBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/messages`."""

    to: str
    text: str
    line: str | None = None
    id: Annotated[str, Meta(pattern=r"^[!-~]{1,128}\Z")] | None = None
    send_at: Annotated[datetime, Meta(tz=True)] | None = None
    ttl_s: Annotated[int, Meta(gt=0, le=366 * 86_400)] | None = None
    outcome_policy: OutcomePolicy | None = None  # None: the line's
    priority: Literal["reply", "notification", "bulk"] = "notification"
    cancel_if_answered: bool = False  # with `send_at`
    recurrence: RecurrenceBody | None = None  # with `send_at`


class CancelQuery(Struct, forbid_unknown_fields=True):
    """`DELETE /v1/messages/{id}`."""

    series: bool = False  # all times to come as well


class MessageQuery(Struct, forbid_unknown_fields=True):
    """`GET /v1/messages`."""

    peer: str | None = None
    state: MessageState | None = None
    after: str | None = None
    latest: bool = False  # the newest page instead of the first one; not with `after`
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = _PAGE


class PageQuery(Struct, forbid_unknown_fields=True):
    """The query of other lists."""

    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = _PAGE


class EmptyQuery(Struct, forbid_unknown_fields=True):
    """The query of calls that take none."""


class AtBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/modems/{name}/at`."""

    # What a terminal would type: one line, no control characters, so that no second command hides in it.
    command: Annotated[str, Meta(pattern=r"^[Aa][Tt][ -~]*\Z", max_length=512)]


class UssdBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/modems/{name}/ussd`."""

    code: Annotated[str, Meta(pattern=r"^[0-9*#+]+\Z", max_length=182)]


# Answers ---------------------------------------------------------------------------------------------------


class ReportOut(Struct):
    """The newest delivery report of a segment."""

    status: str
    at: str


class SegmentOut(Struct):
    """One short message of a message."""

    part: int
    of: int
    state: str
    reference: int | str | None  # TP-MR; of a carrier its id
    submitted_at: str | None
    attempts: int
    report: ReportOut | None


class FailureOut(Struct):
    """Why a message failed."""

    code: str
    message: str


class HistoryOut(Struct):
    """One thing that happened to a message: a decision and its rule, an attempt, a delivery report."""

    at: str
    event: str
    part: int | UnsetType = UNSET
    actor: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET


class MessageOut(Struct, kw_only=True):
    """A message."""

    id: str
    direction: str
    line: str
    peer: str
    text: str
    encoding: str
    state: str
    created_at: str
    updated_at: str
    send_at: str | UnsetType = UNSET
    maybe_duplicate: bool | UnsetType = UNSET  # there and true if a copy may have gone out before this one
    cancel_if_answered: bool | UnsetType = UNSET  # of a single message that waits for its time
    recurrence: RecurrenceOut | UnsetType = UNSET  # of the same, if it repeats
    error: FailureOut | UnsetType = UNSET
    sent_by: str | UnsetType = UNSET  # the line that sends it, where that is another one
    segments: list[SegmentOut]
    history: list[HistoryOut] | UnsetType = UNSET  # of a single message


class MessagePage(Struct):
    """A list of messages, newest last."""

    messages: list[MessageOut]
    next: str | None


class QuotaOut(Struct):
    """How a line's quota stands."""

    segments: int  # the limit, packs not counted
    used: int
    packs: int  # segments that packs added in this period
    resets_at: str


class LineOut(Struct):
    """A line as every reader sees it."""

    name: str
    number: str
    state: str
    signal: int | None  # dBm
    operator: str | None
    queued: int  # segments that wait
    quota: QuotaOut | None


class LineDetail(LineOut):
    """A line as an admin sees it."""

    reason: str | None
    sim: str | None
    imei: str | None
    model: str | None
    profile: str | None
    port: str | None  # the one that is open


class LineList(Struct):
    """All lines, in the order of the configuration."""

    lines: list[LineOut]


class ConversationOut(Struct):
    """A conversation."""

    id: str
    line: str
    peer: str
    created_at: str
    last_at: str
    messages: int


class ConversationPage(Struct):
    """A list of conversations."""

    conversations: list[ConversationOut]
    next: str | None


class AtAnswer(Struct):
    """What a modem said, line by line."""

    answer: list[str]


class UssdOut(Struct):
    """What the network answered."""

    text: str
    wants_reply: bool


class ComponentOut(Struct):
    """How one part of the daemon is."""

    ok: bool
    state: str
    reason: str | None = None


class HealthOut(Struct):
    """`/healthz` and `/readyz`."""

    status: str
    components: dict[str, ComponentOut]


class StatusOut(Struct):
    """`GET /v1/status`, what `clerkd status` prints."""

    version: str
    started_at: str
    uptime_s: int
    lines: list[LineDetail]
    messages: dict[str, int]
    components: dict[str, ComponentOut]


class ProblemBody(Struct):
    """The inside of an error."""

    code: str
    message: str
    details: dict[str, Any]


class Problem(Struct):
    """An error."""

    error: ProblemBody


# Both ways -------------------------------------------------------------------------------------------------

_ENCODER = msgspec.json.Encoder(enc_hook=str)  # details of an error may hold a path or an address
_AT = re.compile(r" - at `\$\.?(?P<path>.*)`$")


class WireError(ValueError):
    """Not what was expected; `path` names the field, or is None when the octets are no JSON at all."""

    def __init__(self, message: str, path: str | None) -> None:
        super().__init__(message)
        self.path = path


def encode(answer: Struct) -> bytes:
    """Return the JSON of an answer."""
    return _ENCODER.encode(answer)


def decode(octets: bytes, kind: type[T]) -> T:
    """Read a body; raise `WireError`."""
    try:
        return msgspec.json.decode(octets, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wire_error(error) from error


def decode_query(pairs: Sequence[tuple[str, str]], kind: type[T]) -> T:
    """Read a query; raise `WireError`. Numbers are read from their digits; a name may come once."""
    query = dict(pairs)
    if len(query) != len(pairs):
        raise WireError("a parameter is given twice", None)
    try:
        return msgspec.convert(query, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise _wire_error(error) from error


def _wire_error(error: Exception) -> WireError:
    text = str(error)
    found = _AT.search(text)
    if found:
        return WireError(text[: found.start()], found["path"] or None)
    return WireError(text, None)


def message_out(
    message: Message, history: Sequence[HistoryEntry] | None = None, scheduled: Scheduled | None = None
) -> MessageOut:
    """Return a message as JSON has it."""
    series = scheduled.series if scheduled is not None else None
    return MessageOut(
        id=message.id,
        direction=message.direction.value,
        line=message.line,
        peer=message.peer,
        text=message.text,
        encoding=message.encoding.value,
        state=message.state.value,
        created_at=iso(message.created_at),
        updated_at=iso(message.updated_at),
        send_at=UNSET if message.send_at is None else iso(message.send_at),
        maybe_duplicate=message.maybe_duplicate or UNSET,
        cancel_if_answered=UNSET if scheduled is None else scheduled.cancel_if_answered,
        recurrence=UNSET if series is None else recurrence_out(series),
        error=UNSET if message.error is None else FailureOut(message.error.code, message.error.message),
        sent_by=message.sent_by if message.sent_by != message.line else UNSET,
        segments=[_segment_out(segment) for segment in message.segments],
        history=UNSET if history is None else [_history_out(entry) for entry in history],
    )


def _history_out(entry: HistoryEntry) -> HistoryOut:
    return HistoryOut(
        iso(entry.at),
        entry.event,
        UNSET if entry.part is None else entry.part,
        UNSET if entry.actor is None else entry.actor,
        UNSET if entry.detail is None else entry.detail,
    )


def _segment_out(segment: Segment) -> SegmentOut:
    report = segment.report
    return SegmentOut(
        part=segment.part,
        of=segment.of,
        state=segment.state.value,
        reference=segment.reference,
        submitted_at=None if segment.submitted_at is None else iso(segment.submitted_at),
        attempts=segment.attempts,
        report=None if report is None else ReportOut(report.status, iso(report.at)),
    )


def line_out(status: LineStatus, queued: int, quota: QuotaStatus | None = None) -> LineOut:
    """Return a line as JSON has it."""
    return LineOut(
        status.name, status.number, status.state.value, status.signal_dbm, status.operator, queued, _quota_out(quota)
    )


def _quota_out(quota: QuotaStatus | None) -> QuotaOut | None:
    return None if quota is None else QuotaOut(quota.segments, quota.used, quota.packs, iso(quota.resets_at))


def line_detail(status: LineStatus, queued: int, quota: QuotaStatus | None = None) -> LineDetail:
    """Return a line with what only an admin needs."""
    return LineDetail(
        name=status.name,
        number=status.number,
        state=status.state.value,
        signal=status.signal_dbm,
        operator=status.operator,
        queued=queued,
        quota=_quota_out(quota),
        reason=status.reason,
        sim=status.sim,
        imei=status.imei,
        model=status.model,
        profile=status.profile,
        port=status.port,
    )


def conversation_out(conversation: Conversation) -> ConversationOut:
    """Return a conversation as JSON has it."""
    return ConversationOut(
        conversation.id,
        conversation.line,
        conversation.peer,
        iso(conversation.created_at),
        iso(conversation.last_at),
        conversation.messages,
    )
