"""A bus with modems on it, as the kernel would show it below /dev, /sys and /proc."""

from __future__ import annotations

import os
from pathlib import Path


class UsbTree:
    """Directories that look like a machine's. The nodes in `dev` are made by whoever plugs something in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.dev = root / "dev"
        for directory in (self.dev, root / "sys/class/tty", root / "sys/bus/usb/devices", root / "proc"):
            directory.mkdir(parents=True)

    def device(self, place: str, vendor: str, product_id: str, **texts: str) -> Path:
        """Plug in a device without interfaces; `manufacturer`, `product` and `serial` are what it calls itself."""
        directory = self.root / "sys/devices/usb1" / place
        directory.mkdir(parents=True)
        for name, text in {"idVendor": vendor, "idProduct": product_id, **texts}.items():
            (directory / name).write_text(text + "\n")
        link = self.root / "sys/bus/usb/devices" / place
        link.symlink_to(os.path.relpath(directory, link.parent))
        return directory

    def interface(self, device: Path, number: int, driver: str = "option", kind: str = "ff/00/00") -> Path:
        """Give a device an interface of a class, subclass and protocol."""
        directory = device / f"{device.name}:1.{number}"
        directory.mkdir()
        (directory / "bInterfaceNumber").write_text(f"{number:02x}\n")
        for name, text in zip(("Class", "SubClass", "Protocol"), kind.split("/"), strict=True):
            (directory / f"bInterface{name}").write_text(f"{text}\n")
        (directory / "driver").symlink_to(f"../../../../bus/usb/drivers/{driver}")
        return directory

    def tty(self, device: Path, number: int, name: str, kind: str = "ff/00/00") -> Path:
        """Give a device an interface with a serial port, and return where its node belongs."""
        port = self.interface(device, number, kind=kind) / name
        port.mkdir()
        known = self.root / "sys/class/tty" / name
        known.mkdir()
        (known / "device").symlink_to(os.path.relpath(port, known))
        return self.dev / name

    def modem(self, place: str, *names: str, first: int = 2, serial: str | None = None) -> list[Path]:
        """Plug in a Quectel EC25 whose ports begin with interface `first`; return where the nodes belong."""
        called = {"manufacturer": "Quectel", "product": "EC25"} | ({"serial": serial} if serial else {})
        device = self.device(place, "2c7c", "0125", **called)
        return [self.tty(device, first + index, name) for index, name in enumerate(names)]

    def by_id(self, name: str, tty: Path) -> Path:
        """Give a node a name as udev does."""
        link = self.dev / "serial/by-id" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"../../{tty.name}")
        return link

    def program(self, pid: int, name: str, *files: Path) -> None:
        """Start a program that has files open."""
        descriptors = self.root / "proc" / str(pid) / "fd"
        descriptors.mkdir(parents=True)
        (descriptors.parent / "comm").write_text(name + "\n")
        for number, file in enumerate(files):
            (descriptors / str(number)).symlink_to(file)
