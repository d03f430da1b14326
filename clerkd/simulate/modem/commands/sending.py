"""Sending and writing messages (27.005 §3.5, §4.3 to §4.6): +CMGS, +CMGW, +CMSS, +CMMS, +CMGC."""

from __future__ import annotations

from clerkd.simulate.modem import composing
from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.numbers import number_of
from clerkd.simulate.modem.results import DONE, Cms, ParameterFault, Prompt, Reply
from clerkd.simulate.modem.storage import TEXT_STATUS, Status, Stored
from clerkd.simulate.modem.submission import Submission

_OCTET = range(256)
_STATUS_OF_TEXT = {text: status for status, text in TEXT_STATUS.items()}


class Sending:
    """What the terminal gives to be sent or kept."""

    def __init__(self, board: Board, submission: Submission) -> None:
        self._board = board
        self._settings = board.settings
        self._storage = board.storage
        self._submission = submission

    def commands(self) -> list[Command]:
        """Return the commands."""
        commands = [
            Command("+CMGS", write=self._send, test=says(), message=True),
            Command("+CMGW", self._write_open, write=self._write, test=says(), message=True),
            Command("+CMSS", write=self._send_stored, test=says(), message=True),
            Command("+CMGC", write=self._command, test=says(), message=True),
        ]
        if self._board.habits.more_messages:
            commands.append(
                Command(
                    "+CMMS",
                    read=lambda: (f"+CMMS: {self._submission.more_messages}",),
                    write=self._more_messages,
                    test=says("+CMMS: (0-2)"),
                    message=True,
                    needs_sim=False,
                )
            )
        return commands

    def _send(self, values: Values) -> Reply:
        if self._settings.text_mode:
            values.at_most(2)
            number = self._number(values, 0)

            def entered(typed: bytes) -> Reply:
                return self._submission.submit("+CMGS", composing.of_text(typed, number, self._settings))

            return Prompt(entered, lines=True)
        values.at_most(1)
        length = values.integer(0, range(1, composing.LONGEST_TPDU + 1))
        return Prompt(lambda typed: self._submission.submit("+CMGS", composing.of_pdu(typed, length)))

    def _number(self, values: Values, position: int) -> str:
        kind = values.integer(position + 1, _OCTET) if values.has(position + 1) else None
        return number_of(values.text(position), kind)

    def _write_open(self) -> Reply:
        if not self._settings.text_mode:
            raise ParameterFault
        raise Cms(303)  # a text without a number is optional in 27.005 §3.5.3

    def _write(self, values: Values) -> Reply:
        if self._settings.text_mode:
            values.at_most(3)
            number = self._number(values, 0)
            status = _STATUS_OF_TEXT.get(values.text(2, TEXT_STATUS[Status.STO_UNSENT]))
            if status is None:
                raise ParameterFault
            chosen = status
            return Prompt(
                lambda typed: self._store(chosen, composing.of_text(typed, number, self._settings)), lines=True
            )
        values.at_most(2)
        length = values.integer(0, range(1, composing.LONGEST_TPDU + 1))
        kept = Status(values.integer(1, range(4), Status.STO_UNSENT))
        return Prompt(lambda typed: self._store(kept, composing.of_pdu(typed, length)))

    def _store(self, status: Status, octets: bytes) -> Reply:
        # What is stored need not be fit for sending: drafts without a number are common.
        composing.read_any(octets, submit=status in {Status.STO_UNSENT, Status.STO_SENT})
        index = self._storage.put(self._storage.writing, Stored(status, octets))
        if index is None:
            raise Cms(322)
        return (f"+CMGW: {index}",)

    def _send_stored(self, values: Values) -> Reply:
        values.at_most(3)
        stored = self._storage.writing.get(values.integer(0, range(1 << 16)))
        if stored.status not in {Status.STO_UNSENT, Status.STO_SENT}:
            raise Cms(302)
        octets = stored.pdu
        if values.has(1):
            octets = composing.readdressed(octets, self._number(values, 1))

        def sent() -> None:
            stored.status = Status.STO_SENT

        return self._submission.submit("+CMSS", octets, sent)

    def _command(self, _values: Values) -> Reply:
        raise Cms(303)

    def _more_messages(self, values: Values) -> Reply:
        values.at_most(1)
        self._submission.more_messages = values.integer(0, range(3))
        return DONE
