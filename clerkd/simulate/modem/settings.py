"""What ATZ and AT&F put back: the parameters of the session, not those of the SIM or the radio."""

from __future__ import annotations

from dataclasses import dataclass, field

from clerkd.simulate.modem.habits import Habits

BELL, CR, LF, BS = 7, 13, 10, 8

# V.250 §6.2.1 to §6.2.3 and §6.3; the others are what modems have always had and dialling programs set.
S_PARAMETERS = {0: 0, 2: 43, 3: CR, 4: LF, 5: BS, 6: 2, 7: 50, 8: 2, 10: 14, 12: 50, 25: 5}


@dataclass(slots=True)
class Settings:
    """One session's parameters."""

    echo: bool
    cnmi: tuple[int, int, int, int, int]  # mode, mt, bm, ds, bfr
    quiet: bool = False
    verbose: bool = True
    s: dict[int, int] = field(default_factory=lambda: dict(S_PARAMETERS))
    cmee: int = 0
    text_mode: bool = False
    character_set: str = "GSM"
    show_header: bool = False  # +CSDH
    csmp: tuple[int, int | str, int, int] = (17, 167, 0, 0)  # fo, vp, pid, dcs
    service: int = 0  # +CSMS
    clip: bool = False
    cellular_result_codes: bool = False  # +CRC
    ussd_result: int = 0  # +CUSD
    registration: dict[str, int] = field(default_factory=lambda: {"+CREG": 0, "+CGREG": 0, "+CEREG": 0})
    hushed: bool = False  # the model's own noise is switched off
    online: bool = True
    urc_port: str = ""
    numbers: dict[str, int] = field(default_factory=dict)  # one-number parameters without further effect

    @classmethod
    def factory(cls, habits: Habits) -> Settings:
        """Return what AT&F sets."""
        return cls(echo=habits.echo, cnmi=habits.cnmi_default, online=not habits.online, urc_port=habits.urc_port)

    def reset(self, habits: Habits) -> None:
        """Become the factory settings, in place: everybody holds this object."""
        fresh = Settings.factory(habits)
        fresh.urc_port = self.urc_port  # kept without power
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(fresh, name))

    @property
    def terminator(self) -> int:
        """S3: the octet that ends a command line."""
        return self.s[3]
