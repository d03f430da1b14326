"""What the configuration says of SIMs."""

from __future__ import annotations

from clerkd.app.settings import Settings


def configured_sims(settings: Settings) -> dict[str, str]:
    """Return the ICCIDs that the configuration names, by line."""
    return {
        name: iccid
        for name, line in settings.lines.items()
        if line.modem is not None and (iccid := settings.modems[line.modem].iccid) is not None
    }
