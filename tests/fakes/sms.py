"""PDUs for an AT terminal in a test."""

from clerkd.codec.address import Address
from clerkd.codec.tpdu import Submit
from clerkd.codec.userdata import UserData

PHONE = "+447700900123"
MODEM = "+14155550100"


def submit(text="Hello", to=PHONE, command="+CMGS", **fields):
    """Return the command and the hexadecimal PDU that submit a text."""
    dcs = fields.pop("dcs", 0)
    tpdu = Submit(Address.of(to), UserData(text, dcs=dcs), **fields).encode()
    return f"AT{command}={len(tpdu)}", "00" + tpdu.hex().upper()
