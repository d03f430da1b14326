"""Some power cuts; `python tests/powercut` makes thousands."""

import pytest
from powercut.work import trial

pytest.importorskip("apsw")
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(8))
def test_what_was_told_survives_a_cut_and_the_file_is_sound(seed):
    result = trial(seed)
    assert result.lost == []
    assert result.cuts == 20
    assert result.told > 100


def test_a_weaker_setting_is_found_out():
    results = [trial(seed, synchronous="NORMAL") for seed in range(4)]
    assert any(result.lost for result in results)


def test_a_disk_that_lies_is_found_out():
    results = [trial(seed, honest=False) for seed in range(4)]
    assert any(result.lost for result in results)
