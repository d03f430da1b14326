"""Call forwarding from Slack, by those who may: the network's word is shown before and after (D2)."""

from fakes.forms import Person
from fakes.world import CHANNEL, world

from clerkd.slack.screens import forwarding

DESK = "+14155550142"


async def open_settings(w, name):
    """Open **Settings** from the dashboard's menu and return the person before it."""
    people = w.slack.workspace
    person = Person(w, name)
    await person.runs()
    [board] = await w.sees(lambda: people.ephemerals(name))
    menu = next(
        element for block in board["blocks"] if block["type"] == "actions" for element in block["elements"]
        if element["type"] == "overflow"
    )  # fmt: skip
    chosen = next(one["value"] for one in menu["options"] if one["text"]["text"] == "Settings")
    await people.user_clicks(name, CHANNEL, board["ts"], menu["action_id"], choice=chosen)
    await person.sees("clerk.settings", "support")
    return person


async def line_ready(w):
    await w.daemon.becomes(await w.daemon.send(DESK, "the line works"), {"submitted", "delivered"})


async def test_an_admin_sees_sets_and_erases_what_the_network_does_with_calls(tmp_path):
    async with world(tmp_path) as w:
        await line_ready(w)
        dana = await open_settings(w, "dana")
        await dana.presses("Call forwarding")
        await dana.sees(forwarding.FORM, "What the network says", "not forwarded")

        await dana.types("clerk.forwarding.number", "12")
        assert "not a complete phone number" in str(await dana.submits())
        await dana.types("clerk.forwarding.number", "(415) 555-0142")
        await dana.submits()
        await dana.sees(forwarding.FORM, "The network says so now", "to +1 415-555-0142")
        assert w.modem.firmware.forwarding.forwardings[0].number == DESK

        await dana.presses("Forward no more")
        await w.sees(lambda: "to +1" not in dana.reads())
        assert w.modem.firmware.forwarding.forwardings == {}


async def test_without_a_network_the_form_says_so(tmp_path):
    async with world(tmp_path) as w:
        await line_ready(w)
        dana = await open_settings(w, "dana")
        w.modem.firmware.radio.stat = 2
        await dana.presses("Call forwarding")
        await dana.sees(forwarding.CALLBACK, "⚠️")


async def test_whoever_is_no_admin_has_no_button(tmp_path):
    async with world(tmp_path, start=False) as w:
        group = w.slack.workspace.add_usergroup("dana")
        text = w.daemon.config.read_text()
        w.daemon.config.write_text(text.replace("slack:\n", f"slack:\n  roles: {{manager: [{group}]}}\n"))
        await w.daemon.start()
        await w.daemon.ready()
        await open_settings(w, "dana")
        assert "Call forwarding" not in str(w.slack.workspace.top_view("dana"))
