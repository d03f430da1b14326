from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from clerkd.app.ports import require_free
from clerkd.errors import Held
from clerkd.modem.holders import lock_file_owner


@pytest.fixture
def port():
    """The path of a pseudo-terminal that stands for a serial port."""
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_free_port_and_an_absent_one_are_no_reason_to_stop(port):
    require_free([port, "/dev/no-such-port", "/"])


def test_a_port_that_another_program_locked_is_told_with_its_holder(port):
    script = (
        "import fcntl, sys\n"
        "with open(sys.argv[1], 'r+b', 0) as port:\n"
        "    fcntl.flock(port, fcntl.LOCK_EX)\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, port], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Held, match=rf"{port} is in use by \S+ \(pid {holder.pid}\)"):
            require_free([port])
        holder.stdin.close()
    require_free([port])


def test_a_lock_of_our_own_is_seen_too(port):
    with Path(port).open("r+b", buffering=0) as device:
        fcntl.flock(device, fcntl.LOCK_EX)
        with pytest.raises(Held):
            require_free([port])


def test_a_lock_file_counts_while_its_owner_lives(port, tmp_path):
    lock = tmp_path / f"LCK..{Path(port).name}"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        lock.write_text(f"{owner.pid:>10}\n")
        assert lock_file_owner(port, tmp_path) == owner.pid
        owner.communicate(b"\n")
    assert lock_file_owner(port, tmp_path) is None
    lock.write_text("nonsense")
    assert lock_file_owner(port, tmp_path) is None
