"""How `clerkd status` says what is used of a quota."""

from clerkd.cli.status import line_table


def line(quota):
    return {
        "name": "support", "number": "+14155550100", "state": "ready", "signal": -71, "operator": "Testnet",
        "queued": 3, "quota": quota, "reason": None,
    }  # fmt: skip


def test_a_quota_is_told_with_its_packs_and_its_reset():
    shown = line_table([line({"segments": 1000, "used": 812, "packs": 200, "resets_at": "2026-12-01T12:00:00+00:00"})])
    head, row = shown.splitlines()

    assert head.split()[-1] == "QUOTA"
    assert row.endswith("812/1,200 segments, resets 2026-12-01")


def test_a_line_without_a_quota_says_so():
    assert line_table([line(None)]).splitlines()[1].endswith("none")
