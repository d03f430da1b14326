"""What is left on a prepaid SIM: how it is asked for and read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

_NUMBER = re.compile(r"-?\d[\d.,' \u00a0\u202f]*")
_CENTS = re.compile(r"(.*)[.,](\d{1,2})")


class BalanceState(StrEnum):
    """How a balance stands against its rule."""

    ENOUGH = "enough"
    LOW = "low"
    UNREAD = "unread"  # the pattern does not fit what the network says, or it says nothing


@dataclass(frozen=True, slots=True)
class BalanceRule:
    """A USSD code, where in its answer the amount is (the pattern's only group), and when that is too little."""

    code: str
    pattern: re.Pattern[str]
    below: Decimal
    every_ms: int

    def judge(self, answer: str) -> tuple[BalanceState, Decimal | None]:
        """Return how an answer stands, and the amount in it."""
        found = self.pattern.search(answer)
        amount = None if found is None else amount_of(found.group(1))
        if amount is None:
            return BalanceState.UNREAD, None
        return (BalanceState.LOW if amount < self.below else BalanceState.ENOUGH), amount


@dataclass(frozen=True, slots=True)
class Balance:
    """The last answer."""

    line: str
    at: int  # epoch ms
    state: BalanceState
    amount: Decimal | None
    answer: str


def amount_of(text: str | None) -> Decimal | None:
    """Read an amount as networks write it: 5.20, 5,20, 1.234,56, 1 234.56; None if it is none."""
    text = (text or "").strip()
    if _NUMBER.fullmatch(text) is None:
        return None
    cents = _CENTS.fullmatch(text)
    whole, part = (cents[1], cents[2]) if cents else (text, "")
    sign = "-" if whole.startswith("-") else ""
    digits = re.sub(r"\D", "", whole)
    return Decimal(f"{sign}{digits}.{part or 0}")
