"""Call forwarding, AT+CCFC of 27.007 §7.11: the commands, and what the answers say about voice calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clerkd.at.commands import Command, Deadline
from clerkd.at.fields import fields
from clerkd.at.urc import head_of

ALL_REASONS = 4  # <reason>; 0 to 3 are unconditional, busy, no reply, not reachable
_QUERY, _REGISTER, _ERASE = 2, 3, 4  # <mode>
_VOICE = 1  # the bit of <classx>
_INTERNATIONAL, _NATIONAL = 145, 129  # <type>, 24.008 §10.5.4.7


@dataclass(frozen=True, slots=True)
class ForwardingAnswer:
    """One `+CCFC: <status>,<class1>[,<number>,<type>[,<subaddr>,<satype>[,<time>]]]`."""

    active: bool
    classes: int  # a sum of bits; 0 when the modem leaves it out
    number: str | None = None
    time_s: int | None = None


def query_forwarding(reason: int) -> Command:
    """Return the question for one reason."""
    return _command(f"AT+CCFC={reason},{_QUERY}")


def register_forwarding(reason: int, number: str, *, after_s: int | None = None, classes: bool = True) -> Command:
    """Return the command that registers a number and so activates it. Some modems take no class: `classes` False."""
    kind = _INTERNATIONAL if number.startswith("+") else _NATIONAL
    text = f'AT+CCFC={reason},{_REGISTER},"{number}",{kind}'
    voice = str(_VOICE) if classes else ""
    if after_s is not None:
        text += f",{voice},,,{after_s}"
    elif classes:
        text += f",{voice}"
    return _command(text)


def erase_forwarding(reason: int) -> Command:
    """Return the command that forgets the number of one reason."""
    return _command(f"AT+CCFC={reason},{_ERASE}")


def voice_forwarding(lines: Iterable[str]) -> ForwardingAnswer | None:
    """Return what an answer says about voice calls; None if it says nothing of use.

    Networks answer one line a class, one for a sum of classes, or one without any class for "none".
    """
    answers = [found for line in lines if (found := _answer(line)) is not None]
    voice = [one for one in answers if one.classes & _VOICE]
    return next(iter(voice or [one for one in answers if not one.classes] or answers), None)


def _answer(line: str) -> ForwardingAnswer | None:
    head, parameters = head_of(line)
    values = fields(parameters) if head == "+CCFC" else []
    if not values or values[0] not in {"0", "1"}:
        return None
    classes, number, kind, _, _, time = (*values[1:7], *[""] * 6)[:6]
    if number and kind == str(_INTERNATIONAL) and not number.startswith("+"):
        number = "+" + number
    return ForwardingAnswer(
        active=values[0] == "1",
        classes=int(classes) if classes.isdecimal() else 0,
        number=number or None,
        time_s=int(time) if time.isdecimal() else None,
    )


def _command(text: str) -> Command:
    return Command(text, ("+CCFC",), Deadline.CALL)
