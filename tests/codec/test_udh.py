import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec import udh
from clerkd.codec.errors import EncodeError
from clerkd.codec.udh import Element, Ports
from clerkd.model.inbound import Concat

elements = st.builds(Element, st.integers(0, 255), st.binary(max_size=20))


@given(st.lists(elements, min_size=1, max_size=10).map(tuple))
def test_any_elements_survive_in_their_order(header):
    assert udh.decode(udh.encode(header)[1:]) == header


@given(st.binary(max_size=140))
def test_any_octets_are_elements_or_nothing(octets):
    header = udh.decode(octets)

    if header:
        assert udh.encode(header)[1:] == octets
        udh.concat(header)
        udh.ports(header)
        udh.languages(header)


def test_elements_that_do_not_add_up_are_no_header():
    assert udh.decode(bytes.fromhex("000301")) is None
    assert udh.decode(bytes.fromhex("00")) is None
    assert udh.decode(bytes.fromhex("000301020170")) is None


@pytest.mark.parametrize("concat", [Concat(0, 8, 1, 1), Concat(255, 8, 255, 255), Concat(65535, 16, 2, 1)])
def test_a_concatenation_survives(concat):
    assert udh.concat((udh.of_concat(concat),)) == concat


@pytest.mark.parametrize(
    "concat",
    [
        Concat(256, 8, 2, 1),
        Concat(-1, 8, 2, 1),
        Concat(65536, 16, 2, 1),
        Concat(1, 12, 2, 1),
        Concat(1, 8, 2, 3),
        Concat(1, 8, 0, 0),
        Concat(1, 8, 256, 1),
        Concat(1, 8, 2, 0),
    ],
)
def test_a_concatenation_that_cannot_be_is_not_written(concat):
    with pytest.raises(EncodeError):
        udh.of_concat(concat)


@pytest.mark.parametrize("octets", ["010200", "010203", "010000", "0102", "01020101"])
def test_a_concatenation_that_cannot_be_is_ignored(octets):
    assert udh.concat((Element(udh.CONCAT_8, bytes.fromhex(octets)),)) is None


def test_the_last_of_two_concatenations_holds():
    eight, sixteen = udh.of_concat(Concat(1, 8, 2, 1)), udh.of_concat(Concat(1, 16, 3, 2))

    assert udh.concat((eight, sixteen)) == Concat(1, 16, 3, 2)
    assert udh.concat((sixteen, eight)) == Concat(1, 8, 2, 1)


@pytest.mark.parametrize("ports", [Ports(2948, 9200), Ports(0, 65535), Ports(250, 1, 8)])
def test_ports_survive(ports):
    assert udh.ports((udh.of_ports(ports),)) == ports


@pytest.mark.parametrize("ports", [Ports(65536, 0), Ports(256, 0, 8), Ports(0, -1), Ports(1, 1, 7)])
def test_ports_that_cannot_be_are_not_written(ports):
    with pytest.raises(EncodeError):
        udh.of_ports(ports)


def test_languages_survive_and_zero_needs_no_element():
    assert udh.languages(udh.of_languages(6, 4)) == (6, 4)
    assert udh.of_languages(0, 0) == ()
    assert udh.languages(udh.of_languages(0, 1)) == (0, 1)
    assert udh.languages((Element(udh.NATIONAL_SINGLE, b"\x01\x02"),)) == (0, 0)


def test_a_header_has_at_most_255_octets():
    with pytest.raises(EncodeError):
        udh.encode((Element(0x70, bytes(254)),))
    with pytest.raises(EncodeError):
        udh.encode((Element(0x70, bytes(256)),))
    with pytest.raises(EncodeError):
        udh.encode((Element(256, b""),))
    assert udh.encode(()) == b""
