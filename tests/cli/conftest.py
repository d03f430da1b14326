from __future__ import annotations

from fakes.daemon import launch, modem, plugged_in

__all__ = ["launch", "modem", "plugged_in"]
