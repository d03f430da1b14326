"""A message from the SMSC to the phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clerkd.codec import address, first_octet, timestamp, userdata
from clerkd.codec.address import Address
from clerkd.codec.anomaly import Anomaly, found
from clerkd.codec.errors import octet
from clerkd.codec.reader import Reader
from clerkd.codec.userdata import UserData


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message from the SMSC to the phone, 23.040 §9.2.2.1."""

    originator: Address
    timestamp: datetime | None  # when the SMSC got it; None if the octets are no date
    user_data: UserData
    protocol: int = 0
    more_messages: bool = False
    loop_prevention: bool = False
    status_report: bool = False  # TP-SRI: the sender will get a report
    reply_path: bool = False
    anomalies: Anomaly = Anomaly.NONE

    @property
    def address(self) -> Address:
        """The other party."""
        return self.originator

    def encode(self) -> bytes:
        """Return the TPDU; raise `EncodeError`. A missing time stamp becomes zeros, which are no date."""
        first = (
            first_octet.DELIVER
            | (0 if self.more_messages else first_octet.NO_MORE_MESSAGES)
            | (first_octet.LOOP_PREVENTION if self.loop_prevention else 0)
            | (first_octet.REPORT if self.status_report else 0)
            | (first_octet.HEADER if self.user_data.header else 0)
            | (first_octet.REPLY_PATH if self.reply_path else 0)
        )
        return b"".join(
            (
                bytes((first,)),
                self.originator.encode(),
                bytes((octet("TP-PID", self.protocol), octet("TP-DCS", self.user_data.dcs))),
                timestamp.encode_or_none(self.timestamp),
                self.user_data.encode(),
            )
        )


def decode(reader: Reader, first: int) -> Deliver:
    """Read what follows the first octet; raise `DecodeError`."""
    originator = address.decode(reader, "TP-OA")
    protocol = reader.octet("TP-PID")
    dcs = reader.octet("TP-DCS")
    moment = timestamp.decode(reader.take(timestamp.OCTETS, "TP-SCTS"))
    user_data = userdata.decode(reader, dcs, has_header=bool(first & first_octet.HEADER))
    anomalies = found(
        (Anomaly.TIMESTAMP, moment is None),
        (Anomaly.RESERVED_TYPE, first & 3 != first_octet.DELIVER),
        (Anomaly.TRAILING_OCTETS, reader.left > 0),
    )
    return Deliver(
        originator,
        moment,
        user_data,
        protocol,
        more_messages=not first & first_octet.NO_MORE_MESSAGES,
        loop_prevention=bool(first & first_octet.LOOP_PREVENTION),
        status_report=bool(first & first_octet.REPORT),
        reply_path=bool(first & first_octet.REPLY_PATH),
        anomalies=anomalies,
    )
