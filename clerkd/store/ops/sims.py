"""Lines and their SIMs. What was said on a line stays with the line, whichever SIM it has."""

from __future__ import annotations

from clerkd.model.notice import NoticeKind
from clerkd.model.sim import SimStanding, same_sim
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.notices import write_notice


def bound_sim(tx: Tx, line: str) -> str | None:
    """Return the SIM that is a line's."""
    row = tx.one("SELECT sim FROM line_sims WHERE line = :line AND state = 'bound'", line=line)
    return None if row is None else str(row["sim"])


def line_of_sim(tx: Tx, sim: str) -> str | None:
    """Return the line whose SIM this is."""
    rows = tx.all("SELECT line, sim FROM line_sims WHERE state = 'bound'")
    return next((str(row["line"]) for row in rows if same_sim(row["sim"], sim)), None)


def sim_standing(tx: Tx, line: str, present: str | None) -> SimStanding:
    """Return which SIM is a line's, beside the one that is in its modem."""
    row = tx.one("SELECT sim, since FROM line_sims WHERE line = :line AND state = 'bound'", line=line)
    return SimStanding(line, row["sim"] if row else None, row["since"] if row else None, present)


def is_strange(tx: Tx, line: str, sim: str) -> bool:
    """Tell whether a SIM was seen in a line's modem that is not the line's."""
    row = tx.one("SELECT state FROM line_sims WHERE line = :line AND sim = :sim", line=line, sim=sim)
    return row is not None and row["state"] == "strange"


def is_known(tx: Tx, line: str, sim: str) -> bool:
    """Tell whether there is nothing to write: the SIM is the line's, or told as strange already."""
    bound, row = bound_sim(tx, line), _row(tx, line, sim)
    if bound is None or row is None:
        return False
    if row["state"] == "bound":
        return tx.one("SELECT 1 FROM line_sims WHERE line = :line AND state = 'strange'", line=line) is None
    return bool(row["state"] == "strange")


def see_sim(tx: Tx, line: str, sim: str, *, at: int) -> bool:
    """Take note of the SIM in a line's modem; tell whether the line may use it. The first one becomes the line's.

    A strange one is told once. That the line's own is back is told if a strange one was.
    """
    bound, row = bound_sim(tx, line), _row(tx, line, sim)
    if bound is None:
        _write(tx, line, sim, "bound", at=at, actor=None)
        return True
    if row is not None and row["state"] == "bound":
        if tx.run("DELETE FROM line_sims WHERE line = :line AND state = 'strange'", line=line):
            write_notice(tx, NoticeKind.SIM_SETTLED, at=at, line=line, detail={"sim": bound, "how": "returned"})
        return True
    if row is None or row["state"] != "strange":
        _write(tx, line, sim, "strange", at=at, actor=None)
        write_notice(tx, NoticeKind.SIM_CHANGED, at=at, line=line, detail={"bound": bound, "sim": sim})
    return False


def replace_sim(tx: Tx, line: str, sim: str, *, at: int, actor: str) -> None:
    """Make another SIM the line's, on somebody's word."""
    bound, row = bound_sim(tx, line), _row(tx, line, sim)
    if row is not None and row["state"] == "bound":
        return
    tx.run(
        "UPDATE line_sims SET state = 'former', since = :at, actor = :actor WHERE line = :line AND state = 'bound'",
        at=at,
        actor=actor,
        line=line,
    )
    _write(tx, line, row["sim"] if row is not None else sim, "bound", at=at, actor=actor)
    tx.run("DELETE FROM line_sims WHERE line = :line AND state = 'strange'", line=line)
    if bound is not None:
        detail = {"sim": sim, "bound": bound, "how": "replaced", "actor": actor}
        write_notice(tx, NoticeKind.SIM_SETTLED, at=at, line=line, detail=detail)


def _row(tx: Tx, line: str, sim: str) -> Row | None:
    """Return what is known of a SIM in a line's modem, though one writes its check digit and another does not."""
    rows = tx.all("SELECT sim, state FROM line_sims WHERE line = :line", line=line)
    return next((row for row in rows if same_sim(row["sim"], sim)), None)


def _write(tx: Tx, line: str, sim: str, state: str, *, at: int, actor: str | None) -> None:
    tx.run(
        "INSERT INTO line_sims (line, sim, state, since, actor) VALUES (:line, :sim, :state, :at, :actor)"
        " ON CONFLICT (line, sim) DO UPDATE SET state = excluded.state, since = excluded.since, actor = excluded.actor",
        line=line,
        sim=sim,
        state=state,
        at=at,
        actor=actor,
    )
