"""Every path that can put a text on the air, and every rule in its way: nothing goes out, and the history says which.

A text is accepted while nothing forbids it. Then the daemon ends, the rule comes, and it starts again: whatever was on
its way meets the rule at the last gate, and there only, for the rule is put beside everything that would tidy up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from shutil import copy

import pytest
from fakes.desk import PEER, Office, open_office
from fakes.radio import ManualClock

from clerkd.errors import CountryNotAllowed, DoNotDisturb, OptedOut, Permanent, Temporary
from clerkd.model.message import Message, Origin, OriginKind, OutcomePolicy, SendRequest
from clerkd.model.quota import Quota
from clerkd.model.recurrence import Frequency, Recurrence, local_time
from clerkd.model.rules import DndEntry, DndKind
from clerkd.ports.store import Tx
from clerkd.store.ops.dnd import put_dnd
from clerkd.store.ops.messages import message_history
from clerkd.store.sqlite import SqliteStore

HOUR_S = 3600
PLENTY = Quota(1000)


class Unassigned(Permanent):
    code = "modem.unassigned-number"


class Busy(Temporary):
    code = "modem.network-busy"


@dataclass(frozen=True)
class Path:
    """How a text comes to wait, and what lets it go."""

    name: str
    prepare: Callable[[Office], Awaitable[Message]]
    go: Callable[[Office, Message], Awaitable[object]] | None = None
    exempt: frozenset[str] = frozenset()  # rules that do not apply to it
    on_air: int = 0  # segments that had gone out before

    def __str__(self) -> str:
        return self.name


def queued(kind: OriginKind, **wish):
    async def prepare(office: Office) -> Message:
        office.radio.go(ready=False)
        return await office.send("Hello", origin=Origin(kind, "U0DANA"), **wish)

    return prepare


def scheduled(**wish):
    async def prepare(office: Office) -> Message:
        return await office.send("Later", send_at=office.clock.now_ms() + HOUR_S * 1000, **wish)

    return prepare


async def edited(office: Office) -> Message:
    message = await scheduled()(office)
    later = office.clock.now_ms() + HOUR_S * 500
    return await office.outbox.edit(message.id, SendRequest(to=PEER, text="Other words", send_at=later), actor="U0DANA")


async def repeating(office: Office) -> Message:
    at = office.clock.now_ms() + HOUR_S * 1000
    rule = Recurrence(Frequency.DAILY, local_time(at, "UTC"), "UTC")
    return await office.send("Every day", send_at=at, recurrence=rule)


def tried(*script, state: str, text="Hello", **wish):
    async def prepare(office: Office) -> Message:
        office.radio.script.extend(script)
        message = await office.send(text, **wish)
        if state == "accepted":
            await office.radio.wait_begun(len(script))
        else:
            await office.wait_state(message.id, state)
        return message

    return prepare


async def release(office: Office, message: Message) -> None:
    await office.outbox.release(message.id, actor="U0DANA")


async def resend(office: Office, message: Message) -> None:
    await office.outbox.resend(message.id, actor="U0DANA")


async def mark_sent(office: Office, message: Message) -> None:
    await office.outbox.mark_sent(message.id, actor="U0DANA")


LOST = ("lost", ConnectionResetError())
TWO_PARTS = "x" * 200
BEGUN = frozenset({"quota"})  # what has begun is finished: half a text helps nobody

PATHS = [
    Path("HTTP", queued(OriginKind.API)),
    Path("thread, direct channel, Send Text, template, Use another line", queued(OriginKind.SLACK)),
    Path("command line", queued(OriginKind.CLI)),
    Path("answer to a keyword", queued(OriginKind.RULE), exempt=frozenset({"opt-out", "quota"})),
    Path("schedule", scheduled()),
    Path("follow-up", scheduled(cancel_if_answered=True)),
    Path("edited schedule", edited),
    Path("recurring", repeating),
    Path("Send now", scheduled(), release),
    Path("Resend what failed", tried(Unassigned("no"), state="failed"), resend),
    Path("Resend what is unknown", tried(LOST, state="unknown"), resend, on_air=1),
    Path("Retry by itself", tried(Busy("later"), state="accepted")),
    Path(
        "repeated by its sender's wish",
        tried(LOST, state="unknown", outcome_policy=OutcomePolicy.AT_LEAST_ONCE),
        on_air=1,
    ),
    Path("the rest of a text", tried(None, Busy("later"), state="accepted", text=TWO_PARTS), exempt=BEGUN, on_air=1),
    Path("Mark sent", tried(LOST, state="unknown", text=TWO_PARTS), mark_sent, exempt=BEGUN, on_air=1),
]


@dataclass(frozen=True)
class Rule:
    """Something that comes in the way."""

    name: str
    code: str
    put: Callable[[Tx], object] | None = None
    options: dict[str, object] = field(default_factory=dict)  # of the office that starts with it

    def __str__(self) -> str:
        return self.name


def opted_out(tx: Tx) -> None:
    tx.run("INSERT INTO opt_outs (peer, at, keyword) VALUES (:peer, 1, 'STOP')", peer=PEER)


def disturbed(tx: Tx) -> None:
    put_dnd(tx, DndEntry("d1", PEER, DndKind.EXACT, 1))


RULES = [
    Rule("opt-out", "policy.opted-out", opted_out),
    Rule("do not disturb", "policy.do-not-disturb", disturbed),
    Rule("country", "policy.country", options={"countries": frozenset({"GB"})}),
    Rule("quota", "quota", options={"quota": Quota(0)}),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A file with every table: bringing one up to date costs more than a test here."""
    path = tmp_path_factory.mktemp("empty") / "db"

    async def create() -> None:
        store = SqliteStore(path)
        await store.open()
        await store.close()

    asyncio.run(create())
    return path


@pytest.fixture
def database(empty, tmp_path):
    return copy(empty, tmp_path / "db")


async def decided(office: Office, message: Message, code: str):
    """Wait until the message's history names the rule."""
    async with asyncio.timeout(20):
        while True:
            for entry in await office.store.read(message_history, message.id):
                if entry.actor == code:
                    return entry
            await office.elapse(60)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("path", PATHS, ids=str)
async def test_no_path_leads_past_a_rule_and_the_history_names_it(database, path, rule):
    if rule.name in path.exempt:
        pytest.skip("the rule does not apply to this path")
    clock = ManualClock()
    async with open_office(database, clock=clock, quota=PLENTY) as office:
        message = await path.prepare(office)
        if rule.put is not None:
            await office.store.write(rule.put)
        office.dispatcher.stop()
        before = list(office.radio.air)
    assert len(before) == path.on_air

    async with open_office(database, clock=clock, **{"quota": PLENTY, **rule.options}) as office:
        if path.go is not None:
            await path.go(office, message)
        await office.elapse(HOUR_S)

        entry = await decided(office, message, rule.code)

        assert entry.detail
        assert entry.event == (
            "held" if rule.name == "quota" else "refused" if path.on_air and path.exempt else "stopped"
        )
        assert office.radio.air == []


@pytest.mark.parametrize("kind", OriginKind, ids=str)
@pytest.mark.parametrize(
    ("rule", "error"), list(zip(RULES[:3], (OptedOut, DoNotDisturb, CountryNotAllowed), strict=True)), ids=str
)
async def test_a_rule_that_is_there_already_is_told_at_once(database, kind, rule, error):
    async with open_office(database, running=False, **rule.options) as office:
        if rule.put is not None:
            await office.store.write(rule.put)
        if kind is OriginKind.RULE and rule.name == "opt-out":
            await office.send("You are unsubscribed", origin=Origin(kind))  # the confirmation is owed
            return
        with pytest.raises(error):
            await office.send("Hello", origin=Origin(kind))
