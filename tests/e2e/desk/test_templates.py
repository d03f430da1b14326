"""A template through the real process: written in the workspace, filled in, on the phone."""

from fakes.forms import Person
from fakes.world import world

from clerkd.slack.screens import send_text, templates

ANN = "+14155550142"


async def test_a_template_is_written_chosen_filled_in_and_sent(tmp_path):
    async with world(tmp_path) as w:
        dana = Person(w, "dana")
        await dana.connected()
        await w.slack.workspace.user_opens_home("dana")
        await w.sees(lambda: w.slack.workspace.home("dana"))
        await open_list(w)
        await dana.sees(templates.LIST_CALLBACK, "No templates yet")
        await dana.presses("New template")
        await dana.sees(templates.FORM_CALLBACK)
        await dana.enters(templates.NAME, "Ready")
        await dana.types(templates.BODY, "Hello {frist_name}")
        assert "did you mean {first_name}" in (await dana.submits())["errors"]["body"]
        await dana.types(templates.BODY, "Hello {first_name|there}, {my_name} here")
        await dana.sees(templates.FORM_CALLBACK, "1 segment")
        assert await dana.submits() == {}
        await dana.sees(templates.LIST_CALLBACK, "Ready", "never used")
        await w.slack.workspace.user_closes_view("dana")

        await dana.runs("send 4155550142")
        view = await dana.sees(send_text.CALLBACK, "Use a template")
        groups = next(one for one in view["blocks"] if one["block_id"] == "template")["element"]["option_groups"]
        await dana.enters(send_text.TEMPLATE, groups[0]["options"][0]["value"])
        await dana.sees(send_text.CALLBACK, "22 characters · 1 segment")
        assert await dana.submits() == {}
        phone = w.phone(ANN)
        assert [text.text for text in await w.sees(lambda: phone.inbox)] == ["Hello there, dana here"]


async def open_list(w) -> None:
    """Press Templates on the Home tab, or choose it in its menu."""
    home = w.slack.workspace.home("dana")
    elements = [one for block in home["blocks"] if block["type"] == "actions" for one in block["elements"]]
    for one in elements:
        if one["type"] == "overflow":
            for option in one["options"]:
                if option["text"]["text"] == "Templates":
                    await w.slack.workspace.user_clicks_in_view(
                        "dana", one["action_id"], view_id=home["id"], choice=option["value"]
                    )
                    return
    await w.slack.workspace.user_clicks_in_view("dana", templates.OPEN, view_id=home["id"])
