"""Modals and App Homes, as people fill them and as the app answers."""

import pytest
from fakes.block_samples import actions, button, element, home, labelled, modal, options, plain, section

from clerkd.simulate.slack import Fate


@pytest.fixture
async def form(slack, web):
    """Alice has a modal with a To select, a text and a button before her."""
    trigger = slack._desk.screens.issue_trigger(slack.state.user("alice").id)
    to = labelled(element("external_select", action_id="to", min_query_length=0), block_id="to")
    text = labelled(element("plain_text_input", action_id="text", max_length=10), block_id="text")
    return await web.views_open(
        trigger_id=trigger, view=modal(to, text, actions(button()), callback_id="send", private_metadata="m")
    )


async def test_a_form_is_searched_filled_and_submitted(slack, work, app, form):
    app.answers["block_suggestion"] = {"options": options(3)}
    offered = await work.user_searches("alice", "to", "415")
    assert [one["value"] for one in offered] == ["o:1", "o:2", "o:3"]
    assert (await app.next()).payload["value"] == "415"
    assert await work.user_enters("alice", "to", "o:2") is None
    assert await work.user_enters("alice", "text", "Hello, this is long") is None
    outcome = await work.user_submits_view("alice")

    payload = (await app.next()).payload
    values = payload["view"]["state"]["values"]
    assert outcome.fate is Fate.ACKNOWLEDGED
    assert (payload["view"]["callback_id"], payload["view"]["private_metadata"]) == ("send", "m")
    assert values["to"]["to"]["selected_option"]["value"] == "o:2"
    assert values["text"]["text"] == {"type": "plain_text_input", "value": "Hello, thi"}  # max_length
    assert work.top_view("alice") is None
    assert slack.violations == []


async def test_required_inputs_are_asked_for_without_the_app(work, app, form):
    assert await work.user_submits_view("alice") is None

    (view,) = work.snapshot("alice")["views"]
    assert set(view["errors"]) == {"to", "text"}
    assert app.everything() == []


async def test_an_option_that_was_not_offered_cannot_be_entered(work, form):
    with pytest.raises(ValueError, match="o:7"):
        await work.user_enters("alice", "to", "o:7")


@pytest.fixture
async def filled(work, app, form):
    app.answers["block_suggestion"] = {"options": options(1)}
    await work.user_searches("alice", "to", "")
    await work.user_enters("alice", "to", "o:1")
    await work.user_enters("alice", "text", "Hello")
    await app.next()


async def test_a_submission_can_be_answered_with_errors(slack, work, app, filled):
    app.answers["view_submission"] = {"response_action": "errors", "errors": {"text": "Too short"}}
    await work.user_submits_view("alice")
    assert work.snapshot("alice")["views"][0]["errors"] == {"text": "Too short"}
    app.answers["view_submission"] = {"response_action": "errors", "errors": {"elsewhere": "No"}}
    await work.user_submits_view("alice")
    assert slack.violations == ["view_submission: errors must name blocks of type input"]


async def test_a_submission_can_be_answered_with_another_view(slack, work, app, filled):
    app.answers["view_submission"] = {"response_action": "push", "view": modal(section(), callback_id="sure")}
    await work.user_submits_view("alice")
    assert [view["callback_id"] for view in work.snapshot("alice")["views"]] == ["send", "sure"]
    app.answers["view_submission"] = {"response_action": "update", "view": modal(section(), callback_id="done")}
    await work.user_submits_view("alice")
    assert work.top_view("alice")["callback_id"] == "done"
    app.answers["view_submission"] = {"response_action": "clear"}
    await work.user_submits_view("alice")
    assert work.snapshot("alice")["views"] == []
    assert slack.violations == []


async def test_a_bad_view_in_an_answer_is_a_violation_and_changes_nothing(slack, work, app, filled):
    app.answers["view_submission"] = {"response_action": "update", "view": modal(title=plain("x" * 25))}
    await work.user_submits_view("alice")

    assert work.top_view("alice")["callback_id"] == "send"
    assert "view_submission" in slack.violations[0]


async def test_closing_is_told_if_the_view_asked_for_it(slack, web, work, app, form):
    assert await work.user_closes_view("alice") is None
    trigger = slack._desk.screens.issue_trigger(slack.state.user("alice").id)
    await web.views_open(trigger_id=trigger, view=modal(section(), notify_on_close=True))
    await work.user_closes_view("alice", whole_stack=True)

    payload = (await app.next()).payload
    assert (payload["type"], payload["is_cleared"]) == ("view_closed", True)
    assert work.top_view("alice") is None


async def test_an_input_that_dispatches_tells_of_every_character(slack, web, work, app):
    typed = element(
        "plain_text_input",
        action_id="live",
        dispatch_action_config={"trigger_actions_on": ["on_character_entered"]},
    )
    trigger = slack._desk.screens.issue_trigger(slack.state.user("alice").id)
    await web.views_open(trigger_id=trigger, view=modal(labelled(typed, dispatch_action=True)))
    await work.user_enters("alice", "live", "abc")

    values = [request.payload["actions"][0]["value"] for request in app.everything()]
    assert values == ["a", "ab", "abc"]


async def test_a_click_in_a_modal_gives_a_trigger_that_may_push(web, work, app, form):
    await work.user_clicks_in_view("alice", "go")

    payload = (await app.next()).payload
    assert payload["container"] == {"type": "view", "view_id": form["view"]["id"]}
    pushed = await web.views_push(trigger_id=payload["trigger_id"], view=modal())
    assert pushed["view"]["root_view_id"] == form["view"]["id"]


async def test_the_home_is_opened_published_and_used(slack, web, work, app):
    await work.user_opens_home("alice")
    event = (await app.next()).payload["event"]
    assert (event["type"], event["tab"], "view" in event) == ("app_home_opened", "home", False)
    await web.views_publish(user_id=event["user"], view=home(actions(button())))
    await work.user_clicks_in_view("alice", "go")

    payload = (await app.next()).payload
    assert payload["view"]["type"] == "home"
    assert (await web.views_open(trigger_id=payload["trigger_id"], view=modal()))["ok"]


async def test_shortcuts_come_globally_and_from_a_message(work, app, room):
    await work.user_chooses_shortcut("alice", "clerk_send_text")
    payload = (await app.next()).payload
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "clerk_send_text")
    ts = await work.user_says("alice", room, "hi")
    await app.next()
    await work.user_chooses_shortcut("bob", "clerk_retry", room, ts)
    payload = (await app.next()).payload
    assert (payload["type"], payload["message"]["ts"], payload["channel"]["id"]) == ("message_action", ts, room)


async def test_a_page_fills_an_input_step_by_step(slack, web, work, app):
    typed = labelled(element("plain_text_input", action_id="live"), block_id="b", dispatch_action=True)
    trigger = slack._desk.screens.issue_trigger(slack.state.user("alice").id)
    view = (await web.views_open(trigger_id=trigger, view=modal(typed)))["view"]["id"]

    assert await work.user_fills("alice", "live", "a", block_id="b", view_id=view, told=False) is None
    outcome = await work.user_fills("alice", "live", "ab", block_id="b", view_id=view)
    assert outcome.fate is Fate.ACKNOWLEDGED
    assert [request.payload["actions"][0]["value"] for request in app.everything()] == ["ab"]
    assert work.top_view("alice")["state"]["values"]["b"]["live"]["value"] == "ab"
