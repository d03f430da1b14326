"""The ladder by itself: a table, budgets, and no clock but the one that it is told."""

from hypothesis import given
from hypothesis import strategies as st

from clerkd.modem.recovery import HOUR_S, RESETS, TRANSITIONS, Event, Ladder, Limits, Rung, advance

LIMITS = Limits(resets_per_hour=4, boot_s=45, steady_s=300, cool_down_s=300)


def climb(ladder, *, failures, every_s=60.0, began=0.0):
    """Fail again and again; return the steps that were taken."""
    return [ladder.failed(began + number * every_s) for number in range(failures)]


def test_every_rung_is_reached_and_leads_back_to_health():
    assert set(TRANSITIONS.values()) == set(Rung)
    for rung in Rung:
        assert advance(rung, Event.STEADY) is Rung.WELL
        for event in Event:
            assert advance(rung, event) is TRANSITIONS.get((rung, event), rung)


def test_the_next_step_comes_only_after_the_one_before_was_tried_often_enough():
    assert climb(Ladder(LIMITS), failures=9) == [
        Rung.REOPEN,
        Rung.REOPEN,
        Rung.REOPEN,
        Rung.RADIO,
        Rung.RESET,
        Rung.RESET,
        Rung.USB,
        Rung.COOL_DOWN,
        Rung.COOL_DOWN,
    ]


def test_an_answer_ends_an_escape_and_nothing_more():
    ladder = Ladder(LIMITS)
    assert ladder.suspect()
    assert not ladder.suspect()
    ladder.answered()
    assert ladder.rung is Rung.WELL

    ladder.failed(0)
    ladder.answered()
    assert ladder.rung is Rung.REOPEN


def test_a_modem_that_boots_is_given_its_time():
    ladder = Ladder(LIMITS)
    climb(ladder, failures=5)

    assert ladder.rung is Rung.RESET
    assert ladder.failed(4 * 60 + LIMITS.boot_s - 1) is None
    assert ladder.failed(4 * 60 + LIMITS.boot_s) is Rung.RESET


def test_minutes_of_service_lead_down_and_a_moment_does_not():
    ladder = Ladder(LIMITS)
    climb(ladder, failures=4)
    ladder.served(LIMITS.steady_s - 1)
    assert ladder.rung is Rung.RADIO
    ladder.served(LIMITS.steady_s)
    assert ladder.rung is Rung.WELL


def test_a_step_that_cannot_be_taken_costs_nothing_and_the_next_one_is():
    ladder = Ladder(Limits(resets_per_hour=3))
    assert climb(ladder, failures=7)[-1] is Rung.USB
    assert ladder.vain(400) is Rung.COOL_DOWN


def test_after_an_hour_of_cooling_down_resets_are_tried_again():
    steps = climb(Ladder(LIMITS), failures=8 + 12, every_s=300)
    assert steps[7:19] == [Rung.COOL_DOWN] * 12
    assert steps[19] is Rung.RESET


@given(
    st.lists(
        st.tuples(st.sampled_from(["failed", "suspect", "answered", "served", "moment", "vain"]), st.floats(0, 900)),
        max_size=200,
    ),
    st.integers(0, 6),
)
def test_whatever_happens_resets_stay_within_the_budget_of_every_hour(happenings, budget):
    ladder, now, spent = Ladder(Limits(resets_per_hour=budget)), 0.0, []
    for what, pause in happenings:
        now += pause
        before = ladder.rung
        step = None
        match what:
            case "failed":
                step = ladder.failed(now)
            case "vain" if before is Rung.USB and spent:
                spent.pop()  # it was not done
                step = ladder.vain(now)
            case "suspect":
                ladder.suspect()
            case "answered":
                ladder.answered()
            case "served":
                ladder.served(400)
            case "moment":
                ladder.served(1)
        if step in RESETS:
            spent.append(now)
        assert step is None or step is ladder.rung
        assert sum(at > now - HOUR_S for at in spent) <= budget
        if ladder.rung is not before:
            possible = {advance(before, event) for event in Event}
            assert ladder.rung in possible | {advance(one, Event.SPENT) for one in possible}
