"""No more goes out in a window of time than its pace allows, also across a restart."""

import sqlite3

import pytest
from fakes.desk import OTHER, PEER, open_office
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from clerkd.model.pacing import DAY_MS, HOUR_MS, MINUTE_MS, Pacing
from clerkd.store.migrations import migrations
from clerkd.store.ops.pacing import count_paced, paced_until
from clerkd.store.sqlite import TxSqlite

THIRD = "+14155550167"


async def test_the_pace_is_kept_in_segments_and_across_a_restart(tmp_path):
    pacing = Pacing(per_minute=3)
    async with open_office(tmp_path / "clerkd.db", pacing=pacing) as office:
        await office.send("a" * 300)
        await office.send("b" * 300, OTHER)
        await office.radio.wait_air(3)
        clock = office.clock
    async with open_office(tmp_path / "clerkd.db", pacing=pacing, clock=clock) as office:
        await office.elapse(59)
        assert office.radio.air == []
        await office.elapse(2)
        await office.radio.wait_air(1)
        assert [(text[0], part) for _, part, _, text in office.radio.air] == [("b", 2)]


async def test_another_recipient_too_many_waits_and_the_others_do_not(tmp_path):
    async with open_office(tmp_path / "clerkd.db", pacing=Pacing(recipients_per_day=2)) as office:
        for to in (PEER, OTHER, THIRD, PEER):
            await office.send(f"to {to[-2:]}", to)
        await office.radio.wait_air(3)
        assert office.radio.texts == ["to 23", "to 45", "to 23"]
        await office.elapse(23 * 3600)
        assert len(office.radio.air) == 3
        late = await office.send("late", THIRD)
        await office.elapse(2 * 3600)
        await office.wait_state(late.id, "submitted")


async def test_between_texts_there_is_a_pause_of_chance(tmp_path):
    async with open_office(tmp_path / "clerkd.db", pacing=Pacing(jitter_s=1000)) as office:
        await office.send("1")
        await office.radio.wait_air(1)
        await office.send("2", OTHER)
        assert len(office.radio.air) == 1
        await office.elapse(1000)
        await office.radio.wait_air(2)


@pytest.fixture(scope="module")
def tx():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations().apply(Database(connection))
    connection.row_factory = sqlite3.Row
    yield TxSqlite(connection)
    connection.close()


@settings(max_examples=60, deadline=None)
@given(
    window=st.sampled_from([MINUTE_MS, HOUR_MS, DAY_MS]),
    limit=st.integers(1, 7),
    gaps=st.lists(st.floats(0, 1), min_size=5, max_size=40),
)
def test_no_window_anywhere_holds_more_than_the_limit_and_nobody_waits_much_longer(tx, window, limit, gaps):
    names = {MINUTE_MS: "per_minute", HOUR_MS: "per_hour", DAY_MS: "per_day"}
    pacing = Pacing(**{names[window]: limit})
    tx.run("DELETE FROM paces")
    now, sent = 1_700_000_000_000, []
    for gap in gaps:
        asked = now + round(gap * window / limit)
        now = max(asked, paced_until(tx, "sim", pacing, now=asked))
        if len(sent) >= limit:
            assert now - max(asked, sent[-limit] + window) <= 2 * window // 60
            assert now - sent[-limit] >= window
        else:
            assert now == asked
        count_paced(tx, "sim", pacing, PEER, at=now)
        sent.append(now)
    assert len(tx.all("SELECT * FROM paces")) <= 62
