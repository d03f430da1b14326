"""Opting out: what is said when somebody does, what a person is asked, and the form to enter it by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from clerkd.model.number import national
from clerkd.model.rules import OptOut, OptOutEvent
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Screen, actions, context, quote, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import field, press, text_box
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import clock, count
from clerkd.store.ops.optouts import LedgerEntry

CONFIRM = "clerk.optout.confirm"
DISMISS = "clerk.optout.dismiss"
OUT_FORM = "clerk.optout.out"
IN_FORM = "clerk.optout.in"
REASON = "reason"
REASON_LIMIT = 200
LISTED_LIMIT = 100
HISTORY_SHOWN = 5

_REJOIN = "Only they can rejoin, by texting START."


def opted_out(detail: Mapping[str, Any], region: str | None, name: str | None) -> Screen:
    """Say that a peer is not texted any more, and what was cancelled. `name`: who entered it, if a person did."""
    peer = national(str(detail.get("peer", "")), region)
    if keyword := detail.get("keyword"):
        said = f"🚫 {peer} opted out ({shorten(str(keyword), 30)}). Nothing is texted there any more. {_REJOIN}"
    else:
        who, why = _who(name), shorten(str(detail.get("reason") or ""), REASON_LIMIT)
        said = f"🚫 {who} opted {peer} out: “{why}”. Nothing is texted there any more."
    return _told(said, int(detail.get("cancelled") or 0), detail.get("texts") or ())


def _told(said: str, cancelled: int, texts: Sequence[Any]) -> Screen:
    if not cancelled:
        return screen(said, rich_text(section(words(said))))
    was = f"{said} {count(cancelled, 'text')} that waited {'was' if cancelled == 1 else 'were'} cancelled:"
    listed = "\n".join(f"• {shorten(str(text), LISTED_LIMIT)}" for text in texts)
    more = f"\n… and {cancelled - len(texts)} more" if cancelled > len(texts) else ""
    return screen(was, rich_text(section(words(was)), quote(listed + more)))


def opted_in(detail: Mapping[str, Any], region: str | None, name: str | None) -> Screen:
    """Say that a peer may be texted again."""
    peer = national(str(detail.get("peer", "")), region)
    if keyword := detail.get("keyword"):
        said = f"✅ {peer} rejoined ({shorten(str(keyword), 30)}) and may be texted again."
    else:
        why = shorten(str(detail.get("reason") or ""), REASON_LIMIT)
        said = f"✅ {_who(name)} took the opt-out of {peer} back: “{why}”. They may be texted again."
    return screen(said, rich_text(section(words(said))))


def suspected(detail: Mapping[str, Any], region: str | None, conversation_id: str) -> Screen:
    """Ask whether a peer wants no more texts."""
    peer = national(str(detail.get("peer", "")), region)
    said = f"🤔 This may mean that {peer} wants no more texts. Nothing has changed: please decide."
    value = button_value(conversation=conversation_id)
    return screen(
        said,
        rich_text(section(words(said))),
        actions(press(CONFIRM, "Confirm opt-out", value, style="danger"), press(DISMISS, "Not an opt-out", value)),
    )


def decided(name: str, *, out: bool) -> Screen:
    """The question after somebody answered it."""
    who = shorten(name, 80)
    said = f"🚫 {who} confirmed the opt-out." if out else f"👌 Not an opt-out, {who} decided."
    return screen(said, rich_text(section(words(said))))


@dataclass(frozen=True, slots=True)
class OptOutView:
    """What the form shows of a conversation's peer."""

    conversation_id: str
    peer: str
    region: str | None
    known: OptOut | None
    waiting: int  # texts that opting out would cancel
    history: Sequence[LedgerEntry]
    names: Mapping[str, str]
    zone: tzinfo
    now: int


def form(view: OptOutView) -> Json:
    """Return the form that opts a peer out, takes that back, or says why nobody here can."""
    if view.known is None:
        return _out_form(view)
    since = clock(view.known.at, view.zone, view.now)
    peer = national(view.peer, view.region)
    if view.known.by_keyword:
        said = f"🚫 {peer} opted out, {since}, by texting {view.known.keyword}. {_REJOIN}"
        return modal("Opted out", [rich_text(section(words(said))), *_history(view)], callback="clerk.notice")
    who = _who(view.names.get(view.known.actor or ""))
    why = shorten(view.known.reason or "", REASON_LIMIT)
    said = f"🚫 {who} opted {peer} out, {since}: “{why}”"
    return modal(
        "Opted out",
        [rich_text(section(words(said))), _reason("Why they may be texted again"), *_history(view)],
        callback=IN_FORM,
        submit="Opt back in",
        close="Close",
        carried=button_value(conversation=view.conversation_id),
    )


def _out_form(view: OptOutView) -> Json:
    peer = national(view.peer, view.region)
    waiting = (
        f" {count(view.waiting, 'text')} that {'waits' if view.waiting == 1 else 'wait'} for them will be cancelled."
    )
    cancels = waiting if view.waiting else ""
    said = f"Nothing more is texted to {peer}, from any line.{cancels} Their texts are still shown."
    return modal(
        "Opt out",
        [rich_text(section(words(said))), _reason("Reason"), *_history(view)],
        callback=OUT_FORM,
        submit="Opt out",
        close="Cancel",
        carried=button_value(conversation=view.conversation_id),
    )


def _reason(label: str) -> Block:
    box = text_box("clerk.optout.reason", most=REASON_LIMIT, focus=True)
    return field(REASON, label, box, hint="It stands in the record for good, with your name.")


_EVENTS = {
    OptOutEvent.OUT: "opted out",
    OptOutEvent.BACK: "may be texted again",
    OptOutEvent.SUSPECTED: "texted something like it",
    OptOutEvent.DISMISSED: "found not to mean it",
}


def _history(view: OptOutView) -> list[Block]:
    rows: list[Block] = []
    for entry in view.history[-HISTORY_SHOWN:]:
        how = f" ({shorten(entry.keyword, 30)})" if entry.keyword else ""
        why = f": “{shorten(entry.reason, REASON_LIMIT)}”" if entry.reason else ""
        who = f" by {_who(view.names.get(entry.actor))}" if entry.actor else ""
        rows.append(context(f"{clock(entry.at, view.zone, view.now)} · {_EVENTS[entry.event]}{how}{who}{why}"))
    return rows


def _who(name: str | None) -> str:
    return shorten(name, 80) if name else "A colleague"
