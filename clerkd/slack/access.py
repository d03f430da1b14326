"""Who we are in the workspace, and whether Slack lets us in.

While Slack refuses a token, another one is looked for where it is kept, and now and then the old one is tried: the app
may have been installed again. Then everything goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable

import structlog

from clerkd.slack.backoff import Backoff
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackPermanent, SlackTemporary, SlackUnauthorized
from clerkd.slack.limiter import Priority
from clerkd.slack.parse import Identity
from clerkd.slack.token import LOOK_EVERY_S, Token

PROBE_EVERY_S = 60.0
ELSEWHERE = "other_workspace"

log = structlog.get_logger()


class Access:
    """`app_id` is known from the sockets; `on_return` hears that Slack lets us in again."""

    def __init__(
        self,
        bot: SlackClient,
        app: SlackClient,
        *,
        rng: random.Random,
        app_id: Callable[[], str | None],
        on_return: Callable[[], None],
    ) -> None:
        self._bot = bot
        self._app = app
        self._rng = rng
        self._app_id = app_id
        self._on_return = on_return
        self._me: Identity | None = None
        self.team_url = ""

    def identity(self) -> Identity:
        """Return who we are. Nothing comes in before that is known."""
        me = self._me
        if me is None:
            msg = "nothing can come in before Slack has said who we are"
            raise RuntimeError(msg)
        return Identity(me.team, me.user, me.bot, self._app_id())

    def lost(self, what: str) -> None:
        """Hear from Slack itself that the app was removed or its tokens were revoked."""
        log.error("slack.access-lost", reason=what)
        self._bot.token.refuse(what, self._bot.token.text)

    def renew(self) -> None:
        """Look for other tokens at once, though nobody refused these, and try again what was refused."""
        if self._bot.token.look_again():
            self._bot.token.doubt()
        if self._app.token.look_again():
            self._app.token.accept()  # the sockets will see
        self._on_return()

    def trouble(self) -> tuple[str, str] | None:
        """Return a stable code and what is wrong in words; None if Slack lets us in."""
        for token in (self._bot.token, self._app.token):
            if token.refused is not None:
                return f"slack.{token.refused}", _refusal(token)
        if self._me is None:
            error = self._bot.last_error
            because = f": {error.message}" if error is not None else ""
            return "slack.connecting", f"Slack has not answered yet{because}"
        if self._bot.missing_scopes:
            return "slack.missing_scope", _lacking(self._bot.missing_scopes.values())
        error = self._bot.last_error
        if isinstance(error, SlackUnauthorized):
            words = f"Slack refuses {error.method} ({error.slack_code}): install the app again"
            return f"slack.{error.slack_code}", words
        return None

    async def sign_in(self) -> None:
        """Return when Slack has said who we are."""
        backoff = Backoff(self._rng, most_s=PROBE_EVERY_S)
        while self._me is None:
            tried = self._bot.token.text
            try:
                await self._ask()
            except (SlackTemporary, SlackPermanent) as error:
                log.warning("slack.not-reachable", error=error.slack_code)
                wait_s = backoff.next_s(error.retry_after_s if isinstance(error, SlackTemporary) else None)
                await self._other_token_than(tried, wait_s)

    async def run(self) -> None:
        """Look after the bot token until cancelled; the sockets try the other one by themselves."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_after_bot_token(), name="slack-bot-token")
            group.create_task(self._look_after_app_token(), name="slack-app-token")

    async def _look_after_bot_token(self) -> None:
        token = self._bot.token
        while True:
            await token.until_refused()
            tried = token.text
            try:
                await self._ask()
            except (SlackTemporary, SlackPermanent) as error:
                log.info("slack.still-refused", error=error.slack_code)
                await self._other_token_than(tried, PROBE_EVERY_S)
            else:
                self._on_return()

    async def _look_after_app_token(self) -> None:
        token = self._app.token
        while True:
            await token.until_refused()
            await asyncio.sleep(LOOK_EVERY_S)
            if token.look_again():
                token.accept()  # the sockets will see

    async def _ask(self) -> None:
        """Ask Slack who we are, and accept the token if that is who we were before."""
        token = self._bot.token
        text = token.text
        answer = await self._bot.call("auth.test", priority=Priority.INTERACTIVE)
        found = Identity(str(answer.get("team_id")), str(answer.get("user_id")), answer.get("bot_id"))
        if self._me is not None and found.team != self._me.team:
            token.refuse(ELSEWHERE, text)  # its channels and people are others: nothing of ours belongs there
            raise SlackTemporary("auth.test", ELSEWHERE)
        self.team_url = str(answer.get("url") or "")
        if self._me != found:
            log.info("slack.signed-in", team=found.team, user=found.user)
        self._me = found
        if token.text == text:
            token.accept()

    async def _other_token_than(self, tried: str, within_s: float) -> None:
        """Return when another bot token was put in place of a refused one, and in any case after so long."""
        token = self._bot.token
        until = asyncio.get_running_loop().time() + within_s
        while token.text == tried and (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, LOOK_EVERY_S))
            if token.refused is not None:
                token.look_again()


def _refusal(token: Token) -> str:
    what = "the bot token" if token.name == "bot_token" else "the app-level token"
    if token.unreadable is not None:
        return f"Slack refuses {what} ({token.refused}), and no other can be read: {token.unreadable}"
    if token.refused == ELSEWHERE:
        return f"{what} belongs to another workspace: put one of this workspace into slack.{token.name}"
    return (
        f"Slack refuses {what} ({token.refused}): install the app again; if that gives another token, put it where"
        f" slack.{token.name} is kept and it is used at once. What is to be posted waits"
    )


def _lacking(scopes: Iterable[str]) -> str:
    return (
        f"the Slack app lacks {', '.join(sorted(set(scopes)))}: import config/slack-manifest.yaml under App Manifest in"
        " its settings and install it again; what needs that waits"
    )
