"""Final results: the line that ends a command, V.250 §5.7.1, 27.005 §3.2.5, 27.007 §9.2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What kind of final result a line is."""

    OK = "OK"
    ERROR = "ERROR"  # refused, no reason given
    CME = "+CME ERROR"  # refused by the equipment, with a number
    CMS = "+CMS ERROR"  # refused by the message service, with a number
    CALL = "NO CARRIER"  # what became of a call


@dataclass(frozen=True, slots=True)
class FinalResult:
    """The end of a command."""

    verdict: Verdict
    text: str  # as the modem said it
    number: int | None = None  # of a CME or CMS error; None where the modem gave words instead

    @property
    def ok(self) -> bool:
        """Whether the command was done."""
        return self.verdict is Verdict.OK


OK = FinalResult(Verdict.OK, "OK")
_PLAIN = {
    "OK": OK,
    "ERROR": FinalResult(Verdict.ERROR, "ERROR"),
    "COMMAND NOT SUPPORT": FinalResult(Verdict.ERROR, "COMMAND NOT SUPPORT"),  # Huawei
    "NA": FinalResult(Verdict.ERROR, "NA"),
}
# The same words tell that a call of the past ended, so they end only a command that dials or answers.
_CALL = re.compile(r"NO CARRIER|NO DIAL ?TONE|BUSY|NO ANSWER|CONNECT(?: .*)?")
_NUMBERED = re.compile(r"\+(CM[ES]) ERROR(?: *: *(.*))?")
# With ATV0 a modem answers in digits, V.250 table 1.
_NUMERIC = {"0": OK, "4": FinalResult(Verdict.ERROR, "4")}


def read_final(text: str, *, calls: bool = False, numeric: bool = False) -> FinalResult | None:
    """Return the final result that a whole line is, or None; `numeric` before ATV1 took effect."""
    plain = _PLAIN.get(text)
    if plain is not None:
        return plain
    if text.startswith("+CM"):
        match = _NUMBERED.fullmatch(text)
        if match is not None:
            verdict = Verdict.CME if match[1] == "CME" else Verdict.CMS
            return FinalResult(verdict, text, int(match[2]) if (match[2] or "").isdecimal() else None)
    if calls and _CALL.fullmatch(text):
        verdict = Verdict.OK if text.startswith("CONNECT") else Verdict.CALL
        return FinalResult(verdict, text)
    return _NUMERIC.get(text) if numeric else None
