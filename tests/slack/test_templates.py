"""Templates in the workspace: the list, the form, who may change which."""

import pytest
from fakes.slack_room import open_room, texts_of

from clerkd.model.template import Template, TemplateScope
from clerkd.slack.screens import templates as screen
from clerkd.store.ops.templates import list_templates, save_template


@pytest.fixture
async def room(tmp_path):
    async with open_room(tmp_path) as room:
        yield room


def top(room, callback: str, user: str = "dana"):
    view = room.workspace.top_view(user)
    return view if view is not None and view["callback_id"] == callback else None


async def opened(room, user: str = "dana"):
    """Open the list from the dashboard's menu."""
    await room.workspace.user_runs(user, "/clerk", "", channel="clerk-sms")
    board = (await room.sees(lambda: room.workspace.ephemerals(user)))[-1]
    elements = [one for block in board["blocks"] if block["type"] == "actions" for one in block["elements"]]
    if (menu := next((one for one in elements if one["type"] == "overflow"), None)) is None:
        await room.workspace.user_clicks(user, "clerk-sms", board["ts"], screen.OPEN)  # the menu's only entry
    else:
        choice = next(one["value"] for one in menu["options"] if one["text"]["text"] == "Templates")
        await room.workspace.user_clicks(user, "clerk-sms", board["ts"], menu["action_id"], choice=choice)
    return await room.sees(lambda: top(room, screen.LIST_CALLBACK, user))


async def fill(room, name: str, body: str, scope: str | None = None, user: str = "dana"):
    view = await room.sees(lambda: top(room, screen.FORM_CALLBACK, user))
    await room.workspace.user_enters(user, screen.NAME, name)
    if scope is not None:
        await room.workspace.user_enters(user, screen.SCOPE, scope)
    await room.workspace.user_fills(user, screen.BODY, body, block_id="body", view_id=view["id"])


async def submit(room, user: str = "dana"):
    return (await room.workspace.user_submits_view(user)).payload or {}


async def kept(room, user: str = "dana") -> list[Template]:
    return await room.office.store.read(list_templates, user=room.slack.state.user(user).id)


async def test_a_template_is_made_listed_edited_and_deleted(room):
    await opened(room)
    assert "No templates yet" in texts_of(top(room, screen.LIST_CALLBACK))
    await room.workspace.user_clicks_in_view("dana", screen.NEW)
    await fill(room, "Greeting", "Hello {first_name|there}")
    assert await submit(room) == {}
    listed = await room.sees(
        lambda: (view := top(room, screen.LIST_CALLBACK)) and "Greeting" in texts_of(view) and view
    )
    assert "for everybody · 1 segment · never used" in texts_of(listed)

    await room.workspace.user_clicks_in_view("dana", screen.EDIT)
    await fill(room, "Greetings", "Hello {first_name|there}, {my_name} here")
    assert await submit(room) == {}
    await room.sees(lambda: "Greetings" in texts_of(top(room, screen.LIST_CALLBACK) or {}))
    (one,) = await kept(room)
    assert one.body.endswith("here")

    await room.workspace.user_clicks_in_view("dana", screen.DELETE)
    await room.sees(lambda: "Deleted “Greetings”" in texts_of(top(room, screen.LIST_CALLBACK) or {}))
    assert await kept(room) == []


async def test_the_live_line_counts_a_template_with_its_defaults(room):
    await opened(room)
    await room.workspace.user_clicks_in_view("dana", screen.NEW)
    await fill(room, "Greeting", "Hello {first_name|there}")
    await room.sees(lambda: "11 characters · 1 segment" in texts_of(top(room, screen.FORM_CALLBACK)))


@pytest.mark.parametrize(
    ("name", "body", "field", "words"),
    [
        ("Greeting", "Hello {frist_name}", "body", "did you mean {first_name}"),
        ("Taken", "Hello", "name", "There is a template called 'Taken' already."),
    ],
)
async def test_what_is_wrong_is_said_under_its_field(room, name, body, field, words):
    await room.office.store.write(save_template, Template("t-1", "taken", "Hi"), at=1)
    await opened(room)
    await room.workspace.user_clicks_in_view("dana", screen.NEW)
    await fill(room, name, body)
    assert words in (await submit(room))["errors"][field]
    assert len(await kept(room)) == 1


async def test_a_personal_template_is_its_owner_s_alone(room):
    await opened(room)
    await room.workspace.user_clicks_in_view("dana", screen.NEW)
    await fill(room, "Mine", "Hi, Dana here", scope=screen.MINE)
    assert await submit(room) == {}
    assert [one.scope for one in await kept(room)] == [TemplateScope.PERSONAL]
    await opened(room, "sam")
    assert "No templates yet" in texts_of(top(room, screen.LIST_CALLBACK, "sam"))


async def test_a_long_list_has_pages(room):
    for number in range(23):
        await room.office.store.write(save_template, Template(f"t-{number}", f"Name {number:02}", "Hi"), at=1)
    await opened(room)
    assert "1 to 20 of 23" in texts_of(top(room, screen.LIST_CALLBACK))
    await room.workspace.user_clicks_in_view("dana", f"{screen.PAGE}:on")
    await room.sees(lambda: "Name 22" in texts_of(top(room, screen.LIST_CALLBACK)))


async def test_a_template_that_a_colleague_deleted_is_said_to_be_gone(room):
    await room.office.store.write(save_template, Template("t-1", "One", "Hi"), at=1)
    await opened(room)
    await room.office.store.write(lambda tx: tx.run("DELETE FROM templates"))
    await room.workspace.user_clicks_in_view("dana", screen.EDIT)
    await room.sees(lambda: "there no more" in texts_of(top(room, screen.LIST_CALLBACK)))
