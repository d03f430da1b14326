"""Twilio's Messages resource, API version 2010-04-01.

Facts: the fields and statuses of https://www.twilio.com/docs/messaging/api/message-resource, the codes of
https://www.twilio.com/docs/api/errors. A text has no reference of ours there, so one whose answer was lost is found by
recipient, sender, text and time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

from clerkd.carriers.api import Fate, Received, Text
from clerkd.carriers.errors import AccountRefused, CarrierRefused, NoAnswer, PeerOptedOut, RateLimited, Unreachable
from clerkd.carriers.http import Answer, Http, basic
from clerkd.model.inbound import ReportStatus

API_URL = "https://api.twilio.com"
LONGEST = 1600  # characters, error 21617
_PAGE = 100
_OPTED_OUT = 21610
_TOO_MANY = {20429, 14107, 63038}
_NOT_A_SENDER = {21212, 21603, 21606, 21659, 21660, 21661}
_FATES = {
    "delivered": ReportStatus.DELIVERED,
    "read": ReportStatus.DELIVERED,
    "undelivered": ReportStatus.FAILED,
    "failed": ReportStatus.FAILED,
    "canceled": ReportStatus.FAILED,
}


class Twilio:
    """One number of one account. `clerkd.carriers.api.Carrier`."""

    title = "Twilio"
    longest = LONGEST

    def __init__(self, *, account_sid: str, auth_token: str, number: str, api_url: str = API_URL) -> None:
        self._number = number
        self._account = f"/2010-04-01/Accounts/{account_sid}"
        self._http = Http(api_url, headers=basic(account_sid, auth_token))

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def check(self) -> int:
        """Ask for the account; return Twilio's time."""
        answer = await self._ask(f"{self._account}.json")
        status = answer.body.get("status")
        if status != "active":
            raise AccountRefused(f"the account is {status}: see the Twilio console")
        return answer.server_ms or 0

    async def submit(self, text: Text) -> str:
        """Create a message and return its SID."""
        form = {"To": text.to, "From": self._number, "Body": text.text}
        answer = await self._http.post(f"{self._account}/Messages.json", form=form)
        if not answer.ok:
            raise _refusal(answer)
        sid = answer.body.get("sid") if isinstance(answer.body, dict) else None
        if not isinstance(sid, str):
            raise NoAnswer("Twilio's answer names no message", server_ms=answer.server_ms)
        return sid

    async def find(self, text: Text, *, since: int, until: int, not_these: Collection[str]) -> str | None:
        """Look through what was sent to the peer, newest first. Its date of sending is empty while it is queued."""
        params = {"To": text.to, "From": self._number, "PageSize": str(_PAGE)}
        async for one in self._list(params):
            created = _epoch_ms(one["date_created"])
            if created < since:
                return None
            if created <= until and one["body"] == text.text and one["sid"] not in not_these:
                return str(one["sid"])
        return None

    async def fate(self, carrier_id: str) -> Fate | None:
        """Fetch one message."""
        answer = await self._ask(f"{self._account}/Messages/{carrier_id}.json")
        status = _FATES.get(answer.body["status"])
        if status is None:
            return None
        code, words = answer.body.get("error_code"), answer.body.get("error_message")
        reason = None
        if status is not ReportStatus.DELIVERED:
            reason = f"Twilio: {words or answer.body['status']}" + (f" ({code})" if code else "")
        return Fate(status, _epoch_ms(answer.body["date_updated"]), reason)

    async def received(self, since: int, seen: Collection[str]) -> Sequence[Received]:
        """List what came to the number, newest first, up to the first page of which everything was seen."""
        day = datetime.fromtimestamp(since / 1000, UTC).strftime("%Y-%m-%d")
        found: list[Received] = []
        known_in_a_row = 0
        async for one in self._list({"To": self._number, "DateSent>": day, "PageSize": str(_PAGE)}):
            at = _epoch_ms(one["date_sent"] or one["date_created"])
            known_in_a_row = known_in_a_row + 1 if one["sid"] in seen else 0
            if known_in_a_row >= _PAGE or at < since:
                break
            if one["direction"] == "inbound":
                found.append(Received(one["sid"], one["from"], one["body"], at))
        found.reverse()  # newest first; the order of those in one second stays
        return sorted(found, key=lambda received: received.sent_at)

    async def _list(self, params: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
        answer = await self._ask(f"{self._account}/Messages.json", params)
        while True:
            for one in answer.body["messages"]:
                yield one
            following = answer.body.get("next_page_uri")
            if not following:
                return
            answer = await self._ask(following)

    async def _ask(self, path: str, params: dict[str, str] | None = None) -> Answer:
        answer = await self._http.get(path, params)
        if not answer.ok or not isinstance(answer.body, dict):
            raise Unreachable(f"Twilio does not answer a question (HTTP {answer.status})")
        return answer


def _refusal(answer: Answer) -> Exception:
    """Return what a refusal of a message means."""
    body = answer.body if isinstance(answer.body, dict) else {}
    code, words = body.get("code"), body.get("message") or f"HTTP {answer.status}"
    if code == _OPTED_OUT:
        return PeerOptedOut("the recipient texted STOP to Twilio (21610)", carrier_code=code)
    if code in _TOO_MANY:
        return RateLimited(f"Twilio takes no more for now: {words} ({code})", retry_after_s=answer.retry_after_s)
    if answer.status == 403 or code in _NOT_A_SENDER:
        return AccountRefused(f"{words} ({code}): see the number and its permissions in the Twilio console")
    return CarrierRefused(f"Twilio: {words} ({code})", carrier_code=code)


def _epoch_ms(rfc_2822: str) -> int:
    return int(parsedate_to_datetime(rfc_2822).timestamp() * 1000)
