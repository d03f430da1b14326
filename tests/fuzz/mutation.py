"""Make inputs out of others. A seed and a number name an input for ever."""

from __future__ import annotations

import random
from collections.abc import Sequence

MOST_OCTETS = 4096
SPICES = (
    b"\r\n", b"\x1a", b"\x1b", b"> ", b"\r\nOK\r\n", b"+CMGS: 5", b'+CMTI: "SM",1\r\n', b"\xff\xfe", b"\x00",
    b"<!here>", b"&lt;", "\u202e".encode(), "\U0001f600".encode(), b"=cmd()", b'"', b";", b"\xd8\x00", b"\x05\x00\x03",
)  # fmt: skip


def mutated(corpus: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one input with a few changes: bits, octets, cuts, repeats, pieces of others, and known trouble."""
    octets = bytearray(chance.choice(corpus))
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randint(0, len(octets))
        match chance.randrange(7):
            case 0 if octets:
                octets[place - 1] ^= 1 << chance.randrange(8)
            case 1 if octets:
                octets[place - 1] = chance.randrange(256)
            case 2:
                del octets[place : place + chance.randint(1, 20)]
            case 3:
                octets[place:place] = octets[place : place + chance.randint(1, 30)]
            case 4:
                octets[place:place] = chance.choice(SPICES)
            case 5:
                other = chance.choice(corpus)
                start = chance.randint(0, len(other))
                octets[place:] = other[start:]
            case _:
                octets[place:place] = chance.randbytes(chance.randint(1, 8))
    return bytes(octets[:MOST_OCTETS])
