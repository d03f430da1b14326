"""What the kernel shows of USB modems: sysfs read once, nothing opened.

`/sys/class/tty/NAME/device` leads to the interface a serial port belongs to, and from there to its device: the
files are described in the kernel's Documentation/ABI/testing/sysfs-bus-usb.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Who makes modems, by USB vendor id. The same list as in hardware/udev/78-clerkd-modems.rules.
MAKERS = {
    "0681": "Siemens",
    "1199": "Sierra Wireless",
    "12d1": "Huawei",
    "1546": "u-blox",
    "19d2": "ZTE",
    "1bc7": "Telit",
    "1e0e": "SIMCom",
    "1e2d": "Cinterion",
    "2c7c": "Quectel",
}

_STORAGE = "08"  # bInterfaceClass, USB-IF defined class codes
_NETWORK_DRIVERS = {"cdc_ether", "rndis_host", "cdc_ncm", "huawei_cdc_ncm"}
_CONTROL_DRIVERS = {"qmi_wwan", "cdc_mbim"}


@dataclass(frozen=True, slots=True)
class Roots:
    """Where devices and programs are shown."""

    dev: Path = Path("/dev")
    sys: Path = Path("/sys")
    proc: Path = Path("/proc")

    @classmethod
    def under(cls, directory: str | None) -> Roots:
        """Return the roots below a directory, as a container has the machine's; `proc` may be missing there."""
        if not directory:
            return cls()
        root = Path(directory)
        proc = root / "proc"
        return cls(root / "dev", root / "sys", proc if proc.is_dir() else Path("/proc"))


@dataclass(frozen=True, slots=True)
class UsbTty:
    """One serial port of a device."""

    path: Path  # /dev/ttyUSB2
    interface: int  # bInterfaceNumber
    driver: str | None
    kind: str = ""  # bInterfaceClass, bInterfaceSubClass and bInterfaceProtocol, as ff/01/02


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """One device on the bus."""

    place: str  # where it is plugged in, as 1-1.2
    vendor_id: str
    product_id: str
    maker: str | None
    product: str | None
    serial: str | None
    ttys: tuple[UsbTty, ...]  # in order of their interfaces
    classes: frozenset[str]  # bInterfaceClass of its interfaces
    drivers: frozenset[str]

    @property
    def words(self) -> str:
        """Return what people call it."""
        maker = self.maker or MAKERS.get(self.vendor_id) or "USB device"
        product = self.product or ""
        return product if product.startswith(maker) else f"{maker} {product}".strip()

    @property
    def why_no_port(self) -> str:
        """Return why a device without serial ports is no modem now, and what to do."""
        if self.drivers & _NETWORK_DRIVERS:
            return (
                "it has HiLink or router firmware: a network card with a web page and no AT port. "
                "Only firmware for stick mode makes it a modem"
            )
        if self.drivers & _CONTROL_DRIVERS:
            return (
                "it shows QMI or MBIM and no serial port: its maker's manual says how to switch to a mode with AT ports"
            )
        if self.classes == {_STORAGE}:
            return (
                "it shows itself as a disk and not as a modem: install the package usb-modeswitch and plug it in again"
            )
        return "it shows no serial port: load the driver (modprobe option) and look into dmesg"


def usb_devices(roots: Roots) -> list[UsbDevice]:
    """Return the devices with serial ports, and those of makers of modems without; in order of their places."""
    ttys: dict[Path, list[UsbTty]] = {}
    for tty, interface in _serial_ports(roots):
        path = roots.dev / tty.name
        if path.exists():
            number = int(_text(interface / "bInterfaceNumber") or "0", 16)
            ttys.setdefault(interface.parent, []).append(UsbTty(path, number, _driver(interface), _kind(interface)))
    bus = roots.sys / "bus" / "usb" / "devices"
    plugged = {entry.resolve() for entry in bus.iterdir()} if bus.is_dir() else set()
    known = {place for place in plugged if _text(place / "idVendor") in MAKERS}
    devices = []
    for place in sorted(known | ttys.keys()):
        with suppress(OSError):  # unplugged while it was read
            devices.append(_device(place, ttys.get(place, [])))
    return devices


def by_id(path: Path, roots: Roots) -> Path | None:
    """Return the name below /dev/serial/by-id that leads to a port, if udev gave it one."""
    wanted, names = path.resolve(), roots.dev / "serial" / "by-id"
    found = sorted(names.iterdir()) if names.is_dir() else []
    return next((name for name in found if name.resolve() == wanted), None)


def _serial_ports(roots: Roots) -> Iterator[tuple[Path, Path]]:
    """Yield each tty of /sys/class/tty that belongs to a USB interface, with that interface."""
    ttys = roots.sys / "class" / "tty"
    for tty in sorted(ttys.iterdir()) if ttys.is_dir() else ():
        device = (tty / "device").resolve()
        # A port of usb-serial is a directory below the interface; one of cdc_acm is the interface.
        for place in (device, *device.parents):
            if (place / "bInterfaceNumber").exists():
                yield tty, place
                break


def _device(place: Path, ttys: list[UsbTty]) -> UsbDevice:
    interfaces = [below for below in place.iterdir() if (below / "bInterfaceNumber").exists()]
    return UsbDevice(
        place=place.name,
        vendor_id=_text(place / "idVendor") or "",
        product_id=_text(place / "idProduct") or "",
        maker=_text(place / "manufacturer"),
        product=_text(place / "product"),
        serial=_text(place / "serial"),
        ttys=tuple(sorted(ttys, key=lambda tty: (tty.interface, tty.path.name))),
        classes=frozenset([_text(interface / "bInterfaceClass") or "" for interface in interfaces]),
        drivers=frozenset([driver for interface in interfaces if (driver := _driver(interface))]),
    )


def _kind(interface: Path) -> str:
    return "/".join(_text(interface / f"bInterface{name}") or "00" for name in ("Class", "SubClass", "Protocol"))


def _driver(interface: Path) -> str | None:
    link = interface / "driver"
    return link.resolve().name if link.is_symlink() else None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None
