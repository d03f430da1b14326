import pytest


@pytest.fixture(autouse=True)
def quick_to_look_again(monkeypatch):
    """The stand-in is never still at it when an answer was lost."""
    monkeypatch.setattr("clerkd.slack.poster.SETTLE_S", 0.1)
