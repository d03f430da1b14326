"""Options that several verbs share, so that they are called and explained alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

Verb = TypeVar("Verb", bound=Callable[..., Any])


def config_option(verb: Verb) -> Verb:
    """Add `--config FILE`."""
    words = "Configuration; otherwise $CLERKD_CONFIG, otherwise /etc/clerkd/clerkd.yaml."
    return click.option("--config", "config_path", metavar="FILE", type=click.Path(dir_okay=False), help=words)(verb)


def state_dir_option(verb: Verb) -> Verb:
    """Add `--state-dir DIR`."""
    words = "State directory, in place of the configuration's."
    path = click.Path(file_okay=False, resolve_path=True)
    return click.option("--state-dir", metavar="DIR", type=path, help=words)(verb)


def json_option(verb: Verb) -> Verb:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(verb)


def print_json(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
