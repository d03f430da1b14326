import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec import concat, segment, ucs2, udh
from clerkd.codec.userdata import UserData
from clerkd.model.inbound import Concat


def part(text, total, sequence, **fields):
    return UserData(text, header=(udh.of_concat(Concat(1, 8, total, sequence)),), **fields)


def test_halves_of_a_pair_that_meet_become_their_character():
    assert concat.join(["ok \ud83d", "\ude00!"]) == "ok 😀!"
    assert concat.join(["\ude00", "\ud83d"]) == "\ude00\ud83d"


def test_parts_are_joined_in_their_order_however_they_come():
    text = "я" * 150
    parts = segment.split(text, reference=1).parts

    for order in itertools.permutations(parts):
        assert concat.whole(order).text == text


def test_a_message_with_a_part_missing_is_not_whole():
    assert concat.whole([part("a", 3, 1), part("c", 3, 3)]) is None
    assert concat.whole([]) is None


def test_a_part_that_came_twice_counts_once():
    assert concat.whole([part("a", 2, 1), part("a", 2, 1), part("b", 2, 2)]).text == "ab"


def test_the_whole_keeps_what_is_not_concatenation():
    ports = udh.of_ports(udh.Ports(2948, 9200))
    first = UserData(octets=b"\x01", header=(udh.of_concat(Concat(1, 8, 2, 1)), ports), dcs=4)
    second = UserData(octets=b"\x02", header=(udh.of_concat(Concat(1, 8, 2, 2)), ports), dcs=4, truncated=True)

    assert concat.whole([second, first]) == UserData(octets=b"\x01\x02", header=(ports,), dcs=4, truncated=True)


def test_a_message_in_one_piece_is_its_own_whole():
    assert concat.whole([UserData("Hello")]) == UserData("Hello")


@given(st.text(st.characters()))
def test_a_displayable_text_can_be_encoded_and_loses_only_lone_surrogates(text):
    shown = ucs2.displayable(text)

    shown.encode()
    assert len(shown) == len(ucs2.joined(text))
    if ucs2.joined(text).isprintable():
        assert shown == text


@pytest.mark.parametrize(("text", "shown"), [("a\ud83d", "a\ufffd"), ("\ude00b", "\ufffdb"), ("\ud83d\ude00", "😀")])
def test_a_lone_surrogate_is_shown_as_a_replacement(text, shown):
    assert ucs2.displayable(text) == shown


def test_an_odd_octet_is_dropped():
    assert ucs2.decode(b"\x04\x4f\x04") == "я"
