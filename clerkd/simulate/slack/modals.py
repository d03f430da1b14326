"""What people do in modals and on the App Home."""

from __future__ import annotations

from typing import Any

from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.forms import ENTRY_KEYS, entry, find_element, missing_inputs, offered_options
from clerkd.simulate.slack.interactivity import Interactivity
from clerkd.simulate.slack.records import Json, User, View
from clerkd.simulate.slack.rendering import view_json
from clerkd.simulate.slack.sockets import Outcome

REQUIRED_WORDS = "Please complete this required field."


class Modals:
    """Open views, as their readers use them. Without a `view_id` the top modal is meant, or else the home."""

    def __init__(self, desk: Desk, interactivity: Interactivity) -> None:
        self._desk = desk
        self._interactivity = interactivity
        self._suggested: dict[tuple[str, str], list[Json]] = {}

    def top_view(self, user: str) -> Json | None:
        """Return the modal that a person has before them, in Slack's JSON with their entries, or None."""
        stack = self._desk.state.view_stacks.get(self._desk.state.user(user).id)
        return view_json(self._desk.state, stack[-1]) if stack else None

    def home(self, user: str) -> Json | None:
        """Return a person's App Home in Slack's JSON, or None when the app has published none."""
        home = self._desk.state.homes.get(self._desk.state.user(user).id)
        return view_json(self._desk.state, home) if home else None

    async def user_opens_home(self, user: str, tab: str = "home") -> None:
        """Open the app's Home (or Messages) tab."""
        person = self._desk.state.user(user)
        state = self._desk.state
        event: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": state.im_with(person.id).id,
            "tab": tab,
            "event_ts": state.new_ts(),
        }
        home = state.homes.get(person.id)
        if home is not None and tab == "home":
            event["view"] = view_json(state, home)
        self._desk.feed.publish(event)

    async def user_clicks_in_view(
        self, user: str, action_id: str, *, block_id: str | None = None, view_id: str | None = None, choice: Any = None
    ) -> Outcome:
        """Press a button of a view, or choose in its overflow menu by the option's value."""
        person, view = self._view(user, view_id)
        block, element = find_element(view.definition["blocks"], action_id, block_id)
        action = self._action(block, element, choice)
        return await self._interactivity.act_in_view(person, view, action)

    async def user_enters(
        self, user: str, action_id: str, value: Any, *, block_id: str | None = None, view_id: str | None = None
    ) -> Outcome | None:
        """Fill an element: text, a date, ids, or options by their values. None: the app is not told of it.

        A text input that dispatches on every character tells the app of each, and the last outcome is returned.
        """
        person, view = self._view(user, view_id)
        block, element = find_element(view.definition["blocks"], action_id, block_id)
        if not _dispatches(block):
            self._hold(view, block, element, value)
            return None
        steps = [value]
        if isinstance(value, str) and "on_character_entered" in _triggers(element):
            steps = [value[: end + 1] for end in range(len(value))] or [""]
        outcome = None
        for step in steps:
            held = self._hold(view, block, element, step)
            action = self._interactivity.payloads.action(block, element, held)
            outcome = await self._interactivity.act_in_view(person, view, action)
        return outcome

    async def user_fills(
        self, user: str, action_id: str, value: Any, *, block_id: str, view_id: str, told: bool = True
    ) -> Outcome | None:
        """Make an element hold `value`, in one step, and tell the app if its block wants that (and `told`).

        As a page does it, event by event; `user_enters` stands for all the keystrokes at once.
        """
        person, view = self._view(user, view_id)
        block, element = find_element(view.definition["blocks"], action_id, block_id)
        held = self._hold(view, block, element, value)
        if not (told and _dispatches(block)):
            return None
        return await self._interactivity.act_in_view(
            person, view, self._interactivity.payloads.action(block, element, held)
        )

    async def user_searches(
        self, user: str, action_id: str, query: str, *, block_id: str | None = None, view_id: str | None = None
    ) -> list[Json]:
        """Type into an external select; return the options that the app offers, which may then be entered."""
        person, view = self._view(user, view_id)
        block, element = find_element(view.definition["blocks"], action_id, block_id)
        if len(query) < element.get("min_query_length", 3):
            return []
        options = await self._interactivity.ask_options(person, view, block["block_id"], action_id, query)
        self._suggested[view.id, action_id] = options
        return options

    async def user_submits_view(self, user: str, view_id: str | None = None) -> Outcome | None:
        """Press Submit. None: required inputs are empty, which the client says without asking the app."""
        person, view = self._view(user, view_id)
        missing = missing_inputs(view.definition["blocks"], view.state)
        view.errors = dict.fromkeys(missing, REQUIRED_WORDS)
        if missing:
            self._desk.state.changed("view", user=person.id)
            return None
        return await self._interactivity.submit(person, view)

    async def user_closes_view(
        self, user: str, view_id: str | None = None, *, whole_stack: bool = False
    ) -> Outcome | None:
        """Press Cancel, or (whole_stack) the cross. None: the app did not want to know."""
        person, view = self._view(user, view_id)
        return await self._interactivity.close(person, view, whole_stack=whole_stack)

    def _view(self, user: str, view_id: str | None) -> tuple[User, View]:
        person = self._desk.state.user(user)
        if view_id is not None:
            return person, self._desk.screens.find(view_id, None)
        stack = self._desk.state.view_stacks.get(person.id)
        return person, stack[-1] if stack else self._desk.state.homes[person.id]

    def _hold(self, view: View, block: Json, element: Json, value: Any) -> Json:
        """Put an entry into the view's state and return it."""
        options = offered_options(element) + self._suggested.get((view.id, element["action_id"]), [])
        by_value = {option["value"]: option for option in options}
        if isinstance(value, str) and "max_length" in element:
            value = value[: element["max_length"]]
        held = entry(element, value, by_value.get)
        view.state.setdefault(block["block_id"], {})[element["action_id"]] = held
        self._desk.state.changed("home" if view.is_home else "view", user=view.user)
        return held

    def _action(self, block: Json, element: Json, choice: Any) -> Json:
        """Return the action of a press or a choice outside a form."""
        held: Json = {}
        by_value = {option["value"]: option for option in offered_options(element)}
        if element["type"] == "overflow":
            if choice not in by_value:
                msg = f"no option has the value {choice!r}"
                raise ValueError(msg)
            held = {"selected_option": by_value[choice]}
        elif element["type"] in ENTRY_KEYS:
            held = entry(element, choice, by_value.get)
        return self._interactivity.payloads.action(block, element, held)


def _dispatches(block: Json) -> bool:
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def _triggers(element: Json) -> list[str]:
    config = element.get("dispatch_action_config") or {}
    return list(config.get("trigger_actions_on", ("on_enter_pressed",)))
