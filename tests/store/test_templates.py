"""Templates in the store: names, who sees which, and how often they were used."""

from dataclasses import replace

import pytest

from clerkd.errors import Conflict, NotFound
from clerkd.model.template import Template, TemplateScope
from clerkd.store.ops.templates import (
    count_template_use,
    count_templates,
    delete_template,
    get_template,
    list_templates,
    save_template,
)
from clerkd.store.sqlite import SqliteStore

GREETING = Template("t1", "Greeting", "Hello {first_name|there}")
MINE = Template("t2", "greeting", "Hi!", TemplateScope.PERSONAL, owner="U1")
OF_LINE = Template("t3", "Hours", "We are open.", TemplateScope.LINE, line="support")


@pytest.fixture
async def store(tmp_path):
    store = SqliteStore(tmp_path / "clerkd.db")
    await store.open()
    yield store
    await store.close()


async def test_people_see_the_workspace_s_their_own_and_their_line_s(store):
    for template in (GREETING, MINE, OF_LINE):
        await store.write(save_template, template, at=1)
    seen = {user: [one.id for one in await store.read(list_templates, user=user)] for user in ("U1", "U2")}
    assert seen == {"U1": ["t1", "t2", "t3"], "U2": ["t1", "t3"]}
    assert [one.id for one in await store.read(list_templates, user="U2", line="sales")] == ["t1"]
    assert await store.read(count_templates, user="U1", line="support") == 3


async def test_a_name_is_taken_once_in_each_scope_whatever_its_case(store):
    await store.write(save_template, GREETING, at=1)
    await store.write(save_template, MINE, at=1)
    with pytest.raises(Conflict) as taken:
        await store.write(save_template, replace(GREETING, id="t9", name="GREETING"), at=1)
    assert taken.value.details["field"] == "name"
    edited = await store.write(save_template, replace(GREETING, name="GREETING", body="Moin"), at=2)
    assert (edited.body, edited.updated_at) == ("Moin", 2)


async def test_uses_are_counted_and_survive_an_edit(store):
    await store.write(save_template, GREETING, at=1)
    await store.write(count_template_use, "t1")
    await store.write(save_template, replace(GREETING, body="Moin"), at=2)
    assert (await store.read(get_template, "t1")).uses == 1


async def test_a_deleted_template_is_gone_and_its_name_free(store):
    await store.write(save_template, GREETING, at=1)
    assert (await store.write(delete_template, "t1")).name == "Greeting"
    with pytest.raises(NotFound):
        await store.read(get_template, "t1")
    with pytest.raises(NotFound):
        await store.write(delete_template, "t1")
    await store.write(count_template_use, "t1")
    await store.write(save_template, replace(GREETING, id="t4"), at=3)
