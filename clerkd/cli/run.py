"""`clerkd run`: the daemon in the foreground."""

from __future__ import annotations

import os

import click

from clerkd.cli.files import DATABASE
from clerkd.cli.options import config_option, state_dir_option


@click.command(epilog="Example:  clerkd run --config clerkd.yaml --state-dir ./state")
@config_option
@state_dir_option
def run(config_path: str | None, state_dir: str | None) -> None:
    """Run the daemon in the foreground until SIGTERM or Ctrl-C. This is what systemd starts.

    The first signal lets the segment on the air finish; a second one ends the daemon at once.
    """
    import asyncio

    from clerkd.app import log
    from clerkd.app.claim import claim
    from clerkd.app.config import find, load
    from clerkd.app.migrating import bring_up_to_date

    config = load(find(config_path, os.environ), os.environ, state_dir)
    log.configure(config.settings.log.level, config.settings.log.format)

    with claim(config) as claimed:
        bring_up_to_date(claimed.state_dir / DATABASE)
        from clerkd.app import daemon

        add_desk: daemon.AddDesk | None = None
        if config.settings.slack is not None:
            from clerkd.app import desk

            add_desk = desk.add_desk
        asyncio.run(daemon.run(config, os.environ, unclean=claimed.unclean, add_desk=add_desk))
