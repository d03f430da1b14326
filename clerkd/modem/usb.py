"""Taking a USB modem off the bus and back, which only root may do: a request in a directory that systemd watches.

The daemon writes an empty file named as the kernel names the device (`1-1.2`); `clerkd-usb-reset@1-1.2.path` sees it
and starts the service of the same name, which removes the file and writes 0 and 1 to the device's `authorized`.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from clerkd.errors import Temporary

REQUESTS = Path("/run/clerkd-usb-reset")
SYSFS = Path("/sys")
TAKEN_S = 5.0
_LOOK_S = 0.05
_DEVICE = re.compile(r"\d+-\d+(\.\d+)*")  # Linux Documentation/driver-api/usb: bus, then the ports on the way


class NoUsb(Temporary):
    """The device cannot be taken off the bus: it is none, or nobody takes the request."""

    code = "modem.no-usb-reset"


class UsbReset(Protocol):
    """Takes the device behind a port off the bus and back."""

    async def reset(self, port: str) -> None:
        """Return when it was asked for and somebody does it; raise `NoUsb` with the reason and the remedy."""
        ...


def usb_device(port: str, sysfs: Path = SYSFS) -> str | None:
    """Return the kernel's name of the USB device behind a tty, None if there is none."""
    tty = Path(port).resolve().name
    here = (sysfs / "class" / "tty" / tty / "device").resolve()
    for directory in (here, *here.parents):
        if (directory / "authorized").is_file() and _DEVICE.fullmatch(directory.name):
            return directory.name
    return None


class UsbRequests:
    """Asks through the directory that systemd watches."""

    def __init__(self, directory: Path = REQUESTS, *, sysfs: Path = SYSFS, taken_s: float = TAKEN_S) -> None:
        self._directory = directory
        self._sysfs = sysfs
        self._taken_s = taken_s
        self._known: dict[str, str] = {}  # a port that has vanished cannot be asked any more

    async def reset(self, port: str) -> None:
        """Write the request and wait until it is taken; see `UsbReset`."""
        device = usb_device(port, self._sysfs) or self._known.get(port)
        if device is None:
            raise NoUsb(f"{port} is not a USB device that the kernel can take off the bus")
        self._known[port] = device
        unit = f"clerkd-usb-reset@{device}.path"
        request = self._directory / device
        try:
            request.touch(mode=0o600)
        except OSError as reason:
            raise NoUsb(f"{request}: {reason.strerror}; `systemctl enable --now {unit}` allows USB resets") from reason
        try:
            async with asyncio.timeout(self._taken_s):
                while request.exists():  # noqa: ASYNC110  # another program takes it away
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            with suppress(OSError):
                request.unlink()
            raise NoUsb(f"nobody takes {request}: `systemctl enable --now {unit}` allows USB resets") from None
