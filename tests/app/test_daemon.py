"""The daemon as systemd sees it: a process with an exit status, a log, signals and a notification socket."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest
from fakes.daemon import PHONE_NUMBER, clerkd, configuration, free_port
from fakes.facts import fact

PROMPTLY_S = 5.0  # measured: 0.3 s on an idle machine; tests run on busy ones


async def send(child, text="hello"):
    status, out, err = await clerkd("send", PHONE_NUMBER, text, "--state-dir", child.state_dir, "--json")
    assert status == 0, err
    return json.loads(out)


async def state_of(child, message):
    _, out, _ = await clerkd("messages", "--state-dir", child.state_dir, "--json")
    return next(one["state"] for one in json.loads(out)["messages"] if one["id"] == message["id"])


def segment_states(child):
    """Return what is on the disk, without asking the daemon."""
    database = sqlite3.connect(f"file:{child.state_dir}/clerkd.db?mode=ro", uri=True)
    try:
        return [state for (state,) in database.execute("SELECT state FROM segments")]
    finally:
        database.close()


# Starting ------------------------------------------------------------------------------------------------------


async def test_it_starts_with_a_modem_and_ends_with_0_when_it_is_told_to(launch, modem):
    child = await launch(configuration(modem.link))
    await child.says("modem.ready")
    ready = await child.says("daemon.ready")

    assert ready["lines"] == 1
    assert ready["level"] == "info"
    assert await child.stop() == 0
    assert [event["event"] for event in child.events()][-1] == "daemon.stopped"


async def test_it_runs_without_modems_and_without_slack_and_says_so(launch):
    child = await launch(configuration(None))
    await child.says("daemon.ready")

    said = [event["event"] for event in child.events()]
    assert {"daemon.without-modems", "daemon.without-slack"} <= set(said)
    status, out, _ = await clerkd("status", "--state-dir", child.state_dir)
    assert status == 0
    assert "No lines are configured" in out


async def test_a_modem_that_is_not_there_stops_nothing_and_comes_alive_when_it_appears(launch, tmp_path, modem):
    link = tmp_path / "later"
    child = await launch(configuration(link))
    await child.says("daemon.ready")
    _, out, _ = await clerkd("status", "--state-dir", child.state_dir)
    assert "absent" in out
    assert f"there is no port {link}" in out

    link.symlink_to(modem.link.readlink())

    await child.says("modem.ready")


async def test_a_wrong_configuration_is_78_and_every_mistake_is_on_a_line(launch):
    child = await launch("slakc: {}\nhttp: {listen: nowhere}\n")

    assert await child.exit_status() == 78
    assert 'line 1: slakc: unknown key; did you mean "slack"?' in child.words()
    assert "line 2: http.listen:" in child.words()


async def test_a_state_directory_that_cannot_be_made_is_78(launch, tmp_path):
    (tmp_path / "file").write_text("")
    child = await launch(configuration(None), state=tmp_path / "file" / "state")

    assert await child.exit_status() == 78
    assert "state_dir: " in child.words()


async def test_a_database_that_is_none_is_1_with_the_way_out(launch, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "clerkd.db").write_bytes(b"this is not a database\n" * 100)
    child = await launch(configuration(None), state=state)

    assert await child.exit_status() == 1
    assert "clerkd db restore FILE" in child.words()


async def test_after_an_unclean_end_the_database_is_looked_at_before_anything_is_sent(launch, modem):
    child = await launch(configuration(None))
    await child.says("daemon.ready")
    child.process.kill()
    await child.exit_status()
    assert "store.sound-after-unclean-end" not in child.words()

    again = await launch(configuration(None), state=child.state_dir)
    await again.says("store.sound-after-unclean-end")
    again.process.kill()
    await again.exit_status()
    with sqlite3.connect(child.state_dir / "clerkd.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    octets = bytearray((child.state_dir / "clerkd.db").read_bytes())
    for page in range(4, len(octets) // 4096, 2):
        octets[page * 4096 + 8 : page * 4096 + 64] = b"\xff" * 56
    (child.state_dir / "clerkd.db").write_bytes(octets)

    last = await launch(configuration(modem.link), state=child.state_dir)

    assert await last.exit_status() == 1
    assert "clerkd db restore FILE" in last.words()
    assert not any(event["event"].startswith("modem.") for event in last.events())


async def test_after_an_orderly_end_nothing_needs_to_be_looked_at(launch):
    child = await launch(configuration(None))
    await child.says("daemon.ready")
    assert await child.stop() == 0

    again = await launch(configuration(None), state=child.state_dir)
    await again.says("daemon.ready")

    assert "unclean" not in again.words()


async def test_a_second_daemon_on_the_same_state_is_turned_away_promptly(launch):
    first = await launch(configuration(None))
    await first.says("daemon.ready")

    began = time.monotonic()
    second = await launch(configuration(None), state=first.state_dir)

    assert await second.exit_status() == 75
    assert time.monotonic() - began < PROMPTLY_S
    assert f"pid {first.process.pid}" in second.words()


async def test_a_second_daemon_on_the_same_address_is_turned_away(launch):
    port = free_port()
    first = await launch(configuration(None, listen=f"127.0.0.1:{port}"))
    await first.says("daemon.ready")

    second = await launch(configuration(None, listen=f"127.0.0.1:{port}"))

    assert await second.exit_status() == 75
    assert f"127.0.0.1:{port} is in use" in second.words()


async def test_a_port_that_another_program_has_is_75_and_nothing_is_written_to_it(launch):
    master, slave = pty.openpty()
    try:
        fcntl.flock(slave, fcntl.LOCK_EX)
        os.set_blocking(master, False)
        child = await launch(configuration(os.ttyname(slave)))

        assert await child.exit_status() == 75
        assert f"{os.ttyname(slave)} is in use by" in child.words()
        with pytest.raises(BlockingIOError):
            os.read(master, 1)
    finally:
        os.close(master)
        os.close(slave)


async def test_the_state_is_nobody_elses(launch):
    child = await launch(configuration(None))
    await child.says("daemon.ready")

    assert child.state_dir.stat().st_mode & 0o077 == 0
    assert [path.name for path in child.state_dir.iterdir() if path.stat().st_mode & 0o077] == []


# Stopping ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_the_segment_on_the_air_is_waited_for_and_its_outcome_kept(launch, plugged_in, number):
    modem = await plugged_in(submit_delay_s=1.0)
    child = await launch(configuration(modem.link))
    await child.says("modem.ready")
    await send(child)
    await fact(lambda: segment_states(child) == ["submitting"])

    assert await child.stop(number) == 0

    assert segment_states(child)[0] in {"submitted", "delivered"}


async def test_a_second_signal_leaves_at_once_and_what_was_on_the_air_is_unknown(launch, plugged_in):
    modem = await plugged_in(submit_delay_s=30.0)
    child = await launch(configuration(modem.link))
    await child.says("modem.ready")
    message = await send(child)
    await fact(lambda: segment_states(child) == ["submitting"])
    child.process.send_signal(signal.SIGTERM)
    await child.says("daemon.asked-to-stop")

    assert await child.stop() == 1

    again = await launch(configuration(modem.link), state=child.state_dir)
    await again.says("line.recovered")
    assert await state_of(again, message) == "unknown"


async def test_what_was_accepted_goes_out_after_a_restart(launch, tmp_path, modem):
    child = await launch(configuration(tmp_path / "absent"))
    await child.says("daemon.ready")
    message = await send(child)
    assert await child.stop() == 0

    again = await launch(configuration(modem.link), state=child.state_dir)
    await again.says("modem.ready")

    status, out, _ = await clerkd("send", PHONE_NUMBER, "second", "--wait", "--state-dir", again.state_dir)
    assert (status, "delivered" in out) == (0, True)
    assert await state_of(again, message) == "delivered"


# systemd -------------------------------------------------------------------------------------------------------


class Systemd:
    """The end of the notification socket that systemd holds."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.status = ""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)

    async def next(self, within_s: float = 20.0) -> dict[str, str]:
        async with asyncio.timeout(within_s):
            text = (await asyncio.get_running_loop().sock_recv(self._socket, 4096)).decode()
        told = dict(line.split("=", 1) for line in text.splitlines())
        self.status = told.get("STATUS", self.status)
        return told

    async def hears(self, key: str, within_s: float = 20.0) -> dict[str, str]:
        async with asyncio.timeout(within_s):
            while key not in (told := await self.next()):
                continue
        return told

    async def is_silent_for(self, seconds: float) -> None:
        """Read what was said before, and then hear nothing for so long."""
        while True:
            try:
                await self.next(within_s=seconds)
            except TimeoutError:
                return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path):
    end = Systemd(tmp_path / "notify")
    yield end
    end.close()


async def test_systemd_hears_of_the_start_the_work_and_the_end(launch, plugged_in, systemd):
    modem = await plugged_in(submit_delay_s=1.0)
    child = await launch(configuration(modem.link), NOTIFY_SOCKET=systemd.path, WATCHDOG_USEC="600000")

    ready = await systemd.hears("READY")
    assert ready["STATUS"].startswith("lines: 1 ")
    for _ in range(3):
        await systemd.hears("WATCHDOG")
    await child.says("modem.ready")
    while systemd.status != "lines: 1 ready":
        await systemd.next()
    await send(child)
    await fact(lambda: segment_states(child) == ["submitting"])
    child.process.send_signal(signal.SIGTERM)

    assert (await systemd.hears("STOPPING"))["STATUS"] == "finishing what is on the air"
    assert int((await systemd.hears("EXTEND_TIMEOUT_USEC"))["EXTEND_TIMEOUT_USEC"]) > 1_000_000
    assert await child.exit_status() == 0


async def test_the_watchdog_starves_while_the_store_cannot_commit(launch, systemd):
    child = await launch(configuration(None), NOTIFY_SOCKET=systemd.path, WATCHDOG_USEC="600000")
    await systemd.hears("READY")
    database = sqlite3.connect(child.state_dir / "clerkd.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")  # the writer waits behind this lock

    starving = await child.says("watchdog.starving")
    assert "the store committed nothing" in starving["reason"]
    await systemd.is_silent_for(1.0)

    database.execute("ROLLBACK")
    database.close()
    await systemd.hears("WATCHDOG")


async def test_the_watchdog_starves_while_the_event_loop_stands_still(launch, systemd):
    child = await launch(configuration(None), NOTIFY_SOCKET=systemd.path, WATCHDOG_USEC="300000")
    await systemd.hears("WATCHDOG")

    child.process.send_signal(signal.SIGSTOP)
    await systemd.is_silent_for(1.0)

    child.process.send_signal(signal.SIGCONT)
    await systemd.hears("WATCHDOG")
