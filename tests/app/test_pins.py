from __future__ import annotations

import pytest

from clerkd.app.pins import PinFile

SIM = "8944110068123456789"


def test_a_pin_that_was_tried_in_vain_is_known_after_a_restart(tmp_path):
    PinFile(tmp_path).note([SIM], "1234")

    again = PinFile(tmp_path)
    assert again.tried(SIM, "1234")
    assert not again.tried(SIM, "4321")
    assert not again.tried("another sim", "1234")


def test_a_pin_that_was_accepted_may_be_given_again(tmp_path):
    ledger = PinFile(tmp_path)
    ledger.note([SIM, "modem"], "1234")
    ledger.accepted([SIM], "1234")

    assert not PinFile(tmp_path).tried(SIM, "1234")
    assert PinFile(tmp_path).tried("modem", "1234")


def test_no_pin_is_in_the_file_and_nobody_else_can_read_it(tmp_path):
    PinFile(tmp_path).note([SIM], "1234")

    (file,) = tmp_path.iterdir()
    assert "1234" not in file.read_text().replace(SIM, "")
    assert file.stat().st_mode & 0o077 == 0


def test_a_damaged_file_lets_no_pin_through(tmp_path):
    (tmp_path / "pins.json").write_text("[")

    with pytest.raises(OSError, match="is damaged"):
        PinFile(tmp_path).tried(SIM, "1234")


def test_an_attempt_that_cannot_be_kept_is_not_remembered_either(tmp_path):
    ledger = PinFile(tmp_path / "gone")

    with pytest.raises(OSError, match="gone"):
        ledger.note([SIM], "1234")
    assert not ledger.tried(SIM, "1234")
