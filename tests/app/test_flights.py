"""What led to the steps of a recovery is kept in the state directory, and not more than so much of it."""

from click.testing import CliRunner

from clerkd.app.flights import KEPT, FlightFiles, flights
from clerkd.app.modem_metrics import modem_metrics
from clerkd.cli.root import main
from clerkd.modem.flight import Flight


async def test_the_last_flights_of_a_line_are_kept(tmp_path):
    files = FlightFiles(tmp_path)
    for number in range(KEPT + 5):
        await files.keep(
            "support", Flight(1_700_000_000_000 + number, "reopen", f"reason {number}", ("1.000 > AT\\r",))
        )
    await files.keep("sales/2", Flight(0, "reset", "élan", ()))

    kept = flights(tmp_path, "support")
    assert [one["reason"] for one in kept] == [f"reason {number}" for number in range(5, KEPT + 5)]
    assert kept[0] == {
        "at": "2023-11-14T22:13:20.005+00:00",
        "step": "reopen",
        "reason": "reason 5",
        "said": ["1.000 > AT\\r"],
    }
    assert [one["reason"] for one in flights(tmp_path, "sales/2")] == ["élan"]
    assert flights(tmp_path, "another") == []


async def test_a_flight_that_cannot_be_kept_stops_nothing(tmp_path):
    (tmp_path / "flights").write_text("in the way")

    await FlightFiles(tmp_path).keep("support", Flight(0, "reset", "", ()))

    assert flights(tmp_path, "support") == []


def test_no_modems_give_no_samples():
    assert all(metric.samples == () for metric in modem_metrics({}))


async def test_modem_info_shows_the_steps_and_what_was_said_before_the_last_one(tmp_path):
    config = tmp_path / "clerkd.yaml"
    config.write_text(
        "modems: {front: {port: /dev/ttyUSB0}}\nlines: {support: {number: '+14155550100', modem: front}}\n"
    )
    files = FlightFiles(tmp_path)
    await files.keep("support", Flight(1_700_000_000_000, "escape", "a command was not answered", ("1.000 > ATI\\r",)))
    await files.keep("support", Flight(1_700_000_005_000, "reopen", "the modem does not answer", ("6.000 > ATZ\\r",)))

    shown = CliRunner().invoke(main, ["modem", "info", "front", "--config", str(config), "--state-dir", str(tmp_path)])

    assert shown.exit_code == 0, shown.output
    after = shown.output.partition("\nrecoveries\n")[2].splitlines()
    assert after == [
        "  2023-11-14T22:13:20.000+00:00  escape     a command was not answered",
        "  2023-11-14T22:13:25.000+00:00  reopen     the modem does not answer",
        "",
        "before the last one (> to the modem, < from it; numbers and texts masked)",
        "  6.000 > ATZ\\r",
    ]
