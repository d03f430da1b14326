"""Whatever is typed, the modem goes on, and every command line has exactly one final result."""

import asyncio
import re

from fakes.sms import PHONE, submit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clerkd.clock import SystemClock
from clerkd.simulate.modem import Faults, Habits
from clerkd.simulate.modem.dialogue import State
from clerkd.simulate.modem.firmware import Firmware
from clerkd.simulate.modem.results import CommandFailed
from clerkd.simulate.modem.sim import SimCard
from clerkd.simulate.modem.storage import Store
from clerkd.simulate.network import Network

FINAL = re.compile(r"\r\n(?:OK|ERROR|NO CARRIER|BUSY|NO ANSWER|\+CM[ES] ERROR: [^\r]+)\r\n")


class Bench:
    """A firmware without a port, whose slow commands are over at once."""

    def __init__(self):
        self.said = bytearray()
        network = Network(SystemClock())
        self.network = network
        sim = SimCard("+14155550100", "8900101000000000004", "001010123456789", Store("SM", 5, 1), smsc=network.smsc)
        self.restarts = 0
        self.firmware = Firmware(
            network,
            sim,
            imei="490154203237518",
            clock=SystemClock(),
            habits=Habits(operator_search_s=0, ussd_s=0, echo=False),
            faults=Faults(),
            submit_delay_s=0,
            linked_delay_s=0,
            write=self.said.extend,
            announce=self._announce,
            pace=self,
            restart=self._restart,
            hang=lambda: None,
        )
        self.waiting = []

    def _announce(self, *lines):
        self.firmware.dialogue.announce(*lines)

    def _restart(self):
        self.restarts += 1

    def run(self, wait, resume):
        self.waiting.append((wait, resume))
        return lambda: None

    def after(self, seconds, action):
        raise AssertionError("nothing is slow here")

    async def type(self, line, text):
        """Type a line, and `text` at every prompt."""
        dialogue = self.firmware.dialogue
        dialogue.feed(line.encode("latin-1"))
        await self.settle()
        while dialogue.state is State.TEXT:
            dialogue.feed(text.encode("latin-1") + b"\x1a")
            await self.settle()
        assert dialogue.state is State.COMMAND

    async def settle(self):
        while self.waiting:
            wait, resume = self.waiting.pop()
            try:
                outcome = await wait.reply()
            except CommandFailed as error:
                outcome = error
            resume(outcome)


NAMES = [
    "+CMGF", "+CMGS", "+CMGR", "+CMGL", "+CMGD", "+CMGW", "+CMSS", "+CNMI", "+CPMS", "+CSCA", "+CSMP", "+CSDH", "+CSMS",
    "+CNMA", "+CMMS", "+CSCS", "+CMEE", "+CREG", "+COPS", "+CPIN", "+CLCK", "+CPWD", "+CPBR", "+CPBW", "+CPBF", "+CPBS",
    "+CUSD", "+CCFC", "+CLIP", "+CRC", "+VTS", "+CHUP", "+CLCC", "+CCLK", "+CGSN", "+IPR", "+CFUN", "+CGATT", "+XYZ",
]  # fmt: skip
VALUE = st.one_of(
    st.integers(-2, 300).map(str),
    st.sampled_from(["", '""', '"SM"', '"ME"', '"MT"', '"SR"', '"SC"', '"ALL"', '"UCS2"', '"*100#"', f'"{PHONE}"']),
    st.text(st.characters(codec="latin-1", exclude_characters='\r\n\x1a\x1b"'), max_size=8).map('"{}"'.format),
    st.text('0123456789,;"?=+- ', max_size=6),
)  # fmt: skip
COMMAND = st.one_of(
    st.builds(
        lambda name, form, values: name + form + (",".join(values) if form == "=" else ""),
        st.sampled_from(NAMES),
        st.sampled_from(["", "?", "=?", "=", "="]),
        st.lists(VALUE, max_size=6),
    ),
    st.sampled_from(
        ["I", "I9", "&F", "Z", "E0", "V1", "Q0", "S0?", "S7=30", "A", "H", "X4", f"D{PHONE};", "D123", "&C1"]
    ),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x1a\x1b"), max_size=20),
)
LINE = st.lists(COMMAND, min_size=1, max_size=4).map(";".join)
# What changes the form of results (V, Q, S, A/) or calls somebody who then hangs up is tested with the dialogue.
ELSEWHERE = re.compile(r"[VQSDZ/]|&F|\x08", re.IGNORECASE)
PLAIN_LINE = LINE.filter(lambda line: not ELSEWHERE.search(re.sub(r"\+[A-Z]+|\"[^\"]*\"", "", line)))


TYPED = st.one_of(
    st.sampled_from(["", "00", submit()[1], "x\r\ny"]),
    st.binary(max_size=200).map(bytes.hex),
    st.text(st.characters(codec="latin-1", exclude_characters="\x1a\x1b"), max_size=200),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(PLAIN_LINE, max_size=6), TYPED)
def test_every_line_has_exactly_one_final_result(lines, text):
    asyncio.run(_one_result_each(lines, text))


async def _one_result_each(lines, text):
    bench = Bench()
    for line in lines:
        bench.said.clear()
        await bench.type(f"AT{line}\r", text)
        assert len(FINAL.findall(bench.said.decode("latin-1"))) == 1, (line, bench.said)
    bench.network.close()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINE, max_size=6))
def test_however_confused_it_can_be_brought_back(lines):
    asyncio.run(_comes_back(lines))


async def _comes_back(lines):
    bench = Bench()
    for line in lines:
        await bench.type(f"AT{line}\r", "")
    terminator = chr(bench.firmware.dialogue._settings.terminator)
    await bench.type(f"\x1b{terminator}AT&F{terminator}", "")
    bench.said.clear()
    await bench.type("ATE0\r", "")
    assert bench.said == b"\r\nOK\r\n"
    bench.network.close()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_octets_of_any_kind_do_not_bring_it_down(pieces):
    asyncio.run(_survives(pieces))


async def _survives(pieces):
    bench = Bench()
    for piece in pieces:
        bench.firmware.dialogue.feed(piece)
        await bench.settle()
    bench.network.close()


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["GSM", "IRA", "UCS2", "8859-1"]),
    st.integers(0, 255),
    st.binary(max_size=200),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\x08\x1a\x1b"), max_size=200),
)
def test_text_mode_sends_or_refuses_whatever_is_typed(character_set, dcs, octets, text):
    asyncio.run(_sends_or_refuses(character_set, dcs, [octets.hex(), text]))


async def _sends_or_refuses(character_set, dcs, texts):
    bench = Bench()
    await bench.type(f'ATE0+CMGF=1;+CSCS="{character_set}";+CSMP=17,167,0,{dcs}\r', "")
    for text in texts:
        bench.said.clear()
        await bench.type(f'AT+CMGS="{PHONE}"\r', text)
        assert bench.said.endswith((b"OK\r\n", b"ERROR\r\n"))
        await bench.type(f'AT+CMGW="{PHONE}"\r', text)
    await bench.type('AT+CSDH=1;+CMGL="ALL"\r', "")
    bench.network.close()


@settings(max_examples=400, deadline=None)
@given(st.binary(min_size=1, max_size=180), st.sampled_from([(1, 0), (2, 1), (3, 2)]), st.booleans())
def test_octets_of_any_kind_from_the_network_are_shown_in_both_modes(octets, routing, text_mode):
    asyncio.run(_shows(octets, routing, text_mode))


async def _shows(octets, routing, text_mode):
    bench = Bench()
    outcomes = []
    mt, ds = routing
    await bench.type(f"ATE0+CMGF={int(text_mode)};+CNMI=2,{mt},0,{ds};+CSDH=1\r", "")
    bench.firmware.deliver(octets, outcomes.append)
    assert outcomes == [None]
    for memory in ("SM", "SR"):
        await bench.type(f'AT+CPMS="{memory}"\r', "")
        bench.said.clear()
        await bench.type('AT+CMGL="ALL"\r' if text_mode else "AT+CMGL=4\r", "")
        assert bench.said.endswith(b"\r\nOK\r\n")
    bench.network.close()
