"""What a daemon's log says about a modem, in words for whoever watches a demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that the daemon did or noticed. `mood` is good, bad or step."""

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
_EVENTS = {
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
    if name == "modem.absent":
        return _told(event, f"waits: {reason}", "bad")
    if name in _EVENTS:
        return _told(event, *_EVENTS[name])
    return None


def _told(event: dict[str, Any], text: str, mood: str) -> Told:
    moment = datetime.fromisoformat(str(event["timestamp"]))
    return Told(round(moment.timestamp() * 1000), text, mood)
