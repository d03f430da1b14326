"""A virtual modem driven by JSON objects: commands in, events out. What `clerkd simulate modem` speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clerkd.clock import iso
from clerkd.codec.errors import DecodeError, EncodeError
from clerkd.codec.status import meaning
from clerkd.codec.tpdu import StatusReport
from clerkd.simulate.modem.faults import UnknownFault
from clerkd.simulate.modem.virtual import VirtualModem
from clerkd.simulate.network import AirRecord, Call, Network, Phone, Text, UssdAnswer
from clerkd.simulate.network.smsc import Event

COMMANDS = {
    "deliver": '{"from": NUMBER, "text": TEXT}  a phone sends a text; "count": N sends it N times',
    "deliver_pdu": "HEX  page the modem with a TPDU of any octets",
    "fault": '{NAME: VALUE, …}  turn fault knobs, e.g. {"lost_result": "next:1"}',
    "call": '{"from": NUMBER, "seconds": 10}  ring, and give up after so long; "withheld": true hides the number',
    "phone": '{"number": NUMBER, "on": false}  switch a phone off or on; "landline": true makes it one',
    "expire": "NUMBER  end the validity of what waits for a phone",
    "gone": 'SECONDS  vanish and come back; {"seconds": 2, "link": PATH} under another name, null for good',
    "hang": "SECONDS  go deaf; null until the port is opened again",
    "restart": "true  as AT+CFUN=1,1",
    "registration": "STAT  as +CREG tells it: 1 home, 2 searching, 5 roaming, 0 not",
    "signal": "RSSI  as +CSQ tells it: 0 to 31, 99 unknown",
    "ussd": '{CODE: TEXT, …}  program answers; {"text": TEXT, "replies": {KEY: …}} is a menu',
    "push_ussd": "TEXT  say something by itself, as operators do",
    "remove_sim": "true  take the SIM card out",
    "insert_sim": "true  put it in again",
}


class UnknownCommand(ValueError):
    """The object is no command, or a value in it cannot be."""


class Remote:
    """Apply commands to one modem and its network, and tell `emit` what happens to them."""

    def __init__(self, modem: VirtualModem, network: Network, emit: Callable[[dict[str, Any]], None]) -> None:
        self._modem = modem
        self._network = network
        self._emit = emit
        self._verbs: dict[str, Callable[[Any], None]] = {
            "deliver": self._deliver,
            "deliver_pdu": lambda value: network.deliver(modem.number, bytes.fromhex(value)),
            "fault": self._fault,
            "call": self._call,
            "phone": self._phone,
            "expire": network.expire,
            "gone": self._gone,
            "hang": lambda value: modem.hang(None if value is None else float(value)),
            "restart": lambda _value: modem.restart(),
            "registration": self._registration,
            "signal": self._signal,
            "ussd": self._ussd,
            "push_ussd": lambda value: modem.firmware.announce_ussd(UssdAnswer(str(value))),
            "remove_sim": lambda _value: modem.insert_sim(inserted=False),
            "insert_sim": lambda _value: modem.insert_sim(inserted=True),
        }

    def apply(self, command: object) -> None:
        """Do what one object says; raise `UnknownCommand` for what cannot be done."""
        if not isinstance(command, dict) or not command.keys() <= self._verbs.keys():
            raise UnknownCommand(f"a command is an object with keys out of {', '.join(self._verbs)}")
        for verb, value in command.items():
            try:
                self._verbs[verb](value)
            except (KeyError, TypeError, ValueError, AttributeError, EncodeError, DecodeError, UnknownFault) as error:
                raise UnknownCommand(f"{verb}: {error}") from error

    def _deliver(self, value: Mapping[str, Any]) -> None:
        phone = self._network.phone(value["from"])
        for _ in range(int(value.get("count", 1))):
            phone.send(
                value.get("to", self._modem.number),
                value["text"],
                report=bool(value.get("report", False)),
                message_class=value.get("class"),
                reference_bits=int(value.get("reference_bits", 8)),
            )

    def _fault(self, value: Mapping[str, Any]) -> None:
        for name, setting in value.items():
            self._modem.faults.apply(name, setting)

    def _call(self, value: Mapping[str, Any]) -> None:
        phone = self._network.phone(value["from"])
        call = phone.call(self._modem.number, withheld=bool(value.get("withheld", False)))
        self._modem.after(float(value.get("seconds", 10)), call.end)

    def _phone(self, value: Mapping[str, Any]) -> None:
        phone = self._network.phone(value["number"])
        phone.landline = bool(value.get("landline", phone.landline))
        phone.answers = bool(value.get("answers", phone.answers))
        phone.on = bool(value.get("on", phone.on))

    def _gone(self, value: Any) -> None:
        facts = value if isinstance(value, dict) else {"seconds": value}
        seconds, link = facts["seconds"], facts.get("link")
        self._modem.gone(
            None if seconds is None else float(seconds),
            Path(link) if link else None,
            power_cycle=bool(facts.get("power_cycle", True)),
        )

    def _registration(self, value: Any) -> None:
        self._modem.firmware.radio.stat = int(value)

    def _signal(self, value: Any) -> None:
        self._modem.firmware.radio.rssi = int(value)

    def _ussd(self, value: Mapping[str, Any]) -> None:
        for code, answer in value.items():
            self._network.ussd.program(code, answer)

    # Events --------------------------------------------------------------------------------------------------

    def befell(self, event: str, facts: dict[str, Any]) -> None:
        """Tell what the modem's `heard` says."""
        self._emit({"event": event, "at": iso(self._network.now_ms()), **facts})

    def happened(self, event: Event) -> None:
        """Tell what the network's listeners hear."""
        match event:
            case AirRecord():
                self._emit({"event": "submitted"} | event.to_json())
            case (Phone() as phone, Text() as text):
                facts = {"from": text.sender, "to": phone.number, "text": text.text, "parts": len(text.parts)}
                self.befell("received", facts)
            case StatusReport():
                facts = {"reference": event.reference, "to": event.recipient.number, "status": event.status}
                self.befell("reported", facts | {"meaning": meaning(event.status).value})
            case Call():
                self.befell("call", {"from": event.caller, "to": event.callee, "state": event.state.value})
