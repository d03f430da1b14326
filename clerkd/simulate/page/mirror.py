"""What browsers see: documents by key, the same for all of them, and a trace that only grows.

A document is sent again only when it is another one. Changes of one turn of the event loop travel together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

Json = dict[str, Any]

TRACE_LINES = 300
BACKLOG_FRAMES = 1000  # a browser that does not read is let go of

_encode = msgspec.json.Encoder().encode


class Viewer:
    """One browser's queue of frames. None in it says: too slow, go."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        if self.frames.qsize() < BACKLOG_FRAMES:
            self.frames.put_nowait(frame)
        elif self.frames.qsize() == BACKLOG_FRAMES:
            self.frames.put_nowait(None)


class Mirror:
    """The documents and whoever looks at them. Lives in one event loop."""

    def __init__(self) -> None:
        self._documents: dict[str, msgspec.Raw] = {}
        self._changed: dict[str, msgspec.Raw | None] = {}
        self._trace: deque[Json] = deque(maxlen=TRACE_LINES)
        self._new_trace: list[Json] = []
        self._viewers: set[Viewer] = set()
        self._due = False

    def put(self, key: str, document: Any) -> None:
        """Set a document."""
        raw = msgspec.Raw(_encode(document))
        if self._documents.get(key) != raw:
            self._documents[key] = raw
            self._change(key, raw)

    def drop(self, key: str) -> None:
        """Remove a document, if it is there."""
        if self._documents.pop(key, None) is not None:
            self._change(key, None)

    def replace(self, prefix: str, documents: Mapping[str, Any]) -> None:
        """Make the documents under a prefix exactly these (whole keys)."""
        for key in self.keys(prefix):
            if key not in documents:
                self.drop(key)
        for key, document in documents.items():
            self.put(key, document)

    def keys(self, prefix: str) -> Collection[str]:
        """Return the keys under a prefix."""
        return [key for key in self._documents if key.startswith(prefix)]

    def trace(self, line: Json) -> None:
        """Append a line to the trace."""
        self._trace.append(line)
        self._new_trace.append(line)
        self._soon()

    def join(self) -> Viewer:
        """Add a browser; its first frame holds everything."""
        viewer = Viewer()
        viewer.send(_encode({"all": True, "put": list(self._documents.items()), "trace": list(self._trace)}))
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forget a browser."""
        self._viewers.discard(viewer)

    def _change(self, key: str, raw: msgspec.Raw | None) -> None:
        self._changed[key] = raw
        self._soon()

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._due = False
        changed, self._changed = self._changed, {}
        trace, self._new_trace = self._new_trace, []
        if not self._viewers:
            return
        frame = _encode(
            {
                "put": [(key, raw) for key, raw in changed.items() if raw is not None],
                "drop": [key for key, raw in changed.items() if raw is None],
                **({"trace": trace} if trace else {}),
            }
        )
        for viewer in self._viewers:
            viewer.send(frame)
