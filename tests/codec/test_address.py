import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec import address
from clerkd.codec.address import Address, NumberingPlan, TypeOfNumber
from clerkd.codec.errors import DecodeError, EncodeError
from clerkd.codec.reader import Reader


def read(digits):
    return address.decode(Reader(bytes.fromhex(digits)), "TP-OA")


def test_a_plus_makes_an_international_number():
    assert Address.of("+14155550100") == Address("+14155550100", TypeOfNumber.INTERNATIONAL, NumberingPlan.ISDN)
    assert Address.of("+14155550100").encode().hex() == "0b914151550501f0"


def test_digits_alone_are_a_national_number_or_a_short_code():
    assert Address.of("12345").encode().hex() == "05812143f5"


def test_service_codes_are_dialled_and_not_spelt():
    assert Address.of("*100#").encode().hex() == "05811a00fb"
    assert read("05811a00fb").number == "*100#"


def test_letters_are_a_name():
    sender = Address.of("Clerkd1")

    assert sender.is_name
    assert sender.encode().hex() == "0dd0437659be26c700"
    assert not Address.of("12345").is_name


def test_digits_a_b_c_are_read():
    assert read("0381dcfe") == Address("abc")
    assert Address("abc").encode().hex() == "0381dcfe"
    assert Address.of("abc").is_name


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("0dd0437659be26c700", "Clerkd1"),
        ("0ed0437659be26c700", "Clerkd1"),  # counted in whole octets: no "@" at the end
        ("0ed0437659be26c762", "Clerkd11"),
        ("0081", ""),
        ("0091", ""),
        ("00d0", ""),
        ("0491214f", "+124"),  # a filler in the middle
        ("02b121", "12"),
    ],
)
def test_what_networks_send_is_read(digits, number):
    assert read(digits).number == number


@pytest.mark.parametrize(
    ("digits", "octet"),
    [("", 0), ("0b", 1), ("0b91", 2), ("0b9141", 2), ("ff91414141", 2)],
)
def test_an_address_that_ends_early_is_refused_where_it_ends(digits, octet):
    with pytest.raises(DecodeError) as caught:
        read(digits)

    assert (caught.value.field, caught.value.octet) == ("TP-OA", octet)


@pytest.mark.parametrize("number", ["+1415555x", "+", "", "Clerk of works", "naïveté™", "1" * 21, "+" + "1" * 21])
def test_what_is_no_address_is_not_written(number):
    with pytest.raises(EncodeError):
        Address.of(number)


def test_a_numbering_plan_has_four_bits():
    with pytest.raises(EncodeError):
        Address("12345", TypeOfNumber.UNKNOWN, 16).encode()


def test_a_name_is_no_service_centre():
    with pytest.raises(EncodeError):
        Address.of("Clerkd").encode_smsc()


def test_the_service_centre_is_counted_in_octets():
    written = Address.of("+14155550101").encode_smsc()

    assert written.hex() == "07914151550501f1"
    assert address.decode_smsc(Reader(written)) == Address.of("+14155550101")
    assert address.decode_smsc(Reader(b"\0")) is None
    assert address.decode_smsc(Reader(b"\x01\x91")) == Address("", TypeOfNumber.INTERNATIONAL)


@given(
    st.text("0123456789*#abc", max_size=20),
    st.sampled_from([kind for kind in TypeOfNumber if kind is not TypeOfNumber.ALPHANUMERIC]),
    st.integers(0, 15),
)
def test_any_digits_survive(digits, kind, plan):
    number = "+" + digits if kind is TypeOfNumber.INTERNATIONAL and digits else digits
    written = Address(number, kind, plan)

    assert read(written.encode().hex()) == written
    assert address.decode_smsc(Reader(written.encode_smsc())) == written


@given(st.text("ABCxyz 0189&@£$.-_{€", max_size=11))
def test_a_name_survives_unless_it_ends_like_padding(name):
    sender = Address(name, TypeOfNumber.ALPHANUMERIC, 0)
    try:
        written = sender.encode()
    except EncodeError:
        assert len(name) + name.count("{") + name.count("€") > 11
        return
    if not name.endswith("@"):
        assert read(written.hex()) == sender
