"""What the command families of one modem share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from clerkd.clock import Clock
from clerkd.simulate.modem.faults import Faults
from clerkd.simulate.modem.habits import Habits
from clerkd.simulate.modem.radio import Radio
from clerkd.simulate.modem.settings import Settings
from clerkd.simulate.modem.sim import SimCard
from clerkd.simulate.modem.storage import Storage
from clerkd.simulate.network import Network


@dataclass(slots=True)
class Board:
    """State, and the two ways out: `announce` to the terminal, `network` to the air."""

    clock: Clock
    imei: str
    habits: Habits
    faults: Faults
    settings: Settings
    sim: SimCard
    storage: Storage
    radio: Radio
    network: Network
    announce: Callable[..., None]
    restart: Callable[[], None]  # AT+CFUN=1,1
    started_at: float = -math.inf  # on the monotonic clock
    unlocked_at: float = -math.inf  # when the PIN was given

    @property
    def number(self) -> str:
        """Under which the network knows the modem."""
        return self.sim.number
