"""A stand-in for Twilio's Messages resource: https://www.twilio.com/docs/messaging/api/message-resource."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from clerkd.simulate.carriers.standin import CarrierStandIn, Entry, basic, cut

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_FORM = "application/x-www-form-urlencoded"
_SENDING = {"To", "From", "Body", "StatusCallback", "ValidityPeriod"}
_LISTING = {"To", "From", "DateSent", "DateSent>", "DateSent<", "PageSize", "Page", "PageToken"}


class TwilioStandIn(CarrierStandIn):
    """One account with one number."""

    def __init__(self, number: str, *, account_sid: str = "AC" + "0" * 32, auth_token: str) -> None:
        super().__init__(number)
        self.account_sid = account_sid
        self.auth_token = auth_token

    def new_id(self) -> str:
        """Return a message SID."""
        return "SM" + secrets.token_hex(16)

    def routes(self) -> list[web.RouteDef]:
        """Return the account, the list, one message and its creation."""
        base = "/2010-04-01/Accounts/{account}"
        return [
            web.get(base + ".json", self._account),
            web.post(base + "/Messages.json", self._create),
            web.get(base + "/Messages.json", self._list),
            web.get(base + "/Messages/{sid}.json", self._fetch),
        ]

    async def _account(self, request: web.Request) -> web.Response:
        if refusal := self._not_allowed(request):
            return refusal
        status = "suspended" if self.suspended else "active"
        return web.json_response({"sid": self.account_sid, "status": status})

    async def _create(self, request: web.Request) -> web.Response:
        if refusal := self._not_allowed(request):
            return refusal
        if request.content_type != _FORM:
            self._wrong(f"a message was created with {request.content_type}")
            return _error(400, 21604, "A 'To' phone number is required.")
        form = {key: str(value) for key, value in (await request.post()).items()}
        if unknown := form.keys() - _SENDING:
            self._wrong(f"unknown parameters: {', '.join(sorted(unknown))}")
        fault = self._next_fault()
        if fault == "500":
            return _error(500, 20500, "Internal Server Error")
        if refusal := self._refusal(form, fault):
            return refusal
        entry = self._enter(form["To"], form["Body"], inbound=False)
        if fault == "cut-taken":
            return cut(request)
        if fault in {"500-taken", "lost"}:
            return _error(500, 20500, "Internal Server Error")
        return web.json_response(self._shown(entry) | {"status": "queued", "date_sent": None}, status=201)

    def _refusal(self, form: dict[str, str], fault: str | None) -> web.Response | None:
        if fault == "rate":
            return _error(429, 20429, "Too Many Requests", {"Retry-After": "1"})
        if fault == "opted-out":
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        if fault == "refused" or not _E164.fullmatch(form.get("To", "")):
            return _error(400, 21211, f"Invalid 'To' Phone Number: {form.get('To')}")
        if form.get("From") != self.number:
            return _error(400, 21606, "The From phone number is not a valid, SMS-capable phone number for your account")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1600:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        return None

    async def _list(self, request: web.Request) -> web.Response:
        if refusal := self._not_allowed(request):
            return refusal
        query = dict(request.query)
        if unknown := query.keys() - _LISTING:
            self._wrong(f"unknown filters: {', '.join(sorted(unknown))}")
        if self.lookups_fail and "From" in query:
            return _error(503, 20503, "Service Unavailable")
        found = [entry for entry in self._newest_first() if self._matches(entry, query)]
        size, page = min(int(query.get("PageSize", "50")), 1000), int(query.get("Page", "0"))
        shown = found[page * size : (page + 1) * size]
        following = None
        if len(found) > (page + 1) * size:
            following = str(request.rel_url.update_query({"Page": str(page + 1)}))
        return web.json_response({"messages": [self._shown(entry) for entry in shown], "next_page_uri": following})

    def _matches(self, entry: Entry, query: dict[str, str]) -> bool:
        sender, recipient = (entry.peer, self.number) if entry.inbound else (self.number, entry.peer)
        day = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d")
        return (
            query.get("To", recipient) == recipient
            and query.get("From", sender) == sender
            and day >= query.get("DateSent>", "")
        )

    async def _fetch(self, request: web.Request) -> web.Response:
        if refusal := self._not_allowed(request):
            return refusal
        entry = self._find(request.match_info["sid"])
        if entry is None:
            return _error(404, 20404, "The requested resource was not found")
        return web.json_response(self._shown(entry))

    def _not_allowed(self, request: web.Request) -> web.Response | None:
        self.requests.append(f"{request.method} {request.rel_url.path}")
        expected = basic(self.account_sid, self.auth_token)
        if request.headers.get("Authorization") != expected or request.match_info["account"] != self.account_sid:
            return _error(401, 20003, "Authenticate")
        return None

    def _shown(self, entry: Entry) -> dict[str, Any]:
        date = format_datetime(datetime.fromtimestamp(int(entry.at), UTC))
        return {
            "sid": entry.id,
            "account_sid": self.account_sid,
            "to": self.number if entry.inbound else entry.peer,
            "from": entry.peer if entry.inbound else self.number,
            "body": entry.text,
            "status": entry.status,
            "direction": "inbound" if entry.inbound else "outbound-api",
            "date_created": date,
            "date_sent": date if entry.inbound or entry.status != "queued" else None,
            "date_updated": date,
            "error_code": entry.error_code,
            "error_message": None,
            "num_segments": "1",
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{entry.id}.json",
        }


def _error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status, headers=headers)
