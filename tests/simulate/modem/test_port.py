"""The pty: who has it open, what is dropped, and that an idle one costs nothing."""

import asyncio
import os
import resource
import subprocess

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE, submit
from fakes.terminal import Terminal

from clerkd.simulate.modem import VirtualModem


async def test_the_link_leads_to_a_tty_and_goes_with_the_modem(network, tmp_path):
    async with VirtualModem(tmp_path / "modem", network, MODEM) as modem:
        assert modem.link.is_symlink()
        assert modem.link.readlink().as_posix().startswith("/dev/pts/")
        assert not modem.is_open
    assert not (tmp_path / "modem").is_symlink()


async def test_a_dead_link_is_replaced_and_a_file_is_not(network, tmp_path):
    (tmp_path / "dead").symlink_to("/dev/pts/no-such")
    async with VirtualModem(tmp_path / "dead", network, MODEM) as modem:
        assert Terminal(modem.link).open()

    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        async with VirtualModem(tmp_path / "file", network, MODEM):
            pass
    assert (tmp_path / "file").read_text() == "mine"


async def test_opening_and_closing_is_noticed_in_order(network, tmp_path):
    events = []
    async with VirtualModem(tmp_path / "m", network, MODEM, heard=lambda event, _: events.append(event)) as modem:
        terminal = Terminal(modem.link).open()
        await terminal.ask("AT")
        terminal.close()
        terminal.open()  # within one turn of the loop
        await terminal.ask("AT")
        terminal.close()
        await fact(lambda: events.count("closed") == 2)

    assert events == ["opened", "closed", "opened", "closed"]


async def test_what_is_written_and_closed_at_once_is_still_a_command(network, tmp_path):
    events = []
    async with VirtualModem(tmp_path / "m", network, MODEM, heard=lambda event, _: events.append(event)) as modem:
        for times, octets in enumerate((b"ATE0\r", b"AT+CMEE=1\r"), 1):
            descriptor = os.open(modem.link, os.O_WRONLY | os.O_NOCTTY)
            os.write(descriptor, octets)
            os.close(descriptor)
            await fact(lambda: events.count("closed") == times)  # noqa: B023  waited for in the same turn
        terminal = Terminal(modem.link).open()
        try:
            assert await terminal.ask("AT+CMEE?") == ["+CMEE: 1", "OK"]
        finally:
            terminal.close()


async def test_what_is_said_while_nobody_listens_is_not_heard_later(plug_in, network):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")
    terminal.type(b"AT+CLAC\r")
    terminal.close()
    await fact(lambda: not modem.is_open)

    network.phone(PHONE).send(MODEM, "x")
    await fact(lambda: not network.waiting(MODEM))
    terminal.heard.clear()
    terminal.open()

    assert await terminal.ask("AT") == ["OK"]
    assert terminal.heard == b""


async def test_half_a_command_line_is_forgotten_when_the_port_is_closed(plug_in):
    modem, terminal = await plug_in()
    terminal.type(b"AT+CM")
    await asyncio.sleep(0.02)
    terminal.close()
    await fact(lambda: not modem.is_open)
    terminal.open()

    terminal.type(b"EE=2\r")
    assert await terminal.ask("AT+CMEE?") == ["+CMEE: 1", "OK"]


async def test_a_port_that_is_closed_costs_no_processor_time(plug_in):
    modem, terminal = await plug_in()
    terminal.close()
    await fact(lambda: not modem.is_open)

    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(0.5)
    after = resource.getrusage(resource.RUSAGE_SELF)

    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.1


async def test_a_client_that_never_reads_does_not_stop_the_modem(plug_in):
    modem, terminal = await plug_in()
    asyncio.get_running_loop().remove_reader(terminal._fd)

    for _ in range(500):  # far more than a pty holds
        terminal.type(b"AT+CLAC\r")
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)

    asyncio.get_running_loop().add_reader(terminal._fd, terminal._readable)
    for _ in range(500):
        await terminal.until(b"OK\r\n")
    assert modem.is_open


async def test_a_shell_can_use_it(plug_in):
    modem, terminal = await plug_in()
    terminal.close()
    script = f'exec 3<>{modem.link}; printf "AT+CGMM\\r" >&3; read -r empty <&3; read -r model <&3; echo "$model"'

    process = await asyncio.create_subprocess_exec("bash", "-c", script, stdout=subprocess.PIPE)
    async with asyncio.timeout(10):
        output, _ = await process.communicate()

    assert output.strip() == b"Virtual Modem"


async def test_a_message_that_was_entered_goes_out_though_the_client_is_killed(plug_in, network):
    modem, terminal = await plug_in(submit_delay_s=0.1)
    command, typed = submit()
    terminal.type(command.encode() + b"\r")
    await terminal.until(b"> ")
    terminal.type(typed.encode() + b"\x1a")
    await asyncio.sleep(0.02)

    terminal.close()

    await fact(lambda: network.air.records)
    await fact(lambda: not modem.is_open)
