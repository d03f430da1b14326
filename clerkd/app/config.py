"""Find, read and check the configuration; everything that is wrong is listed at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import msgspec

from clerkd.app.checks import check, check_secrets
from clerkd.app.settings import DEFAULT_STATE_DIR, Secret, Settings
from clerkd.app.shape import compare
from clerkd.app.yamlfile import Document, Mistake, read_yaml
from clerkd.errors import ConfigError
from clerkd.modem.profile import profile_names

DEFAULT_PATH = "/etc/clerkd/clerkd.yaml"
ENVIRONMENT = "CLERKD_CONFIG"


class ConfigMistakes(ConfigError):
    """The configuration cannot be used, for each of the reasons in `mistakes`, in the order of the file."""

    def __init__(self, source: str, mistakes: list[Mistake]) -> None:
        self.source = source
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.line or 0, mistake.key))
        count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
        super().__init__(f"{count} in {source}", path=self.mistakes[0].key, hint=self.mistakes[0].message)


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration that can be used. `notes` are what an admin may want to know before starting it."""

    path: FilePath
    settings: Settings
    notes: tuple[Mistake, ...] = ()


def find(option: str | None, environ: Mapping[str, str]) -> FilePath:
    """Return the path of the configuration: the option, `$CLERKD_CONFIG`, or /etc/clerkd/clerkd.yaml."""
    return FilePath(option or environ.get(ENVIRONMENT) or DEFAULT_PATH)


def load(path: FilePath, environ: Mapping[str, str], state_dir: str | None = None, *, certain: bool = True) -> Config:
    """Return the configuration in `path`, with `state_dir` in place of its own. Raise `ConfigMistakes`.

    With `certain`, systemd credentials that cannot be seen are mistakes; without, as when an admin checks a file
    from a terminal, they are notes.
    """
    document = read_document(path)
    settings, mistakes = _settings(document, state_dir)
    notes = [_unused(name) for name in settings.modems.keys() - {line.modem for line in settings.lines.values()}]
    for mistake, sure in check_secrets(settings, environ):
        if not _covered(mistake, mistakes):
            (mistakes if certain or sure else notes).append(mistake)
    if mistakes:
        raise ConfigMistakes(str(path), [_located(mistake, document) for mistake in mistakes])
    return Config(path, settings, tuple(_located(note, document) for note in notes))


def state_dir_of(path: FilePath, *, required: bool) -> FilePath:
    """Return only the state directory, for verbs that talk to a daemon whose file may be half edited.

    A file that is not there means the default directory, unless it is `required`. Raise `ConfigMistakes`.
    """
    if not required and not path.exists():
        return FilePath(DEFAULT_STATE_DIR)
    document = read_document(path)
    mistakes = list(document.mistakes)
    value = document.value if isinstance(document.value, dict) else {}
    state_dir = value.get("state_dir", DEFAULT_STATE_DIR)
    if not isinstance(state_dir, str):
        mistakes += compare({"state_dir": state_dir}, Settings)[1]
    if mistakes:
        raise ConfigMistakes(str(path), [_located(mistake, document) for mistake in mistakes])
    return FilePath(state_dir)


def read_document(path: FilePath) -> Document:
    """Return the file as it stands. Raise `ConfigMistakes` when there is none to read."""
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError as reason:
        words = "there is no such file; name another one with --config or $CLERKD_CONFIG"
        raise ConfigMistakes(str(path), [Mistake((), words)]) from reason
    except OSError as reason:
        raise ConfigMistakes(str(path), [Mistake((), f"cannot be read: {os.strerror(reason.errno or 0)}")]) from reason
    except UnicodeDecodeError as reason:
        raise ConfigMistakes(str(path), [Mistake((), f"is not UTF-8: octet {reason.start}")]) from reason


def _settings(document: Document, state_dir: str | None) -> tuple[Settings, list[Mistake]]:
    """Return what can be understood, and what is wrong with the file."""
    raw = document.value
    if isinstance(raw, dict):
        raw = {key: value for key, value in raw.items() if value is not None}  # `modems:` with nothing below it
        if state_dir is not None:
            raw["state_dir"] = state_dir
    fitting, found = compare(raw, Settings)
    mistakes = [*document.mistakes, *found]
    settings = msgspec.convert(fitting, Settings)
    named = _names(raw, "modems"), _names(raw, "carriers")
    return settings, mistakes + [
        echo for echo in check(settings, *named, profile_names()) if not _covered(echo, mistakes)
    ]


def _names(raw: Any, section: str) -> Collection[str]:
    found = raw.get(section) if isinstance(raw, dict) else None
    return list(found) if isinstance(found, dict) else []


def _covered(mistake: Mistake, others: list[Mistake]) -> bool:
    """Tell whether a mistake is only the echo of one already found at its key or inside it."""
    return any(other.path[: len(mistake.path)] == mistake.path for other in others)


def _located(mistake: Mistake, document: Document) -> Mistake:
    line = mistake.line or document.line_of(mistake.path)
    return Mistake(mistake.path, mistake.message, line)


def _unused(modem: str) -> Mistake:
    return Mistake(("modems", modem), "no line uses this modem")


def masked(settings: Settings) -> Any:
    """Return the effective configuration as plain values; a secret shows only where it comes from."""
    return _masked(settings)


def _masked(value: Any) -> Any:
    if isinstance(value, Secret):
        source = next(f"{name} {where}" for name in value.__struct_fields__ if (where := getattr(value, name)))
        return f"******** (from {source})"
    if isinstance(value, msgspec.Struct):
        return {name: _masked(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    return value
