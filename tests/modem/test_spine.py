from fakes.numbers import NUMBER, PEER

from clerkd.model.inbound import ReportStatus
from clerkd.model.line import LineState


async def test_a_text_goes_out_is_reported_and_another_comes_in(start_line, network):
    rig = await start_line()
    phone = network.phone(PEER)

    receipts = await rig.send("Hello")
    phone.send(NUMBER, "Hi there")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["Hi there"] and len(rig.receiver.reports) == 1)

    assert [text.text for text in phone.inbox] == ["Hello"]
    (report,) = rig.receiver.reports
    assert (report.reference, report.recipient, report.status) == (
        receipts[0].reference,
        PEER,
        ReportStatus.DELIVERED,
    )
    (segment,) = rig.receiver.segments
    assert (segment.line, segment.sender, segment.sim) == ("support", PEER, rig.modem.sim.iccid)
    assert rig.line.status().state is LineState.READY
