"""A strict local stand-in for Slack: Web API, Socket Mode, and a workspace that people and tests can use."""

from clerkd.simulate.slack.faults import (
    ErrorAnswer,
    Faults,
    Lost,
    Meanwhile,
    RateLimitStorm,
    RawAnswer,
    Slow,
    SocketFault,
)
from clerkd.simulate.slack.server import SlackStandIn
from clerkd.simulate.slack.sockets import Fate, Outcome
from clerkd.simulate.slack.state import Change
from clerkd.simulate.slack.workspace import NotPossible, Workspace

__all__ = [
    "Change",
    "ErrorAnswer",
    "Fate",
    "Faults",
    "Lost",
    "Meanwhile",
    "NotPossible",
    "Outcome",
    "RateLimitStorm",
    "RawAnswer",
    "SlackStandIn",
    "Slow",
    "SocketFault",
    "Workspace",
]
