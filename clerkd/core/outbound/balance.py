"""Ask what is left on prepaid SIMs, and tell when it is too little: once, and once that it is enough again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell
from clerkd.core.patience import write_patiently
from clerkd.errors import ClerkdError, Permanent
from clerkd.model.balance import Balance, BalanceRule
from clerkd.model.ussd import UssdReply
from clerkd.ports.store import Store
from clerkd.store.ops.sim_life import find_balances, note_balance

FIRST_AGAIN_MS, AGAIN_MS = 1_000, 600_000  # after a modem that could not be asked, as without a network; doubled

log = structlog.get_logger()


class Asked(Protocol):
    """Who can ask the network a USSD code."""

    async def ussd(self, code: str) -> UssdReply:
        """Return the answer; raise `Permanent` if the network refuses, `Temporary` if it cannot be asked now."""
        ...


class Balances:
    """The one task that asks. `rules` by line; `known` is each line's last answer."""

    def __init__(
        self, store: Store, clock: Clock, lines: Mapping[str, Asked], rules: Mapping[str, BalanceRule]
    ) -> None:
        self._store = store
        self._clock = clock
        self._lines = lines
        self._rules = dict(rules)
        self._due: dict[str, int] = {}  # epoch ms
        self._again_ms: dict[str, int] = {}
        self._bell = Bell()
        self.known: dict[str, Balance] = {}

    def wake(self) -> None:
        """Look at the clock again."""
        self._bell.ring()

    async def run(self) -> None:
        """Ask whenever it is time, for ever."""
        known = {balance.line: balance for balance in await self._store.read(find_balances)}
        self.known = {line: balance for line, balance in known.items() if line in self._rules}
        self._due = {
            line: self.known[line].at + rule.every_ms if line in self.known else 0 for line, rule in self._rules.items()
        }
        while True:
            self._bell.quiet()
            now = self._clock.now_ms()
            for line, due in list(self._due.items()):
                if due <= now:
                    await self._ask(line, self._rules[line])
            next_at = min(self._due.values(), default=None)
            await self._bell.wait(None if next_at is None else max(next_at - self._clock.now_ms(), 0) / 1000)

    async def _ask(self, line: str, rule: BalanceRule) -> None:
        try:
            answer = (await self._lines[line].ussd(rule.code)).text
        except Permanent as refused:
            answer = refused.message
        except ClerkdError as reason:
            log.info("balance.not-asked", line=line, code=reason.code)
            again_ms = self._again_ms.get(line, FIRST_AGAIN_MS)
            self._again_ms[line] = min(2 * again_ms, AGAIN_MS)
            self._due[line] = self._clock.now_ms() + again_ms
            return
        now = self._clock.now_ms()
        state, amount = rule.judge(answer)
        balance = Balance(line, now, state, amount, answer)
        await write_patiently(self._store, note_balance, balance, below=rule.below)
        log.info("balance.asked", line=line, state=state.value)
        self.known[line] = balance
        self._due[line] = now + rule.every_ms
        self._again_ms.pop(line, None)
