"""Another SIM than the line's: it receives, it sends nothing, and it is given no PIN (hazard H13)."""

import pytest
from fakes.numbers import PEER

from clerkd.at.errors import NoNetworkService
from clerkd.clock import SystemClock
from clerkd.core.sims import Sims
from clerkd.errors import Conflict, UnknownLine
from clerkd.model.inbound import InboundSegment
from clerkd.model.line import LineState
from clerkd.model.notice import NoticeKind
from clerkd.store.ops.notices import read_notices
from clerkd.store.sqlite import SqliteStore

OWN, OTHER = "8900101000000000004", "8900101000000000012"


@pytest.fixture
async def store(tmp_path):
    store = SqliteStore(tmp_path / "clerkd.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def housed():
    return {}


@pytest.fixture
def sims(store, housed):
    return Sims(store, SystemClock(), lambda: housed)


async def told(store):
    return [
        notice
        for notice in await store.read(read_notices, "reader", 100)
        if notice.kind in {NoticeKind.SIM_CHANGED, NoticeKind.SIM_SETTLED}
    ]


async def swap(rig, iccid):
    rig.modem.sim.iccid = iccid
    rig.modem.gone(0.05)
    await rig.state(LineState.ABSENT)


async def test_another_sim_is_quarantined_until_somebody_confirms_it(start_line, network, sims, housed, store):
    rig = await start_line(line_options={"sims": sims})
    housed["support"] = rig.line
    await swap(rig, OTHER)
    await rig.state(LineState.QUARANTINED)
    reason = rig.line.status().reason or ""
    assert OWN in reason
    assert OTHER in reason
    assert "clerkd line replace-sim support" in reason

    with pytest.raises(NoNetworkService, match="another SIM"):  # who does not ask first whether it is ready
        await rig.send("Hello")
    network.phone(PEER).send(rig.modem.number, "still heard")
    await rig.until(lambda: any(isinstance(one, InboundSegment) for one in rig.receiver.kept))
    assert [record.sender for record in network.air.records] == [PEER]

    assert (await sims.replace("support", OTHER, actor="dana")).bound == OTHER
    await rig.ready()
    await rig.send("Hello")
    assert [notice.kind for notice in await told(store)] == [NoticeKind.SIM_CHANGED, NoticeKind.SIM_SETTLED]


async def test_the_lines_own_sim_ends_it_too_and_each_stranger_is_told_once(start_line, sims, store):
    rig = await start_line(line_options={"sims": sims})
    for _ in range(2):
        await swap(rig, OTHER)
        await rig.state(LineState.QUARANTINED)
        rig.modem.gone(0.05)
        await rig.state(LineState.ABSENT)
        await rig.state(LineState.QUARANTINED)
        await swap(rig, OWN)
        await rig.ready()

    assert [(notice.kind, notice.detail["sim"]) for notice in await told(store)] == [
        (NoticeKind.SIM_CHANGED, OTHER),
        (NoticeKind.SIM_SETTLED, OWN),
    ] * 2


async def test_a_stranger_that_waits_for_a_pin_is_not_given_the_lines(start_line, sims, housed):
    rig = await start_line(pin="4321", line_options={"sims": sims, "pin": "4321"})
    housed["support"] = rig.line
    await swap(rig, OTHER)
    await rig.state(LineState.QUARANTINED)
    assert rig.modem.sim.tries == ["4321"]
    assert "Its PIN was not tried" in (rig.line.status().reason or "")

    await sims.replace("support", OTHER, actor="dana")
    await rig.ready()
    assert rig.modem.sim.tries == ["4321", "4321"]


async def test_a_sim_that_changed_while_there_was_no_network_is_found_before_it_sends(start_line, sims):
    rig = await start_line(line_options={"sims": sims})
    rig.modem.firmware.radio.stat = 2
    await rig.state(LineState.SEARCHING)
    rig.modem.sim.iccid = OTHER
    rig.modem.firmware.radio.stat = 1

    await rig.state(LineState.QUARANTINED)


async def test_a_sim_that_is_pulled_out_is_missed_at_once_where_the_modem_says_so(start_line, sims):
    rig = await start_line(line_options={"sims": sims})
    rig.modem.sim.iccid = OTHER
    rig.modem.firmware.dialogue.announce("+CPIN: NOT INSERTED")

    await rig.state(LineState.QUARANTINED)


async def test_the_iccid_of_the_configuration_is_a_confirmation(start_line, store):
    before = Sims(store, SystemClock(), dict)
    assert await before.admit("support", OWN) is None

    sims = Sims(store, SystemClock(), dict, {"support": OTHER[:-1]})
    rig = await start_line(iccid=OTHER, line_options={"sims": sims})
    assert rig.line.status().sim == OTHER
    assert OWN in (await sims.admit("support", OWN) or "")


async def test_a_sim_is_known_by_its_digits_with_and_without_the_last(sims):
    assert await sims.admit("support", OWN) is None
    assert await sims.admit("support", OWN[:-1]) is None
    assert await sims.admit("support", OTHER) is not None


async def test_the_words_say_whose_sim_it_is(sims):
    await sims.admit("support", OWN)
    await sims.admit("sales", OTHER)

    assert "that of line sales" in (await sims.admit("support", OTHER) or "")


async def test_only_the_sim_that_was_shown_is_confirmed(start_line, sims, housed):
    rig = await start_line(line_options={"sims": sims})
    housed["support"] = rig.line

    with pytest.raises(Conflict):
        await sims.replace("support", OTHER, actor="dana")
    with pytest.raises(UnknownLine):
        await sims.replace("sales", OWN, actor="dana")


async def test_a_modem_that_tells_no_sim_is_trusted_only_where_none_is_known(sims):
    await sims.admit("support", OWN)

    assert await sims.admit("sales", None) is None
    assert "does not tell" in (await sims.admit("support", None) or "")
