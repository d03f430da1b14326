"""What a workspace consists of: people, conversations, messages, views."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
TOMBSTONE = "tombstone"  # the subtype of a deleted root whose replies are still there


class ChannelKind(StrEnum):
    """What sort of conversation, in the words of `conversations.list`'s `types`."""

    PUBLIC = "public_channel"
    PRIVATE = "private_channel"
    IM = "im"

    @property
    def scope_prefix(self) -> str:
        """The first half of the scopes that guard this kind: `channels`, `groups` or `im`."""
        return {"public_channel": "channels", "private_channel": "groups", "im": "im"}[self.value]

    @property
    def event_word(self) -> str:
        """The `channel_type` of message events."""
        return {"public_channel": "channel", "private_channel": "group", "im": "im"}[self.value]


@dataclass(slots=True)
class Team:
    """The workspace itself."""

    id: str
    name: str
    domain: str


@dataclass(slots=True)
class User:
    """A person or a bot. A guest is `is_restricted`, a stranger belongs to another team."""

    id: str
    team_id: str
    name: str
    real_name: str
    display_name: str = ""  # the name, if empty
    tz: str = "America/Los_Angeles"
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False
    bot_id: str | None = None

    def tz_offset_s(self, now_ms: int) -> int:
        """Return seconds east of UTC at that moment, as `users.info` gives them."""
        offset = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(self.tz)).utcoffset()
        return int(offset.total_seconds()) if offset else 0


@dataclass(slots=True)
class Message:
    """One message of a conversation. `thread_ts` is its root's ts, its own ts on a root with replies, else None."""

    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    client_msg_id: str | None = None
    edited: Json | None = None
    metadata: Json | None = None
    files: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False

    @property
    def is_reply(self) -> bool:
        """Whether it belongs to the thread of another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(slots=True)
class Channel:
    """A conversation of any kind with its messages by ts, oldest first."""

    id: str
    name: str
    kind: ChannelKind
    created: int
    creator: str
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, list[Message]] = field(default_factory=dict)  # root ts -> its replies
    topic: str = ""
    purpose: str = ""
    previous_names: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    is_archived: bool = False
    is_ext_shared: bool = False
    is_read_only: bool = False
    is_thread_only: bool = False
    locked_threads: set[str] = field(default_factory=set)

    def replies(self, root_ts: str) -> list[Message]:
        """Return the replies under a root, oldest first, without the root."""
        return self.threads.get(root_ts, [])

    def add(self, message: Message) -> None:
        """Append a message; one with a thread_ts makes a root of the message that it answers."""
        self.messages[message.ts] = message
        if message.thread_ts is not None:
            self.threads.setdefault(message.thread_ts, []).append(message)
            self.messages[message.thread_ts].thread_ts = message.thread_ts

    def remove(self, message: Message) -> None:
        """Take a message away; a root that loses its last reply is an ordinary message again."""
        del self.messages[message.ts]
        if message.is_reply and message.thread_ts is not None:
            self.threads[message.thread_ts].remove(message)
            if not self.threads[message.thread_ts]:
                self._end_thread(message.thread_ts)

    def _end_thread(self, root_ts: str) -> None:
        del self.threads[root_ts]
        root = self.messages.get(root_ts)
        if root is None or root.subtype == TOMBSTONE:
            self.messages.pop(root_ts, None)
        else:
            root.thread_ts = None


@dataclass(slots=True)
class Ephemeral:
    """A message that only one person sees, until they reload."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json]
    thread_ts: str | None = None


@dataclass(slots=True)
class View:
    """A modal on somebody's stack, or somebody's App Home. `state` is what they have entered so far."""

    id: str
    user: str
    definition: Json
    hash: str
    external_id: str
    root_view_id: str
    previous_view_id: str | None = None
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_home(self) -> bool:
        """Whether it is an App Home tab and not a modal."""
        return bool(self.definition.get("type") == "home")
