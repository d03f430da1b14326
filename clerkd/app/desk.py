"""The Slack side, built from the settings. Imported only when there is one: it costs time and memory."""

from __future__ import annotations

import random
from collections.abc import Mapping

from clerkd.api.health import Health
from clerkd.app.build import Core
from clerkd.app.rules import role_lists
from clerkd.app.secret import SecretUnreadable, read_secret
from clerkd.app.settings import Secret, Settings, Slack
from clerkd.modem.line import ModemLine
from clerkd.slack.desk import SlackDesk
from clerkd.slack.lines import DeskLine
from clerkd.slack.token import TokenSource, TokenUnreadable


def add_desk(
    core: Core, settings: Settings, slack: Slack, environ: Mapping[str, str], rng: random.Random | None = None
) -> None:
    """Make Slack one of the sinks that the core tells, and one of the tasks that are supervised.

    `rng` spreads retries; a simulation owns it.
    """
    desk = SlackDesk(
        store=core.store,
        outbox=core.outbox,
        clock=core.clock,
        ids=core.ids,
        bot_token=_source(slack.bot_token, environ),
        app_token=_source(slack.app_token, environ),
        api_url=slack.api_url,
        undo_s=slack.undo_s,
        lines=[
            DeskLine(name, line.number, line.channel or slack.channel or "") for name, line in settings.lines.items()
        ],
        statuses=lambda: [line.status() for line in core.shown.values()],
        quota_of=core.quotas.read,
        quotas=core.quotas,
        opt_outs=core.opt_outs,
        roles=role_lists(slack.roles),
        tickets=core.tickets,
        contacts=core.contacts,
        imports=core.imports,
        sims=core.sims,
        forwarders={name: line for name, line in core.lines.items() if isinstance(line, ModemLine)},
        rng=rng,
    )
    core.publisher.add(desk)
    core.renewals.append(desk.renew)
    core.supervisor.add("slack", desk.run)
    core.probes["slack"] = lambda: _health(desk)


def _source(secret: Secret, environ: Mapping[str, str]) -> TokenSource:
    def read() -> str:
        try:
            return read_secret(secret, environ)
        except SecretUnreadable as reason:
            raise TokenUnreadable(str(reason)) from reason

    return read


def _health(desk: SlackDesk) -> Health:
    ok, code, words = desk.health()
    return Health(ok, "connected") if ok else Health(ok, code.removeprefix("slack."), words)
