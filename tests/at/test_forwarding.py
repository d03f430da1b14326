"""+CCFC in the forms in which modems and networks say it, 27.007 §7.11."""

import pytest

from clerkd.at.forwarding import ForwardingAnswer, register_forwarding, voice_forwarding

NUMBER = "+447700900123"


@pytest.mark.parametrize(
    ("lines", "meant"),
    [
        (["+CCFC: 0,7"], ForwardingAnswer(active=False, classes=7)),
        (["+CCFC: 0,255"], ForwardingAnswer(active=False, classes=255)),
        (["+CCFC: 0"], ForwardingAnswer(active=False, classes=0)),
        ([f'+CCFC: 1,1,"{NUMBER}",145'], ForwardingAnswer(True, 1, NUMBER)),
        ([f'+CCFC: 1,1,"{NUMBER[1:]}",145'], ForwardingAnswer(True, 1, NUMBER)),
        ([f'+CCFC: 1,1,"{NUMBER}",145,,,20'], ForwardingAnswer(True, 1, NUMBER, 20)),
        ([f'+CCFC:1,1,{NUMBER},145,"",128,15'], ForwardingAnswer(True, 1, NUMBER, 15)),
        (['+CCFC: 1,4,"07700900456",129', f'+CCFC: 1,1,"{NUMBER}",145'], ForwardingAnswer(True, 1, NUMBER)),
        (['+CCFC: 1,7,"07700900456",129'], ForwardingAnswer(True, 7, "07700900456")),
        (["+CCFC: x", "noise"], None),
        ([], None),
    ],
)
def test_an_answer_is_read_for_voice_calls(lines, meant):
    assert voice_forwarding(lines) == meant


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, f'AT+CCFC=2,3,"{NUMBER}",145,1'),
        ({"after_s": 15}, f'AT+CCFC=2,3,"{NUMBER}",145,1,,,15'),
        ({"classes": False}, f'AT+CCFC=2,3,"{NUMBER}",145'),
        ({"after_s": 15, "classes": False}, f'AT+CCFC=2,3,"{NUMBER}",145,,,,15'),
    ],
)
def test_a_number_is_registered_for_voice(options, text):
    assert register_forwarding(2, NUMBER, **options).text == text
