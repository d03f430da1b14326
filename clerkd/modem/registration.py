"""How a modem stands with its networks, over the kinds of registration that it tells."""

from __future__ import annotations

from collections.abc import Iterable

from clerkd.at.events import Registration

# 27.007 §7.2
_WORDS = {
    0: "not registered, and not searching: is the antenna on and the SIM active?",
    2: "searching for a network",
    3: "the network refuses this SIM",
    4: "registration unknown: out of coverage",
    8: "emergency calls only: the network refuses this SIM",
}


class Registrations:
    """What the modem said last of each kind. One that is good is enough: short messages find their way."""

    def __init__(self) -> None:
        self._domains: frozenset[str] | None = None
        self._states: dict[str, Registration] = {}

    def expect(self, domains: Iterable[str]) -> None:
        """Set which kinds the modem tells; none at all means that we cannot know and must try."""
        self._domains = frozenset(domains)

    def clear(self) -> None:
        """Forget everything."""
        self._domains = None
        self._states = {}

    def note(self, registration: Registration) -> None:
        """Hear of a state."""
        self._states[registration.domain] = registration

    @property
    def registered(self) -> bool:
        """Whether messages can be sent. False until `expect`."""
        if self._domains is None:
            return False
        return not self._domains or any(state.registered for state in self._states.values())

    @property
    def words(self) -> str:
        """What is the matter, for people."""
        states = {registration.state for registration in self._states.values()}
        return next((_WORDS[state] for state in (3, 8, 2, 4, 0) if state in states), "no network yet")
