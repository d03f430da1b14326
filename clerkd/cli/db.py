"""`clerkd db`: copy, check, bring up to date and put back the file that everything is in."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from pathlib import Path

import click

from clerkd.cli.client import state_dir_from
from clerkd.cli.exits import fail
from clerkd.cli.files import DATABASE, opened, own
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.words import count

_COMPANIONS = ("", "-wal", "-shm")  # what SQLite keeps of one database
_MIB = 1 << 20


@click.group(epilog="Example:  clerkd db check")
def db() -> None:
    """Back up, restore, check and migrate the database."""


@db.command(epilog="Example:  clerkd db backup /var/backups/clerkd-monday.db")
@click.argument("file", type=click.Path(path_type=Path, resolve_path=True))
@config_option
@state_dir_option
def backup(file: Path, config_path: str | None, state_dir: str | None) -> None:
    """Write a complete copy to FILE, while the daemon goes on working."""
    directory = _existing(state_dir_from(config_path, state_dir))
    if file.exists():
        fail(f"{file} is there already: name a file that is not")
    os.umask(0o077)

    async def run() -> None:
        async with opened(directory) as store:
            await store.backup(file)

    try:
        asyncio.run(run())
    except (sqlite3.Error, OSError) as reason:
        fail(f"{file} cannot be written: {reason}")
    click.echo(f"{file}: {_size(file)}")


@db.command(epilog="Example:  clerkd db check --json")
@config_option
@state_dir_option
@json_option
@click.pass_context
def check(ctx: click.Context, config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """Look for damage, and say what is in the database (exit status 1 when something is wrong)."""
    directory = _existing(state_dir_from(config_path, state_dir))
    own(directory)
    wrong, counted = asyncio.run(_examined(directory))
    file = directory / DATABASE
    if as_json:
        print_json({"file": str(file), "octets": file.stat().st_size, "wrong": wrong, "messages": counted})
    elif not wrong:
        told = ", ".join(f"{number} {state}" for state, number in counted.items()) or "no messages yet"
        click.echo(f"{file} is sound: {_size(file)}, {told}")
    if wrong and not as_json:
        more = f", and {count(len(wrong) - 1, 'more fault')}" if len(wrong) > 1 else ""
        fail(f"{file} is damaged ({wrong[0]}{more}): put a backup back with clerkd db restore FILE")
    ctx.exit(1 if wrong else 0)


@db.command(epilog="Example:  clerkd db migrate")
@config_option
@state_dir_option
def migrate(config_path: str | None, state_dir: str | None) -> None:
    """Bring the schema up to date. The daemon does it by itself when it starts; here it must not run."""
    from clerkd.store.lock import StateLock

    directory = state_dir_from(config_path, state_dir)
    own(directory)
    with StateLock(directory):
        before = _applied(directory / DATABASE)
        asyncio.run(_open_and_close(directory))
        applied = [name for name in _applied(directory / DATABASE) if name not in before]
    click.echo(f"applied {', '.join(applied)}" if applied else "the schema is up to date")


@db.command(epilog="Example:  systemctl stop clerkd && clerkd db restore /var/backups/clerkd-monday.db")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True))
@config_option
@state_dir_option
def restore(file: Path, config_path: str | None, state_dir: str | None) -> None:
    """Put a backup in place of the database, which is kept beside it. The daemon must not run."""
    from clerkd.store.lock import StateLock

    directory = state_dir_from(config_path, state_dir)
    backup_octets = file.open("rb")  # before root becomes the daemon's user, who may not see it
    own(directory)
    with backup_octets, StateLock(directory):
        incoming = directory / "restoring"
        shutil.rmtree(incoming, ignore_errors=True)  # of a restore that was killed
        incoming.mkdir(mode=0o700)
        with (incoming / DATABASE).open("wb") as copy:
            shutil.copyfileobj(backup_octets, copy)
        wrong, counted = asyncio.run(_examined(incoming))
        if wrong:
            shutil.rmtree(incoming)
            fail(f"{file} is damaged ({wrong[0]}): nothing was changed")
        kept = _put_aside(directory)
        _put_in_place(incoming, directory)
    told = ", ".join(f"{number} {state}" for state, number in counted.items()) or "no messages"
    click.echo(f"restored: {told}" + (f"; what was there is in {kept}" if kept else ""))


def _existing(directory: Path) -> Path:
    try:
        found = (directory / DATABASE).exists()
    except PermissionError:
        fail(f"{directory} is for the daemon's own user and root: try again with sudo")
    if not found:
        fail(f"there is no {directory / DATABASE}: the daemon makes it when it first starts")
    return directory


async def _examined(directory: Path) -> tuple[list[str], dict[str, int]]:
    """Return what is wrong with a database, and how many messages of which state are in it."""
    from clerkd.store.ops.counts import count_messages

    async with opened(directory) as store:
        try:
            wrong = await store.check()
            counted = await store.read(count_messages)
        except sqlite3.Error as reason:
            return [str(reason)], {}
    return wrong, {state.value: number for (_direction, state), number in counted.items()}


async def _open_and_close(directory: Path) -> None:
    async with opened(directory):
        pass


def _applied(path: Path) -> list[str]:
    from sqlite_utils import Database

    from clerkd.store.migrations import migrations

    if not path.exists():
        return []
    database = Database(path)
    try:
        return [step.name for step in migrations().applied(database)]
    finally:
        database.close()


def _put_aside(directory: Path) -> Path | None:
    """Give the present database another name, with the log that belongs to it."""
    if not (directory / DATABASE).exists():
        return None
    kept = directory / f"{DATABASE}.before-{time.strftime('%Y%m%d-%H%M%S')}"
    for companion in _COMPANIONS:
        part = directory / (DATABASE + companion)
        if part.exists():
            part.rename(f"{kept}{companion}")
    return kept


def _put_in_place(incoming: Path, directory: Path) -> None:
    with (incoming / DATABASE).open("rb") as copy:
        os.fsync(copy.fileno())
    (incoming / DATABASE).rename(directory / DATABASE)
    shutil.rmtree(incoming)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # the new names are on the disk before anybody is told
    finally:
        os.close(descriptor)


def _size(file: Path) -> str:
    octets = file.stat().st_size
    return f"{octets / _MIB:.1f} MiB" if octets >= _MIB else f"{octets / 1024:.0f} KiB"
