"""The history modal and the export, as people meet them."""

import json
from contextlib import asynccontextmanager

from fakes.slack_room import CHANNEL, open_room

from clerkd.model.message import OriginKind
from clerkd.simulate.slack.tokens import BASE_SCOPES
from clerkd.slack.ids import CardAction
from clerkd.slack.roles import Role
from clerkd.slack.screens import history
from clerkd.store.ops.audit import list_audit


def words_of(view):
    return json.dumps(view, ensure_ascii=False)


def actions_of(view):
    return [
        element["action_id"] for block in view["blocks"] if block["type"] == "actions" for element in block["elements"]
    ]


async def choose_history(room, root, user="dana"):
    (card,) = [one for one in room.workspace.messages(CHANNEL) if one["ts"] == root]
    for block in card["blocks"]:
        for element in block.get("elements", ()):
            for option in element.get("options", ()):
                if f'"do":"{CardAction.MORE.value}"' in option["value"]:
                    await room.workspace.user_clicks(user, CHANNEL, root, element["action_id"], choice=option["value"])
    await room.sees(lambda: CardAction.HISTORY.value in words_of(room.workspace.top_view(user)))
    await room.workspace.user_clicks_in_view(user, CardAction.HISTORY.value)


@asynccontextmanager
async def opened(path, texts, **options):
    """A room in which Dana looks at the history of a conversation."""
    async with open_room(path, **options) as room:
        for text in texts:
            await room.text(text)
        root = await room.card()
        await room.thread(root, len(texts))
        await choose_history(room, root)
        yield room, root, await room.sees(lambda: shown_of(room))


def shown_of(room):
    view = room.workspace.top_view("dana")
    shown = view is not None and view["callback_id"] == history.CALLBACK and "Loading" not in words_of(view)
    return view if shown else None


async def test_the_history_is_shown_newest_last_and_turned_page_by_page(tmp_path):
    async with opened(tmp_path, [f"text {number:02}" for number in range(20)]) as (room, _, view):
        assert "text 19" in words_of(view)
        assert "text 04" not in words_of(view)
        assert history.OLDER in actions_of(view)

        await room.workspace.user_clicks_in_view("dana", history.OLDER)
        older = await room.sees(lambda: "text 04" in words_of(shown_of(room)) and shown_of(room))
        assert "text 05" not in words_of(older)
        assert history.NEWER in actions_of(older)


async def test_an_export_comes_to_the_direct_messages_of_whoever_asked(tmp_path):
    async with opened(tmp_path, ["Is my bike ready?"]) as (room, _, _view):
        await room.workspace.user_clicks_in_view("dana", f"{history.EXPORT}:json")
        im = room.workspace.im("dana")
        message = await room.sees(lambda: next((one for one in im.messages.values() if one.files), None))
        file = room.slack._desk.uploads.find(message.files[0]["id"])

        assert [one["text"] for one in json.loads(file.octets)["messages"]] == ["Is my bike ready?"]
        assert file.name == "texts-+14155550123.json"
        [noted] = await room.office.store.read(list_audit)
        dana = room.slack.state.user("dana").id
        assert (noted.via, noted.actor, noted.format) == (OriginKind.SLACK, dana, "json")
        assert noted.conversation_id is not None


async def test_without_the_scope_the_person_is_told_which_is_missing(tmp_path):
    scopes = [scope for scope in BASE_SCOPES if scope != "files:write"]
    async with opened(tmp_path, ["Is my bike ready?"], stand_in={"scopes": scopes}) as (room, _, _view):
        await room.workspace.user_clicks_in_view("dana", f"{history.EXPORT}:txt")
        await room.sees(
            lambda: "files:write" in str(room.workspace.ephemerals("dana")) + words_of(room.workspace.top_view("dana"))
        )


async def test_who_may_not_export_sees_no_button_for_it(tmp_path):
    async with open_room(tmp_path, start=False) as room:
        admin = room.slack.state.user("sam").id
        room.reconfigure(roles={Role.ADMIN: (admin,)})
        await room.start()
        await room.text("Is my bike ready?")
        await choose_history(room, await room.card())
        view = await room.sees(lambda: shown_of(room))

        assert "Is my bike ready?" in words_of(view)
        assert not any(action.startswith(history.EXPORT) for action in actions_of(view))
