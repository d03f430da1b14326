"""Vonage's SMS API for sending, and its Reports API for what came and what became of it.

Facts: https://developer.vonage.com/en/api/sms, https://developer.vonage.com/api-errors/sms (the statuses) and
https://developer.vonage.com/en/api/reports. Vonage answers 200 to what it refuses: the status of each part says it. A
long text gets one id a part; its id here is all of them. Our reference travels as `client-ref`, by which a text whose
answer was lost is found. Numbers are written without +.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from types import TracebackType
from typing import Any, Self

from clerkd.carriers.api import Fate, Received, Text
from clerkd.carriers.errors import AccountRefused, CarrierRefused, NoAnswer, RateLimited, Unreachable
from clerkd.carriers.http import Answer, Http, basic
from clerkd.clock import epoch_ms, iso
from clerkd.codec.segment import measure
from clerkd.model.inbound import ReportStatus
from clerkd.model.message import Encoding

API_URL = "https://rest.nexmo.com"
REPORTS_URL = "https://api.nexmo.com"
LONGEST = 3200  # characters
_WINDOW_MS = 86_400_000 - 1000  # a search may span a day
_TAKEN, _THROTTLED, _INTERNAL = "0", "1", "5"
_NOT_OURS = {"4", "8", "9", "14", "15"}  # secret, account, credit, signature, sender
_FATES = {
    "delivered": ReportStatus.DELIVERED,
    "failed": ReportStatus.FAILED,
    "rejected": ReportStatus.FAILED,
    "undeliverable": ReportStatus.FAILED,
    "expired": ReportStatus.EXPIRED,
}


class Vonage:
    """One number of one account. `clerkd.carriers.api.Carrier`."""

    title = "Vonage"
    longest = LONGEST

    def __init__(self, *, api_key: str, api_secret: str, number: str, api_url: str | None = None) -> None:
        self._key = api_key
        self._secret = api_secret
        self._number = number.removeprefix("+")
        self._http = Http(api_url or API_URL, headers=basic(api_key, api_secret))
        self._reports = (api_url or REPORTS_URL).rstrip("/") + "/v2/reports/records"

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def check(self) -> int:
        """Ask for the balance; return Vonage's time."""
        answer = await self._ask("/account/get-balance", {"api_key": self._key, "api_secret": self._secret})
        return answer.server_ms or 0

    async def submit(self, text: Text) -> str:
        """Send a text and return the ids of its parts."""
        form = {
            "api_key": self._key,
            "api_secret": self._secret,
            "from": self._number,
            "to": text.to.removeprefix("+"),
            "text": text.text,
            "client-ref": text.reference,
            "type": "text" if measure(text.text).encoding is Encoding.GSM7 else "unicode",
        }
        answer = await self._http.post("/sms/json", form=form)
        try:
            parts = answer.body["messages"]
            refused = [part for part in parts if part["status"] != _TAKEN]
            ids = [part["message-id"] for part in parts if part["status"] == _TAKEN]
        except (LookupError, TypeError):
            raise NoAnswer(f"Vonage's answer is unreadable (HTTP {answer.status})") from None
        if refused and ids:  # a part of the text is on its way: a person must decide
            raise NoAnswer("Vonage took a part of the text only")
        if refused:
            raise _refusal(refused[0])
        return ",".join(ids)

    async def find(self, text: Text, *, since: int, until: int, not_these: Collection[str]) -> str | None:
        """Search the records of what was sent to the peer for our reference; all parts must be there."""
        filters = {"direction": "outbound", "to": text.to.removeprefix("+"), "client_ref": text.reference}
        ids = [one["message_id"] async for one in self._records(filters, since, until)]
        known = {part for carrier_id in not_these for part in carrier_id.split(",")}
        fresh = sorted(one for one in ids if one not in known)
        return ",".join(fresh) if len(fresh) >= measure(text.text).segments else None

    async def fate(self, carrier_id: str) -> Fate | None:
        """Fetch the records of all parts: delivered when each is, lost when one is."""
        answer = await self._ask(self._reports, self._query({"direction": "outbound", "id": carrier_id}))
        states: dict[ReportStatus | None, list[dict[str, Any]]] = defaultdict(list)
        for one in answer.body["records"]:
            states[_FATES.get(one["status"].lower())].append(one)
        for status in (ReportStatus.FAILED, ReportStatus.EXPIRED):
            if states[status]:
                one = states[status][0]
                words = one.get("error_code_description") or one["status"]
                return Fate(status, _when(one), f"Vonage: {words} ({one.get('error_code')})")
        delivered = states[ReportStatus.DELIVERED]
        if len(delivered) < len(carrier_id.split(",")):
            return None
        return Fate(ReportStatus.DELIVERED, max(_when(one) for one in delivered))

    async def received(self, since: int, seen: Collection[str]) -> Sequence[Received]:
        """Search the records of what came in, a day at a time."""
        filters = {"direction": "inbound", "to": self._number, "include_message": "true"}
        found = []
        now = await self.check()
        while True:
            until = min(since + _WINDOW_MS, now + 1000)
            async for one in self._records(filters, since, until):
                if one["message_id"] not in seen:
                    at = epoch_ms(one["date_received"])
                    found.append(Received(one["message_id"], _peer(one["from"]), one["message_body"], at))
            if until >= now:
                found.reverse()  # newest first; the order of those in one second stays
                return sorted(found, key=lambda received: received.sent_at)
            since = until

    async def _records(self, filters: dict[str, str], since: int, until: int) -> AsyncIterator[dict[str, Any]]:
        dates = {"date_start": _seconds(since), "date_end": _seconds(until)}
        answer = await self._ask(self._reports, self._query({**filters, **dates}))
        while True:
            for one in answer.body["records"]:
                yield one
            following = answer.body.get("_links", {}).get("next", {}).get("href")
            if not following:
                return
            answer = await self._ask(following)

    def _query(self, filters: dict[str, str]) -> dict[str, str]:
        return {"account_id": self._key, "product": "SMS", **filters}

    async def _ask(self, path: str, params: dict[str, str] | None = None) -> Answer:
        answer = await self._http.get(path, params)
        if not answer.ok or not isinstance(answer.body, dict):
            raise Unreachable(f"Vonage does not answer a question (HTTP {answer.status})")
        return answer


def _refusal(part: dict[str, Any]) -> Exception:
    """Return what the status of a part means."""
    status, words = part["status"], part.get("error-text") or "refused"
    if status == _THROTTLED:
        return RateLimited(f"Vonage takes no more for now: {words}", retry_after_s=1.0)
    if status == _INTERNAL:
        return NoAnswer(f"Vonage failed in the middle: {words}")
    if status in _NOT_OURS:
        return AccountRefused(f"{words} (status {status}): see the Vonage dashboard")
    return CarrierRefused(f"Vonage: {words} (status {status})", carrier_code=status)


def _when(record: dict[str, Any]) -> int:
    return epoch_ms(record.get("date_finalized") or record["date_received"])


def _seconds(at: int) -> str:
    return iso(at // 1000 * 1000)[:19] + "+00:00"


def _peer(number: str) -> str:
    """Return a sender as a peer: short codes and names have no +."""
    return f"+{number}" if number.isdecimal() and len(number) > 6 else number
