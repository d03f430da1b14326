"""SIM cards, by what a modem tells of them."""

from __future__ import annotations

from dataclasses import dataclass

_ICCID_DIGITS = 18  # without the check digit that some print and some do not, E.118


@dataclass(frozen=True, slots=True)
class SimStanding:
    """Which SIM is a line's, and which is in its modem. Each is an ICCID, or an IMSI where a modem tells no more."""

    line: str
    bound: str | None  # None: the next one that is seen
    since: int | None  # epoch ms: when it became the line's
    present: str | None  # None: no modem answers, or it does not tell

    @property
    def is_strange(self) -> bool:
        """Whether another SIM is there than the line's."""
        return self.bound is not None and self.present is not None and not same_sim(self.bound, self.present)


def same_sim(one: str, other: str) -> bool:
    """Tell whether two ICCIDs are one: the check digit, or a filler, may be missing in one of them."""
    shorter, longer = sorted((one.rstrip("Ff"), other.rstrip("Ff")), key=len)
    return shorter == longer or (len(shorter) >= _ICCID_DIGITS and longer.startswith(shorter))
