"""What the configuration says of SIMs, and who cares for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from clerkd.api.prometheus import Metric, Sample
from clerkd.app.settings import Balance as BalanceSection
from clerkd.app.settings import KeepAlive as KeepAliveSection
from clerkd.app.settings import Settings
from clerkd.app.supervisor import Supervisor
from clerkd.clock import Clock
from clerkd.core.outbound.balance import Balances
from clerkd.core.outbound.keepalive import KeepAlive, KeepAlives
from clerkd.core.outbound.outbox import Outbox
from clerkd.core.wallclock import ClockWatch
from clerkd.model.balance import BalanceRule, BalanceState
from clerkd.modem.line import ModemLine
from clerkd.ports.store import Store

_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000


def configured_sims(settings: Settings) -> dict[str, str]:
    """Return the ICCIDs that the configuration names, by line."""
    return {
        name: iccid
        for name, line in settings.lines.items()
        if line.modem is not None and (iccid := settings.modems[line.modem].iccid) is not None
    }


def add_sim_care(
    settings: Settings,
    store: Store,
    clock: Clock,
    outbox: Outbox,
    *,
    lines: Mapping[str, ModemLine],
    supervisor: Supervisor,
    clock_watch: ClockWatch,
) -> list[Callable[[], Iterable[Metric]]]:
    """Have balances asked for and idle SIMs kept alive, where that is configured; return what there is to measure."""
    rules = {name: _rule(line.balance) for name, line in settings.lines.items() if line.balance is not None}
    keeping = {name: _keeping(line.keep_alive) for name, line in settings.lines.items() if line.keep_alive is not None}
    balances = Balances(store, clock, lines, rules)
    keep_alives = KeepAlives(store, clock, outbox, lines, keeping)
    for task, name in ((balances, "balances"), (keep_alives, "keep-alives")):
        supervisor.add(name, task.run)
        clock_watch.follow(task)
    return [lambda: balance_metrics(balances)]


def balance_metrics(balances: Balances) -> Iterable[Metric]:
    """Return what is left on each SIM, and whether that is too little."""
    known = list(balances.known.items())
    yield Metric(
        "clerkd_line_balance",
        "gauge",
        "What is left on the line's SIM, in its network's unit.",
        tuple(Sample(float(one.amount), {"line": line}) for line, one in known if one.amount is not None),
    )
    for state, words in (
        (BalanceState.LOW, "1 while that is less than it should be."),
        (BalanceState.UNREAD, "1 while it cannot be read."),
    ):
        samples = tuple(Sample(float(one.state is state), {"line": line}) for line, one in known)
        yield Metric(f"clerkd_line_balance_{state.value}", "gauge", words, samples)


def _rule(section: BalanceSection) -> BalanceRule:
    below = Decimal(str(section.below))
    return BalanceRule(section.code, re.compile(section.pattern), below, section.every_h * _HOUR_MS)


def _keeping(section: KeepAliveSection) -> KeepAlive:
    return KeepAlive(section.every_days * _DAY_MS, section.to, section.text, section.code)
