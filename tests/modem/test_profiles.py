"""A habit of a vendor, what it does to a driver that does not know it, and the profile that does."""

import pytest
from fakes.modem_rig import profile
from fakes.numbers import NUMBER, PEER
from structlog.testing import capture_logs

from clerkd.errors import Indeterminate
from clerkd.model.line import LineState
from clerkd.modem.profile import Acknowledgement, load_profile
from clerkd.simulate.modem import Habits
from clerkd.simulate.modem.catalogue import load_model, model_names


async def served(start_line, habits, knowing, **options):
    """Return a rig whose line drives a modem of these habits, once its state is shown."""
    rig = await start_line(habits=habits, ready=False, line_options={"profile": knowing}, **options)
    await rig.ready()
    return rig


async def test_messages_announced_on_another_port_are_heard_when_they_are_sent_to_this_one(start_line, network):
    rig = await served(start_line, Habits(urc_port="usbmodem"), load_profile("quectel-ec2x"))
    network.phone(PEER).send(NUMBER, "hello")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["hello"])


async def test_without_its_profile_nothing_is_heard_of_them(start_line, network):
    rig = await served(start_line, Habits(urc_port="usbmodem"), load_profile("generic"))
    await rig.until(lambda: "AT+COPS?" in rig.commands)
    network.phone(PEER).send(NUMBER, "hello")
    await rig.until(lambda: rig.modem.firmware.storage.stores["ME"].used == 1)

    await rig.line.at("AT+CSQ")  # whatever was announced would have been read before this
    assert rig.receiver.texts == []


@pytest.mark.parametrize(
    ("habits", "knowing", "state"),
    [
        (Habits(refused_modes=(2,)), "generic", LineState.READY),  # the others are tried too
        (Habits(refused_modes=(2,)), profile(notifications=((2, 1, 0, 1, 0),)), LineState.DEGRADED),
        (Habits(refused_modes=(2,)), "quectel-ec2x", LineState.READY),
        (Habits(refused_modes=(2,), refused_ds=(1,)), "huawei", LineState.READY),
        (Habits(cnmi_bfr=(1,), cnmi_ds=(0,)), profile(notifications=((2, 1, 0, 0, 0),)), LineState.DEGRADED),
        (Habits(cnmi_bfr=(1,), cnmi_ds=(0,)), "cinterion", LineState.READY),
        (Habits(cnmi_ds=(0, 1)), "simcom-sim800", LineState.READY),
    ],
)
async def test_announcements_are_set_as_the_modem_really_takes_them(start_line, habits, knowing, state):
    rig = await served(start_line, habits, load_profile(knowing) if isinstance(knowing, str) else knowing)

    assert rig.line.status().state is state


@pytest.mark.parametrize(("knowing", "asked"), [("generic", 2), ("quectel-ec2x", 1)])
async def test_a_mode_that_is_offered_and_refused_is_not_asked_for_in_vain(start_line, knowing, asked):
    rig = await served(start_line, Habits(refused_modes=(2,)), load_profile(knowing))

    assert sum(text.startswith("AT+CNMI=") and "?" not in text for text in rig.commands) == asked


async def test_reports_announced_in_the_wrong_storage_are_handed_over_instead(start_line):
    rig = await served(start_line, Habits(report_memory="SM", refused_modes=(2,)), load_profile("quectel-ec2x"))
    await rig.send("hello")
    await rig.receiver.wait(lambda: len(rig.receiver.reports) == 1)


async def test_stored_reports_announced_in_the_wrong_storage_are_not_found(start_line):
    wrong = profile(notifications=((2, 1, 0, 2, 0),), read_again_s=0.02, storages=("SM", "ME"))
    rig = await served(start_line, Habits(report_memory="SM"), wrong)
    await rig.until(lambda: rig.commands.count("AT+CMGL=4") == 3)  # each storage was looked at once
    await rig.send("hello")
    await rig.until(lambda: rig.commands.count("AT+CMGR=1") == 2)

    assert rig.receiver.reports == []


@pytest.mark.parametrize(
    ("knowing", "ready_s", "state"), [("generic", 60, LineState.DEGRADED), ("simcom-sim800", 2, LineState.READY)]
)
async def test_commands_refused_with_a_bare_error_until_messages_work_are_tried_again(
    start_line, knowing, ready_s, state
):
    rig = await served(start_line, Habits(boot=("RDY",), sms_ready_s=ready_s, sms_early=0), load_profile(knowing))

    rig.modem.restart()

    await rig.until(lambda: rig.line.status().state is not LineState.READY)
    await rig.ready()
    assert rig.line.status().state is state


@pytest.mark.parametrize("count", [1, 4])
async def test_a_message_announced_before_it_can_be_read_is_read_later(start_line, network, count):
    rig = await served(start_line, Habits(read_late_s=0.5), load_profile("huawei"))
    for number in range(count):
        network.phone(PEER).send(NUMBER, f"text {number}")
    await rig.receiver.wait(lambda: len(rig.receiver.texts) == count)


async def test_a_second_look_that_comes_too_soon_does_not_find_it(start_line, network):
    rig = await served(start_line, Habits(read_late_s=5), profile(read_again_s=0.05))
    network.phone(PEER).send(NUMBER, "hello")
    await rig.until(lambda: rig.commands.count("AT+CMGR=1") == 2)

    assert rig.receiver.texts == []


async def test_a_service_that_is_not_named_is_not_mistaken_for_one_that_is_on(start_line):
    rig = await served(start_line, Habits(service_named=False), load_profile("huawei"))

    assert "AT+CSMS=0" not in rig.commands


async def test_reports_with_a_comma_too_many_and_messages_without_status_are_read(start_line, network):
    rig = await served(start_line, Habits(report_comma=True, stat_left_out=True, deletes_one=True), load_profile("zte"))
    await rig.send("hello")
    network.phone(PEER).send(NUMBER, "hi")
    await rig.receiver.wait(lambda: len(rig.receiver.reports) == 1 and rig.receiver.texts == ["hi"])
    await rig.until(lambda: rig.modem.firmware.storage.stores["ME"].used == 0)


@pytest.mark.parametrize(("knowing", "unreadable"), [("generic", 1), ("cinterion", 0)])
async def test_what_fills_empty_slots_is_no_message(start_line, network, knowing, unreadable):
    rig = await served(start_line, Habits(me_slots=10, dummy_slots=3), profile_for_me(knowing))
    network.phone(PEER).send(NUMBER, "hello")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["hello"])

    assert len(rig.receiver.unreadable) == unreadable  # all are the same octets, which are kept once


def profile_for_me(name):
    changes = {"dummy_pdu": load_profile(name).dummy_pdu}
    return profile(storages=("ME",), **changes)


@pytest.mark.parametrize("without", ["+CPMS=", "+CPIN?"])
@pytest.mark.parametrize("known", [True, False])
async def test_an_answer_without_ok_is_complete_where_the_profile_says_so(start_line, without, known):
    knowing = profile(
        deadlines={"trailer": 0.1, "storage": 0.4, "sim": 0.4}, without_ok=(f"AT{without}",) if known else ()
    )
    with capture_logs() as logs:
        rig = await served(start_line, Habits(without_ok=(without,)), knowing)

    assert rig.line.status().state is LineState.READY
    assert any(entry["event"] == "modem.unanswered" for entry in logs) is not known


@pytest.mark.parametrize("form", ["bare", "numbered"])
@pytest.mark.parametrize("style", [Acknowledgement.BARE, Acknowledgement.NUMBERED])
async def test_what_is_handed_over_is_acknowledged_in_the_form_that_the_modem_takes(start_line, form, style):
    habits = Habits(acknowledge_forms=(form,), acknowledge_s=0.3)
    rig = await served(start_line, habits, profile(direct=True, acknowledgement=style))

    await rig.send("one")

    await rig.receiver.wait(lambda: len(rig.receiver.reports) == 1)
    confirmed = rig.modem.firmware._receiving
    await rig.until(lambda: confirmed._unacknowledged is None)
    assert (rig.modem.firmware._settings.cnmi[3] == 1) is (form == style.value)  # else the modem ends reports


@pytest.mark.parametrize(("knowing", "hushed"), [("huawei", True), ("generic", False)])
async def test_a_vendors_own_lines_are_switched_off(start_line, knowing, hushed):
    rig = await served(start_line, Habits(hush="^CURC=0", noise_every=2), load_profile(knowing))

    assert rig.modem.firmware._settings.hushed is hushed


@pytest.mark.parametrize(("after_pin_s", "hung"), [(0.6, 0), (0, 1)])
async def test_a_modem_that_needs_rest_after_the_pin_gets_it(start_line, after_pin_s, hung):
    knowing = profile(after_pin_s=after_pin_s, deadlines={"sim": 0.2, "mark": 0.1})
    rig = await start_line(
        habits=Habits(after_pin_s=0.4), pin="1234", ready=False, line_options={"profile": knowing, "pin": "1234"}
    )
    await rig.until(lambda: rig.line.status().state is LineState.READY or any(e == "hung" for e, _ in rig.heard))

    assert sum(event == "hung" for event, _facts in rig.heard) == hung
    assert rig.modem.sim.tries == ["1234"]


@pytest.mark.parametrize("name", [name for name in model_names() if load_model(name).pin_retries])
async def test_the_last_attempt_is_left_to_a_person_whatever_the_vendor_calls_the_question(start_line, name):
    def use_up(modem):
        modem.sim.pin_attempts = 1

    rig = await start_line(
        habits=load_model(name).hastened(20), pin="1234", before=use_up, ready=False, line_options={"pin": "4321"}
    )
    await rig.state(LineState.LOCKED, 20)

    assert "1 attempt left" in rig.line.status().reason
    assert rig.modem.sim.tries == []


@pytest.mark.parametrize(
    ("habits", "vendor"),
    [(Habits(radio_off=True, reset_flag=True), "sierra"), (Habits(online="+ZOPRT=5"), "zte")],
)
async def test_the_radio_is_switched_on_in_the_vendors_way(start_line, habits, vendor):
    rig = await start_line(habits=habits, ready=False, line_options={"profile": load_profile("generic")})
    await rig.state(LineState.SEARCHING)
    await rig.until(lambda: any(text.startswith("AT+CSQ;") for text in rig.commands))
    assert rig.line.status().state is LineState.SEARCHING


@pytest.mark.parametrize(
    ("habits", "vendor"),
    [(Habits(radio_off=True, reset_flag=True), "sierra"), (Habits(online="+ZOPRT=5"), "zte")],
)
async def test_and_is_on_then(start_line, habits, vendor):
    await served(start_line, habits, load_profile(vendor))


async def test_a_network_that_takes_its_time_is_given_it(start_line):
    rig = await served(start_line, Habits(), profile(deadlines={"submit": 20}), submit_delay_s=0.5)
    assert (await rig.send("hello"))[0].reference is not None
    assert load_profile("ublox").deadlines["submit"] == 150


async def test_a_shorter_deadline_leaves_its_outcome_unknown(start_line):
    rig = await served(start_line, Habits(), profile(deadlines={"submit": 0.1, "mark": 2}), submit_delay_s=0.5)
    with pytest.raises(Indeterminate):
        await rig.send("hello")


@pytest.mark.parametrize(("knowing", "asked"), [("generic", 1), ("cinterion", 0)])
async def test_a_link_that_cannot_be_kept_is_not_asked_for(start_line, knowing, asked):
    rig = await served(start_line, Habits(more_messages=False), load_profile(knowing))
    await rig.send("x" * 400, more=True)

    assert rig.commands.count("AT+CMMS=2") == asked


@pytest.mark.parametrize(
    ("knowing", "domains"), [("simcom-sim800", ["CREG", "CGREG"]), ("quectel-bg9x", ["CEREG", "CREG", "CGREG"])]
)
async def test_the_kinds_of_registration_are_the_vendors(start_line, knowing, domains):
    rig = await served(start_line, Habits(), load_profile(knowing))

    asked = [text for text in rig.commands if text in {"AT+CREG=1", "AT+CEREG=1", "AT+CGREG=1"}]
    assert asked == [f"AT+{domain}=1" for domain in domains]
