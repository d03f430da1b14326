"""What the Slack side is given."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from clerkd.clock import Clock
from clerkd.core.desk.contact_imports import ContactImports
from clerkd.core.desk.contacts import Contacts
from clerkd.core.desk.optouts import OptOuts
from clerkd.core.desk.quota import Quotas
from clerkd.core.desk.tickets import Tickets
from clerkd.core.sims import Sims
from clerkd.ids import Ids
from clerkd.model.line import LineStatus
from clerkd.model.quota import QuotaStatus
from clerkd.ports.store import Store, Tx
from clerkd.slack.forwarder import Forwarder
from clerkd.slack.hearing import Outbox
from clerkd.slack.lines import DeskLines
from clerkd.slack.roles import RoleLists
from clerkd.slack.token import Token

QuotaOf = Callable[[Tx, str, int], QuotaStatus | None]  # of a line, now in epoch ms


def no_quota(tx: Tx, line: str, now: int) -> QuotaStatus | None:
    """Return None: no line has a quota."""
    del tx, line, now
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `SlackDesk` was given."""

    sink: str
    store: Store
    outbox: Outbox
    clock: Clock
    ids: Ids
    bot_token: Token
    app_token: Token
    api_url: str
    lines: DeskLines
    statuses: Callable[[], Sequence[LineStatus]]
    quota_of: QuotaOf
    quotas: Quotas | None
    opt_outs: OptOuts | None
    roles: RoleLists
    tickets: Tickets | None  # None: nobody keeps them
    contacts: Contacts | None = None
    imports: ContactImports | None = None
    sims: Sims | None = None
    forwarders: Mapping[str, Forwarder] = field(default_factory=dict)  # lines over modems
    pace: float
    undo_s: float = 0.0  # how long what is written in a conversation can be taken back before it goes
    settle_s: float  # how long is waited after a lost answer: Slack may still be at it
    rng: random.Random
