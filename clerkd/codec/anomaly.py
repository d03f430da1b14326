"""What was wrong with a TPDU that could be read all the same."""

from __future__ import annotations

from enum import Flag


class Anomaly(Flag):
    """What was not as it should be, and was read all the same."""

    NONE = 0
    TIMESTAMP = 1  # TP-SCTS is no date
    DISCHARGE_TIME = 2  # TP-DT is no date
    VALIDITY = 4  # an absolute TP-VP is no date
    PARAMETERS = 8  # TP-PI announces fields that are not there
    TRAILING_OCTETS = 16  # more octets than TP-UDL announces
    RESERVED_TYPE = 32  # TP-MTI 3, read as Deliver


def found(*checked: tuple[Anomaly, bool]) -> Anomaly:
    """Return those that are there."""
    anomalies = Anomaly.NONE
    for anomaly, is_there in checked:
        if is_there:
            anomalies |= anomaly
    return anomalies
