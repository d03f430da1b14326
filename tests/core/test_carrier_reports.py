"""Receipts and reports of carriers, whose references are texts."""

import hashlib

import pytest
from fakes.desk import PEER, open_office

from clerkd.core.inbound.reports import record_report
from clerkd.errors import Indeterminate
from clerkd.model.carrier import Doubt
from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.store.ops.carriers import list_awaited, list_doubts, settle_doubt
from clerkd.store.ops.messages import message_history


class Silence(Indeterminate):
    code = "carrier.no-answer"


def report(office, reference: str, *, status=ReportStatus.DELIVERED, accepted_at=None, reason=None) -> DeliveryReport:
    return DeliveryReport(
        line="support", sim="support", pdu=f"{reference}{status}".encode(), received_at=office.clock.now,
        reference=reference, recipient=PEER, accepted_at=accepted_at, discharged_at=office.clock.now, status=status,
        status_octet=-1, reason=reason,
    )  # fmt: skip


async def keep(office, told: DeliveryReport) -> bool | None:
    return await office.store.write(record_report, told, hashlib.sha256(told.pdu).digest(), horizon=0)


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        office.radio.sim = None  # a carrier has none: the line's name stands for it
        yield office


async def in_doubt(office, text: str = "once") -> tuple[str, Doubt]:
    office.radio.script.append(("lost", Silence()))
    message = await office.send(text)
    await office.wait_state(message.id, "unknown")
    [doubt] = await office.store.read(list_doubts, "support", since=0)
    return message.id, doubt


async def test_a_doubt_that_the_carrier_settles_is_sent_and_then_delivered(office):
    message_id, doubt = await in_doubt(office)
    office.clock.advance(1)

    assert await office.store.write(settle_doubt, "support", doubt, "SM1", at=office.clock.now)
    sent = await office.message(message_id)
    assert (sent.state.value, sent.segments[0].reference, sent.error) == ("submitted", "SM1", None)
    assert [one.carrier_id for one in await office.store.read(list_awaited, "support", since=0)] == ["SM1"]
    assert await keep(office, report(office, "SM1"))
    assert (await office.message(message_id)).state.value == "delivered"
    history = [entry.event for entry in await office.store.read(message_history, message_id)]
    assert history == ["created", "lost_sight", "found_at_carrier", "report delivered"]
    assert await office.store.read(list_awaited, "support", since=0) == []


async def test_one_copy_at_the_carrier_settles_one_doubt(office):
    first, doubt = await in_doubt(office)
    await office.store.write(settle_doubt, "support", doubt, "SM1", at=office.clock.now)
    second, other = await in_doubt(office)

    assert not await office.store.write(settle_doubt, "support", other, "SM1", at=office.clock.now)
    assert (await office.message(first)).state.value == "submitted"
    assert (await office.message(second)).state.value == "unknown"


async def test_a_report_with_an_id_nobody_was_told_settles_the_only_doubt(office):
    message_id, _ = await in_doubt(office)

    assert await keep(office, report(office, "0a1b", accepted_at=office.clock.now))
    sent = await office.message(message_id)
    assert (sent.state.value, sent.segments[0].reference) == ("delivered", "0a1b")


async def test_a_failed_delivery_keeps_the_carriers_words(office):
    message_id, doubt = await in_doubt(office)
    await office.store.write(settle_doubt, "support", doubt, "SM1", at=office.clock.now)

    told = report(office, "SM1", status=ReportStatus.FAILED, reason="Twilio: landline (30006)")
    assert await keep(office, told)
    failed = await office.message(message_id)
    assert (failed.state.value, failed.error.message) == ("failed", "Twilio: landline (30006)")


async def test_ids_that_look_like_numbers_are_told_apart_from_references_of_modems(office):
    message = await office.send("by modem")  # with the reference 1
    await office.wait_state(message.id, "submitted")

    assert await keep(office, report(office, "1")) is False
    assert (await office.message(message.id)).state.value == "submitted"
