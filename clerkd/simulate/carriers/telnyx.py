"""A stand-in for Telnyx's Messages and detail records: https://developers.telnyx.com/api-reference/messages."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from clerkd.simulate.carriers.standin import CarrierStandIn, Entry, cut

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SENDING = {"from", "to", "text", "tags", "webhook_url", "messaging_profile_id", "type"}
_FILTERS = {
    "filter[record_type]", "filter[direction]", "filter[cld]", "filter[created_at][gte]", "sort", "page[number]",
    "page[size]",
}  # fmt: skip


class TelnyxStandIn(CarrierStandIn):
    """One account with one number."""

    def __init__(self, number: str, *, auth_token: str) -> None:
        super().__init__(number)
        self.auth_token = auth_token

    def new_id(self) -> str:
        """Return a message's id."""
        return str(uuid.uuid4())

    def routes(self) -> list[web.RouteDef]:
        """Return the balance, sending, one message and the search."""
        return [
            web.get("/v2/balance", self._balance),
            web.post("/v2/messages", self._send),
            web.get("/v2/messages/{id}", self._fetch),
            web.get("/v2/detail_records", self._search),
        ]

    async def _balance(self, request: web.Request) -> web.Response:
        refusal = self._not_allowed(request)
        return refusal or web.json_response({"data": {"record_type": "balance", "balance": "10.00"}})

    async def _send(self, request: web.Request) -> web.Response:
        if refusal := self._not_allowed(request):
            return refusal
        if request.content_type != "application/json":
            self._wrong(f"a message was sent as {request.content_type}")
            return _error(415, "10014", "Unsupported Media Type")
        body = await request.json()
        if unknown := body.keys() - _SENDING:
            self._wrong(f"unknown fields: {', '.join(sorted(unknown))}")
        fault = self._next_fault()
        if fault == "500":
            return _error(500, "10007", "Unexpected error")
        if refusal := self._refusal(body, fault):
            return refusal
        entry = self._enter(body["to"], body["text"], inbound=False, reference=",".join(body.get("tags", [])))
        if fault == "cut-taken":
            return cut(request)
        if fault in {"500-taken", "lost"}:
            return _error(500, "10007", "Unexpected error")
        return web.json_response({"data": self._shown(entry)})

    def _refusal(self, body: dict[str, Any], fault: str | None) -> web.Response | None:
        if fault == "rate":
            return _error(429, "10011", "Too many requests", {"Retry-After": "1"})
        if fault == "opted-out":
            return _error(400, "40300", "Blocked due to STOP message")
        if fault == "refused" or not _E164.fullmatch(body.get("to", "")):
            return _error(400, "40310", "Invalid 'to' address")
        if body.get("from") != self.number:
            return _error(400, "40305", "Invalid 'from' address")
        return None if body.get("text") else _error(422, "10004", "Missing required parameter")

    async def _fetch(self, request: web.Request) -> web.Response:
        if refusal := self._not_allowed(request):
            return refusal
        entry = self._find(request.match_info["id"])
        if entry is None:
            return _error(404, "10005", "Resource not found")
        return web.json_response({"data": self._shown(entry)})

    async def _search(self, request: web.Request) -> web.Response:
        if refusal := self._not_allowed(request):
            return refusal
        query = dict(request.query)
        if unknown := query.keys() - _FILTERS:
            self._wrong(f"unknown filters: {', '.join(sorted(unknown))}")
        if query.get("filter[record_type]") != "messaging":
            return _error(422, "10004", "Missing required parameter")
        inbound = query.get("filter[direction]") == "inbound"
        if self.lookups_fail and not inbound:
            return _error(503, "10007", "Unexpected error")
        found = [
            self._record(entry)
            for entry in self._newest_first()
            if entry.inbound == inbound and (self.number if inbound else entry.peer) == query.get("filter[cld]")
        ]
        size, page = int(query.get("page[size]", "20")), int(query.get("page[number]", "1"))
        pages = max(-(-len(found) // size), 1)
        meta = {"page_number": page, "page_size": size, "total_pages": pages, "total_results": len(found)}
        return web.json_response({"data": found[(page - 1) * size : page * size], "meta": meta})

    def _not_allowed(self, request: web.Request) -> web.Response | None:
        self.requests.append(f"{request.method} {request.rel_url.path}")
        if request.headers.get("Authorization") != f"Bearer {self.auth_token}":
            return _error(401, "10009", "Authentication failed")
        return None

    def _record(self, entry: Entry) -> dict[str, Any]:
        sender, recipient = (entry.peer, self.number) if entry.inbound else (self.number, entry.peer)
        return {
            "record_type": "message_detail_record",
            "uuid": entry.id,
            "cli": sender,
            "cld": recipient,
            "direction": "inbound" if entry.inbound else "outbound",
            "created_at": _iso(entry.at),
            "status": entry.status,
            "tags": entry.reference or "",
        }

    def _shown(self, entry: Entry) -> dict[str, Any]:
        sender, recipient = (entry.peer, self.number) if entry.inbound else (self.number, entry.peer)
        done = entry.status not in {"queued", "sending", "sent"}
        return {
            "record_type": "message",
            "id": entry.id,
            "direction": "inbound" if entry.inbound else "outbound",
            "type": "SMS",
            "from": {"phone_number": sender, "carrier": "", "line_type": ""},
            "to": [{"phone_number": recipient, "status": entry.status, "carrier": "", "line_type": ""}],
            "text": entry.text,
            "tags": (entry.reference or "").split(","),
            "received_at": _iso(entry.at),
            "completed_at": _iso(entry.at) if done else None,
            "errors": [],
        }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _error(status: int, code: str, title: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"errors": [{"code": code, "title": title}]}, status=status, headers=headers)
