import asyncio
from datetime import UTC, datetime, timedelta

from fakes.modem_rig import profile
from fakes.numbers import NUMBER, PEER

from clerkd.codec.address import Address
from clerkd.codec.pdu import encode
from clerkd.codec.segment import split
from clerkd.codec.tpdu import Deliver
from clerkd.model.inbound import ReportStatus
from clerkd.modem.profile import Acknowledgement
from clerkd.simulate.modem import Habits
from clerkd.simulate.modem.storage import Status, Stored

SOON = {"sweep": timedelta(seconds=0.2)}


def used(rig):
    return sum(rig.modem.firmware.storage.stores[name].used for name in ("SM", "ME", "SR"))


async def test_messages_that_waited_are_found_at_the_start(start_line, network):
    rig = await start_line(before=lambda _modem: network.phone(PEER).send(NUMBER, "sent before the start"))

    await rig.receiver.wait(lambda: rig.receiver.texts == ["sent before the start"])

    await rig.until(lambda: used(rig) == 0)


async def test_messages_that_waited_are_handed_over_in_the_order_in_which_they_were_sent(start_line, network):
    def fill(modem):
        store = modem.firmware.storage.stores["ME"]
        when = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)
        for minutes in (2, 0, 3, 1):  # slots are filled wherever one is free
            part = split(f"minute {minutes}", reference=1).parts[0]
            deliver = Deliver(Address.of(PEER), when + timedelta(minutes=minutes), part)
            store.put(Stored(Status.REC_UNREAD, encode(deliver)))

    rig = await start_line(before=fill)

    await rig.receiver.wait(lambda: rig.receiver.texts == [f"minute {n}" for n in range(4)])


async def test_a_message_that_was_not_announced_is_found_by_the_sweep(start_line, network):
    rig = await start_line(line_options=SOON)
    rig.modem.faults.apply("mute_cmti", "next:1")

    network.phone(PEER).send(NUMBER, "whispered")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["whispered"])

    await rig.until(lambda: used(rig) == 0)


async def test_a_message_announced_twice_is_received_once(start_line, network):
    rig = await start_line()
    rig.modem.faults.apply("duplicate_cmti", "next:1")

    network.phone(PEER).send(NUMBER, "said twice")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["said twice"])
    await rig.send("one more exchange")

    assert rig.receiver.offers - len(rig.receiver.reports) == 1


async def test_what_could_not_be_kept_stays_in_the_modem_and_is_offered_again(start_line, network):
    rig = await start_line(line_options=SOON)
    rig.receiver.full = True

    network.phone(PEER).send(NUMBER, "no room for it")
    await rig.receiver.wait(lambda: rig.receiver.offers >= 2)
    assert used(rig) == 1
    assert not rig.receiver.kept
    rig.receiver.full = False
    await rig.receiver.wait(lambda: rig.receiver.texts == ["no room for it"])

    await rig.until(lambda: used(rig) == 0)


async def test_a_message_that_could_not_be_deleted_is_offered_again(start_line, network):
    rig = await start_line(line_options=SOON)
    rig.modem.faults.apply("delete_fails", "next:1")

    network.phone(PEER).send(NUMBER, "sticky")
    await rig.until(lambda: rig.receiver.offers == 2 and used(rig) == 0)

    assert rig.receiver.texts == ["sticky"]


async def test_nothing_is_deleted_before_it_is_kept(start_line, network):
    rig = await start_line()
    rig.receiver.gate = asyncio.Event()

    network.phone(PEER).send(NUMBER, "wait for the commit")
    await rig.until(lambda: rig.receiver.offers == 1)
    await rig.send("meanwhile")
    assert used(rig) == 1
    rig.receiver.gate.set()
    await rig.receiver.wait(lambda: rig.receiver.texts == ["wait for the commit"])

    await rig.until(lambda: used(rig) == 0)


async def test_a_message_in_a_slot_that_was_just_freed_is_offered_once_and_so_deleted_once(start_line, network):
    # Deleted twice, the second time would hit whatever came to the slot meanwhile, unread.
    rig = await start_line(line_options=SOON)
    first_ends, second_begins = asyncio.Event(), asyncio.Event()
    rig.receiver.rest = first_ends
    network.phone(PEER).send(NUMBER, "first")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["first"])
    await rig.until(lambda: used(rig) == 0)
    rig.receiver.rest, rig.receiver.gate = None, second_begins
    network.phone(PEER).send(NUMBER, "second")
    await rig.until(lambda: rig.receiver.offers == 2)

    first_ends.set()
    swept = rig.commands.count("AT+CMGL=4")
    await rig.until(lambda: rig.commands.count("AT+CMGL=4") >= swept + 2)

    assert rig.receiver.offers == 2
    second_begins.set()
    await rig.receiver.wait(lambda: rig.receiver.texts == ["first", "second"])
    await rig.until(lambda: used(rig) == 0)


async def test_octets_that_are_no_message_do_not_block_those_behind_them(start_line, network):
    def fill(modem):
        store = modem.firmware.storage.stores["SM"]
        store.put(Stored(Status.REC_UNREAD, bytes.fromhex("0004")))
        store.put(Stored(Status.STO_UNSENT, bytes.fromhex("0011000B914151550521F30000A705C8329BFD06")))
        network.phone(PEER).send(NUMBER, "behind it")

    rig = await start_line(before=fill)

    await rig.receiver.wait(lambda: rig.receiver.texts == ["behind it"] and len(rig.receiver.unreadable) == 1)

    assert rig.receiver.unreadable[0].pdu == bytes.fromhex("0004")
    assert "TP-OA" in rig.receiver.unreadable[0].reason
    await rig.until(lambda: used(rig) == 1)  # the owner's draft is not ours


async def test_a_burst_is_taken_out_of_twenty_slots_while_texts_go_out(start_line, network):
    rig = await start_line(habits=Habits(me_slots=20))
    phone = network.phone(PEER)

    for number in range(200):
        phone.send(NUMBER, f"burst {number}")
    async with asyncio.timeout(3):
        for number in range(20):
            await rig.send(f"meanwhile {number}", more=True)
        await rig.receiver.wait(lambda: len(rig.receiver.texts) == 200)

    assert sorted(rig.receiver.texts) == sorted(f"burst {number}" for number in range(200))
    assert len(phone.inbox) == 20
    await rig.until(lambda: used(rig) == 0)


async def test_stored_reports_are_read_where_they_lie(start_line, network):
    rig = await start_line(habits=Habits(cnmi_ds=(0, 2)))
    network.phone(PEER).send(NUMBER, "and a message beside them")

    (receipt,) = await rig.send("report, please")
    await rig.receiver.wait(lambda: len(rig.receiver.reports) == 1 and len(rig.receiver.texts) == 1)

    assert rig.receiver.reports[0].reference == receipt.reference
    assert rig.receiver.reports[0].status is ReportStatus.DELIVERED
    await rig.until(lambda: used(rig) == 0)


async def test_reports_announced_under_a_name_that_no_storage_has_are_survived(start_line, network):
    rig = await start_line(habits=Habits(cnmi_ds=(0, 2), report_memory="XX"), line_options=SOON)

    await rig.send("report, please")
    network.phone(PEER).send(NUMBER, "a message behind it")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["a message behind it"])


async def test_messages_handed_over_are_acknowledged_after_the_commit(start_line, network):
    direct = profile(direct=True, notifications=((2, 2, 0, 1, 0),), acknowledgement=Acknowledgement.BARE, name="direct")
    rig = await start_line(line_options={"profile": direct})
    rig.receiver.gate = asyncio.Event()
    phone = network.phone(PEER)

    phone.send(NUMBER, "one")
    phone.send(NUMBER, "two")
    await rig.until(lambda: rig.receiver.offers == 1)
    assert "AT+CNMA" not in rig.commands
    rig.receiver.gate.set()
    await rig.receiver.wait(lambda: rig.receiver.texts == ["one", "two"])

    await rig.until(lambda: rig.commands.count("AT+CNMA") == 2)
    assert used(rig) == 0


async def test_an_acknowledgement_duty_that_somebody_left_on_is_taken_back(start_line, network):
    def leave_on(modem):
        modem.firmware._settings.service = 1

    rig = await start_line(before=leave_on)
    await rig.send("report, please")
    await rig.send("another report, please")
    await rig.receiver.wait(lambda: len(rig.receiver.reports) == 2)

    assert "AT+CSMS=0" in rig.commands


async def test_a_modem_that_announces_nothing_is_degraded_and_swept(start_line, network):
    from clerkd.model.line import LineState

    mute = profile(notifications=())
    rig = await start_line(line_options={"profile": mute, **SOON})
    assert rig.line.status().state is LineState.DEGRADED
    assert "AT+CNMI" in (rig.line.status().reason or "")

    network.phone(PEER).send(NUMBER, "found by looking")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["found by looking"])


async def test_a_long_message_comes_in_parts(start_line, network):
    rig = await start_line()

    network.phone(PEER).send(NUMBER, "x" * 200, reference_bits=16)
    await rig.receiver.wait(lambda: len(rig.receiver.segments) == 2)

    concats = [segment.concat for segment in rig.receiver.segments]
    assert [(concat.sequence, concat.total, concat.bits) for concat in concats if concat] == [(1, 2, 16), (2, 2, 16)]
