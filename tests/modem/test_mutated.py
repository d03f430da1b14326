"""Ten thousand mutated PDUs on a SIM: each is taken off it, and the reader never stops."""

import random
from datetime import UTC, datetime

import pytest
from fakes.facts import fact
from fakes.numbers import NUMBER, PEER

from clerkd.codec import segment
from clerkd.codec.address import Address
from clerkd.codec.tpdu import Deliver, StatusReport

COUNT = 10_000
MOMENT = datetime(2024, 3, 9, 14, 5, 7, tzinfo=UTC)


def originals():
    peer = Address.of(PEER)
    long = segment.split("The quick brown fox jumps over the lazy dog. " * 8, reference=7).parts
    texts = [*long, segment.split("привет 😀", reference=1).parts[0], segment.split("{[€]}", reference=1).parts[0]]
    return [
        *(Deliver(peer, MOMENT, text).encode() for text in texts),
        StatusReport(7, peer, MOMENT, MOMENT, 0).encode(),
    ]


def mutated(chance, units):
    """Return a PDU in which octets were changed, taken out, put in, or the end cut off."""
    octets = bytearray(chance.choice(units))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(octets)) if octets else 0
        match chance.randrange(4):
            case 0 if octets:
                octets[at] = chance.randrange(256)
            case 1:
                octets.insert(at, chance.randrange(256))
            case 2 if octets:
                del octets[at]
            case _:
                del octets[at + 1 :]
    return bytes(octets[:170]) or b"\0"


def without_more(octets):
    """Return a TPDU without TP-MMS, which the network sets as it has more to send."""
    return bytes((octets[0] & ~4,)) + octets[1:]


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_ten_thousand_mutated_pdus_are_taken_and_the_next_text_is_read(start_line, network):
    chance, units = random.Random(1), originals()
    rig = await start_line()
    wrong = [mutated(chance, units) for _ in range(COUNT)]
    for octets in wrong:
        network.deliver(NUMBER, octets)
    network.phone(PEER).send(NUMBER, "and then a text")

    await fact(lambda: "and then a text" in rig.receiver.texts[-1:], 150)
    assert not rig.task.done()
    await rig.send("and one out")
    assert [text.text for text in network.phone(PEER).inbox] == ["and one out"]
    kept = {without_more(one.pdu[1 + one.pdu[0] :]) for one in rig.receiver.kept}
    assert {without_more(octets) for octets in wrong} - kept == set()
