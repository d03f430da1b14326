from __future__ import annotations

import os
import socket

import pytest

from clerkd.app.systemd import Notifier


@pytest.fixture
def systemd(tmp_path):
    """The end of the notification socket that systemd holds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.settimeout(5)
        yield end


def test_systemd_is_told_in_datagrams(systemd):
    notifier = Notifier({"NOTIFY_SOCKET": systemd.getsockname()})

    notifier.ready("2 lines")
    notifier.feed()
    notifier.extend(12.5)
    notifier.stopping("bye")

    assert [systemd.recv(256).decode() for _ in range(4)] == [
        "READY=1\nSTATUS=2 lines",
        "WATCHDOG=1",
        "EXTEND_TIMEOUT_USEC=12500000",
        "STOPPING=1\nSTATUS=bye",
    ]


def test_an_abstract_socket_is_reached():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(f"\0clerkd-test-{os.getpid()}")
        end.settimeout(5)
        Notifier({"NOTIFY_SOCKET": f"@clerkd-test-{os.getpid()}"}).feed()
        assert end.recv(256) == b"WATCHDOG=1"


def test_without_systemd_nothing_happens():
    notifier = Notifier({})

    notifier.ready("ready")

    assert notifier.watchdog_s is None


def test_a_systemd_that_went_away_stops_nothing(tmp_path):
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).feed()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),  # meant for somebody else
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_s_wish_is_read(environ, expected):
    assert Notifier(environ).watchdog_s == expected
