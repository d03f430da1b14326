"""The Web API methods that clerkd uses: the scope each needs, how often it may be called, whether it can be repeated.

`call()` refuses a method that is not listed here, and a test compares the scopes with `config/slack-manifest.yaml`,
so the manifest asks for what is used and nothing else.

Rates are Slack's tiers (20, 50 and 100 calls a minute for tiers 2, 3 and 4; one message a second in a channel), with
the short bursts that Slack allows; a 429 corrects whoever is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` calls at once, `per_second` in the long run."""

    burst: float
    per_second: float

    def times(self, pace: float) -> Rate:
        """Return a bucket so many times as large and as quick, never below one call."""
        return Rate(max(1.0, self.burst * pace), self.per_second * pace)


TIER_2 = Rate(10, 20 / 60)
TIER_3 = Rate(20, 50 / 60)
TIER_4 = Rate(30, 100 / 60)
POST_IN_CHANNEL = Rate(4, 1.0)
POST_IN_WORKSPACE = Rate(20, 5.0)  # "several hundred a minute"
PERMALINK = Rate(50, 600 / 60)
OPEN_SOCKET = Rate(8, 0.2)  # tier 1 in some of Slack's pages, tier 3 in others


@dataclass(frozen=True, slots=True)
class Method:
    """What is to know of a method before it is called."""

    rate: Rate
    scopes: tuple[str, ...] = ()  # any one of them per kind of channel; the manifest has all
    reads: bool = False  # arguments travel in the query: reading methods take no JSON
    repeatable: bool = True  # a second call with the same arguments shows nothing new
    channel_rate: Rate | None = None  # a bucket for each channel besides the one for all
    optional: bool = False  # without its scope all else works: to be refused is an answer, and no fault of the token
    tries: bool = False  # is called although the token is refused: it is how that ends


READ_HISTORY = ("channels:history", "groups:history", "im:history")
READ_CHANNELS = ("channels:read", "groups:read")
MANAGE_CHANNELS = ("channels:manage", "groups:write")

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(OPEN_SOCKET, tries=True),  # app-level token with connections:write
    "auth.test": Method(TIER_4, reads=True, tries=True),
    "chat.delete": Method(TIER_3, ("chat:write",)),
    "chat.getPermalink": Method(PERMALINK, reads=True),
    "chat.postEphemeral": Method(TIER_4, ("chat:write",), repeatable=False),
    "chat.postMessage": Method(POST_IN_WORKSPACE, ("chat:write",), repeatable=False, channel_rate=POST_IN_CHANNEL),
    "chat.update": Method(TIER_3, ("chat:write",)),
    "conversations.create": Method(TIER_2, MANAGE_CHANNELS, repeatable=False, optional=True),
    "conversations.history": Method(TIER_3, READ_HISTORY, reads=True),
    "conversations.info": Method(TIER_3, READ_CHANNELS, reads=True),
    "conversations.invite": Method(TIER_3, MANAGE_CHANNELS, optional=True),
    "conversations.join": Method(TIER_3, ("channels:join",)),
    "conversations.list": Method(TIER_2, READ_CHANNELS, reads=True),
    "conversations.replies": Method(TIER_3, READ_HISTORY, reads=True),
    "conversations.open": Method(TIER_3, ("im:write",), optional=True),
    "conversations.rename": Method(TIER_2, MANAGE_CHANNELS, optional=True),
    "conversations.setTopic": Method(TIER_2, MANAGE_CHANNELS, optional=True),
    "files.info": Method(TIER_4, ("files:read",), reads=True, optional=True),
    "files.completeUploadExternal": Method(TIER_4, ("files:write",), repeatable=False, optional=True),
    "files.getUploadURLExternal": Method(TIER_4, ("files:write",), reads=True, optional=True),
    "pins.add": Method(TIER_2, ("pins:write",), optional=True),
    "reactions.add": Method(TIER_3, ("reactions:write",)),
    "views.open": Method(TIER_4),  # the trigger makes it once
    "views.publish": Method(TIER_4),
    "views.push": Method(TIER_4),
    "views.update": Method(TIER_4),
    "usergroups.users.list": Method(TIER_2, ("usergroups:read",), reads=True, optional=True),
    "users.info": Method(TIER_4, ("users:read",), reads=True),
}
