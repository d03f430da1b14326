"""What a file's octets say, whichever program wrote them."""

from __future__ import annotations

import codecs

from clerkd.errors import Refused

FILE_LIMIT_OCTETS = 10 << 20
TOO_LARGE = "The file is larger than 10 MB. Split it, or leave out pictures."

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = {
    b"PK\x03\x04": "This is a workbook, not a CSV file. In the spreadsheet choose “Save as” or “Download”, then CSV.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook. Open it and save it as CSV.",
    b"%PDF": "This is a PDF. Export the contacts as CSV or vCard instead.",
    b"\x89PNG": "This is a picture. Export the contacts as CSV or vCard instead.",
    b"\xff\xd8\xff": "This is a picture. Export the contacts as CSV or vCard instead.",
}
_MARKUP = ("<!doctype html", "<html", "<?xml")
_LOOKED_AT = 4096  # octets in which UTF-16 without a mark shows itself


class UnreadableFile(Refused):
    """The file holds no contacts that could be read; the text says what to do."""

    code = "contacts.unreadable-file"


def decode(octets: bytes) -> str:
    """Return the text of a file: UTF-8 or UTF-16 with or without a byte order mark, otherwise Windows-1252.

    Raise `UnreadableFile` for an empty one and for what is no text.
    """
    if len(octets) > FILE_LIMIT_OCTETS:
        raise UnreadableFile(TOO_LARGE)
    for magic, advice in _BINARY.items():
        if octets.startswith(magic):
            raise UnreadableFile(advice)
    text = _decoded(octets)
    if not text.strip():
        raise UnreadableFile("The file is empty.")
    if "\0" in text:
        raise UnreadableFile("This is not a text file. Export the contacts as CSV or vCard.")
    if text.lstrip()[:20].lower().startswith(_MARKUP):
        raise UnreadableFile("This is a web page, not a file of contacts. Download the file itself and try again.")
    return text


def _decoded(octets: bytes) -> str:
    for mark, encoding in _BOMS:
        if octets.startswith(mark):
            return octets[len(mark) :].decode(encoding, "replace")
    try:
        if (wide := _wide(octets[:_LOOKED_AT])) is not None:
            return octets.decode(wide)
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        # The code page of western Windows gives five octets no meaning; they become the mark for what cannot be read.
        return octets.decode("cp1252", "replace")


def _wide(octets: bytes) -> str | None:
    """Return which UTF-16 it is, by where the zeros are: in text with digits and separators half of the octets are."""
    even, odd = octets[::2].count(0), octets[1::2].count(0)
    if max(even, odd) * 4 < len(octets):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"
