"""Send what is queued on one line: claim, commit, submit, settle."""

from __future__ import annotations

import asyncio
import random

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound import retry
from clerkd.core.outbound.bell import Bell
from clerkd.core.outbound.breaker import Breaker, Told
from clerkd.core.patience import PASSING, RETRY_S, write_patiently
from clerkd.errors import ClerkdError, Indeterminate, Permanent, Temporary
from clerkd.model.dispatch import Claimed, Lease, Verdict
from clerkd.model.lifecycle import SegmentEvent
from clerkd.model.line import LineStatus, Receipt
from clerkd.model.message import Failure, OutcomePolicy
from clerkd.model.number import shortened
from clerkd.model.pacing import Pacing
from clerkd.model.quota import Allowance, Quota
from clerkd.model.rules import LineRules
from clerkd.ports.line import Line
from clerkd.ports.store import Store
from clerkd.store.ops.dispatch import claim_or_wait, settle, settle_and_claim, settle_late
from clerkd.store.ops.due import recover_line
from clerkd.store.ops.leases import Fenced, acquire_lease, release_lease, renew_lease

LEASE_MS = 30_000
RENEW_S = 10.0  # between looks at a lease under which something is being sent
LATE_S = 600.0  # so long a late receipt is listened for
ELDEST_EVERY = 8  # one segment in so many is that of the message that waits longest, whatever its lane

log = structlog.get_logger()


class Dispatcher:
    """The one task that drives a line.

    Nothing goes on the air before its claim is committed, and the verdict on a segment is committed together with
    the claim on the next. `owner` names this node: its own earlier claims are recovered at once, another node's lease
    is respected until it runs out. The lease is renewed while something is being sent; an idle line writes nothing.
    """

    def __init__(
        self,
        line: Line,
        store: Store,
        clock: Clock,
        *,
        owner: str = "local",
        rules: LineRules | None = None,
        quota: Quota | None = None,
        pacing: Pacing | None = None,
        told: Told | None = None,
        renew_s: float = RENEW_S,
    ) -> None:
        self._line = line
        self._store = store
        self._clock = clock
        self._owner = owner
        self._rules = rules
        self._quota = quota
        self._bell = Bell()
        self._stopping = asyncio.Event()
        self._pause = retry.Pause()
        self._paused_until = 0.0  # monotonic
        self._pacing = pacing
        self._breaker = Breaker(line.name, store, clock, told)
        self._renew_s = renew_s
        self._lease: Lease | None = None
        self._submits = 0  # begun
        self._submitting = False
        self._sending = asyncio.Event()  # something was, since the lease was last looked at
        self._doubt: asyncio.Future[Receipt] | None = None  # of the last submit: what may settle it yet
        self._listening: set[asyncio.Task[None]] = set()
        self._rests_until = 0  # epoch ms

    def shown(self, status: LineStatus) -> LineStatus:
        """Return the line's status with what only its dispatcher knows: that the network refuses it."""
        return self._breaker.shown(status)

    def rests(self) -> bool:
        """Tell whether nothing is sent on purpose: by the line's pace, or because the network refuses it."""
        return self._breaker.is_open or self._clock.now_ms() < self._rests_until

    def wake(self) -> None:
        """Hear that something was queued, or may go now."""
        self._bell.ring()

    def stop(self) -> None:
        """Claim nothing more. `run` returns when the segment in flight, if there is one, has its verdict committed."""
        self._stopping.set()
        self._bell.ring()

    async def run(self) -> None:
        """Send until `stop`. If cancelled in mid-submit the segment stays claimed; the next start calls it unknown."""
        await self._breaker.load()
        renewing = asyncio.create_task(self._renew(), name=f"{self._line.name} lease")
        try:
            await self._drive()
        finally:
            beside = [renewing, *self._listening]
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _drive(self) -> None:
        while not self._stopping.is_set():
            self._bell.quiet()
            lease = await self._take_lease()
            if lease is None:
                await self._bell.wait(LEASE_MS / 1000)
                continue
            self._lease = lease
            try:
                await self._serve(lease)
                await self._store.write(release_lease, lease)
            except Fenced:
                log.warning("line.lease-lost", line=self._line.name, epoch=lease.epoch)
            except PASSING as reason:  # nothing is claimed: whatever was has been recorded
                log.warning("line.waits-for-store", line=self._line.name, code=reason.code)
                await self._bell.wait(RETRY_S)
            finally:
                self._lease = None

    async def _renew(self) -> None:
        """Hold on to the lease while something is being sent. Claims notice by themselves that it is lost."""
        while True:
            await self._sending.wait()
            self._sending.clear()
            await asyncio.sleep(self._renew_s)
            if self._submitting:
                self._sending.set()
            lease = self._lease
            if lease is None or not self._sending.is_set():
                continue
            try:
                await self._store.write(renew_lease, lease, until=self._clock.now_ms() + LEASE_MS)
            except (Fenced, *PASSING) as reason:
                log.warning("line.lease-not-renewed", line=self._line.name, code=reason.code)

    async def _take_lease(self) -> Lease | None:
        now = self._clock.now_ms()
        until = now + LEASE_MS
        lease = await write_patiently(self._store, acquire_lease, self._line.name, self._owner, now=now, until=until)
        if lease is None:
            log.warning("line.leased-elsewhere", line=self._line.name)
            return None
        again_ms = retry.RESEND_AFTER_MS
        doubtful = await write_patiently(self._store, recover_line, lease, now=now, resend_after_ms=again_ms)
        if doubtful:
            log.warning("line.recovered", line=self._line.name, unknown=doubtful)
        return lease

    async def _serve(self, lease: Lease) -> None:
        claimed: Claimed | None = None
        while claimed is not None or not self._stopping.is_set():
            if claimed is None:
                claimed = await self._wait_for_work(lease)
            else:
                sent, verdict = claimed, await self._submit(claimed)
                claimed = await self._record(lease, sent, verdict)
                self._listen(lease, sent)
                await self._breaker.save()

    def _listen(self, lease: Lease, claimed: Claimed) -> None:
        """Wait beside everything else for what may settle the doubt about a segment."""
        later, self._doubt = self._doubt, None
        if later is not None:
            name = f"{self._line.name} late receipt"
            task = asyncio.create_task(self._hear_late(lease, claimed, later), name=name)
            self._listening.add(task)
            task.add_done_callback(self._listening.discard)

    async def _hear_late(self, lease: Lease, claimed: Claimed, later: asyncio.Future[Receipt]) -> None:
        await asyncio.wait({later}, timeout=LATE_S)
        if not later.done() or later.cancelled() or later.exception() is not None:
            return
        now = self._clock.now_ms()
        if await write_patiently(self._store, settle_late, lease, claimed, later.result(), at=now):
            log.info("message.known-after-all", message=claimed.message_id, part=claimed.segment.part)
            self._bell.ring()  # parts that waited behind the doubt

    async def _wait_for_work(self, lease: Lease) -> Claimed | None:
        """Wait until the line is ready and claim what is due; None if it is time to look around."""
        self._bell.quiet()
        pause_s = max(self._paused_until - self._clock.monotonic(), self._breaker.wait_s())
        if pause_s > 0:
            await self._bell.wait(pause_s)
            return None
        if not await self._line_ready():
            return None
        now = self._clock.now_ms()
        found = await self._store.write(
            claim_or_wait,
            lease,
            now=now,
            sim=self._sim(),
            rules=self._rules,
            allowance=self._allowance(now),
            pacing=self._pacing,
            eldest=self._is_eldests_turn(),
        )
        if isinstance(found, Claimed):
            return found
        self._rests_until = found or 0
        await self._bell.wait(None if found is None else self._until(found))
        return None

    def _until(self, due: int) -> float:
        return max(due - self._clock.now_ms(), 0) / 1000

    async def _line_ready(self) -> bool:
        """Wait for the line; False if the daemon stops first."""
        ready = asyncio.create_task(self._line.wait_ready(), name=f"{self._line.name} ready")
        stopping = asyncio.create_task(self._stopping.wait(), name=f"{self._line.name} stopping")
        try:
            done, _ = await asyncio.wait({ready, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            stopping.cancel()
        if ready in done:
            ready.result()  # a line that cannot even wait is a fault to be seen
        return not self._stopping.is_set()

    def _allowance(self, now: int) -> Allowance | None:
        return None if self._quota is None else self._quota.at(now)

    def _is_eldests_turn(self) -> bool:
        return self._submits % ELDEST_EVERY == ELDEST_EVERY - 1

    def _sim(self) -> str:
        return self._line.status().sim or self._line.name

    async def _submit(self, claimed: Claimed) -> Verdict:
        self._submits += 1
        self._submitting = True
        self._sending.set()
        try:
            receipt = await self._line.submit(claimed.segment, more=claimed.more)
        except (Temporary, Permanent) as error:
            return self._not_sent(claimed, error)
        except Indeterminate as error:
            return self._in_doubt(claimed, error)
        except Exception as error:
            # A fault in a line must not stop it, and says nothing of what went out before.
            log.exception("line.submit-broke", line=self._line.name, message=claimed.message_id)
            return self._in_doubt(claimed, Indeterminate(f"{type(error).__name__} while sending"))
        finally:
            self._submitting = False
            self._take_breath()
        self._pause.accepted()
        self._breaker.accepted()
        return Verdict(SegmentEvent.ACCEPTED, self._clock.now_ms(), reference=receipt.reference)

    def _take_breath(self) -> None:
        if self._pacing is not None and self._pacing.jitter_s:
            pause_s = random.uniform(0, self._pacing.jitter_s)  # noqa: S311 - not to look like a clock, no secrecy
            self._paused_until = self._clock.monotonic() + pause_s

    def _not_sent(self, claimed: Claimed, error: ClerkdError) -> Verdict:
        now = self._clock.now_ms()
        failure = Failure(error.code, error.message)
        if self._breaker.refused(claimed.peer, error):
            return Verdict(SegmentEvent.DEFERRED, now, failure=failure, retry_at=now, counted=False)
        if not retry.may_be_deferred(error):
            log.warning("message.refused", message=claimed.message_id, code=error.code, tries=claimed.tries)
            return Verdict(SegmentEvent.REFUSED, now, failure=failure)
        pause_s = self._pause.refused(error, claimed.message_id)
        self._paused_until = max(self._paused_until, self._clock.monotonic() + pause_s)
        delay_s = retry.delay_s(error, claimed.tries)
        if delay_s is None and not pause_s:
            log.warning("message.parked", message=claimed.message_id, code=error.code, tries=claimed.tries)
            return Verdict(SegmentEvent.DEFERRED, now, failure=failure, parked=True)
        log.info("message.deferred", message=claimed.message_id, code=error.code, delay_s=delay_s, pause_s=pause_s)
        return Verdict(
            SegmentEvent.DEFERRED,
            now,
            failure=failure,
            retry_at=now + round((delay_s or 0.0) * 1000),
            counted=not (pause_s or retry.is_lines_fault(error)),  # one that all messages meet says nothing of this one
        )

    def _in_doubt(self, claimed: Claimed, error: ClerkdError) -> Verdict:
        now = self._clock.now_ms()
        self._doubt = error.later if isinstance(error, Indeterminate) else None
        log.warning("message.unknown", message=claimed.message_id, code=error.code, to=shortened(claimed.peer))
        repeat = claimed.outcome_policy is OutcomePolicy.AT_LEAST_ONCE
        return Verdict(
            SegmentEvent.LOST_SIGHT,
            now,
            failure=Failure(error.code, error.message),
            resend_at=now + retry.RESEND_AFTER_MS if repeat else None,
        )

    async def _record(self, lease: Lease, claimed: Claimed, verdict: Verdict) -> Claimed | None:
        """Commit a verdict and, if the line goes on, the next claim. A store that takes nothing is waited for."""
        going_on = verdict.event in {SegmentEvent.ACCEPTED, SegmentEvent.REFUSED} and not self._breaker.is_open
        going_on = going_on and self._paused_until <= self._clock.monotonic()
        while True:
            now = self._clock.now_ms()
            try:
                if going_on and not self._stopping.is_set():
                    following = await self._store.write(
                        settle_and_claim,
                        lease,
                        claimed,
                        verdict,
                        now=now,
                        sim=self._sim(),
                        rules=self._rules,
                        allowance=self._allowance(now),
                        pacing=self._pacing,
                        eldest=self._is_eldests_turn(),
                    )
                else:
                    following = await self._store.write(settle, lease, claimed, verdict)
            except Fenced:
                await self._store.write(settle, lease, claimed, verdict)  # true whoever holds the line now
                raise
            except PASSING as reason:
                log.warning("line.waits-for-store", line=self._line.name, message=claimed.message_id, code=reason.code)
                if self._stopping.is_set():
                    return None  # the next start calls it unknown, which is true
                await asyncio.sleep(RETRY_S)
            else:
                return following
