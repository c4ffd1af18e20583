"""Smart card readers on USB, and whether a PC/SC driver can serve them (Linux sysfs).

A reader that is plugged in and yet not listed has no driver that knows it, or a kernel driver
holds it. USB marks a smart card interface with class 0Bh (CCID specification 1.1, 4.3); drivers
name the devices they know in the Info.plist of their bundle.
"""

from __future__ import annotations

import plistlib
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

__all__ = ["UsbReader", "usb_readers"]

_SMART_CARD_CLASS = "0b"
_DRIVERS = "usr/lib/pcsc/drivers"


@dataclass(frozen=True, slots=True)
class UsbReader:
    """One smart card interface on USB.

    ``has_driver``: a PC/SC driver names its identifiers; None when no driver could be read.
    ``kernel_driver``: the kernel driver that holds the interface, which keeps PC/SC out.
    """

    vendor: str
    product: str
    name: str
    has_driver: bool | None
    kernel_driver: str | None

    def __str__(self) -> str:
        return f"{self.name or 'reader'} (USB {self.vendor}:{self.product})"


def usb_readers(root: Path = Path("/")) -> list[UsbReader]:
    """Return the smart card interfaces found in ``root``/sys; none where there is no sysfs."""
    known = _driver_devices(root / _DRIVERS)
    found = []
    for interface in sorted((root / "sys/bus/usb/devices").glob("*:*")):
        if _text(interface / "bInterfaceClass").lower() != _SMART_CARD_CLASS:
            continue
        device = interface.parent / interface.name.partition(":")[0]
        vendor, product = (_text(device / name).lower() for name in ("idVendor", "idProduct"))
        driver = interface / "driver"
        # usbfs is how the PC/SC driver itself holds the interface.
        kernel = driver.resolve().name if driver.exists() else None
        found.append(
            UsbReader(
                vendor=vendor,
                product=product,
                name=_text(device / "product"),
                has_driver=(vendor, product) in known if known else None,
                kernel_driver=None if kernel == "usbfs" else kernel,
            )
        )
    return found


def _driver_devices(directory: Path) -> set[tuple[str, str]]:
    devices: set[tuple[str, str]] = set()
    for path in directory.glob("*.bundle/Contents/Info.plist"):
        try:
            content = plistlib.loads(path.read_bytes())
        except (OSError, ValueError, ExpatError):
            continue
        if not isinstance(content, dict):
            continue
        vendors, products = (content.get(key) for key in ("ifdVendorID", "ifdProductID"))
        if isinstance(vendors, list) and isinstance(products, list):
            devices |= {
                (_identifier(vendor), _identifier(product))
                for vendor, product in zip(vendors, products, strict=False)
            }
    return devices


def _identifier(value: object) -> str:
    return str(value).lower().removeprefix("0x").rjust(4, "0")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
