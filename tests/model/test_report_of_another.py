"""A report that overtakes its receipt must not be taken for that of an older segment in doubt."""

from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.lifecycle import SegmentState
from clerkd.model.report import Candidate, choose_unknown

PEER, OTHER = "+447700900101", "+447700900102"
DOUBTFUL = Candidate(1, 1, SegmentState.UNKNOWN, PEER, claimed_at=0, submitted_at=40)
REPORT = DeliveryReport(
    line="support",
    sim="8900101000000000004",
    pdu=b"",
    received_at=6_000,
    reference=8,
    recipient=PEER,
    accepted_at=5_000,
    discharged_at=5_000,
    status=ReportStatus.DELIVERED,
    status_octet=0,
)


def on_its_way_to(peer):
    return Candidate(2, 1, SegmentState.SUBMITTING, peer, claimed_at=4_500, submitted_at=4_500)


def test_it_may_be_about_the_one_that_is_being_sent_to_the_same_number():
    assert choose_unknown(REPORT, [DOUBTFUL], [on_its_way_to(PEER)]) is None


def test_what_is_being_sent_to_others_has_nothing_to_do_with_it():
    assert choose_unknown(REPORT, [DOUBTFUL], [on_its_way_to(OTHER)]) is DOUBTFUL
    assert choose_unknown(REPORT, [DOUBTFUL]) is DOUBTFUL
