"""What differs between modems, as data. The standards leave it open, or vendors take no notice of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Habits:
    """One kind of modem. The defaults are those of a modem that keeps to 27.005 and 27.007."""

    manufacturer: str = "clerkd"
    model: str = "Virtual Modem"
    revision: str = "1.0"

    echo: bool = True  # V.250 §6.2.4 recommends 1
    unknown_command: str = "ERROR"  # Huawei says COMMAND NOT SUPPORT
    cms_follows_cmee: bool = True  # otherwise +CMS ERROR: n even with CMEE=0, as some do
    type_ahead: bool = False  # keep what is typed while a command runs; V.250 §5.6.1 lets it be ignored
    keeps_prompt: bool = True  # closing the port does not leave text entry: only ESC does

    boot: tuple[str, ...] = ()  # said after a restart, as RDY and SMS Ready
    boot_s: float = 0.0  # deaf for so long after a restart
    restart_disconnects: bool = False  # +CFUN=1,1 takes the port away for boot_s, as USB does

    cnmi_modes: tuple[int, ...] = (0, 1, 2)
    cnmi_mt: tuple[int, ...] = (0, 1, 2, 3)
    cnmi_ds: tuple[int, ...] = (0, 1, 2)
    cnmi_bfr: tuple[int, ...] = (0, 1)
    cnmi_default: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    acknowledge_s: float = 15.0  # how long +CNMA may take; 17 s is the network's own timer

    first_index: int = 1
    sim_slots: int = 20
    me_slots: int = 100
    report_slots: int = 20
    full_urc: str | None = None  # ^SMMEMFULL or +SMS FULL; the standard has none
    report_memory: str = "SR"  # what +CDSI calls it; EC25 says SM and puts the report into SR

    more_messages: bool = True  # +CMMS
    linked_s: float = 3.0  # how long the link stays open after a message with CMMS=1; 27.005 says 1 to 5
    keeps_message_reference: bool = False  # send the terminal's TP-MR instead of counting

    pin_retries: str | None = None  # a query for the attempts left, as +CPINR
    operator_search_s: float = 2.0  # +COPS=?
    ring_every_s: float = 3.0
    ussd_s: float = 0.1  # from OK to the answer
    ussd_packed: bool = False  # +CUSD strings are packed septets in hexadecimal digits, as Huawei's
    sim_ready_s: float = 0.0  # after a restart the SIM is busy for so long (CME 14, CMS 314)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Habits:
        """Read habits from data (YAML, JSON); raise `ValueError` for a name that is not known."""
        known = {f.name for f in fields(cls)}
        if unknown := values.keys() - known:
            raise ValueError(f"no habit is called {', '.join(sorted(unknown))}")
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**plain)
