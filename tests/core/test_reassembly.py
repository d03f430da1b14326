"""Parts become messages: in any order, with repetitions, losses and two messages under one reference."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.core.inbound.reassembly import APART_MS, CLOSE_MS, DOUBT_MS, PATIENCE_MS, decide, key_of, sequence_of
from clerkd.core.inbound.text import tell
from clerkd.model.inbound import Concat, InboundSegment, KeptPart
from clerkd.model.message import Encoding

NOW = 1_700_000_000_000
PEER = "+14155550123"


def segment(text, sequence, total, *, stamp=0, arrived=0, reference=7, **more):
    return InboundSegment(
        line="support",
        sim="sim",
        pdu=f"{text}{sequence}{stamp}{arrived}".encode("utf-8", "surrogatepass"),
        received_at=NOW + arrived,
        sender=PEER,
        sent_at=None if stamp is None else NOW + stamp,
        encoding=Encoding.UCS2,
        text=text,
        concat=Concat(reference, 8, total, sequence),
        **more,
    )


class Desk:
    """Applies decisions as the store does."""

    def __init__(self):
        self.parts = {}
        self.messages = {}
        self._seq = count(1)
        self.next_at = None

    def arrive(self, arrived, now=None):
        seq = next(self._seq)
        self.parts[seq] = KeptPart(seq, arrived)
        self.decide(NOW if now is None else now)

    def decide(self, now):
        decisions = decide(list(self.parts.values()), now)
        for part in decisions.repeated:
            del self.parts[part.seq]
        for parts in decisions.tell:
            self._attach(parts, next(self._seq) + 1000)
        for message_seq, parts in decisions.amend:
            self._attach(parts, message_seq)
        self.next_at = decisions.next_at

    def _attach(self, parts, message_seq):
        for part in parts:
            assert part.message_seq is None
            self.parts[part.seq] = KeptPart(part.seq, part.segment, message_seq)
        mine = [part for part in self.parts.values() if part.message_seq == message_seq]
        assert len({sequence_of(part) for part in mine}) == len(mine)
        self.messages[message_seq] = tell(mine).text

    def settle(self):
        """Let all waits end."""
        while self.next_at is not None:
            self.decide(self.next_at)

    @property
    def texts(self):
        return list(self.messages.values())


def test_a_whole_message_is_told_at_once_in_order():
    desk = Desk()
    for sequence in (3, 1, 2):
        desk.arrive(segment(f"<{sequence}>", sequence, 3, stamp=sequence * 4000))
    assert desk.texts == ["<1><2><3>"]
    assert desk.next_at is None


def test_halves_of_a_surrogate_pair_meet_again_and_a_lone_one_is_marked():
    desk = Desk()
    desk.arrive(segment("a\ud83d", 1, 2))
    desk.arrive(segment("\ude00b", 2, 2))
    assert desk.texts == ["a😀b"]
    alone = Desk()
    alone.arrive(segment("a\ud83d", 1, 2))
    alone.settle()
    assert alone.texts == ["a\ufffd [part 2 of 2 missing]"]


def test_what_is_missing_is_said_after_ten_minutes_and_a_late_part_completes_it():
    desk = Desk()
    desk.arrive(segment("one", 1, 3))
    desk.arrive(segment("three", 3, 3, stamp=5000))
    desk.decide(NOW + PATIENCE_MS - 1)
    assert desk.texts == []
    desk.decide(NOW + PATIENCE_MS)
    assert desk.texts == ["one [part 2 of 3 missing] three"]
    desk.arrive(segment("two", 2, 3, stamp=3000, arrived=50 * 3_600_000), NOW + 50 * 3_600_000)
    assert desk.texts == ["onetwothree"]


def test_the_same_part_again_is_a_repetition():
    desk = Desk()
    for sequence, stamp in ((1, 0), (1, 9000), (2, 4000), (2, 12_000)):
        desk.arrive(segment(f"<{sequence}>", sequence, 2, stamp=stamp))
    desk.settle()
    assert desk.texts == ["<1><2>"]


def test_a_part_repeated_long_after_its_message_was_told_is_not_told_again():
    desk = Desk()
    desk.arrive(segment("a", 1, 2))
    desk.arrive(segment("b", 2, 2))
    desk.arrive(segment("b", 2, 2, stamp=20 * CLOSE_MS))
    desk.settle()
    assert desk.texts == ["ab"]


def test_the_same_text_sent_again_under_the_same_reference_is_another_message():
    desk = Desk()
    for stamp in (0, 10 * CLOSE_MS):
        desk.arrive(segment("a", 1, 2, stamp=stamp))
        desk.arrive(segment("b", 2, 2, stamp=stamp))
    assert desk.texts == ["ab", "ab"]


def test_another_text_under_the_same_number_opens_another_message():
    desk = Desk()
    for text in ("a", "A", "b", "B"):
        desk.arrive(segment(text, 1 if text in "aA" else 2, 2, stamp="aAbB".index(text) * 100))
    desk.settle()
    assert sorted("".join(sorted(desk.texts))) == sorted("aAbB")
    assert len(desk.texts) == 2


def test_parts_stamped_minutes_apart_are_put_together_when_nothing_better_comes():
    desk = Desk()
    desk.arrive(segment("a", 1, 2))
    desk.arrive(segment("b", 2, 2, stamp=3 * CLOSE_MS, arrived=1000))
    assert desk.texts == []
    desk.decide(NOW + 1000 + DOUBT_MS)
    assert desk.texts == ["ab"]


def test_parts_stamped_more_than_an_hour_apart_are_never_put_together():
    desk = Desk()
    desk.arrive(segment("a", 1, 2))
    desk.arrive(segment("b", 2, 2, stamp=APART_MS + 1))
    desk.settle()
    assert desk.texts == ["a [part 2 of 2 missing]", "[part 1 of 2 missing] b"]


def test_parts_without_a_time_stamp_go_by_their_arrival():
    desk = Desk()
    desk.arrive(segment("b", 2, 2, stamp=None, arrived=2000))
    desk.arrive(segment("a", 1, 2, stamp=None, arrived=0))
    assert desk.texts == ["ab"]


@pytest.mark.parametrize(("sequence", "total"), [(0, 3), (4, 3), (1, 0), (0, 0), (1, 1)])
def test_an_element_that_makes_no_sense_is_ignored(sequence, total):
    alone = segment("text", sequence, total)
    assert key_of(alone) is None
    assert tell([KeptPart(1, alone)]).text == "text"


def test_references_of_8_and_16_bits_are_different_and_0_is_one():
    assert key_of(segment("a", 1, 2, reference=0)) is not None
    wide = InboundSegment("l", "s", b"", NOW, PEER, NOW, Encoding.GSM7, "a", concat=Concat(7, 16, 2, 1))
    assert key_of(wide) != key_of(segment("a", 1, 2))


def test_binary_parts_are_shown_in_hexadecimal():
    port = {"encoding": Encoding.OCTETS, "destination_port": 2948}
    first = InboundSegment("l", "s", b"1", NOW, PEER, NOW, text="", octets=b"\x01", concat=Concat(1, 8, 2, 1), **port)
    last = InboundSegment("l", "s", b"2", NOW, PEER, NOW, text="", octets=b"\x02", concat=Concat(1, 8, 2, 2), **port)
    told = tell([KeptPart(1, first), KeptPart(2, last)])
    assert (told.text, told.encoding, told.detail) == ("[2 octets: 0102]", Encoding.OCTETS, {"port": 2948})


def arrivals(texts, stamps):
    """All parts of some messages as (message, sequence, total, text, stamp)."""
    return [
        (message, sequence, len(parts), f"{message}{chr(96 + sequence)}", stamps[message] + sequence * 1000)
        for message, parts in enumerate(texts)
        for sequence in range(1, len(parts) + 1)
    ]


@given(st.integers(2, 10), st.data())
def test_one_message_in_any_order_with_repetitions_is_told_once_and_whole(total, data):
    parts = list(range(1, total + 1))
    order = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts), max_size=4))))
    desk = Desk()
    for arrived, sequence in enumerate(order):
        desk.arrive(segment(f"<{sequence}>", sequence, total, stamp=sequence * 3000, arrived=arrived))
    desk.settle()
    assert desk.texts == ["".join(f"<{sequence}>" for sequence in parts)]


@given(st.integers(2, 6), st.integers(CLOSE_MS + 20_001, APART_MS), st.data())
def test_two_messages_under_one_reference_are_never_mixed_if_stamped_a_minute_apart(total, later, data):
    parts = arrivals([range(total), range(total)], [0, later])
    desk = Desk()
    for arrived, (_, sequence, _, text, stamp) in enumerate(data.draw(st.permutations(parts))):
        desk.arrive(segment(text, sequence, total, stamp=stamp, arrived=arrived))
    desk.settle()
    assert sorted(desk.texts) == [
        "".join(f"{message}{chr(96 + sequence)}" for sequence in range(1, total + 1)) for message in (0, 1)
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from([0, 5_000, 70_000, 4_000_000, None])),
        min_size=1,
        max_size=14,
    ),
    st.lists(st.integers(0, PATIENCE_MS), max_size=14),
)
def test_no_text_is_ever_lost_whatever_arrives_whenever(found, waits):
    desk = Desk()
    now = NOW
    for index, (message, sequence, stamp) in enumerate(found):
        now += waits[index] if index < len(waits) else 1
        desk.arrive(segment(f"«{message}.{sequence}»", sequence, 4, stamp=stamp, arrived=now - NOW), now)
    desk.settle()
    told = "".join(desk.texts)
    assert all(f"«{message}.{sequence}»" in told for message, sequence, _ in found)
    assert all(part.message_seq is not None for part in desk.parts.values())
