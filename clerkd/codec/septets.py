"""Septets in octets, 23.038 §6.1.2: seven-bit codes packed without gaps, the first one in the lowest bits.

Theory. Read as one little-endian number, packed septets lie 7 bits apart and unpacked ones (an octet each) 8 bits
apart. Unpacking therefore moves septet i up by i bits. Instead of moving each septet, move halves: of every
2^(k+1) septets the upper 2^k move up by 2^k bits, for k = 7 … 0. After step k every group of 2^k septets starts
at the bit where its first octet will start. Eight steps of four operations on one number do what would
take 160 shifts. Packing is the same in the opposite direction.
"""

from __future__ import annotations

_STEPS = 8
_SEPTETS = 1 << _STEPS  # at a time: one more than TP-UDL can announce


def _halves(k: int) -> tuple[int, int, int]:
    """Return the shift of step k, and the bits of lower and of upper halves as they lie before unpacking step k."""
    lower = upper = 0
    half = 7 << k  # bits of 2^k packed septets
    for group in range(_SEPTETS >> (k + 1)):
        start = group * (16 << k)  # groups of 2^(k+1) septets start at their octet already
        lower |= ((1 << half) - 1) << start
        upper |= ((1 << half) - 1) << (start + half)
    return 1 << k, lower, upper


_UNPACKING = tuple(_halves(k) for k in reversed(range(_STEPS)))
_PACKING = tuple((shift, lower, upper << shift) for shift, lower, upper in reversed(_UNPACKING))


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Pack septets (one an octet, each < 128) behind `fill_bits` zero bits; spare bits at the end are zero."""
    packed = 0
    for first in range(0, len(septets), _SEPTETS):
        number = int.from_bytes(septets[first : first + _SEPTETS], "little")
        for shift, lower, upper in _PACKING:
            number = number & lower | (number & upper) >> shift
        packed |= number << 7 * first
    return (packed << fill_bits).to_bytes((len(septets) * 7 + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """Return `count` septets, one an octet, that follow `fill_bits` bits; missing octets read as zero."""
    packed = int.from_bytes(octets, "little") >> fill_bits & (1 << 7 * count) - 1
    septets = b""
    for first in range(0, count, _SEPTETS):
        number = packed >> 7 * first
        for shift, lower, upper in _UNPACKING:
            number = number & lower | (number & upper) << shift
        septets += number.to_bytes(min(_SEPTETS, count - first), "little")
    return septets


def fill_bits_after(octets: int) -> int:
    """Return how many zero bits follow a header of `octets` so that text starts at a septet, 23.040 §9.2.3.24."""
    return -octets * 8 % 7
