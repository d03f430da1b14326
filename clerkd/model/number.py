"""Phone numbers: from what people type to E.164, and back to what people read.

A **peer** is the other party of a conversation as one string: `+` and digits (E.164), the bare digits of a short
code, or the letters of an alphanumeric sender. Only the first kind can be texted by default.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from clerkd.errors import InvalidNumber

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164: at most 15 digits
_PREMIUM = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}


def is_e164(peer: str) -> bool:
    """Tell whether `peer` is a full international number."""
    return _E164.fullmatch(peer) is not None


def read_number(text: str, region: str | None) -> str:
    """Return the E.164 form of what a person typed; a national number is read in `region` (ISO 3166 alpha-2).

    Numbers that have a possible length for their country are taken, assigned or not: numbering plans change
    faster than their tables. Raise `InvalidNumber`.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as reason:
        raise InvalidNumber(f"{text!r} is not a phone number", text=text, region=region) from reason
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or not is_e164(e164):
        raise InvalidNumber(f"{text!r} is not a complete phone number", text=text, region=region)
    return e164


def region_of(e164: str) -> str | None:
    """Return the country of a number (ISO 3166 alpha-2), or None when its code names none."""
    number = phonenumbers.parse(e164)
    region: str | None = phonenumbers.region_code_for_number(number)
    if region is None:  # not assigned, as all numbers reserved for fiction in some plans
        region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return region if region not in {None, "ZZ", "001"} else None


def is_premium(e164: str) -> bool:
    """Tell whether a call or text to the number costs its own tariff."""
    return phonenumbers.number_type(phonenumbers.parse(e164)) in _PREMIUM


def international(peer: str) -> str:
    """Return a number as people write it abroad, `+44 7700 900123`; other peers as they are."""
    if not is_e164(peer):
        return peer
    return phonenumbers.format_number(phonenumbers.parse(peer), PhoneNumberFormat.INTERNATIONAL)


def national(peer: str, region: str | None) -> str:
    """Return a number as people in `region` write it; from another country in the international form."""
    if not is_e164(peer) or region is None or region_of(peer) != region:
        return international(peer)
    return phonenumbers.format_number(phonenumbers.parse(peer), PhoneNumberFormat.NATIONAL)


def shortened(peer: str) -> str:
    """Return a form for logs that tells numbers apart and cannot be dialled: `+1415…42`."""
    return f"{peer[:5]}…{peer[-2:]}" if len(peer) > 8 else "…" + peer[-2:]
