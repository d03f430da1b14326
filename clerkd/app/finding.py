"""Where the lines' modems are: one watch over the device directories, and one search, for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clerkd.app.settings import Modem
from clerkd.app.supervisor import Supervisor
from clerkd.modem.discovery_finders import PathFinder, PortFinder, Wanted
from clerkd.modem.discovery_search import Search, SearchFinder
from clerkd.modem.hotplug import Hotplug
from clerkd.modem.sysfs import Roots

DEVICE_ROOT = "CLERKD_DEVICE_ROOT"  # holds dev/ and sys/ where they are not at /, as in a container or on a test rig
AUTO = "auto"


def build_finders(
    modems: Mapping[str, Modem], environ: Mapping[str, str], supervisor: Supervisor
) -> dict[str, PortFinder]:
    """Return a finder for each modem; what they share becomes tasks of the supervisor."""
    roots = Roots.under(environ.get(DEVICE_ROOT))
    paths = [Path(modem.port) for modem in modems.values() if modem.port.startswith("/")]
    by_name = [roots.dev / "serial" / "by-id", roots.dev / "serial" / "by-path"]
    hotplug = Hotplug([roots.dev, *by_name, *(path.parent for path in paths)])
    search = Search(hotplug, roots, avoid=paths)
    finders: dict[str, PortFinder] = {}
    for name, modem in modems.items():
        wanted = Wanted(modem.imei, modem.iccid)
        if modem.port == AUTO:
            finders[name] = SearchFinder(wanted, search)
        else:
            finders[name] = PathFinder(modem.port, wanted, hotplug)
    if modems:
        supervisor.add("hotplug", hotplug.run)
    if any(modem.port == AUTO for modem in modems.values()):
        supervisor.add("modem-search", search.run)
    return finders
