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
        "3.250 < +CMT: ,24\\r\\n",
        "3.250 < 07914477…(10)\\r\\n",
        '4.000 < +CMTI: "SM",3\\r\\n',
    ]


def test_only_so_much_is_kept():
    recorder = FlightRecorder()
    for number in range(KEPT + 50):
        recorder.received(b"x" * 10000, float(number))

    lines = recorder.lines()
    assert len(lines) == KEPT
    assert lines[0].startswith("50.000")
    assert max(map(len, lines)) < 5000


def test_numbers_and_texts_are_masked_however_the_octets_come():
    said = (
        b'+CLIP: "+447700900123",145\r\n'
        b'+CUSD: 0,"Your balance is\r\n5 pounds, Ann",15\r\nOK\r\n'
        b'+CPBR: 1,"+447700900123",145,"Ann"\r\n'
        b"+CMGL: 1,1,,24\r\n0791447700900000040B91\r\n"
        b"490154203237518\r\n"
        b"+CSQ: 23,99\r\n"
    )
    whole, dripping = FlightRecorder(), FlightRecorder()
    whole.received(said, 1.0)
    for octet in said:
        dripping.received(bytes([octet]), 1.0)

    assert dripping.lines() == whole.lines()
    assert whole.lines() == [
        '1.000 < +CLIP: "…",145\\r\\n',
        '1.000 < +CUSD: 0,"…"\\r\\n',
        "1.000 < …\\r\\n",
        "1.000 < OK\\r\\n",
        '1.000 < +CPBR: 1,"…",145,"…"\\r\\n',
        "1.000 < +CMGL: 1,1,,24\\r\\n",
        "1.000 < 07914477…(11)\\r\\n",
        "1.000 < …18\\r\\n",
        "1.000 < +CSQ: 23,99\\r\\n",
    ]
