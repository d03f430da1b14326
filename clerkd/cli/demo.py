"""`clerkd demo`: everything at once, with nothing outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from clerkd.simulate.demo import Addresses


@click.command(epilog="Example:  clerkd demo --port 8471 --no-browser")
@click.option("--port", type=click.IntRange(0, 65535), default=8470, show_default=True, help="Port of the page.")
@click.option("--modems", type=click.IntRange(1, 8), default=2, show_default=True, help="How many modems, each a line.")
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@click.option("--for", "seconds", type=click.FloatRange(min=0), metavar="SECONDS", help="End so long after it is up.")
@click.option(
    "--gallery",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIRECTORY",
    help="Show the screens of this directory at /gallery.",
)
def demo(port: int, modems: int, seconds: float | None, gallery: str | None, *, browser: bool) -> None:
    """Play with the whole system: virtual phones, modems and a virtual workspace around the real daemon.

    Nothing leaves this machine and nothing stays on it: the state is in a temporary directory that goes with the demo.
    Ctrl-C ends it.
    """
    import asyncio
    import tempfile
    from pathlib import Path

    from clerkd.simulate.demo import bind

    with bind(port) as sock, tempfile.TemporaryDirectory(prefix="clerkd-demo-") as directory:
        screens = Path(gallery) if gallery else None
        asyncio.run(_run(sock, Path(directory), seconds, screens, modems=modems, browser=browser))


async def _run(
    sock: socket.socket, directory: Path, seconds: float | None, gallery: Path | None, *, modems: int, browser: bool
) -> None:
    """Run until a signal comes, the time is over or the daemon fails."""
    import asyncio
    import signal
    import webbrowser

    from clerkd.simulate.demo import Demo

    stop = asyncio.Event()

    async def tell(addresses: Addresses) -> None:
        click.echo(_words(addresses))
        if seconds is not None:
            loop.call_later(seconds, stop.set)
        if browser:
            await asyncio.to_thread(webbrowser.open, addresses.page)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    everything = Demo(sock, directory, await _token(directory), gallery, modems=modems)
    running = asyncio.create_task(everything.run(tell), name="demo")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.cancel()
    await asyncio.wait({running})
    if not running.cancelled() and (error := running.exception()) is not None:
        raise _failure(error) from None
    click.echo("The demo has ended.")


def _failure(error: BaseException) -> BaseException:
    """Return the first error inside groups of errors: the one that the others followed."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _token(directory: Path) -> str:
    """Make a token for those who want to try the API, and return it."""
    from clerkd.cli.files import opened
    from clerkd.clock import SystemClock
    from clerkd.ids import Ids
    from clerkd.model.token import Scope, mint
    from clerkd.store.ops.tokens import create_token

    clock, minted = SystemClock(), mint()
    async with opened(directory) as store:
        await store.write(
            create_token,
            token_id=Ids(clock).new(),
            name="demo",
            minted=minted,
            scopes=[Scope.SEND, Scope.READ],
            now=clock.now_ms(),
        )
    return minted.token


def _words(addresses: Addresses) -> str:
    from clerkd.simulate.scene import CUSTOMER

    body = f'{{"to": "{CUSTOMER}", "text": "Hello from a script"}}'
    return "\n".join(
        (
            "",
            f"  The demo runs:  {click.style(addresses.page, bold=True)}",
            "",
            f"  HTTP API        {addresses.api}   token {addresses.token}",
            f"  Daemon's log    {addresses.log}",
            "",
            "  Send a text from another terminal:",
            f"    curl -s {addresses.api}/v1/messages -H 'Authorization: Bearer {addresses.token}' -d '{body}'",
            "",
            "  Ctrl-C ends it.",
            "",
        )
    )
