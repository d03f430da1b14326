import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec.errors import EncodeError
from clerkd.codec.gsm7 import DEFAULT, DEFAULT_LOCKING
from clerkd.codec.ussd import pack_ussd, unpack_ussd

codes = st.text(DEFAULT_LOCKING.replace("\x1b", "") + "€{")


@given(codes)
def test_a_string_survives_unless_its_own_end_looks_like_padding(text):
    read = unpack_ussd(pack_ussd(text))

    septets = len(DEFAULT.encode(text))
    # 23.038 §6.1.2.3.1: two returns, of which the second fills the last octet, are one that was doubled
    assert read == (text[:-1] if septets % 8 == 1 and text.endswith("\r\r") else text)


@pytest.mark.parametrize("text", ["", "*100#", "1234567", "12345678", "123456", "Votre solde est 5€", "@@@@@@@"])
def test_common_strings_survive(text):
    assert unpack_ussd(pack_ussd(text)) == text


@given(st.binary(max_size=200))
def test_any_octets_have_a_text(octets):
    unpack_ussd(octets)


def test_what_the_alphabet_lacks_is_refused():
    with pytest.raises(EncodeError):
        pack_ussd("ş")
