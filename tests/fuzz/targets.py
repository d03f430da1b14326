"""What strangers can make clerkd read, and what must be true of it whatever they send."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clerkd.at.commands import Command
from clerkd.at.exchange import Exchange, State
from clerkd.at.outcome import Answer
from clerkd.codec import pdu
from clerkd.codec.errors import DecodeError
from clerkd.core.desk.importing.table import read_table
from clerkd.errors import Refused
from clerkd.slack.parse import read
from clerkd.slack.payload import Identity
from clerkd.slack.sanitize import clean, escape, fallback
from clerkd.slack.text import written

TESTS = Path(__file__).parents[1]
Target = Callable[[bytes], None]


def read_pdu(octets: bytes) -> None:
    """Any octets are a PDU or a `DecodeError`, and every text can be written down."""
    try:
        unit = pdu.decode(octets)
    except DecodeError:
        return
    user_data = getattr(unit.tpdu, "user_data", None)
    if user_data is not None:
        user_data.text.encode("utf-16", "surrogatepass")


def read_modem(octets: bytes) -> None:
    """Whatever a modem babbles, the exchange takes it, and the next question gets an answer of its own."""
    exchange = Exchange(("^RSSI",))
    exchange.begin(Command("AT+CSQ", ("+CSQ",)))
    chance = random.Random(len(octets))
    position = 0
    while position < len(octets):
        size = chance.randint(1, 40)
        exchange.receive(octets[position : position + size])
        position += size
    if exchange.state in {State.AWAITING_RESULT, State.AWAITING_PROMPT}:
        exchange.give_up()
    exchange.reset()
    exchange.receive(b"\r\n")
    exchange.begin(Command("AT+CSQ", ("+CSQ",)))
    outputs = list(exchange.receive(b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n"))
    answers = [output for output in outputs if isinstance(output, Answer)]
    assert len(answers) == 1, outputs
    assert answers[0].ok, answers


def read_sms_text(octets: bytes) -> None:
    """No text from outside can ping, link or format in Slack."""
    text = octets.decode("utf-8", "replace")
    shown = fallback(text)
    assert not any(mark in shown for mark in ("<!", "<@", "<#", "<http")), shown
    assert "<" not in escape(text)
    assert ">" not in escape(text)
    clean(text).encode()


def read_slack_text(octets: bytes) -> None:
    """What people write is a text or not, and never an exception."""
    text = octets.decode("utf-8", "replace")
    written({"text": text}, {"U1": "Dana"}).text.encode()
    written({"blocks": [{"type": "rich_text", "elements": _tree(octets)}]}, {}).text.encode()


def read_slack_event(octets: bytes) -> None:
    """An event of any shape is something that happened or nothing."""
    event: dict[str, Any] = {"type": "message", "channel": "C1", "ts": "1.0", "user": "U1", "text": "hello"}
    keys = ("user", "text", "thread_ts", "files", "blocks", "message", "subtype", "channel", "bot_id", "ts")
    event |= {key: _tree(octets) for place, key in enumerate(keys) if octets[place : place + 1] > b"\x60"}
    read("events_api", {"event": event, "team_id": "T1"}, Identity("T1", "U0"))


def read_import(octets: bytes) -> None:
    """Any file is a table of contacts or refused in words."""
    try:
        read_table(octets)
    except Refused:
        return


def _tree(octets: bytes) -> list[Any]:
    """Return a tree of what Slack nests, shaped by the octets."""
    kinds = ("text", "link", "user", "emoji", "rich_text_section", "rich_text_list", "channel", "broadcast", "date")
    return [
        {
            "type": kinds[octet % len(kinds)],
            "text": chr(octet),
            "url": None if octet % 3 else "https://example.com",
            "elements": _tree(octets[1 + n : 1 + octet % 7]) if octet % 5 == 0 else None if octet % 2 else [],
        }
        for n, octet in enumerate(octets[:12])
    ]


def corpus(name: str) -> list[bytes]:
    """Return what the mutations of a target start from."""
    if name == "read_pdu":
        vectors = json.loads((TESTS / "vectors/pdu_vectors.json").read_text())
        return [bytes.fromhex(word) for word in _hex_words(vectors)]
    if name == "read_modem":
        return [path.read_bytes() for path in sorted((TESTS / "transcripts").rglob("*")) if path.is_file()]
    if name == "read_import":
        return [b"name;number\nAnn;+14155550142\n", b"BEGIN:VCARD\nFN:Ann\nTEL:+14155550142\nEND:VCARD\n"]
    return ["<@U1> *bold* <https://example.com|bank> &lt; :smile: \u202e <!here> `x` ~y~ > q".encode()]


def _hex_words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for item in value.values() for word in _hex_words(item)]
    if isinstance(value, list):
        return [word for item in value for word in _hex_words(item)]
    is_hex = isinstance(value, str) and len(value) > 10 and len(value) % 2 == 0
    return [value] if is_hex and all(char in "0123456789abcdefABCDEF" for char in value) else []


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (read_pdu, read_modem, read_sms_text, read_slack_text, read_slack_event, read_import)
}
