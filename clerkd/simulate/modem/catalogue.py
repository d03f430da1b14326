"""Modems of named vendors, as data: one YAML file of habits each in `models/`.

They behave as others' drivers say that these modems do; nobody measured them here. Times are shorter than theirs.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from clerkd.simulate.modem.habits import Habits

DIRECTORY = resources.files("clerkd.simulate.modem.models")


def model_names() -> list[str]:
    """Return the names of all models."""
    return sorted(entry.name.removesuffix(".yaml") for entry in DIRECTORY.iterdir() if entry.name.endswith(".yaml"))


@cache
def load_model(name: str) -> Habits:
    """Return the habits of a model; raise `ValueError` if there is none or its file has a mistake."""
    if name not in model_names():
        raise ValueError(f"no model is called {name!r}; known: {', '.join(model_names())}")
    return Habits.of(yaml.safe_load((DIRECTORY / f"{name}.yaml").read_text("utf-8")) or {})
