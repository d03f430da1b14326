import pytest
from fakes.slack_room import CHANNEL, open_room

from clerkd.slack.interactions import Permission
from clerkd.slack.people import Person, Standing
from clerkd.slack.permissions import ByRole
from clerkd.slack.roles import Role, role_of


@pytest.mark.parametrize(
    ("user", "lists", "role"),
    [
        ("U1", {}, Role.OWNER),
        ("U1", {Role.ADMIN: ()}, Role.OWNER),
        ("U1", {Role.ADMIN: ("U1",)}, Role.ADMIN),
        ("U2", {Role.ADMIN: ("U1",)}, Role.AGENT),
        ("U2", {Role.ADMIN: ("U1",), Role.AGENT: ("U3",)}, Role.VIEWER),
        ("U3", {Role.VIEWER: ("U3",)}, Role.VIEWER),
        ("U4", {Role.AGENT: ("S1",)}, Role.AGENT),
        ("U4", {Role.AGENT: ("S1",), Role.MANAGER: ("S2",)}, Role.MANAGER),
        ("U5", {Role.MANAGER: ("S9",)}, Role.AGENT),
    ],
)
def test_the_highest_role_that_is_given_holds(user, lists, role):
    assert role_of(user, lists, {"S1": {"U4"}, "S2": {"U4"}}) is role


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {"use"}),
        (Role.AGENT, {"use", "send"}),
        (Role.MANAGER, {"use", "send", "manage"}),
        (Role.ADMIN, {"use", "send", "manage", "export", "administer"}),
        (Role.OWNER, {"use", "send", "manage", "export", "administer"}),
    ],
)
async def test_what_each_role_may_do(role, allowed):
    person = Person("U1", "Dana", Standing.MEMBER, role=role)
    refusals = {one.value: await ByRole().refusal(person, one) for one in Permission}
    assert {one for one, words in refusals.items() if words is None} == allowed
    assert all(words is None or "Whoever runs clerkd" in words for words in refusals.values())


async def test_a_viewer_cannot_text_and_is_told_whom_to_ask(tmp_path):
    async with open_room(tmp_path, start=False) as room:
        group = room.workspace.add_usergroup("dana")
        room.reconfigure(roles={Role.AGENT: (group,)})
        await room.start()
        await room.text("hello")
        card = await room.card()
        await room.workspace.user_says("sam", CHANNEL, "hi", card)
        words = await room.whispered("sam")
        assert words.startswith("You are a viewer here and cannot text people")
        await room.workspace.user_says("dana", CHANNEL, "hello yourself", card)
        await room.office.radio.wait_air(1)
        assert room.office.radio.texts == ["hello yourself"]
