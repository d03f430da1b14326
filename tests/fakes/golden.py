"""The golden screens: what is sent to Slack, word for word."""

from pathlib import Path

from clerkd.simulate.page.gallery import Shown, read_screens

SNAPSHOTS = Path(__file__).parent.parent / "slack" / "snapshots"


def goldens() -> list[Shown]:
    """Return every golden payload, in order of screens and of kinds."""
    return read_screens(SNAPSHOTS)
