"""Prepaid SIMs: what is left on them, and when they were last used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clerkd.model.balance import Balance, BalanceState
from clerkd.model.notice import NoticeKind
from clerkd.ports.store import Tx
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.quota import QUARTER_MS


@dataclass(frozen=True, slots=True)
class Idle:
    """Since when a line's SIM was not used, and when somebody last tried to use it for its own sake; epoch ms."""

    since: int
    tried_at: int | None


def find_balances(tx: Tx) -> list[Balance]:
    """Return the last answer of each line."""
    return [
        Balance(
            row["line"],
            row["at"],
            BalanceState(row["state"]),
            None if row["amount"] is None else Decimal(row["amount"]),
            row["answer"],
        )
        for row in tx.all("SELECT * FROM balances ORDER BY line")
    ]


def note_balance(tx: Tx, balance: Balance, *, below: Decimal) -> None:
    """Keep an answer; tell it if it stands otherwise than the one before. A first one that is enough is no news."""
    before = tx.one("SELECT state FROM balances WHERE line = :line", line=balance.line)
    tx.run(
        "INSERT INTO balances (line, at, amount, state, answer) VALUES (:line, :at, :amount, :state, :answer)"
        " ON CONFLICT (line) DO UPDATE SET at = excluded.at, amount = excluded.amount, state = excluded.state,"
        " answer = excluded.answer",
        line=balance.line,
        at=balance.at,
        amount=None if balance.amount is None else str(balance.amount),
        state=balance.state.value,
        answer=balance.answer,
    )
    if balance.state.value == (BalanceState.ENOUGH.value if before is None else before["state"]):
        return
    detail = {
        "state": balance.state.value,
        "amount": None if balance.amount is None else str(balance.amount),
        "below": str(below),
        "answer": balance.answer,
    }
    write_notice(tx, NoticeKind.BALANCE_CHANGED, at=balance.at, line=balance.line, detail=detail)


def find_idle(tx: Tx, line: str) -> Idle | None:
    """Return since when a line's SIM was not used for anything that goes out; None if it never had one."""
    bound = tx.one("SELECT since FROM line_sims WHERE line = :line AND state = 'bound'", line=line)
    if bound is None:
        return None
    used = tx.one("SELECT max(quarter) AS quarter FROM line_usage WHERE line = :line AND segments > 0", line=line)
    kept = tx.one("SELECT tried_at, done_at FROM keep_alives WHERE line = :line", line=line)
    quarter = used["quarter"] if used is not None else None
    since = [bound["since"], (quarter or 0) * QUARTER_MS, (kept["done_at"] or 0) if kept is not None else 0]
    return Idle(max(since), kept["tried_at"] if kept is not None else None)


def note_kept_alive(tx: Tx, line: str, *, at: int, done: bool) -> None:
    """Note that an idle SIM was used for its own sake, or that it was tried."""
    tx.run(
        "INSERT INTO keep_alives (line, tried_at, done_at) VALUES (:line, :at, :done_at)"
        " ON CONFLICT (line) DO UPDATE SET tried_at = excluded.tried_at,"
        " done_at = coalesce(excluded.done_at, keep_alives.done_at)",
        line=line,
        at=at,
        done_at=at if done else None,
    )
