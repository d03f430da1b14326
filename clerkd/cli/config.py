"""`clerkd config check` and `clerkd config show`."""

from __future__ import annotations

import os
from typing import Any

import click

from clerkd.cli.options import config_option, json_option, print_json, state_dir_option


@click.group(epilog="Example:  clerkd config check")
def config() -> None:
    """Check the configuration, or show it as the daemon understands it."""


@config.command(epilog="Example:  clerkd config check --config clerkd.yaml")
@config_option
@json_option
@click.pass_context
def check(ctx: click.Context, config_path: str | None, *, as_json: bool) -> None:
    """Read the configuration and list everything that is wrong with it (exit status 78)."""
    from clerkd.app.config import ConfigMistakes, find, load

    path = find(config_path, os.environ)
    try:
        found = load(path, os.environ, certain=False)
    except ConfigMistakes as error:
        if not as_json:
            raise
        mistakes = [{"path": m.key, "line": m.line, "message": m.message} for m in error.mistakes]
        print_json({"file": str(path), "ok": False, "mistakes": mistakes})
        ctx.exit(78)
    notes = [{"path": note.key, "line": note.line, "message": note.message} for note in found.notes]
    if as_json:
        print_json({"file": str(path), "ok": True, "mistakes": [], "notes": notes})
        return
    settings = found.settings
    click.echo(f"{path} is right: {_count(settings.lines, 'line')}, {_count(settings.modems, 'modem')}, ", nl=False)
    click.echo("with Slack." if settings.slack else "without Slack.")
    for note in found.notes:
        click.echo(f"  note: {note.key}: {note.message}")


def _count(things: dict[str, Any], word: str) -> str:
    return f"{len(things)} {word}" if len(things) == 1 else f"{len(things)} {word}s"


@config.command(epilog="Example:  clerkd config show --json")
@config_option
@state_dir_option
@json_option
def show(config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """Print the configuration with all defaults filled in and every secret masked."""
    import yaml

    from clerkd.app.config import find, load, masked

    found = load(find(config_path, os.environ), os.environ, state_dir, certain=False)
    effective = masked(found.settings)
    if as_json:
        print_json(effective)
    else:
        click.echo(yaml.safe_dump(effective, sort_keys=False, allow_unicode=True), nl=False)
