"""The gammu program, in C and by other people, takes the virtual modem for a real one."""

import asyncio

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE

from clerkd.simulate.modem.storage import Status

pytestmark = pytest.mark.gammu


@pytest.fixture
async def gammu(plug_in, tmp_path, network):
    """Return a function that runs gammu on a modem and returns its output; it must succeed."""
    modem, terminal = await plug_in(prepare=False)
    terminal.close()
    config = tmp_path / "gammurc"
    config.write_text(f"[gammu]\ndevice={modem.link}\nconnection=at115200\n", encoding="ascii")

    async def run(*arguments, typed=b""):
        process = await asyncio.create_subprocess_exec(
            "gammu",
            "--config",
            str(config),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"LANG": "C.UTF-8", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        async with asyncio.timeout(40):
            output, _ = await process.communicate(typed)
        assert process.returncode == 0, output.decode(errors="replace")
        return output.decode()

    run.modem = modem
    return run


async def test_it_identifies_the_modem(gammu):
    said = await gammu("identify")

    assert "Manufacturer         : clerkd" in said
    assert "IMEI                 : 490154203237518" in said
    assert "SIM IMSI             : 001010123456789" in said


async def test_it_sends_a_text(gammu, network):
    said = await gammu("sendsms", "TEXT", PHONE, "-report", "-text", "Hello from gammu")

    assert "OK, message reference=0" in said
    await fact(lambda: network.phone(PHONE).inbox)
    assert network.phone(PHONE).inbox[0].text == "Hello from gammu"
    assert network.air.records[0].submit.status_report


async def test_it_sends_a_long_text_with_emoji_in_parts(gammu, network):
    text = "Grüße 😀 aus dem Labor, " * 12

    said = await gammu("sendsms", "TEXT", PHONE, "-len", "400", "-unicode", "-text", text.strip())

    assert said.count("OK, message reference=") == 5
    await fact(lambda: network.phone(PHONE).inbox)
    assert network.phone(PHONE).inbox[0].text == text.strip()


async def test_it_reads_all_texts_and_joins_their_parts(gammu, network):
    phone = network.phone(PHONE)
    long_text = "A text with a 😀 that takes several segments to say nothing at all. " * 4
    phone.send(MODEM, "short one")
    phone.send(MODEM, long_text.strip(), reference_bits=16)
    await fact(lambda: not network.waiting(MODEM))

    said = await gammu("geteachsms")

    assert "short one" in said
    assert long_text.strip() in said
    assert said.count(f'Remote number        : "{PHONE}"') == 2
    assert "SMS parts in 2 SMS sequences" in said


async def test_it_deletes_what_it_read(gammu, network):
    for number in range(3):
        network.phone(PHONE).send(MODEM, f"number {number}")
    await fact(lambda: not network.waiting(MODEM))

    await gammu("deletesms", "1", "1", "3")

    assert gammu.modem.firmware.storage.stores["SM"].used == 0


async def test_it_saves_a_text_on_the_sim(gammu):
    await gammu("savesms", "TEXT", "-folder", "2", "-text", "kept for later")

    ((index, stored),) = gammu.modem.firmware.storage.stores["SM"].items()
    assert (index, stored.status) == (1, Status.STO_SENT)


@pytest.mark.slow  # it waits ten seconds after the answer
async def test_it_asks_ussd(gammu, network):
    network.ussd.program("*100#", "Balance 5.00")

    said = await gammu("getussd", "*100#")

    assert "Balance 5.00" in said


async def test_it_reads_everything_that_it_monitors(gammu):
    said = await gammu("monitor", "1")

    assert "Enabling info about incoming SMS    : No error." in said
    assert "Signal strength      : -67 dBm" in said
    assert "SIM SMS status       : 0 used, 0 unread, 20 locations" in said
    assert "Network state        : home network" in said
    assert "001 01" in said


async def test_it_reads_the_sims_own_number(gammu):
    said = await gammu("getmemory", "ON", "1")

    assert MODEM in said


@pytest.mark.slow
async def test_it_unlocks_the_sim(gammu):
    gammu.modem.sim.pin = "1234"

    assert "PIN" in await gammu("getsecuritystatus")
    await gammu("entersecuritycode", "PIN", "1234")

    assert gammu.modem.sim.tries == ["1234"]
