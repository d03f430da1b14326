"""rich_text: the block that a person's message consists of, and the only safe place for foreign text."""

from __future__ import annotations

from clerkd.simulate.slack.blocks.objects import identifier, url
from clerkd.simulate.slack.blocks.schema import Check, array, boolean, constant, fields, integer, one_of, string, tagged

_text_style = fields({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_mention_style = fields(
    {}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), boolean)
)


def _inline(kind: str, required: dict[str, Check], optional: dict[str, Check], style: Check = _text_style) -> Check:
    return fields({"type": constant(kind), **required}, {"style": style, **optional})


INLINE: dict[str, Check] = {
    "text": _inline("text", {"text": string(1)}, {}),
    "link": _inline("link", {"url": url}, {"text": string(1), "unsafe": boolean}),
    "emoji": _inline(
        "emoji",
        {"name": string(1)},
        {
            "unicode": string(1, pattern=r"[0-9a-f]+(-[0-9a-f]+)*"),
            "skin_tone": integer(1, 6),
            "url": url,
            "display_team_id": string(1),
        },
    ),
    "user": _inline("user", {"user_id": string(1)}, {}, _mention_style),
    "usergroup": _inline("usergroup", {"usergroup_id": string(1)}, {}, _mention_style),
    "channel": _inline("channel", {"channel_id": string(1)}, {}, _mention_style),
    "broadcast": _inline("broadcast", {"range": one_of("here", "channel", "everyone")}, {}),
    "team": _inline("team", {"team_id": string(1)}, {}),
    "color": _inline("color", {"value": string(1)}, {}),
    "date": _inline("date", {"timestamp": integer(0), "format": string(1)}, {"url": url, "fallback": string(1)}),
}

_inlines = array(tagged(INLINE))
_border = one_of(0, 1)
_section = fields({"type": constant("rich_text_section"), "elements": _inlines})

_PARTS: dict[str, Check] = {
    "rich_text_section": _section,
    "rich_text_quote": fields({"type": constant("rich_text_quote"), "elements": _inlines}, {"border": _border}),
    "rich_text_preformatted": fields(
        {"type": constant("rich_text_preformatted"), "elements": array(tagged(INLINE, ("text", "link")))},
        {"border": _border, "language": string(1)},
    ),
    "rich_text_list": fields(
        {
            "type": constant("rich_text_list"),
            "style": one_of("bullet", "ordered"),
            "elements": array(tagged({"rich_text_section": _section})),
        },
        {"indent": integer(0, 8), "offset": integer(0), "border": _border},
    ),
}

rich_text = fields({"type": constant("rich_text"), "elements": array(tagged(_PARTS))}, {"block_id": identifier})
