"""Telnyx's Messages, API version 2.

Facts: https://developers.telnyx.com/api-reference/messages (fields, statuses),
https://developers.telnyx.com/docs/messaging/messages/error-codes and the filters of
https://developers.telnyx.com/api-reference/detail-records/search-detail-records. Detail records hold no text, so what
is found there is fetched by its id. Our reference travels as a tag, by which a text whose answer was lost is found.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from clerkd.carriers.api import Fate, Received, Text
from clerkd.carriers.errors import AccountRefused, CarrierRefused, NoAnswer, PeerOptedOut, RateLimited, Unreachable
from clerkd.carriers.http import Answer, Http
from clerkd.clock import epoch_ms
from clerkd.model.inbound import ReportStatus

API_URL = "https://api.telnyx.com"
LONGEST = 1530  # characters of ten segments
_PAGE = 50
_OPTED_OUT = "40300"
_TOO_MANY = {"10011", "40011", "40014"}
_NOT_OURS = {"10009", "10010", "20100", "40305", "40312", "40313"}  # key, funds, sender, its profile
_FATES = {
    "delivered": ReportStatus.DELIVERED,
    "delivery_failed": ReportStatus.FAILED,
    "sending_failed": ReportStatus.FAILED,
    "expired": ReportStatus.EXPIRED,
}


class Telnyx:
    """One number of one account. `clerkd.carriers.api.Carrier`."""

    title = "Telnyx"
    longest = LONGEST

    def __init__(self, *, auth_token: str, number: str, api_url: str = API_URL) -> None:
        self._number = number
        self._http = Http(api_url + "/v2", headers={"Authorization": f"Bearer {auth_token}"})

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def check(self) -> int:
        """Ask for the balance, which every key may; return Telnyx's time."""
        return (await self._ask("/balance")).server_ms or 0

    async def submit(self, text: Text) -> str:
        """Send a message and return its id."""
        body = {"from": self._number, "to": text.to, "text": text.text, "tags": [text.reference]}
        answer = await self._http.post("/messages", json=body)
        if not answer.ok:
            raise _refusal(answer)
        try:
            return str(answer.body["data"]["id"])
        except (LookupError, TypeError):
            raise NoAnswer("Telnyx's answer names no message", server_ms=answer.server_ms) from None

    async def find(self, text: Text, *, since: int, until: int, not_these: Collection[str]) -> str | None:
        """Search the detail records of the peer for our tag, then compare the text."""
        filters = {"filter[direction]": "outbound", "filter[cld]": text.to}
        async for one in self._records(filters, since):
            matches = text.reference in (one.get("tags") or "").split(",") and one["uuid"] not in not_these
            if matches and since <= epoch_ms(one["created_at"]) <= until:
                message = await self._message(one["uuid"])
                if message["text"] == text.text:
                    return str(one["uuid"])
        return None

    async def fate(self, carrier_id: str) -> Fate | None:
        """Fetch one message, whose fate is that of its only recipient."""
        message = await self._message(carrier_id)
        (recipient,) = message["to"]
        status = _FATES.get(recipient["status"])
        if status is None:
            return None
        at = epoch_ms(message.get("completed_at") or message["received_at"])
        if status is ReportStatus.DELIVERED:
            return Fate(status, at)
        errors = ", ".join(f"{error['title']} ({error['code']})" for error in message.get("errors") or ())
        return Fate(status, at, f"Telnyx: {errors or recipient['status']}")

    async def received(self, since: int, seen: Collection[str]) -> Sequence[Received]:
        """Search the detail records of what came in, and fetch each text that was not seen."""
        found = []
        async for one in self._records({"filter[direction]": "inbound", "filter[cld]": self._number}, since):
            if epoch_ms(one["created_at"]) >= since and one["uuid"] not in seen:
                message = await self._message(one["uuid"])
                sender = message["from"]["phone_number"]
                found.append(Received(one["uuid"], sender, message["text"], epoch_ms(one["created_at"])))
        found.reverse()  # newest first; the order of those in one second stays
        return sorted(found, key=lambda received: received.sent_at)

    async def _records(self, filters: dict[str, str], since: int) -> AsyncIterator[dict[str, Any]]:
        """Yield detail records since a day, newest first."""
        day = datetime.fromtimestamp(since / 1000, UTC).strftime("%Y-%m-%d")
        fixed = {"filter[record_type]": "messaging", "filter[created_at][gte]": day, "sort": "-created_at"}
        page = 1
        while True:
            paging = {"page[number]": str(page), "page[size]": str(_PAGE)}
            answer = await self._ask("/detail_records", {**fixed, **filters, **paging})
            for one in answer.body["data"]:
                yield one
            if page >= answer.body["meta"]["total_pages"]:
                return
            page += 1

    async def _message(self, carrier_id: str) -> dict[str, Any]:
        answer = await self._ask(f"/messages/{carrier_id}")
        message: dict[str, Any] = answer.body["data"]
        return message

    async def _ask(self, path: str, params: dict[str, str] | None = None) -> Answer:
        answer = await self._http.get(path, params)
        if not answer.ok or not isinstance(answer.body, dict):
            raise Unreachable(f"Telnyx does not answer a question (HTTP {answer.status})")
        return answer


def _refusal(answer: Answer) -> Exception:
    """Return what a refusal of a message means."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    first = errors[0] if errors else {}
    code, words = str(first.get("code", "")), first.get("detail") or first.get("title") or f"HTTP {answer.status}"
    if code == _OPTED_OUT:
        return PeerOptedOut("the recipient texted STOP to Telnyx (40300)", carrier_code=code)
    if code in _TOO_MANY:
        return RateLimited(f"Telnyx takes no more for now: {words} ({code})", retry_after_s=answer.retry_after_s)
    if answer.status == 403 or code in _NOT_OURS:
        return AccountRefused(f"{words} ({code}): see the number and its profile in the Telnyx portal")
    return CarrierRefused(f"Telnyx: {words} ({code})", carrier_code=code)
