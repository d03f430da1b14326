"""What can go wrong with a modem, adjustable while it runs and repeatable from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class UnknownFault(ValueError):
    """There is no such fault, or the value makes no sense for it."""


@dataclass(slots=True)
class Chance:
    """How often something happens: with a probability, or for certain the next `times` times after `skip` others."""

    probability: float = 0.0
    times: int = 0
    skip: int = 0

    def strikes(self, source: random.Random) -> bool:
        """Tell whether it happens this time."""
        if self.times:
            if self.skip:
                self.skip -= 1
                return False
            self.times -= 1
            return True
        return self.probability > 0 and source.random() < self.probability


def _read_chance(value: Any) -> Chance:
    if isinstance(value, dict):
        return Chance(times=int(value["next"]), skip=int(value.get("after", 0)))
    if isinstance(value, str) and value.startswith("next:"):
        times, _, skip = value.removeprefix("next:").partition(":")
        return Chance(times=int(times), skip=int(skip or 0))
    probability = float(value)
    if not 0 <= probability <= 1:
        raise ValueError
    return Chance(probability)


def _read_seconds(value: Any) -> float:
    seconds = float(value)
    if seconds < 0:
        raise ValueError
    return seconds


def _read_count(value: Any) -> int:
    count = int(value)
    if count < 0:
        raise ValueError
    return count


def _read_flag(value: Any) -> bool:
    if str(value).lower() in {"1", "true", "yes", "on"}:
        return True
    if str(value).lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError


def _read_lines(value: Any) -> tuple[str, ...]:
    lines = value.split("|") if isinstance(value, str) else value
    return tuple(str(line) for line in lines)


def _read_codes(value: Any) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,)
    codes = value.split(",") if isinstance(value, str) else value
    return tuple(int(code) for code in codes)


_READERS: dict[str, Callable[[Any], Any]] = {
    "Chance": _read_chance,
    "float": _read_seconds,
    "int": _read_count,
    "bool": _read_flag,
    "str": str,
    "tuple[str, ...]": _read_lines,
    "tuple[int, ...]": _read_codes,
}


@dataclass(slots=True)
class Faults:
    """The knobs. A chance is a probability (`0.2`) or the next occasions (`next:1`, `next:1:4` after four others)."""

    seed: int = field(default=0, metadata={"says": "where the randomness starts; setting it starts it again"})

    lost_result: Chance = field(
        default_factory=Chance, metadata={"says": "a message is sent, neither +CMGS nor OK is told"}
    )
    lost_message: Chance = field(
        default_factory=Chance, metadata={"says": "a message is not sent, and no result is told"}
    )
    lost_ok: Chance = field(default_factory=Chance, metadata={"says": "a message is sent, +CMGS is told, OK is not"})
    late_result: Chance = field(
        default_factory=Chance, metadata={"says": "the result of a message comes `late_by` late"}
    )
    late_by: float = field(default=5.0, metadata={"says": "seconds"})
    cms_error: Chance = field(default_factory=Chance, metadata={"says": "a message is refused with one of `cms_code`"})
    cms_code: tuple[int, ...] = field(default=(38,), metadata={"says": "+CMS ERROR numbers, with commas"})
    early_report: Chance = field(
        default_factory=Chance, metadata={"says": "a delivery report overtakes the +CMGS of its message"}
    )
    duplicate_report: Chance = field(default_factory=Chance, metadata={"says": "a delivery report comes twice"})

    slow_prompt: float = field(default=0.0, metadata={"says": "seconds before `> `"})
    no_prompt: Chance = field(default_factory=Chance, metadata={"says": "`> ` is never said, but text is awaited"})
    urc_in_prompt: Chance = field(default_factory=Chance, metadata={"says": "a noise line comes right after `> `"})
    drop_in_text: Chance = field(
        default_factory=Chance, metadata={"says": "the port goes for `gone_for` in the middle of a message's text"}
    )

    noise: Chance = field(default_factory=Chance, metadata={"says": "a noise line comes before an answer"})
    noise_inside: Chance = field(
        default_factory=Chance, metadata={"says": "a noise line comes inside an answer, before its final result"}
    )
    noise_lines: tuple[str, ...] = field(
        default=(), metadata={"says": "what noise says, with | between; empty: what the model says"}
    )
    garbage: Chance = field(default_factory=Chance, metadata={"says": "octets that are no text come before an answer"})
    dribble: int = field(default=0, metadata={"says": "octets per write, 0 for all at once"})
    dribble_pause: float = field(default=0.001, metadata={"says": "seconds between two writes of `dribble`"})
    echo: bool = field(default=False, metadata={"says": "echo what is typed whatever ATE0 said"})

    hang_on: str = field(default="", metadata={"says": "a command, as +CMGS, that makes the modem deaf for `hang_for`"})
    hang_for: float = field(default=0.0, metadata={"says": "seconds; 0 means until the port is opened again"})
    gone_for: float = field(default=2.0, metadata={"says": "seconds that the port stays away after drop_in_text"})

    mute: bool = field(default=False, metadata={"says": "does what it is told and says nothing, until it restarts"})

    storage_full: bool = field(default=False, metadata={"says": "no slot is free, whatever the storage says"})
    mute_cmti: Chance = field(default_factory=Chance, metadata={"says": "a message is stored and not announced"})
    duplicate_cmti: Chance = field(default_factory=Chance, metadata={"says": "a message is announced twice"})
    delete_fails: Chance = field(
        default_factory=Chance, metadata={"says": "+CMGD answers +CMS ERROR: 320 and deletes nothing"}
    )

    random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)  # noqa: S311  a simulation

    def apply(self, name: str, value: Any) -> None:
        """Turn a knob; raise `UnknownFault` for a name or value that cannot be."""
        known = self.__dataclass_fields__.get(name)
        if known is None or name == "random":
            raise UnknownFault(f"no fault is called {name!r}")
        try:
            setattr(self, name, _READERS[str(known.type)](value))
        except (TypeError, ValueError, KeyError) as error:
            raise UnknownFault(f"{value!r} is no value for {name}") from error
        if name == "seed":
            self.random.seed(self.seed)

    def strikes(self, name: str) -> bool:
        """Tell whether the fault called `name`, a chance, happens this time."""
        chance: Chance = getattr(self, name)
        return chance.strikes(self.random)

    def noise_line(self, usual: tuple[str, ...]) -> str:
        """Pick a line that nobody asked for, out of `usual` unless the knob says others."""
        return self.random.choice(self.noise_lines or usual)


def describe() -> list[tuple[str, str]]:
    """Return every knob's name and what it does, for `--help`."""
    return [(name, f.metadata["says"]) for name, f in Faults.__dataclass_fields__.items() if "says" in f.metadata]
