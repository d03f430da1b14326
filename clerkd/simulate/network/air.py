"""What went on the air: the proof that a test compares with what a daemon claims."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from clerkd.clock import iso
from clerkd.codec.tpdu import Submit


@dataclass(frozen=True, slots=True)
class AirRecord:
    """One SUBMIT that the SMSC accepted."""

    at: int  # epoch ms
    sender: str
    recipient: str  # resolved
    tpdu: bytes  # as it was sent, TP-MR included
    submit: Submit

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values, as the log file holds it."""
        concat = self.submit.user_data.concat
        record: dict[str, Any] = {
            "at": iso(self.at),
            "from": self.sender,
            "to": self.recipient,
            "reference": self.submit.reference,
            "encoding": self.submit.user_data.encoding.value,
            "text": self.submit.user_data.text,
            "report": self.submit.status_report,
            "tpdu": self.tpdu.hex().upper(),
        }
        if concat is not None:
            record["concat"] = {
                "reference": concat.reference,
                "bits": concat.bits,
                "total": concat.total,
                "sequence": concat.sequence,
            }
        return record


class AirLog:
    """All accepted SUBMITs in order, in memory and, given a path, appended as JSON lines."""

    def __init__(self, path: Path | None = None, *, keep: bool = True) -> None:
        self.records: list[AirRecord] = []
        self._keep = keep
        self._file: TextIO | None = path.open("a", encoding="utf-8", buffering=1) if path else None

    def append(self, record: AirRecord) -> None:
        """Note one; it is in the file when this returns."""
        if self._keep:
            self.records.append(record)
        if self._file is not None:
            self._file.write(json.dumps(record.to_json(), ensure_ascii=True) + "\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
