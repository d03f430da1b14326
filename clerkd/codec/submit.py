"""A message from the phone to the SMSC."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.codec import address, first_octet, userdata, validity
from clerkd.codec.address import Address
from clerkd.codec.anomaly import Anomaly, found
from clerkd.codec.errors import octet
from clerkd.codec.reader import Reader
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import Validity


@dataclass(frozen=True, slots=True)
class Submit:
    """A message from the phone to the SMSC, 23.040 §9.2.2.2."""

    destination: Address
    user_data: UserData
    reference: int = 0  # the modem puts its own there
    protocol: int = 0
    validity: Validity | None = None
    status_report: bool = False  # TP-SRR: a report is wanted
    reject_duplicates: bool = False
    reply_path: bool = False
    anomalies: Anomaly = Anomaly.NONE

    @property
    def address(self) -> Address:
        """The other party."""
        return self.destination

    def encode(self) -> bytes:
        """Return the TPDU; raise `EncodeError`."""
        vpf = self.validity.vpf if self.validity else validity.ABSENT
        first = (
            first_octet.SUBMIT
            | (first_octet.REJECT_DUPLICATES if self.reject_duplicates else 0)
            | vpf << 3
            | (first_octet.REPORT if self.status_report else 0)
            | (first_octet.HEADER if self.user_data.header else 0)
            | (first_octet.REPLY_PATH if self.reply_path else 0)
        )
        return b"".join(
            (
                bytes((first, octet("TP-MR", self.reference))),
                self.destination.encode(),
                bytes((octet("TP-PID", self.protocol), octet("TP-DCS", self.user_data.dcs))),
                self.validity.encode() if self.validity else b"",
                self.user_data.encode(),
            )
        )


def decode(reader: Reader, first: int) -> Submit:
    """Read what follows the first octet; raise `DecodeError`."""
    reference = reader.octet("TP-MR")
    destination = address.decode(reader, "TP-DA")
    protocol = reader.octet("TP-PID")
    dcs = reader.octet("TP-DCS")
    vpf = first >> 3 & 3
    period = validity.decode(vpf, reader)
    user_data = userdata.decode(reader, dcs, has_header=bool(first & first_octet.HEADER))
    anomalies = found(
        (Anomaly.VALIDITY, period is None and vpf != validity.ABSENT),
        (Anomaly.TRAILING_OCTETS, reader.left > 0),
    )
    return Submit(
        destination,
        user_data,
        reference,
        protocol,
        period,
        status_report=bool(first & first_octet.REPORT),
        reject_duplicates=bool(first & first_octet.REJECT_DUPLICATES),
        reply_path=bool(first & first_octet.REPLY_PATH),
        anomalies=anomalies,
    )
