"""A mobile network in one object: an SMSC that carries texts between stations, reports, calls and USSD."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial

from clerkd.clock import Clock
from clerkd.codec.tpdu import StatusReport, Submit
from clerkd.simulate.network.air import AirLog, AirRecord
from clerkd.simulate.network.phone import Phone, Text
from clerkd.simulate.network.relay import INCOMPATIBLE_DESTINATION, NOT_OBTAINABLE, Held, Origin, Relay
from clerkd.simulate.network.station import Call, CallState, Cause, Rejected, Station
from clerkd.simulate.network.transfer import decode_submit, deliver_octets
from clerkd.simulate.network.ussd import UssdGateway

SHORTEST_MATCH = 7  # digits that a national number must share with an international one to mean the same station

Event = AirRecord | tuple[Phone, Text] | StatusReport | Call
Listener = Callable[[Event], None]


class Network:
    """Everything with a number, and what is under way between them.

    Runs in the event loop of its user; nothing here waits. `delivery_delay_s` passes between acceptance and paging,
    `refill_s` between a freed slot and the next try, `retry_s` after another temporary failure.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        smsc: str = "+447700900000",
        zone: tzinfo = UTC,
        delivery_delay_s: float = 0.0,
        refill_s: float = 0.2,
        retry_s: float = 5.0,
        air: AirLog | None = None,
        ussd: UssdGateway | None = None,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._stations: dict[str, Station] = {}
        self._forwarded: dict[str, str] = {}  # calls, unconditionally
        self._listeners: list[Listener] = []
        self._relay = Relay(self._stations, now=self.now, reported=self._tell, refill_s=refill_s, retry_s=retry_s)
        self.smsc = smsc
        self.delivery_delay_s = delivery_delay_s
        self.makes_phones = True  # a text to a number that nobody has finds a phone there
        self.air = air or AirLog()
        self.ussd = ussd or UssdGateway()

    def now_ms(self) -> int:
        """Return the network's time, epoch ms."""
        return self._clock.now_ms()

    def now(self) -> datetime:
        """Return the network's local time, in whole seconds as TP-SCTS tells it."""
        return datetime.fromtimestamp(self._clock.now_ms() // 1000, self._zone)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event from now on; the result ends that.

        Events are accepted SUBMITs, texts completed on a phone, status reports leaving the SMSC, changes of calls.
        """
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    def close(self) -> None:
        """Stop everything that is under way."""
        self._relay.close()
        self.air.close()

    # Who is there --------------------------------------------------------------------------------------------

    def phone(self, number: str, *, landline: bool = False) -> Phone:
        """Return the phone with that number, a new one if need be; raise `ValueError` if a modem has it."""
        station = self._stations.get(number)
        if station is None:
            station = Phone(self, number, landline=landline, heard=lambda phone, text: self._tell((phone, text)))
            self.attach(station)
        match station:
            case Phone():
                return station
            case _:
                raise ValueError(f"{number} is a modem's")

    def attach(self, station: Station) -> None:
        """Give a station its number; raise `ValueError` if another one has it."""
        if self._stations.setdefault(station.number, station) is not station:
            raise ValueError(f"{station.number} is taken")
        self._relay.arrived(station.number)

    def detach(self, station: Station) -> None:
        """Take a station out of the network; what comes for it waits."""
        if self._stations.get(station.number) is station:
            del self._stations[station.number]
            self._relay.left(station.number)

    def arrived(self, number: str) -> None:
        """Hear that a station can be paged again."""
        self._relay.arrived(number)

    def memory_available(self, number: str) -> None:
        """Hear RP-SMMA: a station that was full has room again, 23.040 §10.2."""
        self._relay.memory_available(number)

    def resolve(self, dialled: str) -> str:
        """Return the number of the station that `dialled` means here: itself, or one that ends with its digits."""
        if dialled in self._stations or dialled.startswith("+"):
            return dialled
        digits = dialled.lstrip("0")
        if len(digits) >= SHORTEST_MATCH:
            for number in self._stations:
                if number.endswith(digits):
                    return number
        return dialled

    # Texts ---------------------------------------------------------------------------------------------------

    def submit(self, sender: str, octets: bytes, submit: Submit | None = None) -> datetime:
        """Accept a SUBMIT's TPDU and return its time stamp; raise `Rejected`. A DELIVER is paged afterwards.

        `submit` is the same TPDU read by `decode_submit`, if the caller has it already.
        """
        submit = submit or decode_submit(octets)
        number = self.resolve(submit.destination.number)
        if submit.reject_duplicates and self._relay.holds(number, sender, submit):
            raise Rejected(Cause.DUPLICATE)
        station = self._stations.get(number)
        if station is None and self.makes_phones:
            station = self.phone(number)
        accepted = self.now()
        record = AirRecord(self._clock.now_ms(), sender, number, octets, submit)
        self.air.append(record)
        self._tell(record)
        origin = Origin(sender, submit, accepted)
        if station is None:
            self._relay.report(origin, NOT_OBTAINABLE)
        elif isinstance(station, Phone) and station.landline:
            self._relay.report(origin, INCOMPATIBLE_DESTINATION)
        else:
            held = Held(deliver_octets(submit, octets, sender, accepted), origin)
            self._relay.enqueue(number, held, self.delivery_delay_s)
        return accepted

    def deliver(self, number: str, tpdu: bytes) -> None:
        """Page `number` with a DELIVER or STATUS-REPORT of any octets."""
        self._relay.enqueue(number, Held(tpdu))

    def expire(self, number: str) -> None:
        """End the validity of everything that waits for `number`."""
        self._relay.expire(number)

    def waiting(self, number: str) -> int:
        """How many short messages wait for `number` or are under way to it."""
        return self._relay.waiting(number)

    # Calls ---------------------------------------------------------------------------------------------------

    def call(
        self,
        caller: str,
        callee: str,
        *,
        withheld: bool = False,
        begun: Callable[[Call], None] = lambda _call: None,
    ) -> Call:
        """Ring `callee`, or where its calls are forwarded to; the call is over at once if nobody can be reached there.

        `begun` hears of it first.
        """
        number = self.resolve(callee)
        number = self._forwarded.get(number, number)
        call = Call(caller, number, withheld=withheld, changed=self._call_changed)
        begun(call)
        station = self._stations.get(number)
        if station is None or not station.reachable:
            call.end(CallState.UNANSWERED)
        else:
            self._call_changed(call)
        return call

    def forward_calls(self, number: str, to: str | None) -> None:
        """Send every call for a number elsewhere from now on, or (None) to itself again."""
        if to is None:
            self._forwarded.pop(number, None)
        else:
            self._forwarded[number] = self.resolve(to)

    def _call_changed(self, call: Call) -> None:
        state = call.state
        self._tell(call)
        for number in (call.callee, call.caller):
            station = self._stations.get(number)
            if station is not None and call.state is state:
                station.call_changed(call)

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)
