"""What everybody has in hand who turns notices into posts, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from clerkd.ports.store import Tx
from clerkd.slack import ids
from clerkd.slack.lines import DeskLines
from clerkd.slack.render import Screen
from clerkd.store.ops.slack_posts import Action, NewPost, add_post

SETTLED_BY = "state"  # what answers a prompt when no person did


@dataclass(frozen=True, slots=True)
class Narration:
    """One batch of notices. `names` are people's by their ids; `lanes` is where something was queued."""

    tx: Tx
    new_id: Callable[[], str]
    now: int  # epoch ms
    lines: DeskLines
    names: Mapping[str, str]
    lanes: set[str] = field(default_factory=set)

    def queue(self, new: NewPost) -> None:
        """Queue a post."""
        add_post(self.tx, self.new_id(), new, now=self.now)
        self.lanes.add(new.lane)

    def say(
        self, line: str, screen: Screen, *, subject: str = "", due_at: int = 0, conversation_id: str | None = None
    ) -> None:
        """Queue a message: in a conversation's thread, or without one in the line's channel."""
        self.queue(
            NewPost(
                lane=ids.line_lane(line),
                action=Action.POST,
                payload=screen.payload,
                subject=subject,
                line=line,
                conversation_id=conversation_id,
                due_at=due_at,
            )
        )
