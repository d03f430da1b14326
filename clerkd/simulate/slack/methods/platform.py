"""Methods about the app, the team and the people: auth, api, apps, team, users, usergroups."""

from __future__ import annotations

from clerkd.simulate.slack.call import Call, Method
from clerkd.simulate.slack.limits import Tier
from clerkd.simulate.slack.methods.paging import page
from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.rendering import user_json
from clerkd.simulate.slack.tokens import TokenKind


def test_auth(call: Call) -> Json:
    """auth.test: who the token is."""
    state = call.desk.state
    return {
        "url": f"https://{state.team.domain}.slack.com/",
        "team": state.team.name,
        "team_id": state.team.id,
        "user": state.bot.name,
        "user_id": state.bot.id,
        "bot_id": state.bot.bot_id,
        "is_enterprise_install": False,
    }


def test_api(call: Call) -> Json:
    """api.test: give the arguments back, or the error that was asked for."""
    if call.get("error"):
        raise Refusal(call.get("error"), args=call.arguments)
    return {"args": call.arguments}


def open_connection(call: Call) -> Json:
    """apps.connections.open: a WebSocket URL, good once."""
    if not call.desk.sockets.enabled:
        raise Refusal("link_disabled")
    return {"url": call.desk.sockets.issue_url()}


def describe_team(call: Call) -> Json:
    """team.info: only about the own team."""
    team = call.desk.state.team
    if call.get("team", team.id) != team.id:
        raise Refusal("team_not_found")
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


def describe_user(call: Call) -> Json:
    """users.info: one person."""
    state = call.desk.state
    user = state.users.get(call.arguments["user"])
    if user is None:
        raise Refusal("user_not_found")
    return {"user": user_json(state, user)}


def list_users(call: Call) -> Json:
    """users.list: everybody, by page."""
    state = call.desk.state
    users, metadata = page(list(state.users.values()), call, default=0, most=1000)
    return {"members": [user_json(state, user) for user in users], "cache_ts": state.clock.now_ms() // 1000} | metadata


def list_usergroup(call: Call) -> Json:
    """usergroups.users.list: the members of a user group."""
    members = call.desk.state.usergroups.get(call.arguments["usergroup"])
    if members is None:
        raise Refusal("no_such_subteam")
    return {"users": list(members)}


METHODS = {
    "api.test": Method(test_api, Tier.SPECIAL, "error foo"),
    "auth.test": Method(test_auth, Tier.SPECIAL),
    # The current page says Tier 3, older copies Tier 1.
    "apps.connections.open": Method(open_connection, Tier.T3, scopes=("connections:write",), token=TokenKind.APP),
    "team.info": Method(describe_team, Tier.T3, "team domain", ("team:read",)),
    "users.info": Method(describe_user, Tier.T4, "user! include_locale:bool", ("users:read",)),
    "users.list": Method(list_users, Tier.T2, "cursor limit:int include_locale:bool team_id", ("users:read",)),
    "usergroups.users.list": Method(
        list_usergroup, Tier.T2, "usergroup! include_disabled:bool team_id", ("usergroups:read",)
    ),
}
