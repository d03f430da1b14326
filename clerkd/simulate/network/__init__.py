"""The mobile network that tests and the demo live in."""

from clerkd.simulate.network.air import AirLog, AirRecord
from clerkd.simulate.network.phone import Phone, Text
from clerkd.simulate.network.smsc import Network
from clerkd.simulate.network.station import Call, CallState, Cause, Done, Rejected, Station
from clerkd.simulate.network.ussd import UssdAnswer, UssdGateway

__all__ = [
    "AirLog",
    "AirRecord",
    "Call",
    "CallState",
    "Cause",
    "Done",
    "Network",
    "Phone",
    "Rejected",
    "Station",
    "Text",
    "UssdAnswer",
    "UssdGateway",
]
