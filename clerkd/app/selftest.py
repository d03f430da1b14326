"""What `clerkd modem selftest` sends, how it judges what came of it, and the page that it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Facts = dict[str, Any]

QUESTIONS = ("AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CSMS?", "AT+CNMI?", "AT+CPMS?", "AT+CMGF?", "AT+CREG?")
_SENT = {"submitted", "delivered"}


@dataclass(frozen=True, slots=True)
class Try:
    """A text to be sent, and how many segments it takes."""

    name: str
    text: str
    segments: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One point: `good` is None where there was nothing to judge."""

    point: str
    good: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a test saw."""

    line: Facts  # as `GET /v1/status` tells it
    answers: dict[str, list[str]]  # question → what the modem said
    tries: Sequence[Try]
    sent: Sequence[Facts]  # the messages, in the order of `tries`
    arrived: dict[str, float]  # text → seconds from acceptance to arrival
    submitted: Sequence[Facts]  # as `/record` tells them
    noise: Sequence[str]
    ussd: str | None  # None: not asked


def tries(tag: str, most: int) -> list[Try]:
    """Return what is sent, no more than `most` segments in all; `tag` makes texts unlike those of other tests."""
    every = [
        Try("one text", f"clerkd selftest {tag}/1", 1),
        Try("a long text", f"clerkd selftest {tag}/2 " + "0123456789" * 16 + " {end}", 2),
        Try("a Unicode text", f"clerkd selftest {tag}/3 привет 😀", 1),
    ]
    chosen: list[Try] = []
    for one in every:
        if sum(each.segments for each in chosen) + one.segments <= most:
            chosen.append(one)
    return chosen


def judge(seen: Seen) -> list[Verdict]:
    """Return a verdict per point, in the order in which people read them."""
    return [
        _service(seen.line),
        _notifications(seen.answers.get("AT+CNMI?", [])),
        _storages(seen.answers.get("AT+CPMS?", [])),
        *_sending(seen),
        _results(seen.submitted),
        _references(seen.submitted),
        _reports(seen.sent),
        Verdict("noise", None if seen.noise else True, "; ".join(seen.noise) or "none"),
        *([] if seen.ussd is None else [Verdict("USSD", bool(seen.ussd), seen.ussd or "no answer")]),
    ]


def _service(line: Facts) -> Verdict:
    words = [line["state"], line.get("operator"), line.get("model"), f"profile {line.get('profile') or 'not known'}"]
    return Verdict("in service", line["state"] in {"ready", "degraded"}, ", ".join(word for word in words if word))


def _notifications(answer: Sequence[str]) -> Verdict:
    setting = _value(answer, "+CNMI:")
    numbers = [part.strip() for part in setting.split(",")]
    good = numbers[1:2] in (["1"], ["2"])
    reports = {"1": "reports handed over", "2": "reports stored"}.get((numbers + [""] * 4)[3], "no reports")
    return Verdict("AT+CNMI", good, f"{setting or 'no answer'} ({reports})")


def _storages(answer: Sequence[str]) -> Verdict:
    setting = _value(answer, "+CPMS:")
    return Verdict("AT+CPMS", bool(setting), setting or "no answer")


def _sending(seen: Seen) -> list[Verdict]:
    verdicts = []
    for one, message in zip(seen.tries, seen.sent, strict=True):
        came = seen.arrived.get(one.text)
        error = f": {message['error']['message']}" if message.get("error") else ""
        back = f"back after {came:.1f} s" if came is not None else "did not come back"
        good = message["state"] in _SENT and came is not None and len(message["segments"]) == one.segments
        verdicts.append(Verdict(one.name, good, f"{message['state']}{error}, {back}"))
    return verdicts


def _results(submitted: Sequence[Facts]) -> Verdict:
    took = [one["result_s"] for one in submitted if one["result_s"] is not None]
    lost = len(submitted) - len(took)
    if not took:
        return Verdict("result", good=False, words="no submission got a result")
    words = f"{min(took):.2f} to {max(took):.2f} s after the PDU"
    return Verdict("result", not lost, words + (f"; {lost} never came" if lost else ""))


def _references(submitted: Sequence[Facts]) -> Verdict:
    """TP-MR counts up by one, modulo 256: 23.040 §9.2.3.6."""
    told = [one["reference"] for one in submitted if one["reference"] is not None]
    if len(told) < 2:
        return Verdict("TP-MR", None, "too few to judge: " + (", ".join(map(str, told)) or "none"))
    good = all((b - a) % 256 == 1 for a, b in pairwise(told))
    return Verdict("TP-MR", good, ", ".join(map(str, told)))


def _reports(sent: Sequence[Facts]) -> Verdict:
    segments = [one for message in sent for one in message["segments"] if one["state"] in _SENT]
    reported = sum(one["report"] is not None and one["report"]["status"] == "delivered" for one in segments)
    if not segments:
        return Verdict("delivery report", None, "nothing was sent")
    return Verdict("delivery report", reported == len(segments), f"{reported} of {len(segments)} segments")


def _value(answer: Sequence[str], head: str) -> str:
    return next((line.removeprefix(head).strip() for line in answer if line.startswith(head)), "")


# The page --------------------------------------------------------------------------------------------------

MARKS = {True: "good", False: "bad", None: "seen"}


def page(seen: Seen, verdicts: Sequence[Verdict], day: str) -> str:
    """Return a page as those in hardware/: what this modem is and what it did on `day`."""
    maker, model, firmware = (_first(seen.answers.get(question, [])) for question in QUESTIONS[:3])
    rows = "\n".join(f"| {one.point} | {MARKS[one.good]} | {_cell(one.words)} |" for one in verdicts)
    asked = "\n".join(f"| `{question}` | {_cell(' / '.join(said))} |" for question, said in seen.answers.items())
    return (
        f"# {maker} {model}\n\nFirmware {firmware}; profile `{seen.line.get('profile') or 'generic'}`. "
        f"Seen on {day} by `clerkd modem selftest`: {sum(one.segments for one in seen.tries)} segments were sent.\n\n"
        f"| point | verdict | what it did |\n|---|---|---|\n{rows}\n\n"
        f"| asked | said |\n|---|---|\n{asked}\n"
    )


def _first(answer: Sequence[str]) -> str:
    return answer[0].strip('"') if len(answer) > 1 else "not told"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
