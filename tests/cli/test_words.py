from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clerkd.cli.words import ago, count, one_line, signal, span, table

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=3), "now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=60), "2026-01-03"),
    ],
)
def test_moments_are_told_as_people_tell_them(before, words):
    assert ago((NOW - before).isoformat(), NOW) == words


def test_what_never_happened_is_said_so():
    assert ago(None) == "never"


def test_signal_strength_has_a_meaning():
    assert [signal(dbm) for dbm in (-60, -85, -100, -113, None)] == [
        "-60 dBm (good)",
        "-85 dBm (fair)",
        "-100 dBm (weak)",
        "-113 dBm (very weak)",
        "not known",
    ]


def test_counts_and_spans_are_words():
    assert [count(1, "line"), count(2, "line"), span(7200), span(86400)] == ["1 line", "2 lines", "2 h", "1 day"]


def test_columns_are_aligned_by_what_a_terminal_shows():
    shown = table(("WHO", "TEXT"), [("日本", "a"), ("bob", "e\u0301"), ("👍", "b")])

    assert shown.splitlines() == ["WHO   TEXT", "日本  a", "bob   e\u0301", "👍    b"]


def test_a_line_ends_at_the_edge_of_the_terminal():
    assert table(("A", "B"), [("x", "a long text")], width=8) == "A  B\nx  a lo…"


def test_a_text_message_cannot_paint_the_terminal():
    assert one_line("a\nb\x1b[31mred\u202egnp") == "a⏎b·[31mred·gnp"
