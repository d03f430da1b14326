"""What led to the steps of a recovery is kept in the state directory, and not more than so much of it."""

from clerkd.app.flights import KEPT, FlightFiles, flights
from clerkd.app.modem_metrics import modem_metrics
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
