"""From a modem's octets to lines and prompts.

V.250 §5.7.1 frames what a modem says as `<CR><LF>text<CR><LF>`; modems also end lines with a bare CR, a bare LF
or `<CR><CR><LF>`. So both octets end a line and empty lines mean nothing. The prompt of 27.005 §3.5.1 is the
exception: `<CR><LF>> ` and no line end after it, because the modem now waits for us.
"""

from __future__ import annotations

from dataclasses import dataclass

LINE_LIMIT = 4096  # octets; the longest line of any command is a CMGL PDU, 2 * 176 digits

_PADDING = "\0\x1a\t "  # what serial noise, echoed Ctrl-Z and vendors put around a line


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its ends and without padding, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The modem waits for a PDU."""


class Splitter:
    """Cut a modem's octet stream into lines and prompts; never reads, never waits.

    The result depends on the octets only, not on how they were cut into calls. Octets are Latin-1: every octet is
    a character, so no noise can stop the reader. A line over `LINE_LIMIT` is babble and dropped whole.
    """

    def __init__(self) -> None:
        self.expect_prompt = False  # cleared by the prompt itself: a command has only one
        self.dropped = 0  # lines over the limit
        self._tail = ""  # what came after the last line end
        self._babble = False

    def feed(self, octets: bytes) -> list[Line | Prompt]:
        """Return the lines and prompts that these octets complete."""
        *ended, tail = (self._tail + octets.decode("latin-1")).replace("\n", "\r").split("\r")
        out: list[Line | Prompt] = []
        for text in ended:
            self._end_line(text, out)
        # A prompt has no line end, so it is looked for in what is left, at the start of its line only: a '>'
        # inside a half-received line belongs to that line.
        if self.expect_prompt and not self._babble:
            start = tail.lstrip(_PADDING)
            if start.startswith(">"):
                self.expect_prompt = False
                out.append(Prompt())
                tail = start[1:]
        if len(tail) > LINE_LIMIT:
            self._babble = True
            tail = ""
        self._tail = tail
        return out

    def _end_line(self, text: str, out: list[Line | Prompt]) -> None:
        if self.expect_prompt and not self._babble:
            start = text.lstrip(_PADDING)
            if start.startswith(">"):
                self.expect_prompt = False
                out.append(Prompt())
                text = start[1:]
        if self._babble or len(text) > LINE_LIMIT:
            self._babble = False
            self.dropped += 1
            return
        text = text.strip(_PADDING)
        if text:
            out.append(Line(text))

    def clear(self) -> None:
        """Forget a half-received line and the expected prompt."""
        self._tail = ""
        self._babble = False
        self.expect_prompt = False
