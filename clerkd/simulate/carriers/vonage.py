"""A stand-in for Vonage's SMS and Reports APIs: https://developer.vonage.com/en/api/sms and …/reports."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from clerkd.codec import gsm7
from clerkd.simulate.carriers.standin import CarrierStandIn, Entry, basic, cut

_NUMBER = re.compile(r"[1-9][0-9]{6,14}")
_SENDING = {"api_key", "api_secret", "from", "to", "text", "client-ref", "type", "ttl", "callback"}
_SEARCHING = {
    "account_id", "product", "direction", "id", "to", "from", "client_ref", "include_message", "date_start", "date_end",
    "cursor",
}  # fmt: skip
_DAY_S = 86_400
_PAGE = 50


class VonageStandIn(CarrierStandIn):
    """One account with one number."""

    def __init__(self, number: str, *, api_key: str = "abcd1234", api_secret: str) -> None:
        super().__init__(number)
        self.api_key = api_key
        self.api_secret = api_secret

    def new_id(self) -> str:
        """Return a message's id."""
        return str(uuid.uuid4())

    def routes(self) -> list[web.RouteDef]:
        """Return the balance, sending and the search."""
        return [
            web.get("/account/get-balance", self._balance),
            web.post("/sms/json", self._send),
            web.get("/v2/reports/records", self._search),
        ]

    async def _balance(self, request: web.Request) -> web.Response:
        self._note(request)
        if not self._knows(dict(request.query)):
            return web.json_response({"error-code": "401", "error-code-label": "authentication failed"}, status=401)
        return web.json_response({"value": 10.0, "autoReload": False})

    async def _send(self, request: web.Request) -> web.Response:
        self._note(request)
        form = {key: str(value) for key, value in (await request.post()).items()}
        if unknown := form.keys() - _SENDING:
            self._wrong(f"unknown parameters: {', '.join(sorted(unknown))}")
        fault = self._next_fault()
        if fault == "500":
            return web.Response(status=500)
        if refusal := self._refusal(form, fault):
            return refusal
        if form.get("type") != "unicode" and any(letter not in gsm7.DEFAULT for letter in form["text"]):
            self._wrong("a text outside the GSM alphabet was not sent as unicode")
        entry = self._enter("+" + form["to"], form["text"], inbound=False, reference=form.get("client-ref"))
        if fault == "cut-taken":
            return cut(request)
        if fault in {"500-taken", "lost"}:
            return web.Response(status=500)
        part = {"to": form["to"], "message-id": entry.id, "status": "0", "remaining-balance": "9.9"}
        return web.json_response({"message-count": "1", "messages": [part]})

    def _refusal(self, form: dict[str, str], fault: str | None) -> web.Response | None:
        if not self._knows(form):
            return _refused("4", "Bad Credentials")
        if fault == "rate":
            return _refused("1", "Throughput Rate Exceeded - please wait [ 1000 ] and retry")
        if fault in {"refused", "opted-out"}:
            return _refused("7", "Number barred.")
        if not _NUMBER.fullmatch(form.get("to", "")):
            return _refused("3", "to address is not numeric")
        if "+" + form.get("from", "") != self.number:
            return _refused("15", "Illegal Sender Address - rejected")
        return None if form.get("text") else _refused("2", "Missing text")

    async def _search(self, request: web.Request) -> web.Response:
        self._note(request)
        if request.headers.get("Authorization") != basic(self.api_key, self.api_secret):
            return web.json_response({"title": "Unauthorized"}, status=401)
        query = dict(request.query)
        if unknown := query.keys() - _SEARCHING:
            self._wrong(f"unknown filters: {', '.join(sorted(unknown))}")
        if query.get("product") != "SMS" or query.get("account_id") != self.api_key or "direction" not in query:
            return web.json_response({"title": "Invalid request"}, status=422)
        if ("id" in query) == ("date_start" in query):
            self._wrong("a search needs an id or dates, not both")
            return web.json_response({"title": "Invalid request"}, status=422)
        if self.lookups_fail and "client_ref" in query:
            return web.Response(status=503)
        found = [entry for entry in self._newest_first() if self._matches(entry, query)]
        start = int(query.get("cursor", "0"))
        links = {}
        if len(found) > start + _PAGE:
            href = request.url.update_query({"cursor": str(start + _PAGE)})
            links["next"] = {"href": str(href)}
        shown = found[start : start + _PAGE]
        body = {"_links": links, "items_count": len(shown), "records": [self._shown(one, query) for one in shown]}
        return web.json_response(body)

    def _matches(self, entry: Entry, query: dict[str, str]) -> bool:
        if entry.inbound != (query["direction"] == "inbound"):
            return False
        if "id" in query:
            return entry.id in query["id"].split(",")
        start, end = (datetime.fromisoformat(query[key]).timestamp() for key in ("date_start", "date_end"))
        if end - start > _DAY_S:
            self._wrong("a search spans more than a day")
        recipient = (self.number if entry.inbound else entry.peer).removeprefix("+")
        return (
            start <= int(entry.at) <= end
            and query.get("to", recipient) == recipient
            and query.get("client_ref", entry.reference) == entry.reference
        )

    def _knows(self, values: dict[str, str]) -> bool:
        return (values.get("api_key"), values.get("api_secret")) == (self.api_key, self.api_secret)

    def _note(self, request: web.Request) -> None:
        self.requests.append(f"{request.method} {request.rel_url.path}")

    def _shown(self, entry: Entry, query: dict[str, str]) -> dict[str, Any]:
        sender, recipient = (entry.peer, self.number) if entry.inbound else (self.number, entry.peer)
        date = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds")
        shown = {
            "account_id": self.api_key,
            "message_id": entry.id,
            "client_ref": entry.reference,
            "direction": "inbound" if entry.inbound else "outbound",
            "from": sender.removeprefix("+"),
            "to": recipient.removeprefix("+"),
            "status": entry.status,
            "date_received": date,
            "date_finalized": date if entry.status != "queued" else None,
            "error_code": "0",
        }
        return shown | ({"message_body": entry.text} if query.get("include_message") == "true" else {})


def _refused(status: str, words: str) -> web.Response:
    return web.json_response({"message-count": "1", "messages": [{"status": status, "error-text": words}]})
