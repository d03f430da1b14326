"""vCard 2.1, 3.0 and 4.0 (RFC 6350), as phones and address books write it: cards as rows of cells."""

from __future__ import annotations

import quopri
import re
from collections import defaultdict

from clerkd.core.desk.importing.columns import Column
from clerkd.model.contact import Contact

SEPARATOR = "\n"  # between several numbers in one cell
VCARD_COLUMNS = (
    Column.NAME,
    Column.NUMBER,
    Column.COMPANY,
    Column.EMAIL,
    Column.TIME_ZONE,
    Column.LANGUAGE,
    Column.TAGS,
    Column.NOTE,
)
_UNESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r';((?:[^";:]|"[^"]*")*)')
_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
_FOLD_OCTETS = 75  # RFC 6350 §3.2


def is_vcard(text: str) -> bool:
    """Tell whether a text is one."""
    return text.lstrip("\ufeff \t\r\n")[:11].upper() == "BEGIN:VCARD"


def read_vcards(text: str) -> list[list[str]]:
    """Return a row for each card, with the cells of `VCARD_COLUMNS`. What is no property is passed over."""
    rows: list[list[str]] = []
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in _unfolded(text):
        name, parameters, value = _property(line)
        match name, value.strip().upper():
            case "BEGIN", "VCARD":
                found.clear()
            case "END", "VCARD":
                rows.append(_row(found))
                found.clear()
            case _:
                if name:
                    found[name].append(_decoded(value, parameters))
    return rows


def write_vcard(contact: Contact) -> str:
    """Return a contact as a card of version 4.0."""
    fields = contact.fields
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID:urn:uuid:{contact.id}", f"FN:{_escaped(fields.name)}"]
    lines += [f"TEL;VALUE=uri:tel:{number}" for number in fields.numbers]
    for name, value in (
        ("ORG", fields.company),
        ("EMAIL", fields.email),
        ("TZ", fields.time_zone),
        ("LANG", fields.language),
    ):
        if value:
            lines.append(f"{name}:{_escaped(value)}")
    if fields.tags:
        lines.append("CATEGORIES:" + ",".join(_escaped(tag) for tag in fields.tags))
    lines += [f"NOTE:{_escaped(note.text)}" for note in contact.notes]
    lines.append("END:VCARD")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _row(found: defaultdict[str, list[str]]) -> list[str]:
    def first(name: str) -> str:
        return next((_text(value) for value in found[name] if value.strip()), "")

    numbers = [re.sub(r"(?i)^tel:", "", value).partition(";")[0] for value in found["TEL"]]
    organisation = next((part for value in found["ORG"] for part in _pieces(value, ";") if part), "")
    tags = [tag for value in found["CATEGORIES"] for tag in _pieces(value, ",")]
    return [
        first("FN") or _name(found["N"]) or organisation,
        SEPARATOR.join(_text(number) for number in numbers),
        organisation,
        first("EMAIL"),
        first("TZ"),
        first("LANG"),
        ", ".join(tags),
        "\n".join(_text(note) for note in found["NOTE"]),
    ]


def _name(values: list[str]) -> str:
    family, given, *more = [*_pieces(next(iter(values), ""), ";"), "", ""]
    return " ".join(part for part in (given, *more[:1], family) if part)


def _unfolded(text: str) -> list[str]:
    """Return the logical lines: a space continues the line before, in version 2.1 an equals sign at its end does."""
    lines: list[str] = []
    soft = False
    for line in re.split(r"\r\n|\r|\n", text.lstrip("\ufeff")):
        if soft and lines:
            lines[-1] = lines[-1][:-1] + line
        elif line[:1] in {" ", "\t"} and lines:
            lines[-1] += line[1:]
        else:
            lines.append(line)
        soft = lines[-1].endswith("=") and "QUOTED-PRINTABLE" in lines[-1].partition(":")[0].upper()
    return lines


def _property(line: str) -> tuple[str, dict[str, str], str]:
    """Return name, parameters and value; an empty name for what is no property."""
    start = _NAME.match(line)
    if start is None:
        return "", {}, ""
    parameters: dict[str, str] = {}
    position = start.end()
    while (found := _PARAMETER.match(line, position)) is not None:
        key, equals, value = found[1].partition("=")
        # Version 2.1 writes the values alone: ;CELL;QUOTED-PRINTABLE
        parameters[key.upper() if equals else "ENCODING"] = (value if equals else key).strip('"')
        position = found.end()
    if line[position : position + 1] != ":":
        return "", {}, ""
    return start[1].upper(), parameters, line[position + 1 :]


def _decoded(value: str, parameters: dict[str, str]) -> str:
    if parameters.get("ENCODING", "").upper() != "QUOTED-PRINTABLE":
        return value
    octets = quopri.decodestring(value.encode("utf-8", "surrogatepass"))
    try:
        return octets.decode(parameters.get("CHARSET", "utf-8"))
    except (LookupError, UnicodeDecodeError):
        return octets.decode("cp1252", "replace")


def _pieces(value: str, separator: str) -> list[str]:
    return [_text(part).strip() for part in re.split(rf"(?<!\\){separator}", value)]


def _text(value: str) -> str:
    return _UNESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _escaped(text: str) -> str:
    escaped = re.sub(r"([\\,;])", r"\\\1", text)
    return re.sub(r"\r\n|\r|\n", r"\\n", escaped)


def _folded(line: str) -> str:
    """Return the line cut into pieces of 75 octets, none within a character."""
    pieces, piece, octets = [], "", 0
    for char in line:
        size = len(char.encode("utf-8", "surrogatepass"))
        if octets + size > _FOLD_OCTETS:
            pieces.append(piece)
            piece, octets = " ", 1
        piece, octets = piece + char, octets + size
    return "\r\n".join([*pieces, piece])
