"""A vendor's quirks as data: one YAML file each in `profiles/`, read strictly.

A new modem is a new file. Where a modem cannot be driven with what a profile can say, the profile gets a field;
the code never asks for a vendor's name.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from importlib import resources
from typing import Annotated

import msgspec
import yaml

from clerkd.at.commands import SECONDS, Deadline
from clerkd.errors import ConfigError


class Acknowledgement(Enum):
    """How a +CMT or +CDS is acknowledged when AT+CSMS=1 is in force, 27.005 §3.4.4."""

    NONE = "none"  # the modem does it by itself
    BARE = "bare"  # AT+CNMA
    NUMBERED = "numbered"  # AT+CNMA=1


class UssdCoding(Enum):
    """How AT+CUSD takes and gives texts."""

    PLAIN = "plain"  # in the character set of AT+CSCS
    PACKED = "packed"  # GSM 7-bit packed, in hexadecimal, whatever AT+CSCS says


Seconds = Annotated[float, msgspec.Meta(ge=0)]


class UsbPort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which interface of a USB modem talks AT."""

    vendor_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{4}$")]
    product_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{4}$")] | None = None  # None: every product
    interface: int = 0
    # Class, subclass and protocol in hexadecimal, for makers whose interfaces have no fixed numbers; then they decide
    kind: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{2}$")] | None = None


# Message and report by +CMTI and +CDS; then with reports stored (+CDSI); then without reports. The ones that end in 1
# are for modems that refuse to flush their buffer (<bfr>), 27.005 §3.4.1.
NOTIFICATIONS = (
    (2, 1, 0, 1, 0),
    (1, 1, 0, 1, 0),
    (2, 1, 0, 2, 0),
    (1, 1, 0, 2, 0),
    (2, 1, 0, 1, 1),
    (1, 1, 0, 1, 1),
    (2, 1, 0, 0, 0),
    (1, 1, 0, 0, 1),
    (1, 1),
)


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one family of modems does differently. Every field has the standard's behaviour as default."""

    name: str
    # Finding it
    manufacturer: str = ""  # regular expression over the answer of AT+CGMI; empty: chosen by name only
    model: str = ""  # the same over AT+CGMM; empty: every model of the manufacturer that no other profile names
    at_ports: tuple[UsbPort, ...] = ()
    baud: int = 115200
    # What it says
    noise: tuple[str, ...] = ()  # prefixes of lines without meaning for us
    restart_words: tuple[str, ...] = ()  # lines that say that it has started anew and forgot its settings
    ready_words: tuple[str, ...] = ()  # lines that say that commands on messages work from now on
    ready_wait_s: Seconds = 0  # how long after a start they may be refused, with whatever words; 0: ten seconds as busy
    without_ok: tuple[str, ...] = ()  # commands, as AT+CPMS, whose answer may end without OK
    deadlines: dict[str, Seconds] = {}  # names of `Deadline`, lower case, in seconds
    # Starting it
    sim_id: tuple[str, ...] = ("AT+CCID", "AT+ICCID", "AT^ICCID?")
    pin_retries: tuple[str, ...] = ("AT+CPINR",)  # questions for the attempts left
    after_pin_s: Seconds = 0  # pause, because it ignores what comes too soon
    radio_on: str = "AT+CFUN=1"
    initial: tuple[str, ...] = ()  # further commands; a refusal is noted and survived
    registrations: tuple[str, ...] = ("CREG", "CEREG", "CGREG")  # the domains that it may tell
    # Messages
    notifications: tuple[tuple[int, ...], ...] = NOTIFICATIONS  # AT+CNMI settings in order of preference
    storages: tuple[str, ...] = ("ME", "SM")  # in order of preference
    direct: bool = False  # AT+CSMS=1 and messages as +CMT, acknowledged after the commit
    acknowledgement: Acknowledgement = Acknowledgement.NONE
    keep_link: bool = True  # AT+CMMS=2 before several messages
    store_and_send: bool = False  # AT+CMGW and AT+CMSS: a result that is lost is looked up in the slot
    read_again_s: Seconds = 0.5  # a slot that is empty right after its notification is read once more
    dummy_pdu: Annotated[str, msgspec.Meta(pattern="^([0-9A-F]{2})*$")] = ""  # how a slot that holds none begins
    # USSD
    ussd: UssdCoding = UssdCoding.PLAIN
    # Recovery
    reset: str = "AT+CFUN=1,1"
    power_off: str = ""

    def seconds(self, deadline: Deadline) -> float:
        """Return how long an answer may take."""
        return self.deadlines.get(deadline.name.lower(), SECONDS[deadline])

    def matches(self, manufacturer: str, model: str) -> bool:
        """Tell whether a modem that says this of itself is one of the family."""
        return (
            bool(self.manufacturer)
            and re.search(self.manufacturer, manufacturer, re.IGNORECASE) is not None
            and re.search(self.model, model, re.IGNORECASE) is not None
        )


AUTO = "auto"  # the generic profile, until the modem has said who it is
DIRECTORY = resources.files("clerkd.modem.profiles")


def read_profile(text: str, name: str) -> Profile:
    """Return the profile that a YAML text describes; raise `ConfigError` with the path of the mistake."""
    try:
        profile = msgspec.convert({"name": name, **(yaml.safe_load(text) or {})}, Profile)
        re.compile(profile.manufacturer)
        re.compile(profile.model)
    except (yaml.YAMLError, msgspec.ValidationError, TypeError, re.error) as reason:
        raise ConfigError(f"profile {name}: {reason}", path=name) from reason
    unknown = set(profile.deadlines) - {deadline.name.lower() for deadline in Deadline}
    if unknown:
        raise ConfigError(f"profile {name}: there is no deadline {min(unknown)!r}", path=f"{name}.deadlines")
    return profile


@lru_cache(None)
def load_profile(name: str) -> Profile:
    """Return a profile by its name, the generic one for `auto`; raise `ConfigError` if there is none."""
    file = DIRECTORY / f"{'generic' if name == AUTO else name}.yaml"
    if not name.replace("-", "").isalnum() or not file.is_file():
        raise ConfigError(f"there is no modem profile {name!r}; known: {', '.join(profile_names())}", path="profile")
    return read_profile(file.read_text("utf-8"), name)


def profile_names() -> list[str]:
    """Return the names of all profiles."""
    return sorted(entry.name.removesuffix(".yaml") for entry in DIRECTORY.iterdir() if entry.name.endswith(".yaml"))


def choose_profile(manufacturer: str | None, model: str | None) -> Profile:
    """Return the profile for what AT+CGMI and AT+CGMM answered: one that names the model before one that does not.

    The generic one if no family is known by these words. Two that name the same model are a fault of the files.
    """
    found = [
        profile for name in profile_names() if (profile := load_profile(name)).matches(manufacturer or "", model or "")
    ]
    return max(found, key=lambda profile: bool(profile.model), default=load_profile("generic"))
