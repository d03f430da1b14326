import pytest
import yaml

from clerkd.app.config import ConfigMistakes, load


def settings(tmp_path, line=None, modem=None):
    document = {
        "modems": {"front-desk": {"port": "/dev/ttyUSB0", **(modem or {})}},
        "lines": {"support": {"number": "+14155550100", "modem": "front-desk", **(line or {})}},
    }
    path = tmp_path / "clerkd.yaml"
    path.write_text(yaml.safe_dump(document))
    return load(path, {}, str(tmp_path)).settings


@pytest.mark.parametrize("below", [5, 0.5])
def test_the_care_for_sims_is_read(tmp_path, below):
    balance = {"code": "*100#", "pattern": r"(\d+)", "below": below}
    keep = {"to": "+14155550123", "text": "still here"}
    found = settings(tmp_path, {"balance": balance, "keep_alive": keep}, {"smsc": "+14155550199"})

    assert found.lines["support"].balance.below == below
    assert found.lines["support"].keep_alive.every_days == 80
    assert found.modems["front-desk"].smsc == "+14155550199"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"balance": {"code": "*100#", "pattern": "(", "below": 5}}, "is no regular expression"),
        ({"balance": {"code": "*100#", "pattern": "5", "below": 5}}, "needs one group"),
        ({"balance": {"code": "balance", "pattern": "(5)", "below": 5}}, "is not a USSD code"),
        ({"balance": {"code": "*100#", "pattern": "(5)", "below": "five"}}, "a number is expected"),
        ({"balance": {"code": "*100#", "pattern": "(5)", "below": -1}}, "less than 0"),
        ({"keep_alive": {}}, "needs either to and text, or code"),
        ({"keep_alive": {"to": "+14155550123"}}, "needs both to and text"),
        ({"keep_alive": {"to": "4155550123", "text": "x"}}, "is not written in full"),
        ({"keep_alive": {"to": "+14155550123", "text": "x", "code": "*100#"}}, "needs either"),
    ],
)
def test_what_is_wrong_with_it_is_said(tmp_path, line, words):
    with pytest.raises(ConfigMistakes) as wrong:
        settings(tmp_path, line)
    assert words in str(wrong.value.mistakes)
