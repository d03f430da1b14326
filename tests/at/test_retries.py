import pytest

from clerkd.at.retries import pin_attempts_of


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (["+CPINR: SIM PIN,3,3", "+CPINR: SIM PUK,10,10"], 3),
        (["+CPINR: SIM PIN2,1,3", "+CPINR: SIM PIN,2,3"], 2),
        (["^CPIN: SIM PIN,3,10,2,10,3"], 2),
        (["^CPIN: READY,,10,1,10,3"], 1),  # the first number there is the PUK's
        (["+SPIC: 3,3,10,10"], 3),
        (['+QPINC: "SC",2,10', '+QPINC: "P2",3,10'], 2),
        (['+QPINC: "P2",3,10'], None),
        (["+UPINCNT: 3,3,10,10"], 3),
        (["#PCT: 1"], 1),
        (["+ZPINPUK: 3,10"], 3),
        (["^SPIC: 3"], 3),
        (["^SPIC: "], None),
        (["+NEW: 3"], None),
        (["3"], None),
        ([], None),
    ],
)
def test_the_attempts_left_are_read_from_each_vendors_answer(lines, left):
    assert pin_attempts_of(lines) == left
