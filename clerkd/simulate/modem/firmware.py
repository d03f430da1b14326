"""Everything between the wire and the air: dialogue, commands, storage, radio, wired together once."""

from __future__ import annotations

from collections.abc import Callable

from clerkd.clock import Clock
from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.commands.basic import Basic
from clerkd.simulate.modem.commands.calls import Calls
from clerkd.simulate.modem.commands.forwarding import CallForwarding
from clerkd.simulate.modem.commands.identity import Identity
from clerkd.simulate.modem.commands.messaging import Messaging
from clerkd.simulate.modem.commands.phonebook import PhoneBook
from clerkd.simulate.modem.commands.reading import Reading
from clerkd.simulate.modem.commands.receiving import Receiving
from clerkd.simulate.modem.commands.registration import Registration
from clerkd.simulate.modem.commands.security import Security
from clerkd.simulate.modem.commands.sending import Sending
from clerkd.simulate.modem.commands.ussd import Ussd
from clerkd.simulate.modem.commands.vendor import Vendor
from clerkd.simulate.modem.dialogue import Dialogue, Pace, State
from clerkd.simulate.modem.faults import Faults
from clerkd.simulate.modem.habits import Habits
from clerkd.simulate.modem.interpreter import Interpreter
from clerkd.simulate.modem.radio import AIRPLANE, FULL, GSM, LTE, Operator, Radio
from clerkd.simulate.modem.settings import Settings
from clerkd.simulate.modem.sim import Lock, SimCard
from clerkd.simulate.modem.storage import Storage
from clerkd.simulate.modem.submission import Submission
from clerkd.simulate.modem.voice import Voice
from clerkd.simulate.network import Call, Cause, Done, Network, UssdAnswer

_HERE = "usbat"  # this port, as AT+QURCCFG calls it
OPERATORS = (
    Operator("Clerk Mobile", "Clerk", "00101", 2),  # 001 01 is the test network of E.212
    Operator("Other Mobile", "Other", "00102", 3),
)


class Firmware:
    """One modem without its port. What goes to the wire, and `restart` and `hang`, are its owner's."""

    def __init__(
        self,
        network: Network,
        sim: SimCard,
        *,
        imei: str,
        clock: Clock,
        habits: Habits,
        faults: Faults,
        submit_delay_s: float,
        linked_delay_s: float,
        write: Callable[[bytes], None],
        announce: Callable[..., None],
        pace: Pace,
        restart: Callable[[], None],
        hang: Callable[[], None],
    ) -> None:
        self._network = network
        self._sim = sim
        self._habits = habits
        self._settings = Settings.factory(habits)
        self._announce = announce
        self._pace = pace
        self.radio = Radio(
            OPERATORS,
            self._radio_changed,
            technology=GSM if habits.technology == "gsm" else LTE,
            functionality=AIRPLANE if habits.radio_off else FULL,
            online=self._settings.online,
        )
        self.storage = Storage(sim.messages, habits, faults)
        self._board = Board(
            clock=clock,
            imei=imei,
            habits=habits,
            faults=faults,
            settings=self._settings,
            sim=sim,
            storage=self.storage,
            radio=self.radio,
            network=network,
            announce=self._say,
            restart=restart,
        )
        self.submission = Submission(self._board, delay_s=submit_delay_s, linked_delay_s=linked_delay_s, hang=hang)
        self._registration = Registration(self._board)
        self._receiving = Receiving(self._board, self.submission)
        self._calls = Calls(self._board)
        self._ussd = Ussd(self._board)
        self.forwarding = CallForwarding(self._board)
        self.dialogue = Dialogue(
            self._interpreter(hang),
            Voice(self._settings, habits, faults, write),
            pace,
            settings=self._settings,
            habits=habits,
            faults=faults,
        )

    def _interpreter(self, hang: Callable[[], None]) -> Interpreter:
        board, basic = self._board, Basic(self._board)
        families = (
            basic,
            Identity(board),
            Security(board, self._radio_changed),
            self._registration,
            Messaging(board, lambda show: self._receiving.release(show=show)),
            Sending(board, self.submission),
            Reading(board, lambda: self._network.memory_available(self._sim.number)),
            self._receiving,
            self._calls,
            self._ussd,
            PhoneBook(board),
            self.forwarding,
            Vendor(board),
        )
        commands = [command for family in families for command in family.commands()]
        return Interpreter(board, basic.letters() | self._calls.letters(), commands, hang)

    @property
    def reachable(self) -> bool:
        """Whether the network can page it."""
        return self.radio.registered and self._sim.lock is Lock.READY and self.dialogue.state is not State.DEAF

    def deliver(self, tpdu: bytes, done: Done) -> None:
        """Take a DELIVER or STATUS-REPORT."""
        if self.reachable:
            self._receiving.deliver(tpdu, done)
        else:
            done(Cause.OUT_OF_SERVICE)

    def call_changed(self, call: Call) -> None:
        """Hear of a call from or to the modem."""
        self._calls.changed(call)

    def announce_ussd(self, answer: UssdAnswer) -> None:
        """Tell what the network says by itself, network-initiated USSD."""
        self._ussd.announce(answer)

    def power_off(self) -> None:
        """Lose all that power keeps: the session, the PIN's verification, what is under way."""
        self.dialogue.restart()
        self._receiving.reset()
        self._calls.reset()
        self._ussd.reset()
        self._settings.reset(self._habits)
        self._sim.power_on()

    def power_on(self) -> None:
        """Come up again and say so."""
        self.radio.online = self._settings.online
        self.radio.functionality = AIRPLANE if self._habits.radio_off else FULL
        self._board.started_at = self._board.clock.monotonic()
        for line in self._habits.boot:
            self._say(line)
        self._say_ready()
        self._network.arrived(self._sim.number)

    def _say_ready(self) -> None:
        """Tell when messages can be used, unless it has started anew by then."""
        started, habits = self._board.started_at, self._habits

        def say() -> None:
            if self._board.started_at == started:
                for line in habits.ready:
                    self._say(line)

        if habits.ready:
            self._pace.after(max(habits.sms_ready_s, habits.sim_ready_s), say)

    def _say(self, *lines: str) -> None:
        """Say something nobody asked for, unless it comes out of another port of the modem."""
        if self._settings.urc_port in {"", _HERE}:
            self._announce(*lines)

    def _radio_changed(self) -> None:
        self._registration.announce()
        if self.reachable:
            self._network.arrived(self._sim.number)
