"""Whether the board's power supply is too weak: a modem that draws two amperes when it sends is the first to notice.

The kernel's `rpi_volt` shows the alarm as any board's sensor does, Documentation/hwmon/sysfs-interface; the firmware of
a Raspberry Pi gives a mask besides, in which bit 0 is undervoltage now and bit 16 undervoltage since the start.
"""

from __future__ import annotations

from pathlib import Path

SYSFS = Path("/sys")
_THROTTLED = Path("devices/platform/soc/soc:firmware/get_throttled")
_NOW, _SINCE_START = 1 << 0, 1 << 16

NOW = "the board reports undervoltage: its power supply is too weak"
BEFORE = "the board has reported undervoltage since it started: its power supply may be too weak"


def undervoltage(sysfs: Path = SYSFS) -> str | None:
    """Return what the board says of its supply in words for people, None if it is good or nobody knows."""
    mask = _mask(sysfs / _THROTTLED)
    if mask & _NOW or any(_number(alarm) for alarm in (sysfs / "class" / "hwmon").glob("hwmon*/in*_lcrit_alarm")):
        return NOW
    return BEFORE if mask & _SINCE_START else None


def _mask(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii").strip().removeprefix("0x"), 16)
    except (OSError, ValueError):
        return 0


def _number(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
