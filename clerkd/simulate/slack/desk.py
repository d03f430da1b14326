"""Everything that a Web API method works with, in one place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from clerkd.simulate.slack.events import EventFeed
from clerkd.simulate.slack.posting import Posting
from clerkd.simulate.slack.rooms import Rooms
from clerkd.simulate.slack.screens import Screens
from clerkd.simulate.slack.sockets import SocketHub
from clerkd.simulate.slack.state import State
from clerkd.simulate.slack.tripwire import Tripwire
from clerkd.simulate.slack.uploads import Uploads


@dataclass(slots=True)
class Desk:
    """The rooms of the stand-in, as the methods see them."""

    state: State
    feed: EventFeed
    posting: Posting
    rooms: Rooms
    screens: Screens
    sockets: SocketHub
    uploads: Uploads
    tripwire: Tripwire
    violations: list[str] = field(default_factory=list)
    post_counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, state: State, feed: EventFeed, sockets: SocketHub, violations: list[str]) -> Desk:
        """Return a desk with fresh rooms around these; `violations` is shared with whoever collects them."""
        posting = Posting(state, feed)
        rooms = Rooms(state, feed, posting)
        return cls(state, feed, posting, rooms, Screens(state), sockets, Uploads(state), Tripwire(), violations)
