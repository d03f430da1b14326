"""Interactions: what people do with the app's buttons, menus, modals and commands, and what its answers do."""

from __future__ import annotations

from typing import Any

from clerkd.simulate.slack.blocks.surfaces import options_problems, view_problems
from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.payloads import Payloads
from clerkd.simulate.slack.records import Channel, Json, Message, User, View
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.responses import ResponseLinks
from clerkd.simulate.slack.sockets import Envelope, Fate, Outcome

MODAL_RESPONSES = ("errors", "update", "push", "clear")


class Interactivity:
    """Send interactions, once each, and carry out what the acknowledgement asks for."""

    def __init__(self, desk: Desk) -> None:
        self.payloads = Payloads(desk.state)
        self._desk = desk
        self._links = ResponseLinks(desk)

    @property
    def base_url(self) -> str:
        """Where response_urls lead."""
        return self._links.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self._links.base_url = url

    def take_response(self, ticket: str, body: dict[str, Any]) -> tuple[int, str]:
        """Do what was posted to a response_url; return status and text."""
        return self._links.take(ticket, body)

    # From messages -------------------------------------------------------------------------------------

    async def act_in_message(self, user: User, channel: Channel, message: Message, action: Json) -> Outcome:
        """Send block_actions from a message."""
        links = self._make_links(user, channel, message.ts)
        payload = self.payloads.action_in_message(user, channel, message, action, **links)
        return await self._send("interactive", payload)

    async def act_in_ephemeral(self, user: User, channel: Channel, ts: str, action: Json) -> Outcome:
        """Send block_actions from an ephemeral message."""
        payload = self.payloads.action_in_ephemeral(user, channel, ts, action, **self._make_links(user, channel, ts))
        return await self._send("interactive", payload)

    async def choose_shortcut(
        self, user: User, callback_id: str, channel: Channel | None = None, message: Message | None = None
    ) -> Outcome:
        """Send a global shortcut, or a message shortcut where a message is given."""
        if channel is None or message is None:
            trigger_id = self._desk.screens.issue_trigger(user.id)
            return await self._send("interactive", self.payloads.shortcut(user, callback_id, trigger_id))
        links = self._make_links(user, channel, message.ts)
        payload = self.payloads.message_shortcut(user, channel, message, callback_id, **links)
        return await self._send("interactive", payload)

    async def run_command(self, user: User, channel: Channel, command: str, text: str) -> Outcome:
        """Send a slash command; show what the acknowledgement says, or that nobody answered."""
        payload = self.payloads.command(user, channel, command, text, **self._make_links(user, channel))
        outcome = await self._send("slash_commands", payload, accepts=True)
        if outcome.fate is not Fate.ACKNOWLEDGED:
            error = "dispatch_failed" if outcome.fate is Fate.NO_SOCKET else "operation_timeout"
            self._desk.posting.whisper(channel, user, f'{command} failed with the error "{error}"', [], None)
        elif outcome.payload:
            self._links.show(channel, user, outcome.payload)
        return outcome

    # From views ----------------------------------------------------------------------------------------

    async def act_in_view(self, user: User, view: View, action: Json) -> Outcome:
        """Send block_actions from a modal or home."""
        trigger_id = self._desk.screens.issue_trigger(user.id, in_view=not view.is_home)
        return await self._send("interactive", self.payloads.action_in_view(user, view, action, trigger_id))

    async def ask_options(self, user: User, view: View, block_id: str, action_id: str, query: str) -> list[Json]:
        """Send block_suggestion; return the options of the acknowledgement, flattened."""
        payload = self.payloads.suggestion(user, view, block_id, action_id, query)
        outcome = await self._send("interactive", payload, accepts=True)
        answer = outcome.payload or {}
        problems = options_problems(answer) if outcome.fate is Fate.ACKNOWLEDGED else []
        if problems:
            self._desk.violations += [f"block_suggestion of {action_id}: {problem}" for problem in problems]
            return []
        return [
            *answer.get("options", ()),
            *(one for group in answer.get("option_groups", ()) for one in group["options"]),
        ]

    async def submit(self, user: User, view: View) -> Outcome:
        """Send view_submission and do what its acknowledgement says; an empty one closes the top view."""
        trigger_id = self._desk.screens.issue_trigger(user.id, in_view=True)
        payload = self.payloads.submission(user, view, trigger_id)
        outcome = await self._send("interactive", payload, accepts=True)
        if outcome.fate is Fate.ACKNOWLEDGED:
            self._follow(user, view, outcome.payload or {})
        return outcome

    async def close(self, user: User, view: View, *, whole_stack: bool) -> Outcome | None:
        """Close a modal, or the whole stack; tell the app if the view wants that. None: it did not want it."""
        outcome = None
        for closed in self._desk.screens.close(view, whole_stack=whole_stack):
            if closed.definition.get("notify_on_close"):
                payload = self.payloads.closing(user, closed, is_cleared=whole_stack)
                outcome = await self._send("interactive", payload)
        return outcome

    def _follow(self, user: User, view: View, answer: Json) -> None:
        action = answer.get("response_action")
        if action is None and not answer:
            self._desk.screens.close(view)
            return
        if action not in MODAL_RESPONSES:
            self._desk.violations.append(f"view_submission: unknown answer {sorted(answer)}")
            return
        if action == "errors":
            self._show_errors(view, answer.get("errors"))
        elif action == "clear":
            self._desk.screens.close(view, whole_stack=True)
        else:
            self._show_view(user, view, action, answer.get("view"))

    def _show_errors(self, view: View, errors: Any) -> None:
        inputs = {block["block_id"] for block in view.definition["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or set(errors) - inputs:
            self._desk.violations.append("view_submission: errors must name blocks of type input")
            return
        view.errors = {block_id: str(words) for block_id, words in errors.items()}
        self._desk.state.changed("view", user=view.user)

    def _show_view(self, user: User, view: View, action: str, definition: Any) -> None:
        problems = view_problems(definition)
        hits = self._desk.tripwire.find({"view": definition})
        self._desk.violations += [f"view_submission: {problem}" for problem in problems + hits]
        if problems:
            return
        try:
            if action == "update":
                self._desk.screens.update(view, definition)
            else:
                self._desk.screens.show(user.id, definition, on_top=True)
        except Refusal as refusal:
            self._desk.violations.append(f"view_submission: {action} was refused: {refusal.code}")

    # Sending -------------------------------------------------------------------------------------------

    def _make_links(self, user: User, channel: Channel, message_ts: str | None = None) -> dict[str, str]:
        return {
            "trigger_id": self._desk.screens.issue_trigger(user.id),
            "response_url": self._links.issue(channel, user, message_ts),
        }

    async def _send(self, kind: str, payload: Json, *, accepts: bool = False) -> Outcome:
        envelope = Envelope(self._desk.state.new_uuid(), kind, payload, accepts_response_payload=accepts)
        return await self._desk.sockets.deliver(envelope)
