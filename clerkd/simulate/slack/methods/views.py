"""views.*: modals and App Homes."""

from __future__ import annotations

from clerkd.simulate.slack.blocks.surfaces import view_problems
from clerkd.simulate.slack.call import Call, Method
from clerkd.simulate.slack.limits import Tier
from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.rendering import view_json


def open_view(call: Call) -> Json:
    """views.open."""
    definition = _definition(call, "modal")
    view = call.desk.screens.open(call.arguments["trigger_id"], definition)
    return {"view": view_json(call.desk.state, view)}


def push_view(call: Call) -> Json:
    """views.push: on top of the modal that the trigger came from."""
    definition = _definition(call, "modal")
    view = call.desk.screens.push(call.arguments["trigger_id"], definition)
    return {"view": view_json(call.desk.state, view)}


def update_view(call: Call) -> Json:
    """views.update: by view_id or external_id, guarded by the hash if one is given."""
    if not (call.get("view_id") or call.get("external_id")):
        raise Refusal.of_messages("invalid_arguments", ["[ERROR] missing required field: view_id"])
    view = call.desk.screens.find(call.get("view_id"), call.get("external_id"))
    definition = _definition(call, view.definition["type"])
    view = call.desk.screens.update(view, definition, call.get("hash"))
    return {"view": view_json(call.desk.state, view)}


def publish_home(call: Call) -> Json:
    """views.publish: one person's App Home."""
    user = call.desk.state.users.get(call.arguments["user_id"])
    if user is None or user.deleted:
        raise Refusal("user_not_found")
    definition = _definition(call, "home")
    view = call.desk.screens.publish(user.id, definition, call.get("hash"))
    return {"view": view_json(call.desk.state, view)}


def _definition(call: Call, surface: str) -> Json:
    definition: Json = call.arguments["view"]
    problems = view_problems(definition)
    if not problems and definition["type"] != surface:
        problems = [f"[ERROR] must be a {surface} view [json-pointer:/view/type]"]
    if problems:
        raise Refusal.of_messages("invalid_arguments", problems)
    return definition


METHODS = {
    "views.open": Method(open_view, Tier.T4, "trigger_id! view!:object"),
    "views.push": Method(push_view, Tier.T4, "trigger_id! view!:object"),
    "views.update": Method(update_view, Tier.T4, "view!:object view_id external_id hash"),
    "views.publish": Method(publish_home, Tier.T4, "user_id! view!:object hash"),
}
