"""`clerkd contacts`: files of contacts in and out of the running daemon, and erasing somebody."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path
from typing import Any

import click

from clerkd.cli.client import Daemon, segment, state_dir_from
from clerkd.cli.exits import fail
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.words import count, one_line, table

_IMPORTS = "/v1/contacts/imports"
_SHOWN = 20  # bad rows on the terminal; --json has all of them
_OUTCOMES = {"new": "new", "merged": "merged", "unchanged": "unchanged", "bad": "bad"}


@click.group()
def contacts() -> None:
    """Take contacts in, give them out, erase them."""


@contacts.command(
    "import",
    epilog="Example:  clerkd contacts import team.csv --column 'Handy=number' --country DE --dry-run",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--column", "columns", multiple=True, metavar="TITLE=FIELD", help="What a column holds; may be repeated.")
@click.option("--country", metavar="CC", help="Country in which national numbers are read, as US; else the line's.")
@click.option("--overwrite", is_flag=True, help="What the file says takes the place of what is known.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
@state_dir_option
@json_option
def import_file(
    *,
    file: str,
    columns: tuple[str, ...],
    country: str | None,
    config_path: str | None,
    state_dir: str | None,
    overwrite: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take in the contacts of FILE: CSV in any usual encoding, or vCard; `-` is standard input.

    Contacts that have one of a row's numbers learn what they did not know; nobody is there twice. The status is 1 if a
    row could not be taken in.

    FIELD is one of name, first_name, last_name, number, company, email, time_zone, language, tags, note, ignored.
    """
    daemon = Daemon(state_dir_from(config_path, state_dir))
    octets = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    source = segment("standard input" if file == "-" else Path(file).name)
    opened = daemon.upload(f"{_IMPORTS}?source={source}", octets)
    path = f"{_IMPORTS}/{opened['id']}"
    if columns or country or overwrite:
        body = {"columns": _columns(opened, columns), "region": country or opened["region"], "overwrite": overwrite}
        opened = daemon.patch(path, body)
    if not as_json:
        _print_preview(opened)
    if dry_run or not (yes or as_json or click.confirm("Import?", default=True, err=True)):
        daemon.delete(path)
        if as_json:
            print_json(opened)
        return
    done = _run(daemon, path, opened["rows"], quiet=as_json)
    bad = _rows(daemon, path, "bad")
    if as_json:
        print_json(done | {"bad": bad})
    else:
        click.echo(_words(done["counts"]))
    if bad:
        fail(f"{count(len(bad), 'row')} of {done['rows']} could not be taken in")


@contacts.command(epilog="Example:  clerkd contacts export contacts.csv")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@click.option("--format", "kind", type=click.Choice(["csv", "vcard"]), help="Otherwise by FILE's ending.")
@config_option
@state_dir_option
def export(*, file: str, kind: str | None, config_path: str | None, state_dir: str | None) -> None:
    """Write all contacts to FILE, or to standard output, as CSV or vCard.

    Cells that a spreadsheet would calculate begin with an apostrophe; `import` takes it off again.
    """
    daemon = Daemon(state_dir_from(config_path, state_dir))
    chosen = kind or ("vcard" if file.lower().endswith((".vcf", ".vcard")) else "csv")
    octets = daemon.download(f"/v1/contacts/export?format={chosen}")
    if file == "-":
        sys.stdout.buffer.write(octets)
        return
    Path(file).touch(mode=0o600)
    Path(file).write_bytes(octets)


@contacts.command(epilog="Example:  clerkd contacts erase +14155550123")
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask for the number again.")
@config_option
@state_dir_option
@json_option
def erase(*, number: str, config_path: str | None, state_dir: str | None, yes: bool, as_json: bool) -> None:
    """Erase NUMBER for ever: the contact, every text with it, every trace in the search.

    Only a hash of it is kept, so that no import takes it in again and an opt-out still holds. In Slack, clerkd deletes
    what it posted; what colleagues wrote in the thread stays until they delete it.
    """
    daemon = Daemon(state_dir_from(config_path, state_dir))
    if not yes and click.prompt("This cannot be undone. Type the number again", err=True).strip() != number:
        fail("the numbers differ; nothing was erased")
    erased = daemon.post("/v1/contacts/erase", {"number": number, "confirm": number}, timeout_s=120.0)
    if as_json:
        print_json(erased)
    else:
        click.echo(
            f"Erased: {count(erased['messages'], 'message')} of {count(erased['conversations'], 'conversation')}."
        )


def _columns(opened: dict[str, Any], said: tuple[str, ...]) -> list[str]:
    """Return what each column holds, as guessed, or as said."""
    columns = list(opened["columns"])
    titles = {title.casefold(): index for index, title in enumerate(opened["headers"])}
    for pair in said:
        title, equals, field = pair.rpartition("=")
        if not equals or title.strip().casefold() not in titles:
            fail(f"--column {pair}: there is {', '.join(opened['headers'])}")
        columns[titles[title.strip().casefold()]] = field.strip()
    return columns


def _print_preview(opened: dict[str, Any]) -> None:
    meanings = zip(opened["headers"], opened["columns"], strict=True)
    click.echo(table(("COLUMN", "HOLDS"), [(one_line(title), column) for title, column in meanings]))
    preview = opened["preview"]
    counts = preview["counts"]
    click.echo(f"\n{count(opened['rows'], 'row')}: {counts['new']} new, {counts['merged']} merge, {counts['bad']} bad")
    for row in preview["bad"][:_SHOWN]:
        click.echo(f"  row {row['row']}: {one_line(row['reason'])}")
    click.echo()


def _run(daemon: Daemon, path: str, rows: int, *, quiet: bool) -> dict[str, Any]:
    """Start it and show how far it is until it has ended."""
    found: dict[str, Any] = daemon.post(f"{path}/start", {})
    with click.progressbar(length=rows, label="Importing", file=StringIO() if quiet else sys.stderr) as bar:
        shown = 0
        while True:
            bar.update(found["done"] - shown)
            shown = found["done"]
            if found["state"] != "running":
                return found
            found = daemon.get(path, beyond=shown)


def _rows(daemon: Daemon, path: str, outcome: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = daemon.get(f"{path}/rows", outcome=outcome, after=after)
        found += page["rows"]
        after = page["next"]
    return found


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[outcome]} {word}" for outcome, word in _OUTCOMES.items()) + "."
