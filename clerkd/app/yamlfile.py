"""Read YAML as people mean it, and remember on which line every key stands.

PyYAML follows YAML 1.1, in which `NO` (the country) is false, `12:30` is 750 and a key given twice silently
wins. Here only `true` and `false` are booleans (YAML 1.2 §10.2), and a key given twice is a mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in the file. `path` is the key's, `line` counts from 1."""

    path: Path
    message: str
    line: int | None = None

    @property
    def key(self) -> str:
        """The path as people write it: `lines.support.countries[0]`; empty for the file as a whole."""
        key = ""
        for step in self.path:
            key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else str(step)
        return key


@dataclass(slots=True)
class Document:
    """What the file says, where it says it, and what is wrong with it as YAML."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line_of(self, path: Path) -> int | None:
        """Return the line of a key, or of the nearest key around it that is in the file."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema: the resolvers below replace those of 1.1."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's own type


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), [*_first])
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\Z"), [""])


def read_yaml(text: str) -> Document:
    """Return what `text` says; mistakes of form are in its `mistakes`, never raised."""
    document = Document()
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is not None:
            document.value = _value(loader, root, (), document)
    except yaml.MarkedYAMLError as reason:
        mark = reason.problem_mark
        words = "; ".join(part for part in (reason.context, reason.problem) if part)
        document.mistakes.append(Mistake((), f"not YAML: {words}", mark.line + 1 if mark else None))
    except (yaml.YAMLError, ValueError, RecursionError) as reason:
        document.mistakes.append(Mistake((), f"not YAML: {reason}"))
    return document


def _value(loader: _Loader, node: yaml.Node, path: Path, document: Document) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*path, index), document) for index, item in enumerate(node.value)]
    return loader.construct_object(node, deep=True)


def _mapping(loader: _Loader, node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.mistakes.append(Mistake(path, "a key must be a word", line))
            continue
        # The word as written: a line named `1` or `null` is a name, not a number.
        key = str(key_node.value)
        if key in mapping:
            message = f"given twice, first on line {document.lines[(*path, key)]}"
            document.mistakes.append(Mistake((*path, key), message, line))
            continue
        document.lines[(*path, key)] = line
        mapping[key] = _value(loader, value_node, (*path, key), document)
    return mapping
