"""Print the JSON Schema of the configuration: `python -m clerkd.app.schema > config/clerkd.schema.json`."""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import msgspec

from clerkd.app.settings import Settings


def schema() -> dict[str, Any]:
    """Return the schema of the whole file, as made from `clerkd.app.settings`."""
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "clerkd.yaml"}
    described: dict[str, Any] = _described({**title, **msgspec.json.schema(Settings)})
    return described


def _described(value: Any) -> Any:
    """Return a schema whose descriptions, which come from docstrings, are indented the same by every Python."""
    if isinstance(value, dict):
        return {
            key: inspect.cleandoc(of) if key == "description" and isinstance(of, str) else _described(of)
            for key, of in value.items()
        }
    return [_described(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")
