"""How a carrier's line stands: its status, told when it changes, and whether it may be used."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from clerkd.model.line import LineState, LineStatus
from clerkd.ports.line import Receiver

log = structlog.get_logger()


class Standing:
    """Absent until it is shown otherwise."""

    def __init__(self, name: str, number: str, title: str, receiver: Receiver) -> None:
        self.status = LineStatus(name, number, LineState.ABSENT, reason="starting", operator=title)
        self.ready = asyncio.Event()
        self._receiver = receiver

    def show(self, state: LineState, reason: str | None = None) -> None:
        """Take another state; what it cannot do and why is for people."""
        if state is LineState.READY:
            self.ready.set()
        else:
            self.ready.clear()
        before, self.status = self.status, replace(self.status, state=state, reason=reason)
        if before == self.status:
            return
        if state is LineState.READY:
            log.info("carrier.ready", line=before.name, carrier=before.operator)
        elif before.state is not state:
            log.warning("carrier.lost", line=before.name, state=state.value, reason=reason)
        self._receiver.line_changed(self.status)
