"""What modems cost, for `/metrics`: questions without an answer, losses, steps of recovery, time in each state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clerkd.api.prometheus import Metric, Sample
from clerkd.modem.line import ModemLine


def modem_metrics(lines: Mapping[str, ModemLine]) -> Iterable[Metric]:
    """Return the metrics of all lines that have a modem."""
    tallies = {name: line.tally() for name, line in lines.items()}
    return (
        Metric(
            "clerkd_modem_unanswered_total",
            "counter",
            "Commands that a modem did not answer in their time.",
            tuple(Sample(tally.unanswered, {"line": name}) for name, tally in tallies.items()),
        ),
        Metric(
            "clerkd_modem_lost_total",
            "counter",
            "Times that a line in service lost its modem.",
            tuple(Sample(tally.lost, {"line": name}) for name, tally in tallies.items()),
        ),
        Metric(
            "clerkd_modem_recovery_steps_total",
            "counter",
            "Steps that were taken to get a modem to answer again.",
            tuple(
                Sample(count, {"line": name, "step": step.value})
                for name, tally in tallies.items()
                for step, count in tally.steps.items()
            ),
        ),
        *_storage_metrics(lines),
        Metric(
            "clerkd_line_state_seconds_total",
            "counter",
            "Time that a line spent in each state.",
            tuple(
                Sample(round(seconds, 3), {"line": name, "state": state.value})
                for name, tally in tallies.items()
                for state, seconds in tally.state_s.items()
            ),
        ),
    )


def _storage_metrics(lines: Mapping[str, ModemLine]) -> Iterable[Metric]:
    rooms = {name: line.room for name, line in lines.items()}
    gauges = {
        "used": ("Messages in the modem's storage at the last look.", {n: room.used for n, room in rooms.items()}),
        "slots": ("Room for messages in the modem's storage.", {n: room.total for n, room in rooms.items()}),
    }
    counters = {
        "filled": ("Messages that did not fit into the storage.", {n: room.filled for n, room in rooms.items()}),
        "unannounced": (
            "Messages that a modem took and said nothing of.",
            {n: room.unannounced for n, room in rooms.items()},
        ),
        "misplaced": (
            "Announcements of messages in another storage than the one that receives.",
            {n: room.misplaced for n, room in rooms.items()},
        ),
    }
    for what, (words, values) in gauges.items():
        known = tuple(Sample(value, {"line": name}) for name, value in values.items() if value is not None)
        yield Metric(f"clerkd_modem_storage_{what}", "gauge", words, known)
    for what, (words, counts) in counters.items():
        samples = tuple(Sample(count, {"line": name}) for name, count in counts.items())
        yield Metric(f"clerkd_modem_storage_{what}_total", "counter", words, samples)
