"""Addresses: TP-OA, TP-DA, TP-RA and the SMSC's, 23.040 §9.1.2.5."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from clerkd.codec import gsm7, semioctets, septets
from clerkd.codec.errors import EncodeError
from clerkd.codec.reader import Reader

LONGEST_NUMBER = 20  # semi-octets in the ten octets of Address-Value
LONGEST_NAME = 11  # septets there


class TypeOfNumber(IntEnum):
    """Bits 6-4 of the type-of-address octet."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6
    RESERVED = 7


class NumberingPlan(IntEnum):
    """Bits 3-0 of the type-of-address octet; those without a name here are reserved."""

    UNKNOWN = 0
    ISDN = 1  # E.164 / E.163
    DATA = 3  # X.121
    TELEX = 4
    SERVICE_CENTRE_SPECIFIC_5 = 5
    SERVICE_CENTRE_SPECIFIC_6 = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    RESERVED_FOR_EXTENSION = 15


_TYPES = tuple(TypeOfNumber)
_DIALLED = frozenset("0123456789*#")  # a, b and c are digits too, but in what people type they are letters


@dataclass(frozen=True, slots=True)
class Address:
    """Who sends or receives.

    `number` is what a person would dial: `+` and digits if international, else digits (`*`, `#`, `a`, `b`, `c`
    included), or the name of an alphanumeric sender. `numbering_plan` is 0..15.
    """

    number: str
    type_of_number: TypeOfNumber = TypeOfNumber.UNKNOWN
    numbering_plan: int = NumberingPlan.ISDN

    @classmethod
    def of(cls, number: str) -> Address:
        """Return the address of `+` and digits, of a national number or short code, or else of a name.

        Raise `EncodeError` if it is none of them, empty or too long.
        """
        if not number.removeprefix("+"):
            raise EncodeError("Address", f"{number!r} is empty")
        if number.startswith("+"):
            address = cls(number, TypeOfNumber.INTERNATIONAL)
        elif _DIALLED.issuperset(number):
            address = cls(number)
        else:
            address = cls(number, TypeOfNumber.ALPHANUMERIC, NumberingPlan.UNKNOWN)
        address.encode()
        return address

    @property
    def is_name(self) -> bool:
        """Whether it is an alphanumeric sender, which cannot be answered."""
        return self.type_of_number is TypeOfNumber.ALPHANUMERIC

    def encode(self) -> bytes:
        """Return length in semi-octets, type of address and value; raise `EncodeError`."""
        if self.is_name:
            codes = gsm7.DEFAULT.encode(self.number)
            if len(codes) > LONGEST_NAME:
                raise EncodeError("Address", f"{self.number!r} takes more than {LONGEST_NAME} septets")
            return bytes(((len(codes) * 7 + 3) // 4, self._type_octet())) + septets.pack(codes)
        digits = self._digits()
        return bytes((len(digits), self._type_octet())) + semioctets.encode(digits)

    def encode_smsc(self) -> bytes:
        """Return the form before the TPDU: length in octets, type of address, value; raise `EncodeError`."""
        value = semioctets.encode(self._digits())
        return bytes((len(value) + 1, self._type_octet())) + value

    def _type_octet(self) -> int:
        if not 0 <= self.numbering_plan <= 15:
            raise EncodeError("Address", f"numbering plan {self.numbering_plan} is not within 0..15")
        return 0x80 | self.type_of_number << 4 | self.numbering_plan

    def _digits(self) -> str:
        digits = self.number
        if self.type_of_number is TypeOfNumber.INTERNATIONAL:
            digits = digits.removeprefix("+")
        if self.is_name or not semioctets.DIALLABLE.issuperset(digits):
            raise EncodeError("Address", f"{self.number!r} is not made of digits")
        if len(digits) > LONGEST_NUMBER:
            raise EncodeError("Address", f"{self.number!r} has more than {LONGEST_NUMBER} digits")
        return digits


def decode(reader: Reader, field: str) -> Address:
    """Read a TPDU's address; its length counts semi-octets."""
    length = reader.octet(field)
    type_octet = reader.octet(field)
    return _address(type_octet, reader.take((length + 1) // 2, field), length)


def decode_smsc(reader: Reader) -> Address | None:
    """Read the SMSC's address before a TPDU; its length counts octets, 0 means none."""
    length = reader.octet("SMSC")
    if not length:
        return None
    type_octet = reader.octet("SMSC")
    return _address(type_octet, reader.take(length - 1, "SMSC"), 2 * (length - 1))


def _address(type_octet: int, value: bytes, length: int) -> Address:
    type_of_number = _TYPES[type_octet >> 4 & 7]
    plan = type_octet & 15
    if type_of_number is TypeOfNumber.ALPHANUMERIC:
        return Address(_name(value, length), type_of_number, plan)
    number = semioctets.decode(value, length)
    if type_of_number is TypeOfNumber.INTERNATIONAL and number:
        number = "+" + number
    return Address(number, type_of_number, plan)


def _name(value: bytes, length: int) -> str:
    codes = septets.unpack(value, length * 4 // 7)
    # Senders that count whole octets announce room for 8 septets when 7 were meant: an eighth of zeros is no "@".
    if len(codes) % 8 == 0 and codes.endswith(b"\0"):
        codes = codes[:-1]
    return gsm7.DEFAULT.decode(codes)
