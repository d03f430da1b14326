"""The first octet of a TPDU, 23.040 §9.2.3: its type, and flags whose meaning depends on the type."""

from __future__ import annotations

from typing import Final

# TP-MTI, bits 1-0; 3 is reserved
DELIVER: Final = 0
SUBMIT: Final = 1
STATUS_REPORT: Final = 2  # towards the phone; towards the SMSC it would be a Command
MESSAGE_TYPE: Final = 0x03

NO_MORE_MESSAGES: Final = 0x04  # TP-MMS: inverted
REJECT_DUPLICATES: Final = 0x04  # TP-RD
LOOP_PREVENTION: Final = 0x08  # TP-LP
REPORT: Final = 0x20  # TP-SRI, TP-SRR, TP-SRQ
HEADER: Final = 0x40  # TP-UDHI
REPLY_PATH: Final = 0x80  # TP-RP
