"""What was overheard of a dialogue with a modem."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Submitted:
    """One segment that was handed to the modem, and what it said to it."""

    result_s: float | None  # from the end of the PDU to +CMGS or the error; None if neither came
    reference: int | None  # TP-MR; None if it was refused or not told


@dataclass(frozen=True, slots=True)
class Overheard:
    """A dialogue without numbers, texts, identities and secrets, and what it shows."""

    transcript: str  # as in clerkd.at.transcript
    submitted: tuple[Submitted, ...]
    noise: tuple[str, ...]  # lines without meaning, each once, in order
