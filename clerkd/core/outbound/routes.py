"""Which lines the configuration prefers for which numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkd.model.number import region_of


@dataclass(frozen=True, slots=True)
class Route:
    """Lines for some numbers, the preferred one first. Without prefix and countries for all."""

    lines: tuple[str, ...]
    prefix: str | None = None
    countries: frozenset[str] = frozenset()  # ISO 3166 alpha-2

    def leads_to(self, peer: str) -> bool:
        """Tell whether the route is for a peer (E.164)."""
        if self.prefix is not None and not peer.startswith(self.prefix):
            return False
        return not self.countries or region_of(peer) in self.countries


def lines_for(routes: Sequence[Route], peer: str) -> tuple[str, ...]:
    """Return the lines of the first route that leads to a peer; none if no route does."""
    return next((route.lines for route in routes if route.leads_to(peer)), ())
