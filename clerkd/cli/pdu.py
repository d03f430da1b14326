"""`clerkd pdu`: the codec for people and tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import click

from clerkd.cli.exits import fail
from clerkd.codec import pdu as codec
from clerkd.codec import segment, status, ucs2
from clerkd.codec.address import Address
from clerkd.codec.errors import DecodeError
from clerkd.codec.national import Language
from clerkd.codec.tpdu import Deliver, StatusReport, Submit, Tpdu
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import Absolute, Relative, Validity
from clerkd.model.message import Encoding

_DECODE_EXAMPLE = "Example:  clerkd pdu decode 07914151550501F1040B914151550501F000004230904150700005C8329BFD06"
_ENCODE_EXAMPLE = "Example:  clerkd pdu encode --to +14155550100 --text 'Hello, world' --status-report"
_always_json = click.option("--json", is_flag=True, expose_value=False, help="Said or not: the output is JSON.")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_TYPES: dict[type[Tpdu], str] = {Deliver: "deliver", Submit: "submit", StatusReport: "report"}


@click.group(epilog=_ENCODE_EXAMPLE)
def pdu() -> None:
    """Read and write short messages as modems exchange them."""


@pdu.command("decode", epilog=_DECODE_EXAMPLE)
@_always_json
@click.argument("hexadecimal", metavar="[HEX]...", nargs=-1)
def decode(hexadecimal: tuple[str, ...]) -> None:
    """Print one JSON object a line for each PDU (SMSC address and TPDU in hexadecimal).

    Without arguments one PDU a line is read from standard input. A PDU that cannot be read gives an object with
    "error", and exit status 1 at the end.
    """
    unreadable = read = 0
    for text in hexadecimal or _lines():
        read += 1
        try:
            _print(facts(_octets(text)))
        except DecodeError as error:
            unreadable += 1
            place = {"field": error.field, "octet": error.octet, "reason": error.reason}
            _print({"error": {"code": error.code, **place}})
    if unreadable:
        fail(f"{unreadable} of {read} PDUs cannot be read; the output says where and why")


@pdu.command("encode", epilog=_ENCODE_EXAMPLE)
@_always_json
@click.option("--to", required=True, metavar="NUMBER", help="Who gets it: +E.164, a national number or a short code.")
@click.option("--text", required=True, help="What it says; cut into segments where one does not hold it.")
@click.option("--status-report", is_flag=True, help="Ask for a delivery report of each segment.")
@click.option("--class", "message_class", type=click.IntRange(0, 3), help="Message class; 0 is flash.")
@click.option("--reference", type=click.IntRange(0, 65535), default=0, show_default=True, help="Of a concatenation.")
@click.option("--reference-bits", type=click.Choice(["8", "16"]), default="8", show_default=True, help="Its size.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    type=click.Choice([language.name.lower() for language in Language]),
    help="A national language whose tables may be used if they save segments; may be repeated.",
)
@click.option("--validity", type=click.IntRange(1), metavar="MINUTES", help="Validity period, rounded up to a step.")
@click.option("--smsc", metavar="NUMBER", help="Service centre; the SIM's own if not given.")
def encode(
    *,
    to: str,
    text: str,
    message_class: int | None,
    reference: int,
    reference_bits: str,
    languages: tuple[str, ...],
    validity: int | None,
    smsc: str | None,
    status_report: bool,
) -> None:
    """Print the PDUs that carry a text as one JSON object; "length" is the number for AT+CMGS."""
    destination = Address.of(to)
    if destination.is_name:
        fail(f"{to!r} is no number; write +14155550100, a national number or a short code")
    centre = Address.of(smsc) if smsc else None
    segments = segment.split(
        text,
        reference=reference,
        reference_bits=int(reference_bits),
        languages=[Language[language.upper()] for language in languages],
        message_class=message_class,
    )
    period = Relative.covering(timedelta(minutes=validity)) if validity else None
    units = [Submit(destination, part, validity=period, status_report=status_report) for part in segments.parts]
    written = [{"length": len(unit.encode()), "pdu": codec.encode(unit, centre).hex().upper()} for unit in units]
    _print({"encoding": segments.encoding.value, "segments": written})


def facts(octets: bytes) -> dict[str, Any]:
    """Return what a PDU says under its public names; raise `DecodeError`."""
    unit = codec.decode(octets)
    tpdu = unit.tpdu
    told: dict[str, Any] = {
        "type": _TYPES[type(tpdu)],
        "smsc": unit.smsc.number if unit.smsc else None,
        "address": tpdu.address.number,
        "timestamp": None,
        **_content(tpdu.user_data),
        **_own_fields(tpdu),
    }
    return told


def _content(user_data: UserData | None) -> dict[str, Any]:
    if user_data is None:
        return {"class": None, "encoding": None, "text": None}
    told: dict[str, Any] = {"class": user_data.message_class, "encoding": user_data.encoding.value}
    if user_data.encoding is Encoding.OCTETS:
        told["octets"] = user_data.octets.hex()
    else:
        told["text"] = ucs2.displayable(user_data.text)
    if concat := user_data.concat:
        told |= {"reference": concat.reference, "total": concat.total, "sequence": concat.sequence}
        told["reference_bits"] = concat.bits
    if ports := user_data.ports:
        told |= {"destination_port": ports.destination, "source_port": ports.source}
    if user_data.truncated:
        told["truncated"] = True
    return told


def _own_fields(tpdu: Tpdu) -> dict[str, Any]:
    if isinstance(tpdu, Submit):
        period = _period(tpdu.validity)
        return {"message_reference": tpdu.reference} | ({} if period is None else {"validity": period})
    told: dict[str, Any] = {"timestamp": tpdu.timestamp.isoformat() if tpdu.timestamp else None}
    if isinstance(tpdu, StatusReport):
        told |= {
            "message_reference": tpdu.reference,
            "status": tpdu.status,
            "outcome": status.meaning(tpdu.status).value,
            "discharge_time": tpdu.discharge_time.isoformat() if tpdu.discharge_time else None,
        }
    return told


def _period(validity: Validity | None) -> float | str | None:
    """Return minutes or ISO 8601."""
    if validity is None:
        return None
    if isinstance(validity, Absolute):
        return validity.moment.isoformat()
    if isinstance(validity, Relative):
        return validity.minutes
    if validity.period is None:
        return None
    minutes, seconds = divmod(validity.period.total_seconds(), 60)
    return int(minutes) if not seconds else minutes + seconds / 60


def _lines() -> Iterable[str]:
    """Return the lines of standard input that are not blank."""
    lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    return (line for line in lines if line.strip())


def _octets(text: str) -> bytes:
    """Return the octets of hexadecimal digits with or without spaces; raise `DecodeError`."""
    digits = "".join(text.split())
    for position, digit in enumerate(digits):
        if digit not in _HEXADECIMAL:
            raise DecodeError("hexadecimal", position // 2, f"{digit!r} is no hexadecimal digit")
    if len(digits) % 2:
        raise DecodeError("hexadecimal", len(digits) // 2, "half an octet at the end")
    return bytes.fromhex(digits)


def _print(value: dict[str, Any]) -> None:
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:  # a terminal that is not UTF-8 gets the same JSON in ASCII
        line = json.dumps(value)
    click.echo(line)
