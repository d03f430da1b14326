import pytest

from clerkd.codec import status
from clerkd.model.inbound import ReportStatus


@pytest.mark.parametrize(
    ("octets", "meaning"),
    [
        (range(0x20), ReportStatus.DELIVERED),
        (range(0x20, 0x40), ReportStatus.PENDING),
        ([*range(0x40, 0x46), *range(0x47, 0x100)], ReportStatus.FAILED),
        ([0x46], ReportStatus.EXPIRED),
    ],
)
def test_every_status_octet_has_a_meaning(octets, meaning):
    assert {status.meaning(octet) for octet in octets} == {meaning}


def test_only_what_the_centre_gave_up_on_may_be_tried_again():
    assert [octet for octet in range(256) if status.is_repeatable(octet)] == list(range(0x60, 0x80))
