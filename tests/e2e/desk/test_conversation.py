"""A conversation's card, taking texts back, two who answer at once, history and export, through the real process.

Rows A5, A7 and A14.
"""

import json

import yaml
from fakes.slack_room import buttons_of, texts_of
from fakes.tickets import ANN, Desk
from fakes.world import CHANNEL, world

from clerkd.slack.ids import ButtonAction, CardAction
from clerkd.slack.screens import history, send_text


def menu_of(card):
    return [
        option["text"]["text"]
        for block in card["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        for option in element.get("options", ())
    ]


def shows(view, *words):
    """Return a view that shows all these words; a skeleton does not yet."""
    return view if view is not None and all(word in str(view) for word in words) else None


async def answered_by_dana(w, desk):
    await desk.texts("Is my bike ready?")
    root = (await desk.root())["ts"]
    await w.slack.workspace.user_says("dana", CHANNEL, "Yes", root)
    await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["Yes"])
    return root


async def test_the_card_says_who_how_it_stands_and_offers_everything_that_works(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("Is my bike ready?")
        root = await desk.root("Status: New", "Replies in this thread are texted")

        assert list(buttons_of(root)) == ["Create Channel", "Assign", "Add contact"]
        assert menu_of(root) == [
            "👀 Claim", "✅ Solve", "💤 Snooze…", "📄 Send template…", "More…",
        ]  # fmt: skip
        await desk.choose("dana", root["ts"], CardAction.MORE)
        more = await w.sees(lambda: shows(w.slack.workspace.top_view("dana"), "Opt out…"))
        assert [one["accessory"]["text"]["text"] for one in more["blocks"] if "accessory" in one] == [
            "📄 Send template…", "🕒 Schedule…", "📜 History…", "🔕 Do Not Disturb…", "🚫 Opt out…",
        ]  # fmt: skip
        await w.slack.workspace.user_closes_view("dana")

        await w.slack.workspace.user_reacts("dana", CHANNEL, root["ts"], "eyes")
        await desk.root("Assigned to")
        await desk.form("dana", root["ts"], subject="Blue bike", status="pending", priority="urgent")
        changed = await desk.root("Blue bike", "Status: Pending", "Urgent")

        assert changed["ts"] == root["ts"]
        await desk.restart()
        await w.slack.workspace.user_says("dana", CHANNEL, "Tomorrow", root["ts"])
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["Tomorrow"])


async def test_schedule_in_the_menu_opens_the_form_with_the_peer_and_a_later_time(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("Is my bike ready?")
        root = await desk.root()
        await desk.choose("dana", root["ts"], CardAction.SCHEDULE)
        form = await w.sees(lambda: shows(w.slack.workspace.top_view("dana"), "datetimepicker", "7700 900123"))
        assert form["callback_id"] == send_text.CALLBACK


async def test_within_the_time_to_take_back_an_edit_amends_and_a_deletion_cancels(tmp_path):
    async with world(tmp_path, start=False) as w:
        settings = yaml.safe_load(w.daemon.config.read_text())
        settings["slack"]["undo_s"] = 2
        w.daemon.config.write_text(yaml.safe_dump(settings))
        desk = Desk(w)
        await desk._start()
        await desk.texts("Is my bike ready?")
        root = (await desk.root())["ts"]
        first = await w.slack.workspace.user_says("dana", CHANNEL, "No", root)
        await w.slack.workspace.user_deletes("dana", CHANNEL, first)
        second = await w.slack.workspace.user_says("dana", CHANNEL, "Maybe", root)
        await w.slack.workspace.user_edits("dana", CHANNEL, second, "Yes, since noon")
        await w.sees(lambda: w.phone(ANN).inbox)
        await w.sees(lambda: "heavy_check_mark" in w.reactions(second, thread_ts=root))

        assert [text.text for text in w.phone(ANN).inbox] == ["Yes, since noon"]
        await w.slack.workspace.user_deletes("dana", CHANNEL, second)
        await w.sees(lambda: any("cannot be recalled" in one["text"] for one in w.slack.workspace.ephemerals("dana")))


async def test_the_second_of_two_who_answer_is_asked_and_the_question_survives_a_kill(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        root = await answered_by_dana(w, desk)
        ts = await w.slack.workspace.user_says("sam", CHANNEL, "No", root)
        [question] = await w.sees(lambda: w.slack.workspace.ephemerals("sam"))
        assert "dana answered a moment ago" in texts_of(question)
        await w.sees(lambda: "warning" in w.reactions(ts, thread_ts=root))
        assert [text.text for text in w.phone(ANN).inbox] == ["Yes"]

        await w.daemon.kill()
        await desk._start()
        await w.slack.workspace.user_clicks("sam", CHANNEL, question["ts"], ButtonAction.SEND_NOW)
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["Yes", "No"])


async def test_history_is_shown_and_exported_to_whoever_asked(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        root = await answered_by_dana(w, desk)
        await desk.choose("dana", root, CardAction.HISTORY)
        await w.sees(lambda: "Is my bike ready?" in str(w.slack.workspace.top_view("dana")))
        for form, check in (("json", json.loads), ("txt", str)):
            await desk.choose("dana", root, CardAction.HISTORY)
            await w.sees(lambda: "Is my bike ready?" in str(w.slack.workspace.top_view("dana")))
            await w.slack.workspace.user_clicks_in_view("dana", f"{history.EXPORT}:{form}")
            files = await w.sees(lambda end=form: exported(w, f".{end}"))
            content = files[0].octets.decode()
            assert "Is my bike ready?" in content
            assert "Yes" in content
            assert check(content)


def exported(w, end):
    found = [file for one in w.slack.workspace.im("dana").messages.values() for file in one.files]
    files = [w.slack._desk.uploads.find(file["id"]) for file in found]
    return [file for file in files if file.name.endswith(end)]
