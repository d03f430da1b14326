"""The demo's modems without a daemon: what can be done to them, and what a log says in words."""

import pytest

from clerkd.clock import SystemClock
from clerkd.simulate.fleet import MOST, PLACES, Fleet, modems_of
from clerkd.simulate.fleet_words import Told, in_words
from clerkd.simulate.network import Network
from clerkd.simulate.page.mirror import Mirror
from clerkd.simulate.page.server import CommandRefused

AT = "2026-01-02T03:04:05.678Z"


class Shown(Mirror):
    """Documents as they were put."""

    def __init__(self):
        super().__init__()
        self.documents = {}

    def put(self, key, document):
        self.documents[key] = document
        super().put(key, document)


@pytest.fixture
async def fleet(tmp_path):
    mirror, texts = Shown(), []

    async def text(about):
        texts.append(about)

    network = Network(SystemClock())
    async with Fleet(2, tmp_path, network, mirror, SystemClock(), text_out=text, text_in=text) as built:
        built.shown, built.texts = mirror.documents, texts
        yield built
    network.close()


def luhn(digits):
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10


async def test_no_two_modems_share_a_name_a_number_or_an_identity(tmp_path):
    network = Network(SystemClock())
    async with Fleet(MOST, tmp_path, network, Mirror(), SystemClock(), text_out=None, text_in=None) as fleet:
        members = fleet.members
        assert len(PLACES) == len(modems_of(fleet)) == MOST
        for fact in (
            lambda one: one.place.line, lambda one: one.place.model, lambda one: one.number,
            lambda one: one.modem.link, lambda one: one.modem.sim.iccid, lambda one: one.imei,
        ):  # fmt: skip
            assert len({fact(one) for one in members}) == MOST
        assert {luhn(one.modem.sim.iccid) for one in members} | {luhn(one.imei) for one in members} == {0}
    network.close()


async def test_each_act_is_done_to_its_modem_and_shown(fleet):
    do = fleet.commands()["modem.do"]

    async def act(name):
        await do({"line": "workshop", "act": name})
        return fleet.shown["modem/1"]["on"]

    assert (await act("unplug"))["unplug"]
    assert not fleet.members[1].modem.link.is_symlink()
    with pytest.raises(CommandRefused, match="unplugged"):
        await act("deaf")
    await act("unplug")
    assert (await act("no-network"))["no-network"]
    assert not (await act("no-network"))["no-network"]
    assert (await act("sim-full"))["sim-full"]
    assert not (await act("sim-full"))["sim-full"]
    await act("lost-result")
    assert fleet.members[1].modem.faults.lost_result.times == 1
    assert [told["text"] for told in fleet.shown["modem/1"]["told"]][:2] == ["you unplug it", "you plug it in"]
    assert fleet.texts == ["+14155550101", "workshop"]
    assert not any(fleet.shown["modem/0"]["on"].values())


async def test_what_is_no_act_is_refused(fleet):
    for request in ({"line": "workshop", "act": "explode"}, {"line": "attic", "act": "unplug"}):
        with pytest.raises(CommandRefused, match="no such modem"):
            await fleet.commands()["modem.do"](request)


async def test_the_log_is_told_at_the_modem_that_it_is_about(fleet):
    fleet.logged({"event": "modem.lost", "line": "workshop", "reason": "hung up", "timestamp": AT})
    fleet.logged({"event": "modem.lost", "line": "elsewhere", "reason": "hung up", "timestamp": AT})
    fleet.logged({"event": "desk.idle", "line": "workshop", "timestamp": AT})

    assert [told["text"] for told in fleet.shown["modem/1"]["told"]] == ["lost: hung up"]
    assert fleet.shown["modem/0"]["told"] == []


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"event": "modem.recovery", "step": "radio", "reason": "x"}, ("switches the radio off and on (x)", "step")),
        ({"event": "modem.ready"}, ("in service", "good")),
        ({"event": "line.lost"}, ("tells it in Slack: the line is down", "bad")),
        ({"event": "daemon.ready"}, None),
    ],
)  # fmt: skip
def test_a_step_is_said_in_words(event, said):
    told = in_words({**event, "timestamp": AT})

    assert told == (None if said is None else Told(1767323045678, *said))
