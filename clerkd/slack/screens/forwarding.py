"""Call forwarding of a line: what the network says, and what can be changed there."""

from __future__ import annotations

from collections.abc import Sequence

from clerkd.model.call import REPLY_TIMES_S, Forwarding, Reason
from clerkd.model.number import international
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, actions, context, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import confirmation, field, menu, option, press, text_box
from clerkd.slack.screens.skeleton import modal

TITLE = "Call forwarding"
CALLBACK = "clerk.forwarding"
OPEN = "clerk.forwarding.open"
FORM = "clerk.forwarding.form"
ERASE = "clerk.forwarding.erase"
REASON, NUMBER, AFTER = "reason", "number", "after"
USUAL_AFTER_S = 20  # the network's own default, 22.082 §2.1

WORDS = {
    Reason.UNCONDITIONAL: "All calls",
    Reason.BUSY: "When the line is busy",
    Reason.NO_REPLY: "When nobody answers",
    Reason.UNREACHABLE: "When the modem cannot be reached",
}
_ASKING = "⏳ Asking the network … that can take some seconds."


def asking(line: str) -> Json:
    """Return what is shown until the network has answered."""
    return modal(TITLE, [_head(line), context(_ASKING)], callback=CALLBACK)


def failed(line: str, why: str) -> Json:
    """Say that the network could not be asked."""
    return modal(TITLE, [_head(line), rich_text(section(words(f"⚠️ {_sentence(why)}")))], callback=CALLBACK)


def forwarding(line: str, found: Sequence[Forwarding], *, fault: str | None = None, done: bool = False) -> Json:
    """Show what the network says, with `fault` if what was just asked for was not done."""
    blocks: list[Block] = [_head(line)]
    if fault is not None:
        blocks.append(rich_text(section(words(f"⚠️ {_sentence(fault)}"))))
    blocks.append(context("✅ The network says so now:" if done and fault is None else "What the network says:"))
    for one in found:
        blocks.append(rich_text(section(words(WORDS[one.reason], bold=True), words(f"\n{_standing(one)}"))))
        if one.active:
            sure = confirmation(
                "Forward no more?", "Calls come to the line's modem again.", yes="Forward no more", no="Keep"
            )
            blocks.append(
                actions(
                    press(
                        f"{ERASE}:{one.reason.value}",
                        "Forward no more",
                        button_value(line=line, reason=one.reason.value),
                        confirm=sure,
                    )
                )
            )
    blocks += [
        {"type": "divider"},
        field(
            REASON,
            "Forward",
            menu(
                "clerk.forwarding.reason",
                [option(label, reason.value) for reason, label in WORDS.items()],
                chosen=Reason.UNCONDITIONAL.value,
            ),
        ),
        field(NUMBER, "To this number", text_box("clerk.forwarding.number", placeholder="+1 415 555 0142", most=40)),
        field(
            AFTER,
            "If nobody answers, after",
            menu(
                "clerk.forwarding.after",
                [option(f"{seconds} seconds", str(seconds)) for seconds in REPLY_TIMES_S],
                chosen=str(USUAL_AFTER_S),
            ),
        ),
        context("The network keeps this, and bills forwarded calls to the SIM."),
    ]
    return modal(TITLE, blocks, callback=FORM, submit="Forward", close="Close", carried=button_value(line=line))


def _head(line: str) -> Block:
    return rich_text(section(words(f"📞 Line {shorten(line, 60)}", bold=True)))


def _standing(one: Forwarding) -> str:
    if not one.active:
        return "not forwarded"
    after = f", after {one.after_s} seconds" if one.after_s is not None else ""
    return f"to {international(one.number)}{after}" if one.number else f"forwarded{after}"


def _sentence(text: str) -> str:
    said = shorten(text, 300).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
