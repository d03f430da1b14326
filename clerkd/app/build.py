"""The composition root: where concrete classes meet.

Nothing happens here but construction: no file is opened, no port, no connection. What must be done, in which order,
is in `clerkd.app.daemon`; Slack, which not everybody has, joins in `clerkd.app.desk`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clerkd import __version__
from clerkd.api.health import Health, Probe
from clerkd.api.listen import Listener
from clerkd.api.server import build_api
from clerkd.app.checks import split_listen
from clerkd.app.pins import PinFile
from clerkd.app.rules import answer_texts, line_rules, quota_of
from clerkd.app.secret import read_secret
from clerkd.app.settings import Secret, Settings
from clerkd.app.supervisor import Supervisor
from clerkd.app.systemd import Notifier
from clerkd.app.tickets import build_tickets
from clerkd.app.watchdog import Pulse, Watchdog
from clerkd.clock import Clock
from clerkd.core.desk.contact_imports import ContactImports
from clerkd.core.desk.contacts import Contacts
from clerkd.core.desk.optouts import OptOuts
from clerkd.core.desk.quota import Quotas
from clerkd.core.desk.tickets import Tickets
from clerkd.core.inbound.inbox import Inbox
from clerkd.core.outbound.dispatcher import Dispatcher
from clerkd.core.outbound.outbox import Outbox
from clerkd.core.outbound.policy import Policy
from clerkd.core.outbound.recurring import Recurring
from clerkd.core.outbound.router import Router
from clerkd.core.outbound.schedule import Schedule
from clerkd.core.publisher import Publisher
from clerkd.ids import Ids
from clerkd.model.notice import Topic
from clerkd.model.number import region_of
from clerkd.modem.line import ModemLine
from clerkd.ports.line import Receiver
from clerkd.store.space import Ballast, FreeSpace
from clerkd.store.sqlite import SqliteStore

DATABASE = "clerkd.db"
API_SOCKET = "api.sock"


@dataclass(frozen=True, slots=True)
class Core:
    """A daemon without edges, and what edges need of it."""

    clock: Clock
    ids: Ids
    store: SqliteStore
    ballast: Ballast
    publisher: Publisher
    lines: Mapping[str, ModemLine]
    outbox: Outbox
    quotas: Quotas
    opt_outs: OptOuts
    tickets: Tickets
    contacts: Contacts
    imports: ContactImports
    supervisor: Supervisor
    probes: dict[str, Probe] = field(default_factory=dict)
    renewals: list[Callable[[], None]] = field(default_factory=list)  # when secrets may have been replaced


def build_core(settings: Settings, environ: Mapping[str, str], clock: Clock, notifier: Notifier) -> Core:
    """Put modems, store and rules together; raise `SecretUnreadable` if a PIN went since it was checked."""
    state_dir = Path(settings.state_dir)
    ids, publisher = Ids(clock), Publisher()
    ballast, space = Ballast(state_dir), FreeSpace(state_dir, clock)
    store = SqliteStore(state_dir / DATABASE, ballast=ballast)
    store.listen(publisher.committed)
    inbox = Inbox(store=store, clock=clock, ids=ids, space=space)
    modems = _modem_lines(settings, environ, clock, inbox)
    pulses = {name: Pulse(line, clock) for name, line in modems.items()}
    limits = {name: quota for name, line in settings.lines.items() if (quota := quota_of(line)) is not None}
    rules = {name: line_rules(name, settings.lines[name]) for name in modems}
    dispatchers = {
        name: Dispatcher(pulse, store, clock, rules=rules[name], quota=limits.get(name))
        for name, pulse in pulses.items()
    }
    quotas = Quotas(store, clock, dispatchers, limits)
    schedule = Schedule(store, clock, dispatchers)
    outbox = Outbox(
        store=store,
        clock=clock,
        ids=ids,
        policy=Policy(rules),
        router=Router(pulses),
        space=space,
        dispatchers=dispatchers,
        schedule=schedule,
    )
    recurring = Recurring(store, clock, outbox)
    schedule.follow(recurring)
    opt_outs = OptOuts(store, clock, outbox, answer_texts(settings.opt_out))
    publisher.follow(opt_outs, {Topic.ANSWER_OWED})
    supervisor = Supervisor()
    for name, line in modems.items():
        supervisor.add(f"modem:{name}", line.run)
    for name, dispatcher in dispatchers.items():
        supervisor.add(f"dispatch:{name}", dispatcher.run, finish=dispatcher.stop)
        publisher.follow(dispatcher, {Topic.QUEUE_GREW})
    supervisor.add("inbox", inbox.run)
    supervisor.add("schedule", schedule.run)
    supervisor.add("recurring", recurring.run)
    supervisor.add("quotas", quotas.run)
    supervisor.add("opt-outs", opt_outs.run)
    tickets = build_tickets(settings.tickets, store, clock, publisher, supervisor)
    contacts, imports = _build_contacts(settings, store, clock, ids)
    supervisor.add("contacts", contacts.run)
    supervisor.add("contact-imports", imports.run)
    probes: dict[str, Probe] = {"tasks": lambda: _tasks_health(supervisor)}
    desk = (quotas, opt_outs, tickets, contacts, imports)
    core = Core(clock, ids, store, ballast, publisher, modems, outbox, *desk, supervisor, probes)
    watchdog = Watchdog(notifier, store, pulses, space, clock, summary=lambda: summary(core))
    supervisor.add("watchdog", watchdog.run)
    return core


def _build_contacts(settings: Settings, store: SqliteStore, clock: Clock, ids: Ids) -> tuple[Contacts, ContactImports]:
    """National numbers are read in the country of the first line."""
    region = next((region_of(line.number) for line in settings.lines.values()), None)
    return (
        Contacts(store, clock, ids, files=store, region=region),
        ContactImports(store, clock, ids, region=region),
    )


def summary(core: Core) -> str:
    """Return in a line how the daemon is, for `systemctl status`."""
    states = Counter(line.status().state.value for line in core.lines.values())
    lines = ", ".join(f"{number} {state}" for state, number in states.items()) or "none configured"
    ailing = [f"{name} {health.state}" for name, probe in core.probes.items() if not (health := probe()).ok]
    return "; ".join([f"lines: {lines}", *ailing])


def build_listener(core: Core, settings: Settings) -> Listener:
    """Put the HTTP API in front of a core, on its address and on the socket in the state directory."""
    app = build_api(
        store=core.store,
        outbox=core.outbox,
        clock=core.clock,
        version=__version__,
        lines=list(core.lines.values()),
        modems={settings.lines[name].modem or name: line for name, line in core.lines.items()},
        probes=core.probes,
        quotas=core.quotas,
        contacts=core.contacts,
        imports=core.imports,
    )
    return Listener(app, tcp=split_listen(settings.http.listen), unix=Path(settings.state_dir) / API_SOCKET)


def _modem_lines(
    settings: Settings, environ: Mapping[str, str], clock: Clock, receiver: Receiver
) -> dict[str, ModemLine]:
    ledger = PinFile(Path(settings.state_dir))
    lines: dict[str, ModemLine] = {}
    for name, line in settings.lines.items():
        modem = settings.modems[line.modem or ""]
        lines[name] = ModemLine(
            name=name,
            number=line.number,
            port=modem.port,
            receiver=receiver,
            clock=clock,
            profile=modem.profile,
            pin=_secret(modem.pin, environ),
            calls=line.calls,
            reports=line.delivery_reports,
            ledger=ledger,
        )
    return lines


def _secret(secret: Secret | None, environ: Mapping[str, str]) -> str | None:
    return None if secret is None else read_secret(secret, environ)


def _tasks_health(supervisor: Supervisor) -> Health:
    faults = supervisor.faults()
    if not faults:
        return Health(ok=True, state="running")
    died = ", ".join(f"{fault.task} ({fault.error})" for fault in faults)
    return Health(ok=False, state="restarting", reason=f"{died}; the log says more")
