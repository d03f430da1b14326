from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.daemon import clerkd as typed

from clerkd import __file__ as clerkd_package
from clerkd.cli import main
from clerkd.store.lock import StateLock


@pytest.fixture
def clerkd(tmp_path):
    """Run a verb on a state directory that has a database."""
    state = tmp_path / "state"

    def run(*arguments):
        return CliRunner().invoke(main, [*map(str, arguments), "--state-dir", str(state)])

    run.state = state
    return run


@pytest.fixture
def filled(clerkd):
    assert clerkd("token", "create", "monitoring", "--scope", "send").exit_code == 0
    return clerkd


def names(clerkd):
    return [token["name"] for token in json.loads(clerkd("token", "list", "--json").stdout)["tokens"]]


def test_a_token_is_printed_alone_and_once(clerkd):
    created = clerkd("token", "create", "monitoring", "--scope", "read", "--scope", "send")
    listed = clerkd("token", "list")

    assert created.exit_code == 0
    token = created.stdout.strip()
    assert token.startswith("clk_")
    assert created.stdout == token + "\n"
    assert token not in listed.stdout
    assert "send read" in listed.stdout
    assert "in force" in listed.stdout


def test_a_token_can_be_made_while_the_daemon_runs(clerkd):
    clerkd.state.mkdir()
    with StateLock(clerkd.state):
        assert clerkd("token", "create", "monitoring", "--scope", "send").exit_code == 0
        assert names(clerkd) == ["monitoring"]


def test_a_name_is_taken_until_it_is_revoked(filled):
    again = filled("token", "create", "monitoring", "--scope", "send")
    assert again.exit_code == 1
    assert "revoke it first" in again.stderr

    assert filled("token", "revoke", "monitoring").exit_code == 0
    assert filled("token", "revoke", "monitoring").exit_code == 1
    assert filled("token", "create", "monitoring", "--scope", "send").exit_code == 0


@pytest.mark.parametrize(
    "arguments", [["create", "x"], ["create", "x", "--scope", "root"], ["create", "--scope", "send"], ["revoke"]]
)
def test_wrong_usage_of_token_is_status_2(clerkd, arguments):
    assert clerkd("token", *arguments).exit_code == 2


def test_a_backup_is_complete_and_can_be_put_back(filled, tmp_path):
    copy = tmp_path / "monday.db"
    assert filled("db", "backup", copy).exit_code == 0
    filled("token", "create", "tuesday", "--scope", "send")

    restored = filled("db", "restore", copy)

    assert restored.exit_code == 0, restored.stderr
    assert names(filled) == ["monitoring"]
    (kept,) = filled.state.glob("clerkd.db.before-*[0-9]")
    assert str(kept) in restored.stdout
    with sqlite3.connect(kept) as database:
        assert database.execute("SELECT count(*) FROM token").fetchone() == (2,)
    database.close()


def test_a_backup_never_overwrites(filled, tmp_path):
    copy = tmp_path / "monday.db"
    copy.write_text("precious")

    assert filled("db", "backup", copy).exit_code == 1
    assert copy.read_text() == "precious"


def test_a_backup_may_be_taken_while_the_daemon_runs(filled, tmp_path):
    with StateLock(filled.state):
        assert filled("db", "backup", tmp_path / "monday.db").exit_code == 0
    assert (tmp_path / "monday.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("verb", ["restore", "migrate"])
def test_what_replaces_the_database_refuses_while_the_daemon_runs(filled, tmp_path, verb):
    copy = tmp_path / "monday.db"
    filled("db", "backup", copy)
    with StateLock(filled.state):
        ran = filled("db", verb, *([copy] if verb == "restore" else []))

    assert ran.exit_code == 75
    assert "another clerkd holds" in ran.stderr


def test_a_damaged_backup_changes_nothing(filled, tmp_path):
    copy = tmp_path / "monday.db"
    filled("db", "backup", copy)
    octets = bytearray(copy.read_bytes())
    octets[4096 : 4096 + 2048] = bytes(2048)
    copy.write_bytes(octets)

    ran = filled("db", "restore", copy)

    assert ran.exit_code == 1
    assert names(filled) == ["monitoring"]
    (copy.parent / "junk").write_text("not a database at all, but long enough to be read as a header" * 20)
    assert filled("db", "restore", copy.parent / "junk").exit_code == 1
    assert names(filled) == ["monitoring"]


def test_a_sound_database_is_said_to_be_sound(filled):
    shown = filled("db", "check")
    facts = json.loads(filled("db", "check", "--json").stdout)

    assert "is sound" in shown.stdout
    assert (facts["wrong"], facts["messages"]) == ([], {})


def test_damage_is_found_and_the_way_out_is_named(filled):
    file = filled.state / "clerkd.db"
    octets = bytearray(file.read_bytes())
    for page in range(2, len(octets) // 4096):
        octets[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(octets)

    ran = filled("db", "check")

    assert ran.exit_code == 1
    assert "clerkd.db" in ran.stderr


def test_migrating_says_what_was_applied(clerkd):
    first, second = clerkd("db", "migrate"), clerkd("db", "migrate")

    assert "0001_core" in first.stdout
    assert second.stdout == "the schema is up to date\n"


@pytest.mark.parametrize("verb", [["backup", "x.db"], ["check"]])
def test_without_a_database_there_is_a_word_and_status_1(clerkd, verb):
    ran = clerkd("db", *verb)

    assert ran.exit_code == 1
    assert "the daemon makes it when it first starts" in ran.stderr


NOBODY = 65534


def everybody_can_read(path):
    return all(place.stat().st_mode & 0o001 for place in path.resolve().parents)


@pytest.mark.skipif(
    os.geteuid() != 0 or not everybody_can_read(Path(sys.executable)) or not everybody_can_read(Path(clerkd_package)),
    reason="needs root, and an installation that the daemon's user can read",
)
async def test_what_root_makes_belongs_to_the_daemon_s_user():
    # Not below pytest's own directories, which only root may enter.
    with tempfile.TemporaryDirectory() as name:
        above, vault = Path(name), Path(name, "vault")
        above.chmod(0o711)
        vault.mkdir(mode=0o700)
        state = above / "state"
        state.mkdir(mode=0o700)
        os.chown(state, NOBODY, NOBODY)

        ran = [
            await typed("token", "create", "a", "--scope", "send", "--state-dir", state),
            await typed("db", "backup", vault / "copy.db", "--state-dir", state),
            await typed("db", "check", "--state-dir", state),
            await typed("db", "restore", vault / "copy.db", "--state-dir", state),
            await typed("db", "migrate", "--state-dir", state),
        ]

        assert [(status, err) for status, _, err in ran] == [(0, "")] * 5
        assert {path.stat().st_uid for path in state.iterdir()} == {NOBODY}
        assert (vault / "copy.db").stat().st_uid == 0
