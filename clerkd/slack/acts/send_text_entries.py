"""What stands in the Send Text form: read from Slack's JSON, and made into a wish to send."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from clerkd.clock import Clock
from clerkd.errors import Refused
from clerkd.model.number import is_e164
from clerkd.model.recurrence import BadRecurrence, Frequency, Recurrence, instant, local_time
from clerkd.slack.payload import Entered, OpenView
from clerkd.slack.people import Person
from clerkd.slack.screens import send_text as screen

NUMBER = "n:"  # an option of *To*: this and the number
LONGEST_MS = 2 * 366 * 86_400_000  # how far ahead a text may be scheduled

PICK_TIME = "Pick a date and a time."
PAST = "That time has passed. Pick a later one, or untick “Send at a later time” to send it now."
FAR = "That is more than two years ahead. Pick an earlier time."


class BadEntry(Refused):
    """A field that cannot be used; details: `field` (its block_id)."""

    code = "slack.bad-entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The form as a person left it."""

    line: str
    peer: str | None = None  # E.164
    text: str = ""
    version: int = 0
    template: str | None = None  # chosen
    filled_from: str | None = None  # the template that the text was made of
    filled_for: str | None = None  # and for whom: a number; "" while it still has its variables
    later: bool = False
    at: int | None = None  # epoch s, as the person's clock has it
    zone: str = "UTC"
    repeat: str = screen.NEVER
    until: str | None = None
    times: int | None = None
    cancel_if_answered: bool = False
    reply: str | None = None
    channel: str | None = None  # where the form was opened
    editing: str | None = None  # a message's id

    @classmethod
    def of(cls, view: OpenView, *, first_line: str, zone: str) -> Entries:
        """Read a form; nothing that could be forged in it is believed to be more than an id."""
        entered, carried = view.entered, view.carried
        version = int(carried.get("n", "0")) if carried.get("n", "0").isdecimal() else 0
        editing = carried.get("msg")
        return cls(
            line=entered.choice("line") or carried.get("line") or first_line,
            peer=_peer(entered.choice("to") or ""),
            text=entered.text(screen.text_block(version)),
            version=version,
            template=entered.choice("template"),
            filled_from=carried.get("tpl"),
            filled_for=carried.get("for"),
            later=editing is not None or screen.YES in entered.choices("later"),
            at=entered.moment("at"),
            zone=entered.choice("zone") or carried.get("zone") or zone,
            repeat=_repeat(entered),
            until=entered.date("until"),
            times=_count(entered.text("times")),
            cancel_if_answered=screen.YES in entered.choices("cancel_if_answered"),
            reply=entered.choice("reply"),
            channel=carried.get("chan"),
            editing=editing,
        )

    def carried(self) -> dict[str, str]:
        """Return what the form has to carry along, ids only."""
        found = {
            "line": self.line,
            "tpl": self.filled_from,
            "for": self.filled_for,
            "chan": self.channel,
            "msg": self.editing,
            "zone": self.zone,
        }
        return {name: value for name, value in found.items() if value is not None}

    def with_text(self, text: str, *, filled_from: str | None, filled_for: str | None) -> Entries:
        """Return the form with another text in its box."""
        return replace(self, text=text, version=self.version + 1, filled_from=filled_from, filled_for=filled_for)

    def send_at(self, person: Person, clock: Clock) -> int | None:
        """Return when it is to go out, epoch ms; None for now. Raise `BadEntry`."""
        if not self.later:
            return None
        if self.at is None:
            raise BadEntry(PICK_TIME, field="at")
        at = self.instant(person)
        now = clock.now_ms()
        if at <= now:
            raise BadEntry(PAST, field="at")
        if at > now + LONGEST_MS:
            raise BadEntry(FAR, field="at")
        return at

    def instant(self, person: Person) -> int:
        """Return the time that is meant: what the picker showed on the person's clock, on a clock in `zone`."""
        at = (self.at or 0) * 1000
        return at if self.zone == person.zone else instant(local_time(at, person.zone), self.zone)

    def rule(self, person: Person) -> Recurrence | None:
        """Return how it repeats; None if it does not. Raise `BadEntry`."""
        frequency, _, every = self.repeat.partition(":")
        if not self.later or self.repeat == screen.NEVER or self.at is None:
            return None
        try:
            return Recurrence(
                Frequency(frequency),
                local_time(self.at * 1000, person.zone),
                self.zone,
                every=int(every),
                until=None if self.until is None else date.fromisoformat(self.until),
                count=self.times,
            )
        except BadRecurrence as reason:
            where = {"until": "until", "count": "times", "zone": "zone"}.get(str(reason.details.get("field")), "repeat")
            raise BadEntry(f"{reason.message[:1].upper()}{reason.message[1:]}.", field=where) from reason


def _peer(value: str) -> str | None:
    number = value.removeprefix(NUMBER)
    return number if value.startswith(NUMBER) and is_e164(number) else None


def _repeat(entered: Entered) -> str:
    chosen = entered.choice("repeat")
    return chosen if chosen in screen.REPEATS else screen.NEVER


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None
