"""The lock, the free-space guard and the ballast."""

import os
import subprocess
import sys

import pytest

from clerkd.clock import SystemClock
from clerkd.errors import Held, StoreFull
from clerkd.store import space
from clerkd.store.lock import StateLock
from clerkd.store.migrations import schema_files, statements
from clerkd.store.space import Ballast, FreeSpace


def test_a_second_process_is_told_who_holds_the_state(tmp_path):
    with StateLock(tmp_path):
        code = (
            "import sys; from pathlib import Path\n"
            "from clerkd.store.lock import StateLock; from clerkd.errors import Held\n"
            "try: StateLock(Path(sys.argv[1])).acquire()\n"
            "except Held as held: print(held.code, held.details['pid'])"
        )
        answer = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["held", str(os.getpid())]


def test_the_lock_can_be_taken_again_after_it_was_let_go(tmp_path):
    first = StateLock(tmp_path)
    first.acquire()
    with pytest.raises(Held):
        StateLock(tmp_path).acquire()
    first.release()
    with StateLock(tmp_path):
        pass


def test_new_messages_are_refused_below_the_minimum(tmp_path, monkeypatch):
    FreeSpace(tmp_path, SystemClock()).require()
    monkeypatch.setattr(space, "MINIMUM", 1 << 60)
    with pytest.raises(StoreFull) as refused:
        FreeSpace(tmp_path, SystemClock()).require()
    assert refused.value.details["needed"] == 1 << 60


def test_ballast_occupies_the_disk_until_it_is_given_up(tmp_path):
    ballast = Ballast(tmp_path, 1 << 20)
    assert ballast.lay()
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= 1 << 20
    ballast.release()
    ballast.release()
    assert not (tmp_path / "ballast").exists()


def test_a_script_is_cut_at_its_statements():
    script = "-- a; b\nCREATE TABLE a (\n  b TEXT -- c; d\n);\nINSERT INTO a VALUES (';');\n-- end\n"
    assert len(list(statements(script))) == 2
    with pytest.raises(ValueError, match="inside a statement"):
        list(statements("CREATE TABLE a (b TEXT)"))


def test_schema_files_are_numbered():
    assert all(file.name[:4].isdecimal() for file in schema_files())
