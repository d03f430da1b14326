from clerkd.modem.recorder import KEPT, FlightRecorder


def test_the_last_words_are_kept_and_nothing_secret():
    recorder = FlightRecorder()
    recorder.sent(b'AT+CPIN="4321"\r', 1.0)
    recorder.sent(b"0031000B914151550521F30000A705C8329BFD06\x1a", 2.0)
    recorder.received(b"\r\n+CMT: ,24\r\n07914477000900000004\r\n", 3.25)
    recorder.received(b'\r\n+CMTI: "SM",3\r\n', 4.0)

    assert recorder.lines() == [
        "1.000 > AT+CPIN=…\\r",
        "2.000 > 0031000B…(20)\\x1a",
        "3.250 < \\r\\n+CMT: ,24\\r\\n07914477…(10)\\r\\n",
        '4.000 < \\r\\n+CMTI: "SM",3\\r\\n',
    ]


def test_only_so_much_is_kept():
    recorder = FlightRecorder()
    for number in range(KEPT + 50):
        recorder.received(b"x" * 10000, float(number))

    lines = recorder.lines()
    assert len(lines) == KEPT
    assert lines[0].startswith("50.000")
    assert max(map(len, lines)) < 5000
