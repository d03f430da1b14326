"""What a daemon's log says about a modem, in words for whoever watches a demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that the daemon did or noticed. `mood` is good, bad, step, or act: what was done to the modem."""

    at: int  # epoch ms
    text: str
    mood: str


STEPS = {
    "well": "a question was not answered",
    "escape": "leaves what may be half done, and asks again",
    "reopen": "closes the port and opens it again",
    "radio": "switches the radio off and on",
    "reset": "restarts the modem",
    "usb": "has the USB device taken off the bus and found again",
    "cool-down": "leaves it alone for some minutes and asks for a person",
}
ACTS = {  # what was done to a modem, and (True) what it is when a switch goes back
    ("unplug", False): "you unplug it",
    ("unplug", True): "you plug it in",
    ("deaf", False): "you make it deaf for 5 s, with a text to send",
    ("deaf-until-reopened", False): "you make it deaf until its port is opened again, with a text to send",
    ("no-network", False): "you take its network",
    ("no-network", True): "you give it network",
    ("sim-full", False): "you fill its SIM: a text to it waits in the network",
    ("sim-full", True): "you make room: the network delivers what waited",
    ("lost-result", False): "you lose its next result: the text goes out, and clerkd waits for word of it",
    ("restart", False): "you restart it",
}
_EVENTS = {
    "message.accepted": ("keeps a text and sends it when it can", "step"),
    "message.kept": ("keeps a text that came in", "good"),
    "modem.ready": ("in service", "good"),
    "modem.restarted": ("the modem started anew: everything is set again", "step"),
    "modem.storage-full": ("no room for texts on the SIM: reads and deletes what is there", "bad"),
    "modem.late-reference": ("a result came late: the text counts as sent", "good"),
    "line.lost": ("tells it in Slack: the line is down", "bad"),
    "line.back": ("tells it in Slack: the line is back", "good"),
    "line.recovered": ("after a crash: what was in doubt is held for a person", "step"),
}


def in_words(event: dict[str, Any]) -> Told | None:
    """Return what a line of the log tells about a modem; None if it is of no interest."""
    name = str(event.get("event", ""))
    reason = str(event.get("reason") or "")
    if name == "modem.recovery":
        text = f"{STEPS.get(str(event.get('step')), str(event.get('step')))} ({reason})"
        return _told(event, text, "step")
    if name == "modem.lost":
        return _told(event, f"lost: {reason}", "bad")
    if name == "report.kept" and event.get("status") == "delivered":
        return _told(event, "a delivery report: the phone has the text", "good")
    if name == "modem.absent":
        return _told(event, f"waits: {reason}", "bad")
    if name in _EVENTS:
        return _told(event, *_EVENTS[name])
    return None


def _told(event: dict[str, Any], text: str, mood: str) -> Told:
    moment = datetime.fromisoformat(str(event["timestamp"]))
    return Told(round(moment.timestamp() * 1000), text, mood)
