from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.daemon import launch, modem, plugged_in

__all__ = ["launch", "modem", "plugged_in"]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Write a configuration and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "clerkd.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
