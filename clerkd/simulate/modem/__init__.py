"""A virtual GSM modem on a pseudo-terminal (27.005, 27.007, V.250), with faults to order."""

from clerkd.simulate.modem.faults import Faults, UnknownFault
from clerkd.simulate.modem.habits import Habits
from clerkd.simulate.modem.virtual import VirtualModem

__all__ = ["Faults", "Habits", "UnknownFault", "VirtualModem"]
