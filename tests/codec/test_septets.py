"""Packing against the definition in 23.038 §6.1.2, done bit by bit."""

from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec import septets

codes = st.lists(st.integers(0, 127), max_size=600).map(bytes)
fill = st.integers(0, 6)


def packed_bit_by_bit(values, fill_bits):
    bits = [0] * fill_bits
    for value in values:
        bits += [value >> place & 1 for place in range(7)]
    bits += [0] * (-len(bits) % 8)
    return bytes(sum(bit << place for place, bit in enumerate(bits[i : i + 8])) for i in range(0, len(bits), 8))


@given(codes, fill)
def test_septets_are_packed_as_the_definition_says(values, fill_bits):
    assert septets.pack(values, fill_bits) == packed_bit_by_bit(values, fill_bits)


@given(codes, fill)
def test_what_was_packed_is_unpacked(values, fill_bits):
    assert septets.unpack(septets.pack(values, fill_bits), len(values), fill_bits) == values


@given(st.binary(max_size=40), st.integers(0, 600), fill)
def test_any_octets_have_as_many_septets_as_are_asked_for(octets, count, fill_bits):
    values = septets.unpack(octets, count, fill_bits)

    assert len(values) == count
    assert all(value < 128 for value in values)


def test_text_starts_at_a_septet_after_a_header_of_any_length():
    assert [septets.fill_bits_after(octets) for octets in range(8)] == [0, 6, 5, 4, 3, 2, 1, 0]
    assert all((octets * 8 + septets.fill_bits_after(octets)) % 7 == 0 for octets in range(256))
