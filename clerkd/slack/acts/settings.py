"""Settings: what a person may do, and how the lines are configured."""

from __future__ import annotations

from collections.abc import Collection

from clerkd.ports.store import Tx
from clerkd.slack.interactions import Act, Desk, Door, Interactions, Permission, Said
from clerkd.slack.payload import Acted
from clerkd.slack.permissions import ByRole
from clerkd.slack.screens import settings
from clerkd.slack.settings import QuotaOf


class SettingsActs:
    """What is answered to **Settings**."""

    def __init__(self, quota_of: QuotaOf, forwarders: Collection[str] = ()) -> None:
        self._quota_of = quota_of
        self._forwarders = forwarders

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={settings.OPEN: Act(self.open)}, doors=[Door(settings.OPEN, _label, 70, in_menu=True)]
        )

    async def open(self, payload: Acted, desk: Desk) -> Said | None:
        """Open them."""
        now = desk.clock.now_ms()
        lines = list(desk.lines)
        quotas = await desk.store.read(lambda tx: {line.name: self._quota_of(tx, line.name, now) for line in lines})
        may_administer = await ByRole().refusal(desk.person, Permission.ADMINISTER) is None
        shown = []
        for line in lines:
            _, rules = desk.outbox.measure("", line.name)
            countries = sorted(rules.countries or ({rules.region} if rules.region else ()))
            forwards = may_administer and line.name in self._forwarders
            shown.append(
                settings.LineSettings(line.name, line.number, line.channel, countries, quotas[line.name], forwards)
            )
        may_change = await ByRole().refusal(desk.person, Permission.MANAGE) is None
        view = settings.SettingsView(desk.person.role.word, shown, desk.person.tz, now, may_change)
        await desk.screens.open(payload.trigger, settings.settings(view))
        return None


def _label(tx: Tx, now: int) -> str:
    del tx, now
    return settings.TITLE
