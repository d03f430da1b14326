"""The root command: verbs are imported when they are used, so that `clerkd --help` and `clerkd send` are quick."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import click

from clerkd import __version__
from clerkd.cli.exits import status_of, tell
from clerkd.errors import ClerkdError

# What --help says about each verb; its command has its name, in the module of that name.
VERBS: dict[str, str] = {
    "demo": "Play with everything at once: virtual phones, modems and workspace, the real daemon.",
    "run": "Run the daemon in the foreground; what systemd starts.",
    "status": "How the daemon, its lines and its messages are.",
    "send": "Send a text message.",
    "messages": "List messages.",
    "contacts": "Take contacts in, give them out, erase them.",
    "line": "Give a line another SIM; forward its calls.",
    "modem": "Look at modems, and talk to them.",
    "config": "Check the configuration, or show it as the daemon understands it.",
    "token": "Who may use the HTTP API.",
    "db": "Back up, restore, check and migrate the database.",
    "pdu": "Read and write short messages as they travel.",
    "simulate": "Make a virtual modem for rigs and other software.",
}


class _Verbs(MutableMapping[str, click.Command]):
    """The table above as commands, each imported when it is asked for."""

    def __init__(self) -> None:
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name in self._added:
            return self._added[name]
        if name not in VERBS:
            raise KeyError(name)
        command: click.Command = getattr(import_module(f"clerkd.cli.{name}"), name)
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        del self._added[name]

    def __iter__(self) -> Iterator[str]:
        yield from VERBS
        yield from self._added

    def __len__(self) -> int:
        return len(VERBS) + len(self._added)


class Root(click.Group):
    """Turn clerkd's own errors into a line for people and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the verbs in the order of the table."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, VERBS.get(name, "")) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; exit 1, 75 or 78 with the reason on standard error."""
        try:
            return super().invoke(ctx)
        except ClerkdError as error:
            tell(error)
            ctx.exit(status_of(error))


@click.command(
    "clerkd",
    cls=Root,
    commands=_Verbs(),
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="VERB …",
)
@click.version_option(__version__, prog_name="clerkd")
def main() -> None:
    """Self-hosted SMS gateway: GSM modems, SQLite, and every conversation in Slack.

    Exit status: 0 done, 1 failed, 2 wrong usage, 75 another daemon holds the state or the port,
    78 the configuration is wrong.
    """
