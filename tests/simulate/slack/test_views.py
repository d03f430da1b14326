import pytest
from fakes.block_samples import element, home, labelled, modal, plain, section
from fakes.slack_app import web_client_of


@pytest.fixture
def trigger(slack):
    """A fresh trigger_id of alice's."""
    return lambda **how: slack._desk.screens.issue_trigger(slack.state.user("alice").id, **how)


async def test_a_trigger_opens_one_modal_for_its_user(web, work, trigger, refused):
    ticket = trigger()
    opened = await web.views_open(trigger_id=ticket, view=modal(callback_id="send"))

    assert work.top_view("alice")["id"] == opened["view"]["id"]
    assert work.top_view("bob") is None
    assert opened["view"]["state"]["values"] != {}
    assert await refused(web.views_open(trigger_id=ticket, view=modal())) == "exchanged_trigger_id"
    assert await refused(web.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


async def test_a_trigger_is_good_for_three_seconds(slow_slack, clock, refused):
    late = slow_slack._desk.screens.issue_trigger(slow_slack.state.user("alice").id)
    clock.advance(3.1)
    assert await refused(web_client_of(slow_slack).views_open(trigger_id=late, view=modal())) == "expired_trigger_id"


async def test_the_stack_holds_three(web, work, trigger, refused):
    first = await web.views_open(trigger_id=trigger(), view=modal())
    second = await web.views_push(trigger_id=trigger(in_view=True), view=modal())
    await web.views_push(trigger_id=trigger(in_view=True), view=modal())

    assert second["view"]["previous_view_id"] == second["view"]["root_view_id"] == first["view"]["id"]
    assert await refused(web.views_push(trigger_id=trigger(in_view=True), view=modal())) == "push_limit_reached"
    assert await refused(web.views_push(trigger_id=trigger(), view=modal())) == "invalid_trigger_id"
    assert len(work.snapshot("alice")["views"]) == 3


async def test_an_update_keeps_what_was_typed_into_inputs_that_stay(web, work, trigger, refused):
    typed = labelled(element("plain_text_input"), block_id="text")
    opened = (await web.views_open(trigger_id=trigger(), view=modal(typed)))["view"]
    await work.user_enters("alice", "an.plain_text_input", "Hello")

    updated = await web.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(section(), typed))
    assert updated["view"]["state"]["values"]["text"]["an.plain_text_input"]["value"] == "Hello"
    assert await refused(web.views_update(view_id=opened["id"], hash=opened["hash"], view=modal())) == "hash_conflict"
    assert await refused(web.views_update(view_id="V0NONE", view=modal())) == "not_found"
    renamed = labelled(element("plain_text_input"), block_id="other")
    updated = await web.views_update(view_id=opened["id"], view=modal(renamed))
    assert updated["view"]["state"]["values"]["other"]["an.plain_text_input"]["value"] is None


async def test_an_external_id_names_one_view(web, trigger, refused):
    await web.views_open(trigger_id=trigger(), view=modal(external_id="x"))

    assert (await web.views_update(external_id="x", view=modal(external_id="x")))["ok"]
    again = web.views_push(trigger_id=trigger(in_view=True), view=modal(external_id="x"))
    assert await refused(again) == "duplicate_external_id"


@pytest.mark.parametrize(
    "view", [home(), modal(title=plain("x" * 25)), modal(labelled(element("button"))), {"type": "modal"}]
)
async def test_a_bad_view_is_refused_and_leaves_the_trigger_alone(web, trigger, refused, view):
    ticket = trigger()

    assert await refused(web.views_open(trigger_id=ticket, view=view)) == "invalid_arguments"
    assert (await web.views_open(trigger_id=ticket, view=modal()))["ok"]


async def test_a_view_over_250_kb_is_refused(web, trigger, refused):
    big = modal(*[section(text=plain("x" * 2900)) for _ in range(100)])

    assert await refused(web.views_open(trigger_id=trigger(), view=big)) == "view_too_large"


async def test_a_home_is_published_per_user_and_guarded_by_its_hash(slack, web, work, refused):
    alice = slack.state.user("alice").id
    first = (await web.views_publish(user_id=alice, view=home()))["view"]
    second = (await web.views_publish(user_id=alice, view=home(section(text=plain("new")))))["view"]

    assert second["id"] == first["id"]
    assert work.home("alice")["blocks"][0]["text"]["text"] == "new"
    assert work.home("bob") is None
    stale = web.views_publish(user_id=alice, view=home(), hash=first["hash"])
    assert await refused(stale) == "hash_conflict"
    assert await refused(web.views_publish(user_id="U0NOBODY", view=home())) == "user_not_found"
    assert await refused(web.views_publish(user_id=alice, view=modal())) == "invalid_arguments"
