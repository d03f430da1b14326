"""Modals and App Homes: stacks, hashes, triggers."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass

from clerkd.simulate.slack.forms import fill_ids, initial_state
from clerkd.simulate.slack.records import Json, View
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.state import State

TRIGGER_LIFE_S = 3.0
STACK_LIMIT = 3
VIEW_BYTES = 250_000


@dataclass(slots=True)
class _Trigger:
    user: str
    expires: float
    in_view: bool
    used: bool = False


class Screens:
    """The views that the app has open with each person."""

    def __init__(self, state: State) -> None:
        self.home_enabled = True
        self._state = state
        self._triggers: dict[str, _Trigger] = {}

    def issue_trigger(self, user_id: str, *, in_view: bool = False) -> str:
        """Return a trigger_id: good once, for three seconds. `in_view`: it comes out of an open modal."""
        rng = self._state.rng
        trigger_id = f"{rng.randrange(10**12)}.{rng.randrange(10**12)}.{rng.getrandbits(128):032x}"
        expires = self._state.clock.monotonic() + TRIGGER_LIFE_S
        self._triggers[trigger_id] = _Trigger(user_id, expires, in_view)
        return trigger_id

    def open(self, trigger_id: str, definition: Json) -> View:
        """Open a modal as a new stack; raise for the trigger, a duplicate external_id or too much text."""
        trigger = self._exchange(trigger_id)
        return self.show(trigger.user, definition, on_top=False)

    def push(self, trigger_id: str, definition: Json) -> View:
        """Put a modal on top of the one that the trigger comes from; raise `push_limit_reached`."""
        trigger = self._exchange(trigger_id, from_view=True)
        return self.show(trigger.user, definition, on_top=True)

    def show(self, user_id: str, definition: Json, *, on_top: bool) -> View:
        """Put a modal before a person, without a trigger: what an acknowledgement may do."""
        _check_size(definition)
        self._check_external_id(definition)
        stack = self._state.view_stacks.setdefault(user_id, [])
        if not on_top:
            stack.clear()
        if len(stack) >= STACK_LIMIT:
            raise Refusal("push_limit_reached")
        view = self._new_view(user_id, definition)
        if stack:
            view.root_view_id, view.previous_view_id = stack[0].id, stack[-1].id
        stack.append(view)
        self._state.changed("view", user=user_id)
        return view

    def update(self, view: View, definition: Json, known_hash: str | None = None) -> View:
        """Replace what a view shows; entries of inputs that keep their ids stay. Raise `hash_conflict`."""
        if known_hash is not None and known_hash != view.hash:
            raise Refusal("hash_conflict")
        if definition["type"] != view.definition["type"]:
            raise Refusal.of_messages("invalid_arguments", ["[ERROR] a view cannot change its type"])
        _check_size(definition)
        self._check_external_id(definition, but=view)
        view.definition = self._prepare(definition)
        view.state = initial_state(view.definition["blocks"], view.state)
        view.external_id = definition.get("external_id", "")
        view.errors = {}
        view.hash = self._new_hash()
        self._state.changed("home" if view.is_home else "view", user=view.user)
        return view

    def publish(self, user_id: str, definition: Json, known_hash: str | None = None) -> View:
        """Set a person's App Home; raise `not_enabled`, `hash_conflict`."""
        if not self.home_enabled:
            raise Refusal("not_enabled")
        home = self._state.homes.get(user_id)
        if home is not None:
            return self.update(home, definition, known_hash)
        _check_size(definition)
        home = self._state.homes[user_id] = self._new_view(user_id, definition)
        self._state.changed("home", user=user_id)
        return home

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """Return an open view by either id; raise `not_found`."""
        for view in self._state.open_views():
            if (view_id and view.id == view_id) or (external_id and view.external_id == external_id):
                return view
        raise Refusal("not_found")

    def close(self, view: View, *, whole_stack: bool = False) -> list[View]:
        """Take a modal (or all of its stack) away; return what was closed, top first."""
        stack = self._state.view_stacks.get(view.user, [])
        if view not in stack:
            return []
        start = 0 if whole_stack else stack.index(view)
        closed = stack[start:]
        del stack[start:]
        self._state.changed("view", user=view.user)
        return closed[::-1]

    def _exchange(self, trigger_id: str, *, from_view: bool = False) -> _Trigger:
        trigger = self._triggers.get(trigger_id)
        if trigger is None or (from_view and not trigger.in_view):
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self._state.clock.monotonic() > trigger.expires:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def _check_external_id(self, definition: Json, but: View | None = None) -> None:
        wanted = definition.get("external_id")
        if wanted and any(view.external_id == wanted for view in self._state.open_views() if view is not but):
            raise Refusal("duplicate_external_id")

    def _new_view(self, user_id: str, definition: Json) -> View:
        view_id = self._state.new_id("V")
        prepared = self._prepare(definition)
        external_id = definition.get("external_id", "")
        view = View(view_id, user_id, prepared, self._new_hash(), external_id, root_view_id=view_id)
        view.state = initial_state(prepared["blocks"], {})
        return view

    def _prepare(self, definition: Json) -> Json:
        prepared = copy.deepcopy(definition)
        fill_ids(prepared["blocks"], self._state.rng)
        return prepared

    def _new_hash(self) -> str:
        return f"{self._state.clock.now_ms() // 1000}.{self._state.rng.getrandbits(32):08x}"


def _check_size(definition: Json) -> None:
    if len(json.dumps(definition).encode()) > VIEW_BYTES:
        raise Refusal("view_too_large")
