"""What the SMSC says became of a Submit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clerkd.codec import address, first_octet, timestamp, userdata
from clerkd.codec.address import Address
from clerkd.codec.anomaly import Anomaly, found
from clerkd.codec.errors import octet
from clerkd.codec.reader import Reader
from clerkd.codec.userdata import UserData

# TP-PI, 23.040 §9.2.3.27
_PI_PROTOCOL: Final = 0x01
_PI_CODING: Final = 0x02
_PI_USER_DATA: Final = 0x04
_PI_EXTENSION: Final = 0x80


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of a Submit, 23.040 §9.2.2.3."""

    reference: int
    recipient: Address
    timestamp: datetime | None  # when the SMSC got the Submit; None if the octets are no date
    discharge_time: datetime | None  # of this outcome; None if the octets are no date
    status: int  # see clerkd.codec.status
    more_messages: bool = False
    loop_prevention: bool = False
    of_command: bool = False  # TP-SRQ: it reports on a Command, not on a Submit
    protocol: int | None = None
    user_data: UserData | None = None
    anomalies: Anomaly = Anomaly.NONE

    @property
    def address(self) -> Address:
        """The other party."""
        return self.recipient

    def encode(self) -> bytes:
        """Return the TPDU; raise `EncodeError`. A missing time becomes zeros, which are no date."""
        header = self.user_data is not None and bool(self.user_data.header)
        first = (
            first_octet.STATUS_REPORT
            | (0 if self.more_messages else first_octet.NO_MORE_MESSAGES)
            | (first_octet.LOOP_PREVENTION if self.loop_prevention else 0)
            | (first_octet.REPORT if self.of_command else 0)
            | (first_octet.HEADER if header else 0)
        )
        return b"".join(
            (
                bytes((first, octet("TP-MR", self.reference))),
                self.recipient.encode(),
                timestamp.encode_or_none(self.timestamp),
                timestamp.encode_or_none(self.discharge_time),
                bytes((octet("TP-ST", self.status),)),
                self._parameters(),
            )
        )

    def _parameters(self) -> bytes:
        """Return TP-PI and what it announces; nothing if there is nothing to announce."""
        indicator = 0
        fields = b""
        if self.protocol is not None:
            indicator |= _PI_PROTOCOL
            fields += bytes((octet("TP-PID", self.protocol),))
        if self.user_data is not None:
            indicator |= _PI_CODING | _PI_USER_DATA
            fields += bytes((octet("TP-DCS", self.user_data.dcs),)) + self.user_data.encode()
        return bytes((indicator,)) + fields if indicator else b""


def decode(reader: Reader, first: int) -> StatusReport:
    """Read what follows the first octet; raise `DecodeError`."""
    reference = reader.octet("TP-MR")
    recipient = address.decode(reader, "TP-RA")
    moment = timestamp.decode(reader.take(timestamp.OCTETS, "TP-SCTS"))
    discharge_time = timestamp.decode(reader.take(timestamp.OCTETS, "TP-DT"))
    status = reader.octet("TP-ST")
    protocol, user_data, complete = _parameters(reader, has_header=bool(first & first_octet.HEADER))
    anomalies = found(
        (Anomaly.TIMESTAMP, moment is None),
        (Anomaly.DISCHARGE_TIME, discharge_time is None),
        (Anomaly.PARAMETERS, not complete),
        (Anomaly.TRAILING_OCTETS, reader.left > 0),
    )
    return StatusReport(
        reference,
        recipient,
        moment,
        discharge_time,
        status,
        more_messages=not first & first_octet.NO_MORE_MESSAGES,
        loop_prevention=bool(first & first_octet.LOOP_PREVENTION),
        of_command=bool(first & first_octet.REPORT),
        protocol=protocol,
        user_data=user_data,
        anomalies=anomalies,
    )


def _parameters(reader: Reader, *, has_header: bool) -> tuple[int | None, UserData | None, bool]:
    """Read TP-PI and what it announces, as far as it is there; the last value tells whether all of it was."""
    if not reader.left:
        return None, None, True
    indicator = reader.octet("TP-PI")
    extension = indicator
    while extension & _PI_EXTENSION and reader.left:
        extension = reader.octet("TP-PI")
    protocol = user_data = None
    dcs = 0
    for bit in (_PI_PROTOCOL, _PI_CODING, _PI_USER_DATA):
        if not indicator & bit:
            continue
        if not reader.left:
            return protocol, user_data, False
        if bit == _PI_PROTOCOL:
            protocol = reader.octet("TP-PID")
        elif bit == _PI_CODING:
            dcs = reader.octet("TP-DCS")
        else:
            user_data = userdata.decode(reader, dcs, has_header=has_header)
    return protocol, user_data, True
