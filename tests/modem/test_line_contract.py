from dataclasses import dataclass
from datetime import timedelta

import pytest
from contract.line_contract import LineContract
from fakes.modem_rig import Rig, profile
from fakes.numbers import NUMBER, PEER
from fakes.receiver import KeepingReceiver

from clerkd.model.line import LineState
from clerkd.modem.line import ModemLine
from clerkd.simulate.network import Network


@dataclass
class ModemBench:
    """A modem line and its virtual modem."""

    rig: Rig
    network: Network
    line: ModemLine
    receiver: KeepingReceiver

    def on_air(self) -> list[str]:
        return [text.text for text in self.network.phone(PEER).inbox]

    def text_in(self, text: str) -> None:
        self.network.phone(PEER).send(NUMBER, text)

    def waiting(self) -> int:
        return sum(store.used for name, store in self.rig.modem.firmware.storage.stores.items() if name != "MT")

    def refuse_next(self, *, for_good: bool) -> None:
        self.rig.modem.faults.apply("cms_code", 21 if for_good else 42)
        self.rig.modem.faults.apply("cms_error", "next:1")

    def lose_next_result(self) -> None:
        self.rig.modem.faults.apply("lost_result", "next:1")

    async def cut(self) -> None:
        self.rig.modem.gone(0.3)
        await self.rig.state(LineState.ABSENT)

    async def join(self) -> None:
        """It comes back by itself."""


class TestModemLine(LineContract):
    @pytest.fixture
    async def bench(self, start_line, network):
        network.phone(PEER)
        options = {"profile": profile(deadlines={"submit": 0.3}), "sweep": timedelta(seconds=0.3)}
        rig = await start_line(line_options=options)
        return ModemBench(rig, network, rig.line, rig.receiver)
