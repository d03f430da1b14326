"""Templates: list, make, edit, delete. Those that others use are changed by whoever may manage things."""

from __future__ import annotations

import asyncio

from clerkd.core.desk.templates import Templates as Keeping
from clerkd.errors import Conflict, NotFound, Refused
from clerkd.model.template import BadTemplate, MissingVariable, Template, TemplateScope, fill, variables
from clerkd.ports.store import Tx
from clerkd.slack.acts.send_text_views import sentence
from clerkd.slack.ids import live_lane
from clerkd.slack.interactions import (
    Act,
    Desk,
    Door,
    Errors,
    Interactions,
    Permission,
    Roles,
    ViewAnswer,
)
from clerkd.slack.payload import Acted, Json, ViewSubmitted
from clerkd.slack.screens import send_text, skeleton
from clerkd.slack.screens import templates as screen
from clerkd.store.ops.slack_inbox import has_newer
from clerkd.store.ops.templates import count_templates, list_templates

SETTLE_S = 0.7  # between two changes of the live line
SHARED = "Only those who may manage things change what others use: choose “Only me”."
GONE = "That template is there no more."


class Templates:
    """The list and the form. `roles` tells who may change templates that are not theirs alone."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                screen.OPEN: Act(self.pressed),
                screen.PAGE: Act(self.turned),
                screen.NEW: Act(self.new),
                screen.EDIT: Act(self.edit),
                screen.DELETE: Act(self.delete),
                screen.BODY: Act(self.typed),
            },
            views={screen.FORM_CALLBACK: Act(self.saved)},
            doors=[Door(screen.OPEN, lambda _tx, _now: "Templates", 50, in_menu=True)],
        )

    async def pressed(self, payload: Acted, desk: Desk) -> None:
        """Open the list."""
        await desk.screens.open_then(
            payload.trigger,
            skeleton.loading(screen.TITLE),
            lambda: self._list(desk, 0),
            on_top=payload.view is not None and not payload.view.home,
        )

    async def turned(self, payload: Acted, desk: Desk) -> None:
        """Show another page."""
        await self._again(payload, desk, offset=payload.value.get("offset", "0"))

    async def new(self, payload: Acted, desk: Desk) -> None:
        """Open an empty form."""
        await desk.screens.push(payload.trigger, await self._form(desk, None, list_view=_view_id(payload)))

    async def edit(self, payload: Acted, desk: Desk) -> None:
        """Open the form of one."""
        try:
            template = await _keeping(desk).get(payload.value.get("template", ""), user=desk.person.id)
        except NotFound:
            await self._again(payload, desk, note=GONE)
            return
        await desk.screens.push(payload.trigger, await self._form(desk, template, list_view=_view_id(payload)))

    async def delete(self, payload: Acted, desk: Desk) -> None:
        """Delete one."""
        try:
            template = await _keeping(desk).get(payload.value.get("template", ""), user=desk.person.id)
            if await self._may_change(desk, template.scope):
                await _keeping(desk).delete(template.id, user=desk.person.id)
                note = f"Deleted “{template.name}”."
            else:
                note = SHARED
        except NotFound:
            note = GONE
        await self._again(payload, desk, note=note)

    async def typed(self, payload: Acted, desk: Desk) -> None:
        """Bring the live line up to date with the last that was typed."""
        view = payload.view
        if view is None or await desk.store.read(has_newer, live_lane(view.id), desk.key):
            return
        shows = screen.form(
            None,
            lines=[line.name for line in desk.lines],
            cost=_cost(desk, view.entered.text("body")),
            put_text=False,
            may_share=await self._may_change(desk, TemplateScope.WORKSPACE),
            carried=view.carried,
        )
        await desk.screens.update(view.id, shows)  # whatever its hash: nothing but the line under the text changes
        await asyncio.sleep(SETTLE_S)  # in a lane of its own: what is typed meanwhile is passed over but for the last

    async def saved(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Keep what the form holds; the list under it shows it."""
        entered, carried = payload.view.entered, payload.view.carried
        scope, line = _scope(entered.choice("scope") or "")
        template_id = carried.get("template")
        try:
            before = None if template_id is None else await _keeping(desk).get(template_id, user=desk.person.id)
            for one in {scope, before.scope if before is not None else scope}:
                if not await self._may_change(desk, one):
                    return Errors({"scope": SHARED})
            await _keeping(desk).save(
                entered.text("name"),
                entered.text("body"),
                scope,
                user=desk.person.id,
                line=line,
                template_id=template_id,
            )
        except (BadTemplate, Conflict) as reason:
            return Errors({str(reason.details.get("field", "name")): sentence(reason.message)})
        except NotFound:
            return Errors({"name": GONE})
        if (shown := carried.get("list")) is not None:
            await desk.screens.update(shown, await self._list(desk, 0, "Saved."))
        return None

    # Views ----------------------------------------------------------------------------------------------------

    async def _again(self, payload: Acted, desk: Desk, *, offset: str | None = None, note: str = "") -> None:
        if payload.view is not None:
            here = payload.view.carried.get("offset", "0") if offset is None else offset
            start = int(here) if here.isdecimal() and len(here) < 9 else 0
            await desk.screens.update(payload.view.id, await self._list(desk, start, note))

    async def _list(self, desk: Desk, offset: int, note: str = "") -> Json:
        found, total, start = await desk.store.read(_page, desk.person.id, offset)
        shared = await self._may_change(desk, TemplateScope.WORKSPACE)
        listed = [
            screen.Listed(one, _segments(desk, one), shared or one.scope is TemplateScope.PERSONAL) for one in found
        ]
        return screen.listing(listed, total=total, offset=start, note=note)

    async def _form(self, desk: Desk, template: Template | None, *, list_view: str) -> Json:
        carried = {"list": list_view} | ({"template": template.id} if template is not None else {})
        return screen.form(
            template,
            lines=[line.name for line in desk.lines],
            cost=_cost(desk, template.body) if template is not None else "",
            may_share=await self._may_change(desk, TemplateScope.WORKSPACE),
            carried=carried,
        )

    async def _may_change(self, desk: Desk, scope: TemplateScope) -> bool:
        if scope is TemplateScope.PERSONAL:
            return True
        return await self._roles.refusal(desk.person, Permission.MANAGE) is None


def _page(tx: Tx, user: str, offset: int) -> tuple[list[Template], int, int]:
    total = count_templates(tx, user=user)
    start = offset if offset < total else max((total - 1) // screen.PER_PAGE * screen.PER_PAGE, 0)
    return list_templates(tx, user=user, limit=screen.PER_PAGE, offset=start), total, start


def _cost(desk: Desk, body: str) -> str:
    """Return what a text made of it costs at least, or what is wrong with it."""
    if not body:
        return ""
    try:
        measure, rules = desk.outbox.measure(_sample(body))
    except Refused as reason:
        return f"⚠️ {sentence(reason.message)}"
    return send_text.cost(measure, limit=rules.segment_limit)


def _segments(desk: Desk, template: Template) -> int:
    line = template.line if template.line in {one.name for one in desk.lines} else None  # it may be gone
    try:
        return desk.outbox.measure(_sample(template.body), line)[0].segments
    except Refused:
        return 1


def _sample(body: str) -> str:
    """Return a body with its defaults, and variables by their names where it has none."""
    try:
        return fill(body, {})
    except MissingVariable:
        return fill(body, {one.name: one.name for one in variables(body) if one.default is None})


def _scope(value: str) -> tuple[TemplateScope, str | None]:
    if value.startswith(screen.LINE):
        return TemplateScope.LINE, value.removeprefix(screen.LINE)
    return (TemplateScope.WORKSPACE if value == screen.EVERYBODY else TemplateScope.PERSONAL), None


def _view_id(payload: Acted) -> str:
    return payload.view.id if payload.view is not None else ""


def _keeping(desk: Desk) -> Keeping:
    return Keeping(desk.store, desk.clock, desk.ids)
