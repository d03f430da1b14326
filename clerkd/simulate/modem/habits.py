"""What differs between modems, as data. The standards leave it open, or vendors take no notice of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Habits:
    """One kind of modem. The defaults are those of a modem that keeps to 27.005 and 27.007."""

    manufacturer: str = "clerkd"
    model: str = "Virtual Modem"
    revision: str = "1.0"
    usb: str = ""  # vendor and product id, 12d1:1506; empty: it hangs on a UART
    at_interface: int = 0  # the USB interface whose port this is

    echo: bool = True  # V.250 §6.2.4 recommends 1
    unknown_command: str = "ERROR"  # Huawei says COMMAND NOT SUPPORT
    cms_follows_cmee: bool = True  # otherwise +CMS ERROR: n even with CMEE=0, as some do
    type_ahead: bool = False  # keep what is typed while a command runs; V.250 §5.6.1 lets it be ignored
    keeps_prompt: bool = True  # closing the port does not leave text entry: only ESC does
    without_ok: tuple[str, ...] = ()  # commands, as +CPIN? or +CPMS=, whose answer has no OK

    line_end: str = "\r\n"  # of unsolicited lines; CR CR LF exists
    blank_lines: int = 0  # before every answer
    noise_lines: tuple[str, ...] = ("^RSSI:18", "+CREG: 1", "^BOOT:12345678,0,0,0,75", "+CSQ: 17,99")
    noise_every: int = 0  # a noise line stands inside every so manieth answer; 0: only faults bring noise
    hush: str = ""  # the command that ends noise_every, as ^CURC=0
    leftover: str = ""  # what an earlier session left in the buffer: said before the first answer
    accepts: tuple[str, ...] = ()  # further commands that change nothing else
    urc_port: str = ""  # +QURCCFG at the factory; unsolicited lines come out here only with "usbat"

    boot: tuple[str, ...] = ()  # said after a restart, as RDY
    ready: tuple[str, ...] = ()  # said when messages can be used, as SMS Ready
    boot_s: float = 0.0  # deaf for so long after a restart
    restart_disconnects: bool = False  # +CFUN=1,1 takes the port away for boot_s, as USB does

    cnmi_modes: tuple[int, ...] = (0, 1, 2)
    cnmi_mt: tuple[int, ...] = (0, 1, 2, 3)
    cnmi_ds: tuple[int, ...] = (0, 1, 2)
    cnmi_bfr: tuple[int, ...] = (0, 1)
    cnmi_default: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    refused_modes: tuple[int, ...] = ()  # offered by +CNMI=? and refused
    refused_ds: tuple[int, ...] = ()
    service_named: bool = True  # +CSMS? tells the service before what it supports
    acknowledge_forms: tuple[str, ...] = ("bare", "numbered")  # +CNMA, +CNMA=1
    acknowledge_s: float = 15.0  # how long +CNMA may take; 17 s is the network's own timer
    report_comma: bool = False  # +CDS: ,26 instead of +CDS: 26

    first_index: int = 1
    sim_slots: int = 20
    me_slots: int = 100
    report_slots: int = 20
    storages: tuple[str, ...] = ("SM", "ME", "MT")
    storage_uses: int = 3  # how many +CPMS takes
    dummy_slots: int = 0  # slots of ME filled with 00FF, which is no message
    read_late_s: float = 0.0  # from +CMTI to the moment the message can be read
    stat_left_out: bool = False  # +CMGR: ,,26
    deletes_one: bool = False  # +CMGD takes an index and nothing else
    full_urc: str | None = None  # ^SMMEMFULL or +SMS FULL; the standard has none
    report_memory: str = "SR"  # what +CDSI calls it; EC25 says SM and puts the report into SR

    more_messages: bool = True  # +CMMS
    linked_s: float = 3.0  # how long the link stays open after a message with CMMS=1; 27.005 says 1 to 5
    keeps_message_reference: bool = False  # send the terminal's TP-MR instead of counting

    technology: str = "lte"  # or gsm
    registrations: tuple[str, ...] = ("+CREG", "+CGREG", "+CEREG")
    radio_off: bool = False  # the radio is off after power-on
    reset_flag: bool = False  # +CFUN=1 is refused without its second parameter
    online: str = ""  # the command without which the radio stays silent, as +ZOPRT=5

    pin_retries: str | None = None  # a query for the attempts left, as +CPINR
    pin_retries_says: tuple[str, ...] = ("{name}: SIM PIN,{pin},3", "{name}: SIM PUK,{puk},10")
    after_pin_s: float = 0.0  # a command so soon after the PIN makes it hang
    pin_settle_s: float = 0.0  # +CPIN? goes on asking for a PIN that was taken for so long
    operator_search_s: float = 2.0  # +COPS=?
    ring_every_s: float = 3.0
    ussd_s: float = 0.1  # from OK to the answer
    ussd_packed: bool = False  # +CUSD strings are packed septets in hexadecimal digits, as Huawei's
    sim_ready_s: float = 0.0  # after a restart the SIM is busy for so long (CME 14, CMS 314)
    sms_ready_s: float = 0.0  # and commands on messages are refused for so long
    sms_early: int = 302  # with this CMS number; 0: ERROR and no more

    @classmethod
    def of(cls, values: Mapping[str, Any], model: Habits | None = None) -> Habits:
        """Read habits from data (YAML, JSON), on top of a model's; raise `ValueError` for a name that is not known."""
        known = {f.name for f in fields(cls)}
        if unknown := values.keys() - known:
            raise ValueError(f"no habit is called {', '.join(sorted(unknown))}")
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return replace(model or cls(), **plain)

    def hastened(self, times: float) -> Habits:
        """Return the same habits with everything that takes time so many times quicker."""
        slow = {f.name: getattr(self, f.name) / times for f in fields(self) if f.name.endswith("_s")}
        return replace(self, **slow)
