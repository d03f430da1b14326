"""Transcripts by name, played to an exchange."""

from __future__ import annotations

from pathlib import Path

from clerkd.at.exchange import Exchange
from clerkd.at.transcript import Cut, Entry, Replayed, parse, replay, whole

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
VENDOR_NOISE = ("^RSSI", "^MODE", "^BOOT")
BABBLE = "z" * 5000


def load(name: str) -> tuple[Entry, ...]:
    """Return a transcript; the word BABBLE in it stands for a line that is far too long."""
    return parse((TRANSCRIPTS / f"{name}.at").read_text().replace("BABBLE", BABBLE))


def names(room: str = "generic") -> list[str]:
    return sorted(str(path.relative_to(TRANSCRIPTS).with_suffix("")) for path in (TRANSCRIPTS / room).rglob("*.at"))


def play(name: str, cut: Cut = whole) -> Replayed:
    return replay(load(name), Exchange(VENDOR_NOISE), cut)
