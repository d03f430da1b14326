"""What `/v1/modems/{name}/record` takes and gives."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from clerkd.model.overheard import Overheard


class RecordBody(Struct, forbid_unknown_fields=True):
    """How long to listen in."""

    for_s: Annotated[float, Meta(gt=0, le=3600)]


class SubmittedOut(Struct):
    """What a modem said to one segment."""

    result_s: float | None
    reference: int | None


class RecordOut(Struct):
    """A dialogue with a modem."""

    transcript: str
    submitted: list[SubmittedOut]
    noise: list[str]


def record_out(heard: Overheard) -> RecordOut:
    """Return what was overheard."""
    submitted = [SubmittedOut(one.result_s, one.reference) for one in heard.submitted]
    return RecordOut(heard.transcript, submitted, list(heard.noise))
