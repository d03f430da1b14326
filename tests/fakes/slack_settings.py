"""Settings of a desk that is never run: enough to ask what it answers to when every subject is there."""

import random
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

from clerkd.clock import SystemClock
from clerkd.ids import Ids
from clerkd.slack.lines import DeskLine, DeskLines
from clerkd.slack.settings import Settings, no_quota
from clerkd.slack.token import Token


def bare_settings(**more: Any) -> Settings:
    """Return settings whose parts are there and good for nothing."""
    parts: dict[str, Any] = {part.name: SimpleNamespace() for part in fields(Settings)}
    known = {
        "sink": "slack",
        "clock": SystemClock(),
        "ids": Ids(SystemClock()),
        "bot_token": Token("bot_token", lambda: "xoxb-test"),
        "app_token": Token("app_token", lambda: "xapp-test"),
        "api_url": "http://127.0.0.1:1/",
        "lines": DeskLines([DeskLine("support", "+14155550100", "#clerk-sms")]),
        "statuses": tuple,
        "quota_of": no_quota,
        "roles": {},
        "pace": 1.0,
        "rng": random.Random(1),
    }
    return Settings(**parts | known | more)
