"""The last gate before the air: what no path to a line can pass by, in the transaction that claims a segment."""

from __future__ import annotations

from clerkd.model.lifecycle import Disposition, MessageState
from clerkd.model.message import Failure, OriginKind
from clerkd.model.quota import Allowance
from clerkd.model.rules import LineRules, may_not_go
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.changes import refuse_rest, segment_states, tell_change
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.outbound import decide, write_event
from clerkd.store.ops.quota import held_for_quota
from clerkd.store.ops.rules import standing_of

STOPPED = "stopped"  # the event of a message that met a rule at the gate

_NOTHING_OUT = {MessageState.ACCEPTED, MessageState.SCHEDULED, MessageState.HELD}


def kept_off_air(
    tx: Tx, row: Row, rules: LineRules | None, allowance: Allowance | None, *, line: str, now: int
) -> bool:
    """Stop the message of a due segment if a rule forbids it, or hold it if it goes beyond the quota.

    `row` has `message_seq`, `id`, `conversation_id`, `peer`, `origin_kind`. Tell whether it was kept back.
    """
    if stop_forbidden(tx, row, rules, now=now):
        return True
    if allowance is None or row["origin_kind"] == OriginKind.RULE.value:  # a confirmation is owed, whatever it costs
        return False
    return held_for_quota(tx, row, allowance, line=line, now=now)


def stop_forbidden(tx: Tx, row: Row, rules: LineRules | None, *, now: int) -> bool:
    """Stop the message of a due segment (`message_seq`, `id`, `peer`, `origin_kind`) that a rule forbids by now.

    Tell whether it was stopped.
    """
    standing = standing_of(tx, row["peer"], now=now)
    rule = may_not_go(row["peer"], OriginKind(row["origin_kind"]), standing, rules)
    if rule is None:
        return False
    stop_message(tx, row["id"], row["message_seq"], rule, at=now)
    return True


def stop_message(tx: Tx, message_id: str, seq: int, rule: Failure, *, at: int, event: str = STOPPED) -> None:
    """Cancel a message by a rule, with the rule in its history; of one that has begun, fail what has not gone out."""
    message = get_message(tx, message_id)
    tx.run("UPDATE messages SET error_code = :code, error_message = :words WHERE seq = :seq",
           code=rule.code, words=rule.message, seq=seq)  # fmt: skip
    if message.state in _NOTHING_OUT:
        tx.run("UPDATE segments SET queued = 0 WHERE message_seq = :seq", seq=seq)
        decide(tx, message, Disposition.CANCELLED, at=at, event=event, actor=rule.code, detail=rule.message)
        return
    before = segment_states(tx, seq)
    after = refuse_rest(tx, seq, before, at=at)
    write_event(tx, seq, "refused", at=at, actor=rule.code, detail=rule.message)
    tell_change(tx, seq, before, after, at=at, failure=rule)
