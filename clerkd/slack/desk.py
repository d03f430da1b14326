"""The Slack side as the application sees it.

What the core tells goes out, what people do comes in; without Slack everything else goes on, and notices and posts
wait in the store.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from clerkd.clock import Clock
from clerkd.core.desk.contact_imports import ContactImports
from clerkd.core.desk.contacts import Contacts
from clerkd.core.desk.optouts import OptOuts
from clerkd.core.desk.quota import Quotas
from clerkd.core.desk.tickets import Tickets
from clerkd.core.sims import Sims
from clerkd.ids import Ids
from clerkd.model.line import LineStatus
from clerkd.ports.store import Store
from clerkd.slack.acts.registered import registered
from clerkd.slack.client import open_session
from clerkd.slack.forwarder import Forwarder
from clerkd.slack.hearing import Outbox
from clerkd.slack.interactions import Interactions
from clerkd.slack.lines import DeskLine, DeskLines
from clerkd.slack.marks import SETTLE_S
from clerkd.slack.roles import RoleLists
from clerkd.slack.running import Running
from clerkd.slack.settings import QuotaOf, Settings, no_quota
from clerkd.slack.token import Token, TokenSource

SLACKS_OWN = 1.0
UNLIMITED = 1000.0


class SlackDesk:
    """Everything between the core and one Slack workspace; a `clerkd.ports.sink.Sink`.

    `lines` say which line is shown in which channel, `statuses` how they are. `pace` multiplies the rates that we keep
    to without being told: 1 for Slack; a stand-in on this machine is asked as fast as it answers. A 429 is obeyed in
    any case. `acts` makes the table of what the desk answers to. The tokens are read anew when Slack refuses them;
    construction raises `TokenUnreadable`.
    """

    name = "slack"

    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        ids: Ids,
        bot_token: TokenSource,
        app_token: TokenSource,
        api_url: str,
        lines: Sequence[DeskLine],
        statuses: Callable[[], Sequence[LineStatus]] = tuple,
        quota_of: QuotaOf = no_quota,
        quotas: Quotas | None = None,
        opt_outs: OptOuts | None = None,
        roles: RoleLists | None = None,
        tickets: Tickets | None = None,
        contacts: Contacts | None = None,
        imports: ContactImports | None = None,
        sims: Sims | None = None,
        forwarders: Mapping[str, Forwarder] | None = None,
        pace: float | None = None,
        settle_s: float = SETTLE_S,
        undo_s: float = 0.0,
        rng: random.Random | None = None,
        acts: Callable[[Settings], Interactions] = registered,
    ) -> None:
        self._acts = acts
        self._settings = Settings(
            sink=self.name,
            store=store,
            outbox=outbox,
            clock=clock,
            ids=ids,
            bot_token=Token("bot_token", bot_token),
            app_token=Token("app_token", app_token),
            api_url=api_url,
            lines=DeskLines(lines),
            statuses=statuses,
            quota_of=quota_of,
            quotas=quotas,
            opt_outs=opt_outs,
            roles=roles or {},
            tickets=tickets,
            contacts=contacts,
            imports=imports,
            sims=sims,
            forwarders=forwarders or {},
            pace=_pace(api_url) if pace is None else pace,
            settle_s=settle_s,
            undo_s=undo_s,
            rng=rng or random.Random(),  # noqa: S311 - spreads retries, hides nothing
        )
        self._running: Running | None = None

    def wake(self) -> None:
        """Hear that there are notices (`Sink`)."""
        if self._running is not None:  # else they are found at the start
            self._running.narrator.wake()
            self._running.homes.wake()

    def renew(self) -> None:
        """Read the tokens anew: somebody may have replaced them."""
        if self._running is not None:
            self._running.access.renew()

    def health(self) -> tuple[bool, str, str]:
        """Return whether Slack works, a stable code, and what is wrong in words."""
        if self._running is None:
            return False, "slack.stopped", "the Slack side is not running"
        return self._running.health()

    async def run(self) -> None:
        """Serve until cancelled. Nothing that Slack does or fails to do ends it."""
        async with open_session() as session:
            self._running = Running(self._settings, session, self._acts(self._settings))
            try:
                await self._running.run()
            finally:
                self._running = None


def _pace(api_url: str) -> float:
    host = urlsplit(api_url).hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    return UNLIMITED if local else SLACKS_OWN
