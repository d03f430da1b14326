"""Each number of research into vendors and 27.005 §3.2.5, and what may be done about it."""

import pytest

from clerkd.at import errors
from clerkd.at.errors import Unanswered, refusal, submit_refusal
from clerkd.at.results import read_final
from clerkd.errors import Indeterminate, Permanent, Temporary


def final(text):
    result = read_final(text)
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *[(f"+CME ERROR: {n}", errors.NoSim) for n in (10, 13, 15)],
        *[(f"+CMS ERROR: {n}", errors.NoSim) for n in (310, 313, 315)],
        *[(f"+CME ERROR: {n}", errors.SimLocked) for n in (11, 12, 17, 18)],
        *[(f"+CMS ERROR: {n}", errors.SimLocked) for n in (311, 312, 316, 317, 318)],
        ("+CME ERROR: 16", errors.WrongPin),
        *[(text, errors.ModemBusy) for text in ("+CME ERROR: 14", "+CMS ERROR: 314")],
        ("+CMS ERROR: 302", errors.NotAllowed),
        *[(text, errors.ModemBusy) for text in ("+CME ERROR: 515", "+CMS ERROR: 512", "+CMS ERROR: 515")],
        *[(text, errors.NoNetworkService) for text in ("+CME ERROR: 30", "+CMS ERROR: 331")],
        *[(text, errors.NetworkTimeout) for text in ("+CME ERROR: 31", "+CMS ERROR: 332")],
        *[(text, errors.NotSupported) for text in ("+CME ERROR: 3", "+CME ERROR: 4", "+CMS ERROR: 303")],
        *[(text, errors.UnknownFault) for text in ("+CME ERROR: 100", "+CMS ERROR: 500", "ERROR", "+CMS ERROR: busy")],
        *[(f"+CMS ERROR: {n}", errors.InvalidPdu) for n in (304, 305)],
        *[(f"+CMS ERROR: {n}", errors.StorageFull) for n in (320, 322)],
        ("+CMS ERROR: 321", errors.NoSuchMessage),
        ("+CMS ERROR: 330", errors.NoServiceCentre),
        *[(f"+CMS ERROR: {n}", errors.NetworkBusy) for n in (22, 27, 38, 41, 42, 47, 0xC0, 0xC3, 0xC5, 0xD0)],
        ("+CMS ERROR: 29", errors.FacilityRejected),
        *[(f"+CMS ERROR: {n}", errors.Barred) for n in (8, 10, 21, 28, 50, 69)],
        *[(f"+CMS ERROR: {n}", errors.NetworkRefused) for n in (1, 30, 96, 127, 128, 0xD1, 255)],
        ("+CMS ERROR: 0", errors.UnknownFault),
        ("COMMAND NOT SUPPORT", errors.UnknownFault),
    ],
)
def test_a_number_means_one_thing(text, kind):
    error = refusal(final(text))

    assert type(error) is kind
    assert error.code.startswith("modem.")
    assert error.details["result"] == text


# What may be done about every number, by ranges: RP causes (24.011 §8.2.5.4), TP-FCS (23.040 §9.2.3.22), 27.005
# §3.2.5 and 27.007 §9.2. Whatever is in none of them may be tried again a few times.
PASSES_CMS = {22, 27, 29, 38, 41, 42, 47, *range(0xC0, 0xC6), 0xD0, 302, 314, 320, 322, 331, 332, 500, 512, 515}
FINAL_CMS = set(range(1, 256)) - PASSES_CMS | {303, 304, 305, 310, 311, 312, 313, 315, 316, 317, 318, 321, 330}
PASSES_CME = {14, 20, 23, 30, 31, 100, 515}
FINAL_CME = {3, 4, 10, 11, 12, 13, 15, 16, 17, 18, 21, 22, 50}


@pytest.mark.parametrize("number", range(600))
def test_every_number_says_whether_to_try_again(number):
    cms, cme = refusal(final(f"+CMS ERROR: {number}")), refusal(final(f"+CME ERROR: {number}"))

    assert isinstance(cms, Permanent if number in FINAL_CMS else Temporary)
    assert isinstance(cme, Permanent if number in FINAL_CME else Temporary)
    named = PASSES_CMS | FINAL_CMS
    assert (type(cms) is errors.UnknownFault) is (number not in named or number == 500)
    assert (type(cme) is errors.UnknownFault) is (number not in PASSES_CME | FINAL_CME or number == 100)


def test_nothing_that_a_modem_refuses_is_indeterminate_but_a_network_timeout_after_the_pdu():
    for number in range(600):
        result = final(f"+CMS ERROR: {number}")
        assert isinstance(submit_refusal(result, handed_over=False), Temporary | Permanent)
        assert isinstance(submit_refusal(result, handed_over=True), Indeterminate) is (number == 332)


def test_a_network_timeout_after_the_pdu_is_unanswered():
    assert type(submit_refusal(final("+CME ERROR: 31"), handed_over=True)) is Unanswered
