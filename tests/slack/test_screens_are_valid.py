"""Every golden screen, read by others: the stand-in, Slack's Python and TypeScript types, blockkit."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest
from fakes.blockkit_reading import rebuilt
from fakes.golden import goldens
from fakes.typescript import complaints
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

import clerkd.slack.screens
from clerkd.simulate.page.gallery import Shown
from clerkd.simulate.slack.blocks.surfaces import message_problems, view_problems

ALL = goldens()
TYPES = {"modal": "ModalView", "home": "HomeView", "message": "{ text: string; blocks: KnownBlock[] }"}

# Which golden screens each module of the screens has drawn.
SHOWN = {
    "asked": ["asked", "collision"],
    "assign": ["assign", "snooze"],
    "backlog": ["backlog"],
    "card": ["card", "card-more", "conversation-card"],
    "contact": ["contact", "contact-erase", "contact-form", "contact-form-new", "contact-merge"],
    "contact_import": [
        "contact-import", "contact-import-check", "contact-import-done", "contact-import-running",
        "contact-import-stopped",
    ],
    "contacts": ["contacts"],
    "dashboard": ["dashboard", "home"],
    "direct": ["conversation-direct"],
    "dnd": ["dnd_form", "dnd_list", "dnd_revealed", "dnd_summary"],
    "export": ["contact-export"],
    "find": ["find", "find-message"],
    "forwarding": ["forwarding", "forwarding-asking", "forwarding-failed", "forwarding-refused"],
    "gone": ["gone"],
    "help": ["help"],
    "hint": ["hint"],
    "history": ["history"],
    "inbox": ["inbox"],
    "line": ["call", "line"],
    "message": ["inbound", "inbound-partial", "mirrored", "unreadable"],
    "notification": ["notification"],
    "optout": [
        "optout_back", "optout_decided", "optout_form", "optout_form_out", "optout_form_theirs", "optout_suspected",
        "optout_told",
    ],
    "outcome": ["failed", "other-outcomes", "unknown"],
    "quota": ["quota_added", "quota_held", "quota_line", "quota_pack", "quota_waits", "quota_warning"],
    "scheduled": ["scheduled"],
    "send_text": ["send_text", "send_text-edit", "send_text-said"],
    "settings": ["settings"],
    "sim": ["sim"],
    "skeleton": ["loading", "notice"],
    "templates": ["template", "templates"],
}  # fmt: skip
KINDS = {"empty", "typical", "longest", "right-to-left", "hostile", "hundred"}
ONE_MESSAGE = "it is about one message, call or line: there is nothing of which it could show a hundred"
OWN_WORDS = "it shows our own words and an id of Slack's, whoever it is about"
WITHOUT = {  # kinds that a screen has no golden of, and why
    **{
        (screen, "hundred"): ONE_MESSAGE
        for screen in (
            "asked", "call", "card", "failed", "forwarding", "forwarding-asking", "forwarding-failed",
            "forwarding-refused", "hint", "inbound", "inbound-partial", "line", "mirrored", "sim",
            "other-outcomes", "unknown", "unreadable",
        )
    },
    **{("gone", kind): OWN_WORDS for kind in KINDS - {"typical", "longest"}},
}  # fmt: skip
PARTS = {"__init__", "board", "inputs", "times"}  # what screens are made of


def as_python_reads(golden: Shown) -> dict:
    """Return the payload as slack_sdk writes it after reading it; it raises where a limit is broken."""
    if golden.surface == "message":
        return golden.payload | {"blocks": [block.to_dict() for block in Block.parse_all(golden.payload["blocks"])]}
    return View(**golden.payload).to_dict()


def module_text(golden: Shown) -> str:
    shape = TYPES[golden.surface]
    literal = json.dumps(golden.payload, ensure_ascii=False, indent=1)
    name = "KnownBlock" if golden.surface == "message" else shape
    return f'import type {{ {name} }} from "@slack/types";\n\nexport const screen: {shape} = {literal};\n'


def test_every_module_of_screens_has_golden_ones():
    modules = {path.stem for path in Path(clerkd.slack.screens.__file__).parent.glob("*.py")} - PARTS
    assert modules == set(SHOWN)
    named = [screen for screens in SHOWN.values() for screen in screens]
    assert sorted(named) == sorted({golden.screen for golden in ALL})


def test_every_screen_is_golden_in_every_kind_that_it_can_have():
    shown = {(golden.screen, golden.kind) for golden in ALL}
    wanted = {(screen, kind) for screens in SHOWN.values() for screen in screens for kind in KINDS}

    assert sorted(wanted - shown) == sorted(WITHOUT)
    assert shown <= wanted


@pytest.mark.parametrize("golden", ALL, ids=str)
def test_the_stand_ins_strict_rules_take_it(golden):
    if golden.surface == "message":
        assert message_problems(golden.payload["blocks"]) == []
        assert golden.payload["text"], "people with a screen reader and notifications get the text"
    else:
        assert view_problems(golden.payload) == []


@pytest.mark.parametrize("golden", ALL, ids=str)
def test_slacks_python_types_take_it_and_lose_nothing(golden):
    assert as_python_reads(golden) == golden.payload


@pytest.mark.parametrize("golden", ALL, ids=str)
def test_blockkit_takes_it_and_loses_nothing(golden):
    assert rebuilt(golden.payload) == golden.payload


@pytest.mark.node
@pytest.mark.timeout(300)
def test_slacks_typescript_types_take_all_of_them(tmp_path):
    sources = {f"{golden}.ts": module_text(golden) for golden in ALL}
    assert complaints(sources, tmp_path) == []


@pytest.mark.node
@pytest.mark.timeout(300)
def test_the_compiler_would_notice(tmp_path):
    view = next(golden for golden in ALL if golden.surface == "modal")
    message = next(golden for golden in ALL if golden.surface == "message")
    spoiled = [
        Shown("no-title", "typical", 0, {name: value for name, value in view.payload.items() if name != "title"}),
        Shown("field-unknown", "typical", 0, view.payload | {"colour": "red"}),
        Shown("block-unknown", "typical", 0, deepcopy(message.payload) | {"blocks": [{"type": "secton"}]}),
        Shown("button-unlabelled", "typical", 0, message.payload | {"blocks": [_actions({"type": "button"})]}),
    ]
    said = "\n".join(complaints({f"{golden}.ts": module_text(golden) for golden in spoiled}, tmp_path))
    assert all(f"{golden}.ts" in said for golden in spoiled), said


def _actions(element: dict) -> dict:
    return {"type": "actions", "elements": [element]}
