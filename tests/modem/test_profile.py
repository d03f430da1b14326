import pytest

from clerkd.at.commands import SECONDS, Deadline
from clerkd.at.retries import _READERS
from clerkd.at.urc import URCS
from clerkd.errors import ConfigError
from clerkd.modem.profile import Acknowledgement, UsbPort, choose_profile, load_profile, profile_names, read_profile
from clerkd.simulate.modem.catalogue import load_model, model_names


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_that_is_shipped_is_one(name):
    assert load_profile(name).name == name


def test_auto_is_the_generic_one():
    assert load_profile("auto").notifications == load_profile("generic").notifications


def test_what_a_profile_does_not_say_is_the_standard():
    profile = read_profile("noise: [^RSSI]", "small")

    assert profile.noise == ("^RSSI",)
    assert profile.acknowledgement is Acknowledgement.NONE
    assert profile.seconds(Deadline.SUBMIT) == SECONDS[Deadline.SUBMIT]
    assert read_profile("", "empty").baud == 115200


def test_a_profile_carries_a_vendors_quirks():
    profile = read_profile(
        """
        manufacturer: "(?i)quectel"
        model: "EC2."
        at_ports: [{vendor_id: 2c7c, product_id: "0125", interface: 2}]
        noise: [+QIND]
        ready_words: [PB DONE]
        ready_wait_s: 20
        deadlines: {submit: 120}
        pin_retries: ['AT+QPINC="SC"']
        after_pin_s: 3
        initial: ['AT+QURCCFG="urcport","usbat"']
        notifications: [[2, 1, 0, 1, 0]]
        storages: [ME]
        direct: true
        acknowledgement: bare
        keep_link: false
        ussd: packed
        reset: AT+CFUN=1,1
        power_off: AT+QPOWD=1
        """,
        "quectel",
    )

    assert profile.at_ports == (UsbPort("2c7c", "0125", 2),)
    assert profile.seconds(Deadline.SUBMIT) == 120
    assert profile.acknowledgement is Acknowledgement.BARE


@pytest.mark.parametrize(
    "text",
    [
        "nose: [x]",
        "baud: fast",
        "deadlines: {sumbit: 3}",
        "after_pin_s: -1",
        "at_ports: [{vendor_id: xyz}]",
        "[1",
        "1",
        'model: "("',
    ],
)
def test_a_mistake_in_a_profile_is_refused(text):
    with pytest.raises(ConfigError):
        read_profile(text, "wrong")


@pytest.mark.parametrize("name", ["nokia-3310", "../generic", ""])
def test_a_profile_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(ConfigError, match="generic"):
        load_profile(name)


@pytest.mark.parametrize(
    ("manufacturer", "model", "name"),
    [
        ("huawei", "E3531", "huawei"),
        ("SIMCOM_Ltd", "SIMCOM_SIM800L", "simcom-sim800"),
        ("SIMCOM_Ltd", "SIM900", "simcom-sim800"),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "simcom-sim7600"),
        ("INCORPORATED SIMCOM", "A7670E-LASC", "simcom-sim7600"),
        ("Quectel", "EC25", "quectel-ec2x"),
        ("Quectel", "EG25", "quectel-ec2x"),
        ("Quectel", "BG95-M3", "quectel-bg9x"),
        ("Quectel_Ltd", "Quectel_M95", "quectel-m95"),
        ("Quectel", "RM500Q-GL", "generic"),  # a model that no profile names is not taken for another
        ("u-blox", "SARA-R410M-02B", "ublox"),
        ("Telit", "LE910C1-EU", "telit"),
        ("Sierra Wireless, Incorporated", "MC7455", "sierra"),
        ("ZTE CORPORATION", "MF190", "zte"),
        ("Cinterion", "PHS8-P", "cinterion"),
        ("SIEMENS", "MC35i", "cinterion"),
        ("WAVECOM MODEM", "MULTIBAND  900E  1800", "wavecom"),
        ("clerkd", "Virtual Modem", "generic"),
        (None, None, "generic"),
    ],
)
def test_the_profile_is_chosen_by_what_the_modem_says_of_itself(manufacturer, model, name):
    assert choose_profile(manufacturer, model).name == name


@pytest.mark.parametrize("name", sorted(set(profile_names()) - {"generic"}))
def test_a_vendors_noise_is_known_before_the_vendor_is(name):
    # What a modem says before its profile is chosen must not end up in the answer that the choice is made by.
    generic = load_profile("generic").noise
    assert [
        prefix for prefix in load_profile(name).noise if not prefix.startswith(generic) and prefix not in URCS
    ] == []


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_tells_the_attempts_left_where_its_vendor_can(name):
    questions = {question[2:].rstrip("?").partition("=")[0] for question in load_profile(name).pin_retries}
    assert questions <= set(_READERS)


def test_every_profile_has_a_model_that_chooses_it():
    chosen = {choose_profile(load_model(name).manufacturer, load_model(name).model).name for name in model_names()}
    assert chosen == set(profile_names())


@pytest.mark.parametrize("name", model_names())
def test_no_two_profiles_name_the_same_model(name):
    habits = load_model(name)
    profiles = [load_profile(profile) for profile in profile_names()]
    assert sum(bool(one.model) and one.matches(habits.manufacturer, habits.model) for one in profiles) <= 1
