"""What a command can end with: final results (V.250 §6.3) and the numbered errors of 27.005 and 27.007."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum


class Final(StrEnum):
    """Final result codes in their verbose form."""

    OK = "OK"
    CONNECT = "CONNECT"
    NO_CARRIER = "NO CARRIER"
    ERROR = "ERROR"
    NO_DIALTONE = "NO DIALTONE"
    BUSY = "BUSY"
    NO_ANSWER = "NO ANSWER"


NUMERIC = {  # V.250 §6.3.1, table 1; RING is an unsolicited one
    Final.OK: 0,
    Final.CONNECT: 1,
    "RING": 2,
    Final.NO_CARRIER: 3,
    Final.ERROR: 4,
    Final.NO_DIALTONE: 6,
    Final.BUSY: 7,
    Final.NO_ANSWER: 8,
}

CME_TEXTS = {  # 27.007 §9.2
    0: "phone failure",
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    16: "incorrect password",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    30: "no network service",
    31: "network timeout",
    32: "network not allowed - emergency calls only",
    50: "incorrect parameters",
    100: "unknown",
}

CMS_TEXTS = {  # 27.005 §3.2.5; 1 to 127 are RP causes of 24.011 annex E-2, 128 to 255 TP-FCS of 23.040 §9.2.3.22
    1: "unassigned (unallocated) number",
    8: "operator determined barring",
    10: "call barred",
    21: "short message transfer rejected",
    22: "memory capacity exceeded",
    27: "destination out of service",
    28: "unidentified subscriber",
    29: "facility rejected",
    30: "unknown subscriber",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    47: "resources unavailable, unspecified",
    50: "requested facility not subscribed",
    69: "requested facility not implemented",
    96: "invalid mandatory information",
    111: "protocol error, unspecified",
    127: "interworking, unspecified",
    197: "SM rejected - duplicate SM",
    300: "ME failure",
    301: "SMS service of ME reserved",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    312: "PH-SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    315: "SIM wrong",
    316: "SIM PUK required",
    320: "memory failure",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}


class CommandFailed(Exception):
    """The command ends with an error; nothing after it on the line is executed."""


class SyntaxFault(CommandFailed):
    """The line cannot be read, or the modem does not know the command."""


class ParameterFault(CommandFailed):
    """A value is of the wrong type or out of range. Which number that gives depends on the command's standard."""


class Cme(CommandFailed):
    """+CME ERROR, 27.007 §9.2."""

    def __init__(self, code: int) -> None:
        super().__init__(CME_TEXTS.get(code, "unknown"))
        self.code = code


class Cms(CommandFailed):
    """+CMS ERROR, 27.005 §3.2.5."""

    def __init__(self, code: int) -> None:
        super().__init__(CMS_TEXTS.get(code, "unknown error"))
        self.code = code


@dataclass(frozen=True, slots=True)
class Ends:
    """The command ends with a result other than OK, and so does its line."""

    result: Final
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """The command is over but its final result never reaches the terminal."""

    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """The command takes its time. `aborted` is its result if the terminal interrupts it, None if it cannot be."""

    reply: Callable[[], Awaitable[Reply]]
    aborted: Final | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """The command asks for text with `> `; Ctrl-Z hands the octets before it to `entered`, ESC abandons it.

    `lines` says that CR starts another line of text instead of being ignored (text mode).
    """

    entered: Callable[[bytes], Reply]
    lines: bool = False


Reply = tuple[str, ...] | Ends | Silence | Wait | Prompt
"""What a command gives: information lines that are followed by OK, or one of the exceptional courses."""

DONE: tuple[str, ...] = ()
"""OK and nothing else."""
