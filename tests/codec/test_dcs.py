import pytest

from clerkd.codec.dcs import CODINGS, Indication, Waiting, octet_of
from clerkd.codec.errors import EncodeError
from clerkd.model.message import Encoding

GSM7, UCS2, OCTETS = Encoding.GSM7, Encoding.UCS2, Encoding.OCTETS


def test_every_octet_stands_at_its_place():
    assert [coding.octet for coding in CODINGS] == list(range(256))


@pytest.mark.parametrize(
    ("octet", "encoding", "message_class"),
    [
        (0x00, GSM7, None),
        (0x03, GSM7, None),
        (0x04, OCTETS, None),
        (0x08, UCS2, None),
        (0x10, GSM7, 0),
        (0x11, GSM7, 1),
        (0x15, OCTETS, 1),
        (0x18, UCS2, 0),
        (0x1B, UCS2, 3),
        (0x50, GSM7, 0),
        (0x48, UCS2, None),
        (0xF0, GSM7, 0),
        (0xF2, GSM7, 2),
        (0xF5, OCTETS, 1),
        (0xF8, GSM7, 0),
        (0xC8, GSM7, None),
        (0xD0, GSM7, None),
        (0xE0, UCS2, None),
    ],
)
def test_a_coding_has_its_alphabet_and_class(octet, encoding, message_class):
    assert (CODINGS[octet].encoding, CODINGS[octet].message_class) == (encoding, message_class)


@pytest.mark.parametrize("octet", [0x0C, 0x1F, 0x4C, 0x80, 0xBF])
def test_reserved_codings_are_octets(octet):
    assert CODINGS[octet].reserved
    assert CODINGS[octet].encoding is OCTETS


@pytest.mark.parametrize("octet", [0x20, 0x28, 0x31, 0x60, 0x78])
def test_compressed_text_is_octets(octet):
    assert CODINGS[octet].compressed
    assert CODINGS[octet].encoding is OCTETS


def test_automatic_deletion_is_a_group_of_its_own():
    assert {coding.octet for coding in CODINGS if coding.automatic_deletion} == set(range(0x40, 0x80))


def test_waiting_messages_are_told():
    assert CODINGS[0xC8].indication == Indication(Waiting.VOICEMAIL, active=True, store=False)
    assert CODINGS[0xD1].indication == Indication(Waiting.FAX, active=False, store=True)
    assert CODINGS[0xEB].indication == Indication(Waiting.OTHER, active=True, store=True)
    assert CODINGS[0x00].indication is None


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("message_class", [None, 0, 1, 2, 3])
def test_what_is_written_is_read(encoding, message_class):
    coding = CODINGS[octet_of(encoding, message_class)]

    assert (coding.encoding, coding.message_class, coding.reserved) == (encoding, message_class, False)


def test_there_is_no_fifth_class():
    with pytest.raises(EncodeError):
        octet_of(GSM7, 4)
