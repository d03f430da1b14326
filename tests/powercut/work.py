"""What a daemon writes: the real ops in the real group commit, with a note of all that a caller was told."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from powercut.disk import Disk, Loss
from powercut.session import DATABASE, CutSession

from clerkd.clock import SystemClock
from clerkd.core.inbound.assembly import assemble
from clerkd.core.inbound.inbox import _digest, _keep_segment
from clerkd.ids import Ids
from clerkd.model.dispatch import Claimed, Draft, Lease, Verdict
from clerkd.model.inbound import InboundSegment
from clerkd.model.lifecycle import Disposition, SegmentEvent
from clerkd.model.line import Outgoing
from clerkd.model.message import Encoding, Origin, OriginKind, OutcomePolicy
from clerkd.modem import planning
from clerkd.ports.store import Tx
from clerkd.store.engine import _Call, _execute, _Raised
from clerkd.store.ops.dispatch import claim_due, settle_and_claim
from clerkd.store.ops.due import recover_line
from clerkd.store.ops.leases import acquire_lease
from clerkd.store.ops.outbound import accept_message
from clerkd.store.ops.slack_inbox import keep_received
from clerkd.store.ops.slack_posts import Action, NewPost, add_post, claim_post, finish_post
from clerkd.store.sqlite import SqliteSession

NOW = 1_772_000_000_000
LOOKS = 0.012  # the share of all writes and flushes at which a cut is looked at
LINE, SIM = "support", "8900101000000000004"
PEERS = [f"+4477009001{n:02}" for n in range(10)]
Fact = Callable[[Tx], str | None]  # what is wrong, None if the fact still holds
Step = tuple[Callable[[Tx], Any], Callable[[Any], Fact]]  # an op, and what its caller knows of its outcome


@cache
def empty_database() -> bytes:
    """Return a database with the newest schema and nothing in it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "clerkd.db"
        SqliteSession(path, lambda: None).close()
        return path.read_bytes()


@dataclass(slots=True)
class Work:
    """A stretch of work on one disk; `facts` are what callers were told, each with the commit that made it true."""

    disk: Disk
    chance: random.Random
    synchronous: str = "FULL"
    facts: list[Fact] = field(default_factory=list)
    _claimed: Claimed | None = None
    _lease: Lease | None = None
    _serial: int = 0
    _ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self._ids = Ids(SystemClock(), self.chance.randbytes)

    def do(self, transactions: int) -> None:
        """Commit so many transactions of one or several ops each."""
        session = CutSession(self.disk, synchronous=self.synchronous)
        try:
            for number in range(transactions):
                now = NOW + number * 1000
                self.facts += self._commit(
                    session, [self._choose(now) for _ in range(self.chance.choice((1, 1, 2, 5)))]
                )
        finally:
            session.close()

    def _commit(self, session: CutSession, batch: list[Step]) -> list[Fact]:
        calls = [_Call(op, (), {}, None) for op, _ in batch]  # type: ignore[arg-type]  # nobody awaits these
        facts = []
        for (_, told), (_, outcome) in zip(batch, _execute(session, calls)[0], strict=True):
            if isinstance(outcome, _Raised):
                raise outcome.error
            facts.append(told(outcome))
        return facts

    def _choose(self, now: int) -> Step:
        self._serial += 1
        kinds = [self._accept, self._send, self._receive, self._keep_event, self._post]
        return self.chance.choices(kinds, weights=(3, 6, 3, 1, 1))[0](now)

    def _accept(self, now: int) -> Step:
        text = f"out {self._serial} " + "and more " * self.chance.choice((1, 40))
        peer = self.chance.choice(PEERS)
        plan = planning.plan(Outgoing(peer, text, self._serial, report=True), validity=timedelta(days=1), reports=True)
        draft = Draft(
            id=self._ids.new(), conversation_id=self._ids.new(), key=f"key-{self._serial}", line=LINE, peer=peer,
            text=text, plan=plan, disposition=Disposition.ACTIVE, at=now, send_at=None, ttl_ms=86_400_000,
            outcome_policy=OutcomePolicy.HOLD, origin=Origin(OriginKind.API),
        )  # fmt: skip

        def op(tx: Tx) -> None:
            accept_message(tx, draft)

        return op, lambda _: partial(_is_accepted, draft.id, len(plan.segments))

    def _send(self, now: int) -> Step:
        """Claim, or settle and claim the next: as the dispatcher does."""
        reference = self._serial % 256

        def op(tx: Tx) -> tuple[Claimed | None, Claimed | None]:
            if self._lease is None:
                self._lease = acquire_lease(tx, LINE, "local", now=now, until=now + 30_000)
            assert self._lease is not None
            settled = self._claimed
            if settled is None:
                self._claimed = claim_due(tx, self._lease, now=now, sim=SIM)
            else:
                verdict = Verdict(SegmentEvent.ACCEPTED, now, reference=reference)
                self._claimed = settle_and_claim(tx, self._lease, settled, verdict, now=now, sim=SIM)
            return settled, self._claimed

        def told(outcome: tuple[Claimed | None, Claimed | None]) -> Fact:
            return partial(_is_settled, *outcome, reference)

        return op, told

    def _receive(self, now: int) -> Step:
        pdu = self.chance.randbytes(40)
        segment = InboundSegment(
            line=LINE, sim=SIM, pdu=pdu, received_at=now, sender=self.chance.choice(PEERS), sent_at=now,
            encoding=Encoding.GSM7, text=f"in {self._serial}",
        )  # fmt: skip
        digest = _digest(pdu)

        def op(tx: Tx) -> None:
            seq = _keep_segment(tx, segment, digest, now=now)
            assert seq is not None
            assemble(tx, seq, self._ids, now=now)

        return op, lambda _: partial(_is_received, pdu, segment.text)

    def _keep_event(self, now: int) -> Step:
        key = f"Ev{self._serial}"

        def op(tx: Tx) -> None:
            keep_received(tx, key, keys=[key], lane="C1", sort_ts=f"{self._serial:09}", payload={"n": key}, now=now)

        return op, lambda _: partial(_has, "SELECT 1 AS n FROM slack_inbox WHERE id = :key", key)

    def _post(self, now: int) -> Step:
        key = self._ids.new()

        def op(tx: Tx) -> None:
            add_post(tx, key, NewPost("lane", Action.POST, {"text": "hello"}, channel="C1"), now=now)
            claim_post(tx, key, now=now)
            finish_post(tx, key, channel="C1", ts=f"{self._serial}.0")

        return op, lambda _: partial(_has, "SELECT 1 AS n FROM slack_posts WHERE id = :key AND ts IS NOT NULL", key)


def _has(sql: str, key: str, tx: Tx) -> str | None:
    return None if tx.one(sql, key=key) else f"{key} is gone"


def _is_accepted(message_id: str, segments: int, tx: Tx) -> str | None:
    row = tx.one(
        "SELECT count(*) AS n FROM messages m JOIN segments s ON s.message_seq = m.seq WHERE m.id = :id", id=message_id
    )
    return None if row["n"] == segments else f"accepted {message_id} has {row['n']} of {segments} segments"


def _is_settled(settled: Claimed | None, claimed: Claimed | None, reference: int, tx: Tx) -> str | None:
    if settled is not None:
        row = _segment(tx, settled)
        if row is None or row["reference"] != reference:
            return f"the receipt of {settled.message_id}/{settled.segment.part} is gone"
    if claimed is not None:
        row = _segment(tx, claimed)
        if row is None or row["state"] == "pending":
            return f"the claim of {claimed.message_id}/{claimed.segment.part} is gone: it would go out again"
    return None


def _segment(tx: Tx, claimed: Claimed) -> Any:
    return tx.one(
        "SELECT state, reference FROM segments WHERE message_seq = :seq AND part = :part",
        seq=claimed.message_seq,
        part=claimed.segment.part,
    )


def _is_received(pdu: bytes, text: str, tx: Tx) -> str | None:
    part = tx.one("SELECT message_seq AS seq FROM parts WHERE pdu = :pdu", pdu=pdu)
    if part is None:
        return f"{text!r} was acknowledged and is gone"
    told = tx.one("SELECT text FROM messages WHERE seq = :seq", seq=part["seq"])
    return None if told is not None and told["text"] == text else f"{text!r} was kept and is not told"


def judge(files: dict[str, bytes], facts: list[Fact]) -> list[str]:
    """Start on what a cut left, as the daemon does, and return every broken promise."""
    session = CutSession(Disk(files))
    try:
        sound = session.tx.all("PRAGMA quick_check")
        wrong = [str(row) for row in sound if next(iter(row.values())) != "ok"]
        wrong += [f"dangling {row}" for row in session.tx.all("PRAGMA foreign_key_check")]
        if wrong:
            return wrong
        lost = [found for fact in facts if (found := fact(session.tx)) is not None]
        session.begin()
        lease = acquire_lease(session.tx, LINE, "local", now=NOW, until=NOW + 30_000)
        assert lease is not None
        recover_line(session.tx, lease, now=NOW, resend_after_ms=120_000)
        session.commit()
        if session.tx.one("SELECT 1 AS n FROM segments WHERE state = 'submitting'"):
            lost.append("a segment that may be on the air is not called unknown after the start")
        return lost
    finally:
        session.close()


@dataclass(slots=True)
class Result:
    """What many cuts showed."""

    cuts: int = 0
    told: int = 0  # facts that callers had been told, over all cuts
    lost: list[str] = field(default_factory=list)
    corrupt: int = 0


def trial(
    seed: int, *, transactions: int = 60, cuts: int = 20, synchronous: str = "FULL", honest: bool = True
) -> Result:
    """Do one stretch of work and cut the power at `cuts` of its writes and flushes."""
    chance = random.Random(seed)
    disk = CuttingDisk({DATABASE: empty_database()}, chance, honest=honest)
    work = Work(disk, chance, synchronous)
    disk.told = work.facts
    result = Result()
    work.do(transactions)
    chance.shuffle(disk.moments)
    for files, told in disk.moments[:cuts]:
        result.cuts += 1
        result.told += told
        try:
            found = judge(files, work.facts[:told])
        except Exception as error:  # noqa: BLE001  a file that cannot be read is what is looked for
            found = [repr(error)]
        result.lost += found
        result.corrupt += any("Corrupt" in what or "NotADB" in what or "quick" in what for what in found)
    return result


class CuttingDisk(Disk):
    """Looks, now and then, at what a cut at this moment would leave."""

    def __init__(self, files: dict[str, bytes], chance: random.Random, *, honest: bool) -> None:
        super().__init__(files, honest=honest)
        self._chance = random.Random(chance.random())
        self.told: list[Fact] = []
        self.moments: list[tuple[dict[str, bytes], int]] = []

    def write(self, file: Any, offset: int, octets: bytes | None) -> None:
        super().write(file, offset, octets)
        self._look()

    def flush(self, file: Any) -> None:
        self._look()  # just before, everything is still at stake
        super().flush(file)
        self._look()

    def _look(self) -> None:
        if self._chance.random() < LOOKS:
            loss = self._chance.choice(list(Loss))
            self.moments.append((self.after_cut(loss, self._chance), len(self.told)))
