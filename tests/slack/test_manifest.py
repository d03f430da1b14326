"""The manifest asks for what the code uses: every event has a reader, every scope a method or an event."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from fakes.slack_settings import bare_settings

from clerkd.slack import parse
from clerkd.slack.acts.registered import registered
from clerkd.slack.ids import ButtonAction
from clerkd.slack.methods import METHODS
from clerkd.slack.parse import Identity
from clerkd.slack.screens.help import COMMANDS

TABLE = registered(bare_settings())
ROOT = Path(__file__).parents[2]
ME = Identity("T0TEST00001", "U0CLERK0001", "B0CLERK0001", "A0CLERK0001")

# What Slack wants for the delivery of an event, docs.slack.dev/reference/events
EVENT_SCOPES = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "app_uninstalled": set(),
    "tokens_revoked": set(),
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "channel_shared": {"channels:read", "groups:read"},
    "channel_unshared": {"channels:read", "groups:read"},
    "channel_id_changed": {"channels:read", "groups:read"},
    **{f"channel_{what}": {"channels:read"} for what in ("archive", "deleted", "left", "rename", "unarchive")},
    **{f"group_{what}": {"groups:read"} for what in ("archive", "deleted", "left", "rename", "unarchive")},
}


@pytest.fixture(scope="module")
def manifest():
    return yaml.safe_load((ROOT / "config" / "slack-manifest.yaml").read_text())


def samples() -> dict[str, dict]:
    """One event for every subscription, as Slack sends it."""
    message = {"type": "message", "user": "U1", "ts": "1.000001", "text": "x"}
    item = {"type": "message", "channel": "C1", "ts": "1.000001"}
    found = {
        "app_home_opened": {"type": "app_home_opened", "user": "U1", "tab": "home"},
        "app_mention": {**message, "type": "app_mention", "channel": "C1"},
        "app_uninstalled": {"type": "app_uninstalled"},
        "tokens_revoked": {"type": "tokens_revoked", "tokens": {"bot": ["U0CLERK0001"]}},
        "message.channels": {**message, "channel": "C1", "channel_type": "channel"},
        "message.groups": {**message, "channel": "G1", "channel_type": "group"},
        "member_joined_channel": {"type": "member_joined_channel", "user": ME.user, "channel": "C1"},
        "channel_id_changed": {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"},
        "channel_rename": {"type": "channel_rename", "channel": {"id": "C1", "name": "texts"}},
        "group_rename": {"type": "group_rename", "channel": {"id": "G1", "name": "texts"}},
    }
    if TABLE.reactions:
        for name in ("reaction_added", "reaction_removed"):
            found[name] = {"type": name, "user": "U1", "reaction": "eyes", "item": item}
    for name in parse.CHANNEL_EVENTS - found.keys():
        found[name] = {"type": name, "channel": "C1"}
    return found


def test_every_subscribed_event_is_read_and_every_event_read_is_subscribed(manifest):
    subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    deaf = {
        name
        for name, event in samples().items()
        if parse.read("events_api", {"type": "event_callback", "event": event}, ME) is None
    }

    assert deaf == set()
    assert subscribed == samples().keys()


def test_the_scopes_are_those_of_the_methods_and_events_and_no_others(manifest):
    wanted = {scope for method in METHODS.values() for scope in method.scopes}
    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        wanted |= EVENT_SCOPES[event]
    if TABLE.words:
        wanted.add("commands")

    assert set(manifest["oauth_config"]["scopes"]["bot"]) == wanted


def test_every_method_that_the_code_names_is_in_the_table_and_every_one_in_the_table_is_named():
    name = re.compile(r"(apps|auth|chat|conversations|reactions|users|usergroups|views|files|pins)\.[A-Za-z.]+")
    named = {
        node.value
        for path in (ROOT / "clerkd" / "slack").rglob("*.py")
        if path.name != "methods.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and name.fullmatch(node.value)
    }

    assert named == METHODS.keys()


def test_there_is_nothing_to_press_that_does_nothing_and_nothing_to_do_that_cannot_be_pressed(manifest):
    features = manifest["features"]
    hint = features["slash_commands"][0]["usage_hint"]
    commands = {one["command"] for one in features["slash_commands"]}
    shortcuts = {one["callback_id"] for one in features.get("shortcuts", [])}

    assert commands == {"/clerk"}
    assert set(re.findall(r"[a-z]+", hint)) == {word for word in TABLE.words if word}
    assert set(COMMANDS) >= set(TABLE.words)
    assert shortcuts == set(TABLE.shortcuts)
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in features.get("shortcuts", []))
    assert features["app_home"]["home_tab_enabled"] is (TABLE.home_view is not None)
    assert manifest["settings"]["interactivity"] == {"is_enabled": bool(ButtonAction)}


def test_it_keeps_to_the_manifest_schemas_limits(manifest):
    display = manifest["display_information"]

    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert 175 <= len(display["long_description"]) <= 4000
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in str(manifest)
