"""`clerkd modem selftest`: texts to itself or to a sibling, and a verdict per point."""

from __future__ import annotations

import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clerkd.cli.client import Daemon, RefusedByDaemon, segment
from clerkd.cli.exits import fail
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.record import Recording
from clerkd.cli.words import count, table

if TYPE_CHECKING:
    from clerkd.app.selftest import Seen, Try

_POLL_S = 0.1
_READY_S = 60.0  # a modem that was just plugged in registers
_AT_S = 60.0
_OVER = {"delivered", "failed", "expired", "cancelled", "unknown"}


@click.command(epilog="Example:  clerkd modem selftest front-desk --yes --write front-desk.md")
@click.argument("name")
@click.option("--to-line", metavar="LINE", help="Send to this line of the same daemon, not to itself.")
@click.option("--texts", type=click.IntRange(1, 4), default=4, show_default=True, help="Never spend more than this.")
@click.option("--ussd", "code", metavar="CODE", help="Ask this too, as *100#.")
@click.option("--within", type=click.FloatRange(1), default=120.0, show_default=True, help="Seconds for everything.")
@click.option("--write", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write a page of what it saw.")
@click.option("--yes", is_flag=True, help="Do not ask before texts are spent.")
@config_option
@state_dir_option
@json_option
def selftest(name: str, config_path: str | None, state_dir: str | None, *, as_json: bool, **wish: Any) -> None:
    """Try a modem out: texts of one segment, of two and in Unicode, their reports, times and references.

    The texts go the way of all others: quota, opt-outs and countries hold for them, and they stand in the history.
    Status 1 when a point is bad.
    """
    from clerkd.app.selftest import MARKS, judge, page, tries
    from clerkd.cli.alone import a_daemon

    line, number, to, to_number = _places(name, wish["to_line"], config_path, state_dir)
    chosen = tries(secrets.token_hex(3), wish["texts"])
    texts = count(sum(one.segments for one in chosen), "text")
    click.echo(f"This sends {texts} from {line} ({number}) to {to} ({to_number}).", err=True)
    if not wish["yes"]:
        click.confirm("Go on?", abort=True, err=True)
    with a_daemon(config_path, state_dir) as daemon:
        _wait_ready(daemon, {line, to})
        seen = _try_out(daemon, name, (line, number, to, to_number), chosen, wish)
    verdicts = judge(seen)
    if as_json:
        print_json({"modem": name, "points": [{"point": v.point, "good": v.good, "words": v.words} for v in verdicts]})
    else:
        click.echo(table(("POINT", "VERDICT", ""), [(v.point, MARKS[v.good], v.words) for v in verdicts]))
    if wish["out"] is not None:
        _write(wish["out"], page(seen, verdicts, f"{datetime.now(UTC):%Y-%m-%d}"))
    if bad := [verdict.point for verdict in verdicts if verdict.good is False]:
        fail(f"{name}: bad: {', '.join(bad)}; clerkd modem record {name} shows the dialogue")


def _places(
    modem: str, to_line: str | None, config_path: str | None, state_dir: str | None
) -> tuple[str, str, str, str]:
    """Return the modem's line and its number, and the line that receives and its number."""
    from clerkd.app.config import find, load
    from clerkd.app.shape import did_you_mean

    settings = load(find(config_path, os.environ), os.environ, state_dir, certain=False).settings
    if modem not in settings.modems:
        fail(f'no modem is named "{modem}"{did_you_mean(modem, list(settings.modems))}')
    line = next((name for name, one in settings.lines.items() if one.modem == modem), None)
    if line is None:
        fail(f"{modem} has no line: name it under lines")
    to = to_line or line
    if to not in settings.lines:
        fail(f'no line is named "{to}"{did_you_mean(to, list(settings.lines))}')
    return line, settings.lines[line].number, to, settings.lines[to].number


def _wait_ready(daemon: Daemon, lines: set[str]) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        status = {one["name"]: one for one in daemon.get("/v1/status")["lines"]}
        waiting = [status[name] for name in lines if status[name]["state"] not in {"ready", "degraded"}]
        if not waiting:
            return
        if time.monotonic() > deadline:
            fail(f"{waiting[0]['name']} is {waiting[0]['state']}: {waiting[0]['reason']}; nothing was sent")
        time.sleep(_POLL_S)


def _try_out(
    daemon: Daemon, modem: str, places: tuple[str, str, str, str], chosen: list[Try], asked: dict[str, Any]
) -> Seen:
    from clerkd.app.selftest import QUESTIONS, Seen

    line, number, to, to_number = places
    deadline = time.monotonic() + asked["within"]
    arrived: dict[str, float] = {}
    with Recording(daemon, modem) as recording:
        answers = {question: _ask(daemon, modem, question) for question in QUESTIONS}
        begun = time.monotonic()
        # Nothing is tried twice: a test never spends more than it said.
        wish = {"line": line, "to": to_number, "outcome_policy": "at_most_once", "ttl_s": max(60, int(asked["within"]))}
        sent = [daemon.post("/v1/messages", {**wish, "text": one.text}) for one in chosen]
        while time.monotonic() < deadline and (
            len(arrived) < len(chosen) or any(message["state"] not in _OVER for message in sent)
        ):
            sent = [daemon.get(f"/v1/messages/{segment(message['id'])}") for message in sent]
            for message in daemon.get("/v1/messages", peer=number, limit=50, latest="true")["messages"]:
                if message["direction"] == "inbound" and message["line"] == to:
                    arrived.setdefault(message["text"], time.monotonic() - begun)
            if all(message["state"] in _OVER - {"delivered"} for message in sent):
                break
            time.sleep(_POLL_S)
        _take_back(daemon, sent)
        ussd = None if asked["code"] is None else _ussd(daemon, modem, asked["code"])
    status = next(one for one in daemon.get("/v1/status")["lines"] if one["name"] == line)
    heard = recording.result
    return Seen(status, answers, chosen, sent, arrived, heard.get("submitted", []), heard.get("noise", []), ussd)


def _take_back(daemon: Daemon, sent: list[dict[str, Any]]) -> None:
    """Cancel what still waits: it would be spent after the test."""
    for message in sent:
        if message["state"] in {"accepted", "held"}:
            try:
                daemon.delete(f"/v1/messages/{segment(message['id'])}")
            except RefusedByDaemon:
                continue  # it just went out


def _ask(daemon: Daemon, modem: str, question: str) -> list[str]:
    try:
        answer: list[str] = daemon.post(f"/v1/modems/{segment(modem)}/at", {"command": question}, timeout_s=_AT_S)[
            "answer"
        ]
    except RefusedByDaemon as refused:
        return [refused.message]
    return answer


def _ussd(daemon: Daemon, modem: str, code: str) -> str:
    try:
        return str(daemon.post(f"/v1/modems/{segment(modem)}/ussd", {"code": code}, timeout_s=90)["text"])
    except RefusedByDaemon as refused:
        return refused.message


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as reason:
        fail(f"{out} cannot be written: {reason.strerror}")
    click.echo(f"{out} is written", err=True)
