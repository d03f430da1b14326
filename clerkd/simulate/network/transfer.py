"""From the SUBMIT that a sender gave to the DELIVER that a recipient gets (23.040 §9.2.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from clerkd.codec import tpdu
from clerkd.codec.address import Address
from clerkd.codec.errors import DecodeError
from clerkd.codec.reader import Reader
from clerkd.codec.tpdu import Anomaly, Deliver, Submit
from clerkd.codec.userdata import USER_DATA_OCTETS, UserData
from clerkd.codec.validity import Absolute, Enhanced, Relative
from clerkd.simulate.network.station import Cause, Rejected

HEADER_BIT = 0x40  # TP-UDHI
_MINUTE_S = 60.0


def decode_submit(octets: bytes) -> Submit:
    """Read a SUBMIT as strictly as an SMSC that wants no trouble; raise `Rejected`."""
    try:
        submit = tpdu.decode(Reader(octets))
    except DecodeError as error:
        raise Rejected(Cause.INVALID_MANDATORY) from error
    if not isinstance(submit, Submit) or submit.anomalies is not Anomaly.NONE:
        raise Rejected(Cause.INVALID_MANDATORY)
    data, destination = submit.user_data, submit.destination
    too_long = len(octets) - _user_data_start(submit) - 1 > USER_DATA_OCTETS
    if data.truncated or data.header_ignored or too_long or destination.is_name or not destination.number.strip("+"):
        raise Rejected(Cause.INVALID_MANDATORY)
    return submit


def deliver_octets(submit: Submit, octets: bytes, sender: str, accepted: datetime) -> bytes:
    """Return the DELIVER that carries a SUBMIT's user data, octet for octet."""
    head = Deliver(
        Address.of(sender),
        accepted,
        UserData(dcs=submit.user_data.dcs),
        submit.protocol,
        status_report=submit.status_report,
        reply_path=submit.reply_path,
    ).encode()
    first = head[0] | (octets[0] & HEADER_BIT)
    return bytes((first,)) + head[1:-1] + octets[_user_data_start(submit) :]


def lifetime_s(submit: Submit, accepted: datetime) -> float | None:
    """Return how long a text may wait, None for as long as it takes."""
    validity = submit.validity
    if isinstance(validity, Relative):
        return validity.minutes * _MINUTE_S
    if isinstance(validity, Absolute):
        return max(0.0, (validity.moment - accepted) / timedelta(seconds=1))
    if isinstance(validity, Enhanced) and validity.period is not None:
        return validity.period / timedelta(seconds=1)
    return None


def _user_data_start(submit: Submit) -> int:
    """Return where TP-UDL stands: after the first octet, TP-MR, TP-DA, TP-PID, TP-DCS and TP-VP."""
    validity = len(submit.validity.encode()) if submit.validity else 0
    return 4 + len(submit.destination.encode()) + validity
