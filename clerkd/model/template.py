"""Texts written beforehand, with places for what differs from one person to the next.

`{first_name}` is replaced by the contact's first name, `{first_name|there}` by `there` where none is known. A variable
without a word to fall back on keeps the text from being sent, so that nobody ever reads "Hello {first_name}" or
"Hello ,". A brace that is meant as one is written twice.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from clerkd.errors import Refused

NAME_LIMIT = 75
BODY_LIMIT = 3000  # what the Text field of Slack takes

VARIABLES: dict[str, str] = {
    "first_name": "the contact's first name",
    "last_name": "the contact's last name",
    "name": "the contact's whole name",
    "company": "the contact's company",
    "number": "the contact's number",
    "my_name": "your own name",
    "line": "the name of the line",
}

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<inner>[^{}]*)\}|(?P<stray>[{}])")
_VARIABLE = re.compile(r"\s*(?P<name>[a-z][a-z0-9_]*)\s*(?:\|(?P<default>.*))?", re.DOTALL)


class BadTemplate(Refused):
    """A template that cannot be read; details: `field` (name or body)."""

    code = "template.invalid"


class MissingVariable(Refused):
    """What a template needs and nobody knows; details: `names`."""

    code = "template.missing"


class TemplateScope(StrEnum):
    """Who sees a template."""

    WORKSPACE = "workspace"
    LINE = "line"  # whoever texts over one line
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Template:
    """One template. `owner` is the Slack user of a personal one, `line` the line of a line's."""

    id: str
    name: str
    body: str
    scope: TemplateScope = TemplateScope.WORKSPACE
    line: str | None = None
    owner: str | None = None
    uses: int = 0
    updated_at: int = 0  # epoch ms


@dataclass(frozen=True, slots=True)
class Variable:
    """A place in a template; without a default it must be known."""

    name: str
    default: str | None = None


def variables(body: str) -> list[Variable]:
    """Return the places of a body in their order; raise `BadTemplate`."""
    return [piece for piece in _pieces(body) if isinstance(piece, Variable)]


def fill(body: str, values: Mapping[str, str]) -> str:
    """Return the text for somebody; raise `MissingVariable` with all that is missing, or `BadTemplate`."""
    filled: list[str] = []
    missing: list[str] = []
    for piece in _pieces(body):
        if isinstance(piece, str):
            filled.append(piece)
            continue
        value = values.get(piece.name, "").strip() or piece.default
        if value is None:
            missing.append(piece.name)
        else:
            filled.append(value)
    if missing:
        names = list(dict.fromkeys(missing))
        what = " and ".join(f"{VARIABLES[name]} ({{{name}}})" for name in names)
        raise MissingVariable(f"{what} is not known: add it, or a word to use instead, {{{names[0]}|…}}", names=names)
    return "".join(filled)


def check_template(name: str, body: str) -> str:
    """Return the name as it is kept; raise `BadTemplate` for what nobody could use."""
    kept = " ".join(name.split())
    if not kept or len(kept) > NAME_LIMIT:
        raise BadTemplate(f"a name has 1 to {NAME_LIMIT} characters", field="name")
    if not body.strip() or len(body) > BODY_LIMIT:
        raise BadTemplate(f"a text has 1 to {BODY_LIMIT} characters", field="body")
    variables(body)
    return kept


def _pieces(body: str) -> Iterator[str | Variable]:
    at = 0
    for match in _TOKEN.finditer(body):
        yield body[at : match.start()]
        at = match.end()
        if match["stray"]:
            raise BadTemplate("a brace stands alone: write it twice if it is meant as one", field="body")
        yield match[0][0] if match["inner"] is None else _variable(match["inner"])
    yield body[at:]


def _variable(inner: str) -> Variable:
    match = _VARIABLE.fullmatch(inner)
    name = match["name"] if match else inner.strip()
    if match is None or name not in VARIABLES:
        near = difflib.get_close_matches(name.casefold().replace(" ", "_"), VARIABLES, 1)
        hint = f"did you mean {{{near[0]}}}?" if near else "there are " + ", ".join(f"{{{one}}}" for one in VARIABLES)
        raise BadTemplate(f"{{{inner}}} is not a variable: {hint}", field="body")
    return Variable(name, match["default"])
