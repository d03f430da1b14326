from clerkd.at.answers import (
    Capacity,
    StoredMessage,
    capacity_of,
    listed,
    notification_modes_of,
    operator_of,
    read_at,
    registration_of,
    setting_of,
    storages_of,
    value_of,
    word_of,
)
from clerkd.at.events import Registration
from clerkd.at.fields import fields, numbers_in


def test_a_list_gives_every_message_with_its_pdu():
    lines = ['+CMGL: 1,0,"",3', "000102AA", "+CMGL: 12,3,,2", "0001BB", "+CMGL: 4,,,2", "no hex", "+CMGL: 5,1,,2"]

    assert listed(lines) == [
        StoredMessage(1, 0, bytes.fromhex("000102AA")),
        StoredMessage(12, 3, bytes.fromhex("0001BB")),
        StoredMessage(4, 0, None),
        StoredMessage(5, 1, None),
    ]
    assert [message.received for message in listed(lines)] == [True, False, True, True]


def test_headers_without_a_pdu_do_not_take_the_next_one():
    lines = ["+CMGL: 1,0,,3", "+CMGL: 2,0,,3", "000102AA", "+CMGL: x,0,,1", "00"]

    assert listed(lines) == [StoredMessage(1, 0, None), StoredMessage(2, 0, bytes.fromhex("000102AA"))]


def test_a_read_message_may_lack_its_status():
    assert read_at(3, ["+CMGR: ,,24", "0011"]) == StoredMessage(3, 0, b"\x00\x11")
    assert read_at(3, ["+CMGR: 1,,24", "0011"]) == StoredMessage(3, 1, b"\x00\x11")


def test_an_empty_slot_is_no_message():
    assert read_at(3, []) is None
    assert read_at(3, ["+CMGR: 0,,0"]) == StoredMessage(3, 0, None)
    assert read_at(3, ["+CMGR: "]) is None


def test_the_receiving_storage_is_the_last_pair():
    assert capacity_of(["+CPMS: 1,10,2,20,3,30"]) == Capacity(3, 30)
    assert capacity_of(["+CPMS: 1,10"]) == Capacity(1, 10)
    assert capacity_of(["+CPMS: x"]) is None


def test_storages_are_offered_for_each_use():
    assert storages_of(['+CPMS: ("SM","ME"),("SM"),("SM","MT")']) == [{"SM", "ME"}, {"SM"}, {"SM", "MT"}]
    assert storages_of([]) == []


def test_notification_modes_are_ranges_and_lists():
    modes = notification_modes_of(["+CNMI: (0-2),(0,1,2,3),(0,2),(0-1),(1)"])

    assert modes.allow((2, 1, 0, 1, 1))
    assert not modes.allow((2, 1, 0, 2, 1))
    assert not modes.allow((2, 1, 0, 1, 0))
    assert notification_modes_of(["+CNMI: (1)"]).allow((1, 1))
    assert notification_modes_of([]).allow((2, 1, 0, 1, 0))


def test_settings_are_numbers():
    assert setting_of(["+CNMI: 2,1,0,1,0"], "+CNMI") == (2, 1, 0, 1, 0)
    assert setting_of(["OK then"], "+CNMI") == ()


def test_the_operator_is_the_third_field():
    assert operator_of(['+COPS: 0,0,"Clerk, Mobile",7']) == "Clerk, Mobile"
    assert operator_of(["+COPS: 0"]) is None


def test_registrations_of_one_answer():
    lines = ["+CREG: 2,1", '+CEREG: 1,5,"00C3","0123ABCD",7', "+CGREG: x", "+CSQ: 1,99"]

    assert registration_of(lines) == [Registration("CREG", 1), Registration("CEREG", 5)]


def test_identifications_come_with_and_without_prefix():
    assert word_of(['+CGMI: "clerkd"'], "+CGMI") == "clerkd"
    assert word_of(["clerkd"], "+CGMI") == "clerkd"
    assert word_of(["^RSSI: 3"], "+CGMI") is None
    assert word_of(["+CGMI: "], "+CGMI") is None
    assert value_of(["+CPIN: SIM PIN"], "+CPIN") == "SIM PIN"


def test_fields_keep_quotes_and_groups_together():
    assert fields('"a,b",,(0-2,5), x ') == ["a,b", "", "(0-2,5)", "x"]
    assert fields("a,") == ["a", ""]
    assert fields('1,"open') == ["1", "open"]
    assert fields("  ") == []


def test_numbers_are_bounded():
    assert numbers_in("(0-2,7)") == {0, 1, 2, 7}
    assert numbers_in("5") == {5}
    assert numbers_in("(x)") == frozenset()
    assert len(numbers_in("(0-999999999)")) == 256
