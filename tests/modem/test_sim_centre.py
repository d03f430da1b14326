"""Without the number of a message centre nothing can be sent: it is missed, and set."""

from clerkd.model.line import LineState


async def test_a_sim_without_a_message_centre_is_said(start_line):
    rig = await start_line(before=lambda modem: setattr(modem.sim, "smsc", ""))
    await rig.state(LineState.DEGRADED)

    assert "modems.NAME.smsc" in (rig.line.status().reason or "")


async def test_the_configured_message_centre_is_set(start_line, network):
    rig = await start_line(before=lambda modem: setattr(modem.sim, "smsc", ""), line_options={"smsc": "+14155550199"})

    assert rig.line.status().state is LineState.READY
    assert rig.modem.sim.smsc == "+14155550199"
    assert sum("AT+CSCA=" in command for command in rig.commands) == 1


async def test_a_message_centre_that_is_there_is_not_written_again(start_line, network):
    rig = await start_line(line_options={"smsc": network.smsc})

    assert not any("AT+CSCA=" in command for command in rig.commands)
