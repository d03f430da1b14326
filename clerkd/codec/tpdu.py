"""The transfer units of 23.040 §9.2.2: Deliver, Submit and StatusReport, as values.

Field names are the standard's: TP-OA is `originator`, TP-DA `destination`, TP-RA `recipient`, TP-MR `reference`,
TP-PID `protocol`, TP-SCTS `timestamp`, TP-DT `discharge_time`, TP-ST `status`.
"""

from __future__ import annotations

from clerkd.codec import deliver, status_report, submit
from clerkd.codec.anomaly import Anomaly
from clerkd.codec.deliver import Deliver
from clerkd.codec.first_octet import DELIVER, MESSAGE_TYPE, STATUS_REPORT, SUBMIT
from clerkd.codec.reader import Reader
from clerkd.codec.status_report import StatusReport
from clerkd.codec.submit import Submit

__all__ = ["DELIVER", "STATUS_REPORT", "SUBMIT", "Anomaly", "Deliver", "StatusReport", "Submit", "Tpdu", "decode"]

Tpdu = Deliver | Submit | StatusReport


def decode(reader: Reader) -> Tpdu:
    """Read a TPDU up to the end of the octets; raise `DecodeError`."""
    first = reader.octet("TP-MTI")
    message_type = first & MESSAGE_TYPE
    if message_type == SUBMIT:
        return submit.decode(reader, first)
    if message_type == STATUS_REPORT:
        return status_report.decode(reader, first)
    return deliver.decode(reader, first)
