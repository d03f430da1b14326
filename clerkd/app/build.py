"""The composition root: where concrete classes meet.

Nothing happens here but construction: no file is opened, no port, no connection. What must be done, in which order,
is in `clerkd.app.daemon`; Slack, which not everybody has, joins in `clerkd.app.desk`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from clerkd import __version__
from clerkd.api.health import Health, Probe
from clerkd.api.listen import Listener
from clerkd.api.metrics import Source
from clerkd.api.server import build_api
from clerkd.app.calls import add_text_backs, build_inbox
from clerkd.app.checks import split_listen
from clerkd.app.finding import build_finders
from clerkd.app.flights import FlightFiles
from clerkd.app.lines import Carriers, build_carrier, build_fallbacks, carrier_lines, routes_of
from clerkd.app.modem_metrics import modem_metrics
from clerkd.app.pins import PinFile
from clerkd.app.rules import answer_texts, line_rules, pacing_of, quota_of
from clerkd.app.secret import read_secret
from clerkd.app.settings import Modem, Secret, Settings
from clerkd.app.sims import add_sim_care, configured_sims
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
from clerkd.core.outbound.bell import Wakeable
from clerkd.core.outbound.carriers import Ledger
from clerkd.core.outbound.dispatcher import Dispatcher
from clerkd.core.outbound.fallback import TOPICS as FALLBACK_TOPICS
from clerkd.core.outbound.outbox import Outbox
from clerkd.core.outbound.policy import Policy
from clerkd.core.outbound.recurring import Recurring
from clerkd.core.outbound.router import Router
from clerkd.core.outbound.schedule import Schedule
from clerkd.core.publisher import Publisher
from clerkd.core.sims import Sims
from clerkd.core.wallclock import ClockWatch
from clerkd.ids import Ids
from clerkd.model.notice import Topic
from clerkd.model.number import region_of
from clerkd.modem.discovery_finders import PortFinder
from clerkd.modem.line import ModemLine, Opener
from clerkd.modem.open import open_link
from clerkd.modem.recovering import Care
from clerkd.modem.recovery import Limits
from clerkd.modem.usb import UsbRequests
from clerkd.ports.line import Line, Receiver
from clerkd.store.space import Ballast, FreeSpace
from clerkd.store.sqlite import SqliteStore

DATABASE = "clerkd.db"
API_SOCKET = "api.sock"


class Task(Protocol):
    """Something that works for ever."""

    async def run(self) -> None:
        """Work."""
        ...


class ServedLine(Line, Protocol):
    """A line with a life of its own, over a modem or a carrier."""

    async def run(self) -> None:
        """Keep it in service for ever."""
        ...


@dataclass(frozen=True, slots=True)
class Core:
    """A daemon without edges, and what edges need of it."""

    clock: Clock
    ids: Ids
    store: SqliteStore
    ballast: Ballast
    publisher: Publisher
    lines: Mapping[str, ServedLine]
    shown: Mapping[str, Line]  # the same lines as people see them
    outbox: Outbox
    sims: Sims
    quotas: Quotas
    opt_outs: OptOuts
    tickets: Tickets
    contacts: Contacts
    imports: ContactImports
    supervisor: Supervisor
    probes: dict[str, Probe] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)  # of metrics
    renewals: list[Callable[[], None]] = field(default_factory=list)  # when secrets may have been replaced


Finders = Callable[[Mapping[str, Modem], Mapping[str, str], Supervisor], Mapping[str, PortFinder]]


@dataclass(frozen=True, slots=True)
class World:
    """What a daemon touches of the machine, besides the clock."""

    store: SqliteStore | None = None  # None: the file in the state directory
    opener: Opener = open_link
    finders: Finders = build_finders
    carriers: Carriers = build_carrier
    sweep: timedelta = timedelta(seconds=60)  # between looks for texts that no modem announced
    random: Callable[[int], bytes] = os.urandom


def build_core(
    settings: Settings, environ: Mapping[str, str], clock: Clock, notifier: Notifier, world: World | None = None
) -> Core:
    """Put modems, store and rules together; raise `SecretUnreadable` if a PIN went since it was checked.

    `world` is given by a simulation that owns disk, cables and chance as well as the clock.
    """
    world = world or World()
    state_dir = Path(settings.state_dir)
    ids, publisher, supervisor = Ids(clock, world.random), Publisher(), Supervisor()
    ballast, space = Ballast(state_dir), FreeSpace(state_dir, clock)
    store = world.store or SqliteStore(state_dir / DATABASE, ballast=ballast)
    store.listen(publisher.committed)
    inbox = build_inbox(settings, store, clock, ids, space)
    sims = Sims(store, clock, lambda: modems, configured_sims(settings))
    modems = _modem_lines(settings, environ, clock, inbox, sims, supervisor=supervisor, world=world)
    dispatchers: dict[str, Dispatcher] = {}  # filled below: carriers wake them, they need lines
    ledger = Ledger(store, clock, dispatchers)
    carriers = carrier_lines(settings, environ, clock, inbox, ledger, carriers=world.carriers)
    served: dict[str, ServedLine] = {**modems, **carriers}
    lines = {name: served[name] for name in settings.lines}  # in the file's order
    pulses = {name: Pulse(line, clock) for name, line in lines.items()}
    limits = {name: quota for name, line in settings.lines.items() if (quota := quota_of(line)) is not None}
    rules = {name: line_rules(name, settings.lines[name]) for name in lines}
    for name, pulse in pulses.items():
        pacing, quota = pacing_of(settings.lines[name]), limits.get(name)
        dispatchers[name] = Dispatcher(pulse, store, clock, rules=rules[name], quota=quota, pacing=pacing, told=inbox)
        pulse.driven_by(dispatchers[name])
    quotas = Quotas(store, clock, dispatchers, limits)
    schedule = Schedule(store, clock, dispatchers)
    policy = Policy(rules)
    outbox = Outbox(
        store=store,
        clock=clock,
        ids=ids,
        policy=policy,
        router=Router(pulses, routes=routes_of(settings), policy=policy, store=store, quotas=quotas),
        space=space,
        dispatchers=dispatchers,
        schedule=schedule,
    )
    recurring = Recurring(store, clock, outbox)
    schedule.follow(recurring)
    opt_outs = OptOuts(store, clock, outbox, answer_texts(settings.opt_out))
    publisher.follow(opt_outs, {Topic.ANSWER_OWED})
    _add_lines(supervisor, publisher, lines, dispatchers)
    fallbacks = build_fallbacks(settings, store, clock, lines=pulses, dispatchers=dispatchers, policy=policy)
    publisher.follow(fallbacks, FALLBACK_TOPICS)
    inbox.follow_lines(fallbacks)
    _add_tasks(supervisor, fallbacks, inbox, schedule, recurring, quotas, opt_outs)
    add_text_backs(settings, store, clock, outbox, publisher=publisher, supervisor=supervisor)
    clock_watch = _watch_clock(clock, supervisor, *dispatchers.values(), schedule, inbox, quotas)
    tickets = build_tickets(settings.tickets, store, clock, publisher, supervisor, clock_watch=clock_watch)
    contacts, imports = _build_contacts(settings, store, clock, ids, supervisor=supervisor)
    probes: dict[str, Probe] = {"tasks": lambda: _tasks_health(supervisor)}
    desk = (quotas, opt_outs, tickets, contacts, imports)
    sources = add_sim_care(settings, store, clock, outbox, lines=modems, supervisor=supervisor, clock_watch=clock_watch)
    core = Core(clock, ids, store, ballast, publisher, lines, pulses, outbox, sims, *desk, supervisor, probes, sources)
    supervisor.add("watchdog", Watchdog(notifier, store, pulses, space, clock, summary=lambda: summary(core)).run)
    return core


def _add_tasks(supervisor: Supervisor, *tasks: Task) -> None:
    for task in tasks:
        supervisor.add(type(task).__name__.lower(), task.run)


def _watch_clock(clock: Clock, supervisor: Supervisor, *waiting: Wakeable) -> ClockWatch:
    """Wake those who wait for a time of day when the clock was set."""
    clock_watch = ClockWatch(clock)
    supervisor.add("clock", clock_watch.run)
    for one in waiting:
        clock_watch.follow(one)
    return clock_watch


def _add_lines(
    supervisor: Supervisor,
    publisher: Publisher,
    lines: Mapping[str, ServedLine],
    dispatchers: Mapping[str, Dispatcher],
) -> None:
    for name, line in lines.items():
        supervisor.add(f"{'modem' if isinstance(line, ModemLine) else 'carrier'}:{name}", line.run)
    for name, dispatcher in dispatchers.items():
        supervisor.add(f"dispatch:{name}", dispatcher.run, finish=dispatcher.stop)
        publisher.follow(dispatcher, {Topic.QUEUE_GREW})


def _build_contacts(
    settings: Settings, store: SqliteStore, clock: Clock, ids: Ids, *, supervisor: Supervisor
) -> tuple[Contacts, ContactImports]:
    """National numbers are read in the country of the first line."""
    region = next((region_of(line.number) for line in settings.lines.values()), None)
    contacts = Contacts(store, clock, ids, files=store, region=region)
    imports = ContactImports(store, clock, ids, region=region)
    supervisor.add("contacts", contacts.run)
    supervisor.add("contact-imports", imports.run)
    return contacts, imports


def summary(core: Core) -> str:
    """Return in a line how the daemon is, for `systemctl status`."""
    states = Counter(line.status().state.value for line in core.shown.values())
    lines = ", ".join(f"{number} {state}" for state, number in states.items()) or "none configured"
    ailing = [f"{name} {health.state}" for name, probe in core.probes.items() if not (health := probe()).ok]
    return "; ".join([f"lines: {lines}", *ailing])


def build_listener(core: Core, settings: Settings) -> Listener:
    """Put the HTTP API in front of a core, on its address and on the socket in the state directory."""
    modems = {name: line for name, line in core.lines.items() if isinstance(line, ModemLine)}
    app = build_api(
        store=core.store,
        outbox=core.outbox,
        clock=core.clock,
        version=__version__,
        lines=list(core.shown.values()),
        modems={settings.lines[name].modem or name: line for name, line in modems.items()},
        sources=[lambda: modem_metrics(modems), *core.sources],
        probes=core.probes,
        quotas=core.quotas,
        contacts=core.contacts,
        imports=core.imports,
        sims=core.sims,
        forwarders=modems,
    )
    return Listener(app, tcp=split_listen(settings.http.listen), unix=Path(settings.state_dir) / API_SOCKET)


def _modem_lines(
    settings: Settings,
    environ: Mapping[str, str],
    clock: Clock,
    receiver: Receiver,
    sims: Sims,
    *,
    supervisor: Supervisor,
    world: World,
) -> dict[str, ModemLine]:
    ledger = PinFile(Path(settings.state_dir))
    flights, usb = FlightFiles(Path(settings.state_dir)), UsbRequests()
    finders = world.finders(settings.modems, environ, supervisor)
    lines: dict[str, ModemLine] = {}
    for name, line in settings.lines.items():
        if line.modem is None:
            continue
        modem = settings.modems[line.modem]
        lines[name] = ModemLine(
            name=name,
            number=line.number,
            port=modem.port,
            receiver=receiver,
            clock=clock,
            profile=modem.profile,
            pin=_secret(modem.pin, environ),
            calls=line.calls,
            forward_to=line.forward_to,
            reports=line.delivery_reports,
            ledger=ledger,
            sims=sims,
            smsc=modem.smsc,
            sweep=world.sweep,
            opener=world.opener,
            care=Care(Limits(resets_per_hour=modem.resets_per_hour), flights, usb),
            finder=finders[line.modem],
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
