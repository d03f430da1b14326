"""Cutting a text into segments, 23.040 §9.2.3.24.1: the fewest that carry it, none of which tears a character.

An escape pair or a surrogate pair is never cut. What people see as one character (a flag, a family, a letter with its
accents) is not cut either, unless keeping it whole would cost one more segment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from clerkd.codec import dcs, graphemes, gsm7, udh
from clerkd.codec.errors import EncodeError, octet
from clerkd.codec.userdata import USER_DATA_OCTETS, UserData
from clerkd.model.inbound import Concat
from clerkd.model.line import Measure
from clerkd.model.message import Encoding

MOST_SEGMENTS = 255  # one octet counts them
_UNIT_BITS = {Encoding.GSM7: 7, Encoding.UCS2: 16}


@dataclass(frozen=True, slots=True)
class Segments:
    """A text as it will go on the air."""

    encoding: Encoding
    parts: tuple[UserData, ...]


@dataclass(frozen=True, slots=True)
class _Coding:
    """One way to write a text: units before each character, and how many units a segment holds."""

    encoding: Encoding
    languages: udh.Header
    ends: list[int]  # ends[i] units precede character i; one more than there are characters
    alone: int  # units in the only segment
    room: int  # units in one of several

    @property
    def fits_alone(self) -> bool:
        return self.ends[-1] <= self.alone

    def reach(self, start: int) -> int:
        """Return the index of the first character that does not fit into a segment that begins at `start`."""
        return bisect_right(self.ends, self.ends[start] + self.room) - 1

    def fewest(self, start: int = 0) -> int:
        """Return how many of several segments the text from `start` needs at least."""
        count = 0
        while start < len(self.ends) - 1:
            start = self.reach(start)
            count += 1
        return count

    @property
    def segments(self) -> int:
        return 1 if self.fits_alone else self.fewest()


def split(
    text: str,
    *,
    reference: int,
    reference_bits: int = 8,
    languages: Sequence[int] = (),
    message_class: int | None = None,
) -> Segments:
    """Cut a text into the fewest segments, in GSM 7-bit if possible and else in UCS-2.

    `reference` tells messages to one peer apart and must fit into `reference_bits` (8 or 16). `languages` are national
    language identifiers that the peer's phone is known to read: their tables are used where they save segments.
    Raise `EncodeError` for more than 255 segments and for half a surrogate pair.
    """
    if reference_bits not in {8, 16}:
        raise EncodeError("concatenation", f"a reference has 8 or 16 bits, not {reference_bits}")
    octet("concatenation", reference, (1 << reference_bits) - 1)
    coding = _choose(text, languages, reference_bits)
    data_coding = dcs.octet_of(coding.encoding, message_class)
    if coding.fits_alone:
        return Segments(coding.encoding, (UserData(text, header=coding.languages, dcs=data_coding),))
    total = coding.fewest()
    if total > MOST_SEGMENTS:
        raise EncodeError("TP-UD", f"the text needs {total} segments, more than {MOST_SEGMENTS}")
    cuts = [0, *_cuts(text, coding, total), len(text)]
    parts = tuple(
        UserData(
            text[start:end],
            header=(udh.of_concat(Concat(reference, reference_bits, total, sequence)), *coding.languages),
            dcs=data_coding,
        )
        for sequence, (start, end) in enumerate(pairwise(cuts), 1)
    )
    return Segments(coding.encoding, parts)


def measure(text: str, *, reference_bits: int = 8, languages: Sequence[int] = ()) -> Measure:
    """Return what `split` would make of a text, however long; raise `EncodeError` for half a surrogate pair."""
    coding = _choose(text, languages, reference_bits)
    begins = graphemes.starts(text)
    units = coding.ends[-1]
    left = coding.alone - units
    if not coding.fits_alone:
        start = 0
        while (end := coding.reach(start)) < len(text):
            start = end
        left = coding.room - (units - coding.ends[start])
    return Measure(
        coding.encoding,
        characters=len(begins),
        units=units,
        segments=coding.segments,
        left=left,
        forced_by=_foreign(text, begins) if coding.encoding is Encoding.UCS2 else None,
    )


def _choose(text: str, languages: Sequence[int], reference_bits: int) -> _Coding:
    widths = gsm7.DEFAULT.widths(text)
    if widths is not None:
        return _coding(Encoding.GSM7, widths, (), reference_bits)
    # On a tie the first wins: every phone reads UCS-2, and one table is read by more phones than two.
    return min(_alternatives(text, languages, reference_bits), key=lambda coding: coding.segments)


def _alternatives(text: str, languages: Sequence[int], reference_bits: int) -> Iterator[_Coding]:
    """Yield the ways to write a text that the default alphabet does not hold."""
    try:
        text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise EncodeError("TP-UD", f"character {error.start} is half a surrogate pair") from None
    widths = [2 if character > "\uffff" else 1 for character in text]
    yield _coding(Encoding.UCS2, widths, (), reference_bits)
    for language in languages:
        for locking, single in ((0, language), (language, 0), (language, language)):
            national = gsm7.tables(locking, single).widths(text)
            if national is not None:
                yield _coding(Encoding.GSM7, national, udh.of_languages(locking, single), reference_bits)


def _coding(encoding: Encoding, widths: list[int], languages: udh.Header, reference_bits: int) -> _Coding:
    elements = len(languages) * 3  # identifier, length, language
    concat = 5 if reference_bits == 8 else 6  # identifier, length, reference, total, sequence
    alone, room = (
        (USER_DATA_OCTETS - (octets + 1 if octets else 0)) * 8 // _UNIT_BITS[encoding]
        for octets in (elements, elements + concat)
    )
    return _Coding(encoding, languages, list(accumulate(widths, initial=0)), alone, room)


def _cuts(text: str, coding: _Coding, total: int) -> Iterator[int]:
    """Yield where segments after the first begin: as late as possible, before a grapheme if that costs nothing."""
    begins = graphemes.starts(text)
    start = 0
    for left in range(total - 1, 0, -1):
        latest = coding.reach(start)
        whole = begins[bisect_right(begins, latest) - 1]
        start = whole if whole > start and coding.fewest(whole) <= left else latest
        yield start


def _foreign(text: str, begins: list[int]) -> str:
    """Return the first grapheme with a character outside the default alphabet."""
    index = next(index for index, character in enumerate(text) if character not in gsm7.DEFAULT)
    grapheme = bisect_right(begins, index)
    return text[begins[grapheme - 1] : begins[grapheme] if grapheme < len(begins) else len(text)]
