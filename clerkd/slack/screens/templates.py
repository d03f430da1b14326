"""Templates: the list, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clerkd.model.template import BODY_LIMIT, NAME_LIMIT, VARIABLES, Template, TemplateScope
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, actions, context, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens import inputs
from clerkd.slack.screens.skeleton import modal

LIST_CALLBACK = "clerk.templates"
FORM_CALLBACK = "clerk.template"
TITLE = "Templates"
FORM_TITLE = "Template"

OPEN = "clerk.templates.open"
NEW = "clerk.templates.new"
EDIT = "clerk.templates.edit"
DELETE = "clerk.templates.delete"
PAGE = "clerk.templates.page"
NAME = "clerk.templates.name"
SCOPE = "clerk.templates.scope"
BODY = "clerk.templates.body"

PER_PAGE = 20
_SHOWN_LIMIT = 200
EMPTY = "No templates yet. What you text again and again is written once here, and chosen when you text somebody."
HELP = (
    "Variables: " + " ".join(f"{{{name}}}" for name in VARIABLES) + " · with a word to use instead: {first_name|there}"
)

EVERYBODY = "workspace"
MINE = "personal"
LINE = "line:"  # and the line's name


@dataclass(frozen=True, slots=True)
class Listed:
    """A template and what it costs as it stands."""

    template: Template
    segments: int
    mine_to_change: bool = True


def listing(found: Sequence[Listed], *, total: int, offset: int = 0, may_make: bool = True, note: str = "") -> Json:
    """Return the list."""
    blocks: list[Block] = []
    if note:
        blocks.append(context(shorten(note, 200)))
    if not found:
        blocks.append(rich_text(section(words(EMPTY))))
    for one in found:
        blocks += _entry(one)
    if may_make:
        blocks.append(actions(inputs.press(NEW, "New template", button_value(), style="primary")))
    blocks += inputs.pages(PAGE, total, offset, len(found), per_page=PER_PAGE, words=("◀ Back", "More ▶"))
    return modal(TITLE, blocks, callback=LIST_CALLBACK, carried=button_value(offset=str(offset)))


def _entry(one: Listed) -> list[Block]:
    template = one.template
    details = [
        scope_words(template),
        _count(one.segments, "segment"),
        f"used {_count(template.uses, 'time')}" if template.uses else "never used",
    ]
    head = section(words(template.name, bold=True), words("\n" + shorten(template.body, _SHOWN_LIMIT)))
    blocks = [rich_text(head), context(" · ".join(details))]
    if one.mine_to_change:
        value = button_value(template=template.id)
        asked = inputs.confirmation(
            "Delete this template?", f"“{template.name}” is gone for everybody who sees it.", yes="Delete", no="Keep"
        )
        blocks.append(
            actions(
                inputs.press(EDIT, "Edit", value), inputs.press(DELETE, "Delete", value, style="danger", confirm=asked)
            )
        )
    return blocks


def scope_words(template: Template) -> str:
    """Return who sees a template."""
    match template.scope:
        case TemplateScope.WORKSPACE:
            return "for everybody"
        case TemplateScope.LINE:
            return f"for line {shorten(template.line or '', 80)}"
        case TemplateScope.PERSONAL:
            return "only yours"


def form(
    template: Template | None,
    *,
    lines: Sequence[str],
    cost: str = "",
    put_text: bool = True,
    may_share: bool = True,
    carried: Mapping[str, str] | None = None,
) -> Json:
    """Return the form of a template, or of a new one. Without `put_text` what was typed stays."""
    scopes = [inputs.option("Only me", MINE)]
    if may_share:
        shared = [inputs.option(f"Whoever texts over {line}", LINE + line) for line in lines if len(lines) > 1]
        scopes = [inputs.option("Everybody", EVERYBODY), *shared, *scopes]
    chosen = EVERYBODY if may_share else MINE
    if template is not None:
        chosen = LINE + (template.line or "") if template.scope is TemplateScope.LINE else template.scope.value
    name = template.name if template is not None and put_text else ""
    body = template.body if template is not None and put_text else ""
    blocks: list[Block] = [
        inputs.field("name", "Name", inputs.text_box(NAME, value=name, most=NAME_LIMIT, focus=template is None)),
        inputs.field("scope", "For", inputs.menu(SCOPE, scopes[: inputs.OPTIONS_LIMIT], chosen=chosen)),
        inputs.field(
            "body",
            "Text",
            inputs.text_box(BODY, value=body, multiline=True, live=True, most=BODY_LIMIT),
            dispatch=True,
        ),
        {**context(cost or HELP), "block_id": "cost"},
        *([{**context(HELP), "block_id": "help"}] if cost else []),
    ]
    return modal(
        FORM_TITLE,
        blocks,
        callback=FORM_CALLBACK,
        submit="Save",
        close="Cancel",
        carried=button_value(**(carried or {})),
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
