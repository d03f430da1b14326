"""Sending from a slot of the modem's storage: what a lost result leaves open, the slot knows."""

import asyncio

import pytest
from fakes.modem_rig import profile
from fakes.numbers import NUMBER, PEER

from clerkd.at.errors import Unanswered
from clerkd.errors import Indeterminate, Permanent
from clerkd.modem.storing import NotSent
from clerkd.simulate.modem.faults import Chance

BY_SLOT = profile(deadlines={"submit": 0.2, "prompt": 0.15, "trailer": 0.1}, store_and_send=True)


def texts(network):
    return [text.text for text in network.phone(PEER).inbox]


def used(rig):
    return rig.modem.firmware.storage.stores["MT"].used


async def test_a_segment_is_written_sent_from_its_slot_and_the_slot_emptied(start_line, network):
    rig = await start_line(line_options={"profile": BY_SLOT})
    receipts = await rig.send("x" * 200)
    assert [receipt.reference for receipt in receipts] == [0, 1]
    assert texts(network) == ["x" * 200]
    assert used(rig) == 0
    assert not any(command.startswith("AT+CMGS") for command in rig.commands)


async def test_a_lost_result_of_what_went_out_is_a_receipt(start_line, network):
    rig = await start_line(line_options={"profile": BY_SLOT})
    rig.modem.faults.lost_result = Chance(times=1)
    (receipt,) = await rig.send("went out")
    assert receipt.reference is None
    assert texts(network) == ["went out"]
    await rig.until(lambda: used(rig) == 0)


async def test_a_lost_result_of_what_did_not_go_out_is_tried_again(start_line, network):
    rig = await start_line(line_options={"profile": BY_SLOT})
    rig.modem.faults.lost_message = Chance(times=1)
    with pytest.raises(NotSent):
        await rig.send("stayed")
    await rig.send("stayed")
    assert texts(network) == ["stayed"]
    await rig.until(lambda: used(rig) == 0)


async def test_whatever_is_lost_nothing_is_left_in_doubt(start_line, network):
    rig = await start_line(line_options={"profile": BY_SLOT})
    rig.modem.faults.lost_result = Chance(0.3)
    rig.modem.faults.lost_message = Chance(0.3)
    for number in range(8):
        for _ in range(20):
            try:
                await rig.send(f"text {number}")
                break
            except NotSent:
                await rig.ready()
    assert texts(network) == [f"text {number}" for number in range(8)]


async def test_a_port_that_is_lost_while_it_is_sent_leaves_a_doubt(start_line):
    rig = await start_line(line_options={"profile": profile(store_and_send=True)}, submit_delay_s=5.0)
    sending = asyncio.create_task(rig.send("who knows"))
    await rig.until(lambda: any(command.startswith("AT+CMSS") for command in rig.commands))
    rig.modem.gone(0.2)
    with pytest.raises(Unanswered) as doubt:
        await sending
    assert isinstance(doubt.value, Indeterminate)


async def test_a_refusal_by_the_network_is_told_and_the_slot_emptied(start_line):
    rig = await start_line(line_options={"profile": BY_SLOT})
    rig.modem.faults.cms_code = (1,)
    rig.modem.faults.cms_error = Chance(times=1)
    with pytest.raises(Permanent):
        await rig.send("to a number that is none")
    await rig.until(lambda: used(rig) == 0)


async def test_with_a_full_storage_it_is_sent_without_a_slot(start_line, network):
    rig = await start_line(line_options={"profile": BY_SLOT})
    rig.modem.faults.storage_full = True
    await rig.send("all the same")
    assert texts(network) == ["all the same"]


async def test_what_comes_in_meanwhile_is_received(start_line, network):
    rig = await start_line(line_options={"profile": BY_SLOT})
    for number in range(5):
        network.phone(PEER).send(NUMBER, f"in {number}")
        await rig.send(f"out {number}")
    await rig.until(lambda: len(rig.receiver.segments) == 5)
    await rig.until(lambda: used(rig) == 0)
