"""Commands: their text, what their answers look like, and how long they may take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

ESCAPE = b"\x1b"  # leaves the prompt without sending, 27.005 §3.5.1
END_OF_PDU = "\x1a"  # Ctrl-Z hands the PDU over


class Deadline(Enum):
    """What the time that an answer may take depends on."""

    QUICK = auto()  # settings: the modem answers by itself
    STATUS = auto()  # what it must ask the SIM or the network for
    SIM = auto()
    PIN = auto()
    RADIO = auto()  # CFUN=1 starts it, COPS searches with it
    STORAGE = auto()
    LIST = auto()
    PROMPT = auto()
    SUBMIT = auto()  # from the PDU to its reference: the network's own timers run
    TRAILER = auto()  # from the reference of a submission to the OK behind it
    CALL = auto()
    MARK = auto()  # silence after a question that looks for the end of late answers, before the next one is asked


SECONDS: dict[Deadline, float] = {  # unless a profile knows better
    Deadline.QUICK: 3,
    Deadline.STATUS: 5,
    Deadline.SIM: 10,
    Deadline.PIN: 30,
    Deadline.RADIO: 30,
    Deadline.STORAGE: 10,
    Deadline.LIST: 30,
    Deadline.PROMPT: 10,
    Deadline.SUBMIT: 60,
    Deadline.TRAILER: 1.5,
    Deadline.CALL: 15,
    Deadline.MARK: 1,
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command line.

    Lines that begin with one of `answers` belong to it even if the same prefix can come unasked; so do lines in
    hexadecimal after such a line (a PDU behind its header). With `free` everything belongs to it that is not
    known to be unsolicited.
    """

    text: str  # without the CR
    answers: tuple[str, ...] = ()
    deadline: Deadline = Deadline.QUICK
    pdu: str | None = None  # hexadecimal, written at the prompt
    free: bool = False
    numeric: bool = False  # ATV1 may not be in force yet: "0" and "4" are results too

    @property
    def calls(self) -> bool:
        """Whether the words for the end of a call end this command."""
        return self.text[:3].upper() in {"ATD", "ATA"}


PLAIN_WORDS = Command("ATQ0V1E0", numeric=True)
NO_ECHO = Command("ATE0")
NUMBERED_ERRORS = Command("AT+CMEE=1")
PDU_MODE = Command("AT+CMGF=0")
LIST_ALL = Command("AT+CMGL=4", ("+CMGL",), Deadline.LIST)
CURRENT_CALLS = Command("AT+CLCC", ("+CLCC",))
HANG_UP = Command("AT+CHUP", deadline=Deadline.CALL)
HANG_UP_OLD = Command("ATH", deadline=Deadline.CALL)
KEEP_LINK = Command("AT+CMMS=2")

# Questions whose answer cannot be mistaken for that of anything else: asked one after the other, each once, to
# find the place in the stream where late answers end.
MARKS = (
    Command("AT+CMGF?", ("+CMGF",)),
    Command("AT+CMEE?", ("+CMEE",)),
    Command("AT+CSMS?", ("+CSMS",)),
    Command("AT+CNMI?", ("+CNMI",)),
    Command("AT+CPMS?", ("+CPMS",)),
)


def read_message(index: int) -> Command:
    """Return AT+CMGR, 27.005 §3.4.3."""
    return Command(f"AT+CMGR={index}", ("+CMGR",), Deadline.STORAGE)


def delete_message(index: int) -> Command:
    """Return AT+CMGD, 27.005 §3.5.4."""
    return Command(f"AT+CMGD={index}", deadline=Deadline.STORAGE)


def submit(pdu: bytes) -> Command:
    """Return AT+CMGS for a PDU, SMSC address first; its length counts the TPDU only, 27.005 §3.5.1."""
    return Command(f"AT+CMGS={len(pdu) - 1 - pdu[0]}", ("+CMGS",), Deadline.SUBMIT, pdu=pdu.hex().upper())


def store(pdu: bytes) -> Command:
    """Return AT+CMGW for a PDU to be sent later, SMSC address first, 27.005 §4.4."""
    return Command(f"AT+CMGW={len(pdu) - 1 - pdu[0]}", ("+CMGW",), Deadline.STORAGE, pdu=pdu.hex().upper())


def send_stored(index: int) -> Command:
    """Return AT+CMSS, 27.005 §3.5.2."""
    return Command(f"AT+CMSS={index}", ("+CMSS",), Deadline.SUBMIT)


_NAME = re.compile(r"[+^#*$!%&][A-Z][A-Z0-9]*")
_SLOW = {
    **dict.fromkeys(("+CMGR", "+CMGD", "+CPMS", "+CMGW"), Deadline.STORAGE),
    **dict.fromkeys(("+CFUN", "+COPS"), Deadline.RADIO),
    **dict.fromkeys(("+CCFC", "+CLCK", "+CCWA", "+CUSD"), Deadline.CALL),
    "+CMGL": Deadline.LIST,
    "+CMGS": Deadline.SUBMIT,
    "+CMSS": Deadline.SUBMIT,
    "+CPIN": Deadline.SIM,
    "+CHUP": Deadline.CALL,
}


def typed(text: str) -> Command:
    """Return the command for a line that a person typed or a transcript holds."""
    names = tuple(_NAME.findall(text.upper().split("=")[0] if "=" in text and ";" not in text else text.upper()))
    slowest = max(
        (_SLOW.get(name, Deadline.STATUS) for name in names), key=SECONDS.__getitem__, default=Deadline.STATUS
    )
    if text[:3].upper() in {"ATD", "ATA"}:
        slowest = Deadline.SUBMIT
    return Command(text, names, slowest, free=True)


_CHANGES_SETTINGS = re.compile(
    r"^AT[ZE]|&F|\+(?:CMGF|CNMI|CPMS|CSMS|CMEE|CFUN|CREG|CEREG|CLIP)\s*=\s*[^?]", re.IGNORECASE
)


def changes_settings(text: str) -> bool:
    """Tell whether a command line changes what a driver of messages has set."""
    return _CHANGES_SETTINGS.search(text) is not None


_ENTERS_TEXT = re.compile(r"\+CM(?:GS|GW|GC)\s*=(?!\s*\?)|\+CNMA\s*=\s*\d+\s*,", re.IGNORECASE)


def asks_for_text(text: str) -> bool:
    """Tell whether a command line makes the modem wait for a PDU."""
    return _ENTERS_TEXT.search(text) is not None
