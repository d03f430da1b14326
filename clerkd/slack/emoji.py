"""Emoji short names to characters, for the few places where Slack gives the name alone.

In `rich_text` blocks, which every Slack client writes, an emoji comes with its code points and this table is not
asked. It serves the fallback text: the common names, others stay as they were typed.
"""

from __future__ import annotations

import re

_NAMES = """
smile 😄 smiley 😃 grinning 😀 grin 😁 laughing 😆 satisfied 😆 sweat_smile 😅 joy 😂
rolling_on_the_floor_laughing 🤣 blush 😊 innocent 😇 slightly_smiling_face 🙂
simple_smile 🙂 upside_down_face 🙃 wink 😉 relieved 😌 heart_eyes 😍 kissing_heart 😘 yum 😋
stuck_out_tongue 😛 stuck_out_tongue_winking_eye 😜 sunglasses 😎 star-struck 🤩
partying_face 🥳 smirk 😏 unamused 😒 disappointed 😞 pensive 😔 worried 😟 confused 😕
slightly_frowning_face 🙁 weary 😩 pleading_face 🥺 cry 😢 sob 😭 angry 😠 rage 😡
exploding_head 🤯 flushed 😳 scream 😱 thinking_face 🤔 shushing_face 🤫 neutral_face 😐
expressionless 😑 face_with_rolling_eyes 🙄 grimacing 😬 sleeping 😴 mask 😷
nauseated_face 🤢 hugging_face 🤗 clown_face 🤡 skull 💀 ghost 👻 robot_face 🤖 wave 👋
ok_hand 👌 v ✌️ crossed_fingers 🤞 call_me_hand 🤙 point_left 👈 point_right 👉
point_up_2 👆 point_down 👇 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 fist ✊ facepunch 👊 clap 👏
raised_hands 🙌 open_hands 👐 handshake 🤝 pray 🙏 muscle 💪 eyes 👀 heart ❤️
orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤
broken_heart 💔 sparkling_heart 💖 fire 🔥 sparkles ✨ star ⭐ star2 🌟 boom 💥 zap ⚡
sunny ☀️ cloud ☁️ umbrella ☔ snowflake ❄️ rainbow 🌈 tada 🎉 confetti_ball 🎊 balloon 🎈
gift 🎁 birthday 🎂 cake 🍰 coffee ☕ beer 🍺 beers 🍻 champagne 🍾 pizza 🍕 rocket 🚀 car 🚗
truck 🚚 package 📦 mailbox 📫 email ✉️ phone ☎️ telephone_receiver 📞 iphone 📱 computer 💻
bulb 💡 wrench 🔧 hammer 🔨 key 🔑 lock 🔒 unlock 🔓 bell 🔔 calendar 📆 date 📅 clock1 🕐
hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰ moneybag 💰 credit_card 💳
chart_with_upwards_trend 📈 memo 📝 pushpin 📌 round_pushpin 📍 paperclip 📎 link 🔗
warning ⚠️ no_entry ⛔ x ❌ o ⭕ question ❓ exclamation ❗ heavy_exclamation_mark ❗
heavy_check_mark ✔️ white_check_mark ✅ 100 💯 red_circle 🔴 large_green_circle 🟢
large_blue_circle 🔵 white_circle ⚪ arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️
arrow_down ⬇️ house 🏠 office 🏢 earth_americas 🌎 dog 🐶 cat 🐱 speech_balloon 💬
vibration_mode 📳 white_flag 🏳️ checkered_flag 🏁
"""
_WORDS = _NAMES.split()
CHARACTERS: dict[str, str] = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))

_SHORT_NAME = re.compile(r":([a-z0-9_+'-]+):(?::skin-tone-([2-6]):)?")
_SKIN_TONE_2 = 0x1F3FB


def character(name: str, skin_tone: int | None = None) -> str:
    """Return the emoji of that name, or the name between colons when it is not known."""
    found = CHARACTERS.get(name)
    if found is None:
        return f":{name}:"
    return found if skin_tone is None else found.rstrip("\ufe0f") + chr(_SKIN_TONE_2 + skin_tone - 2)


def replace_names(text: str) -> str:
    """Replace every known `:name:` (with its skin tone) in a text."""
    return _SHORT_NAME.sub(lambda m: character(m[1], int(m[2]) if m[2] else None), text)


def from_code_points(unicode: str) -> str | None:
    """Return the characters of a `rich_text` emoji's `unicode`, such as `1f44d-1f3fd`; None if it is none."""
    try:
        return "".join(chr(int(code, 16)) for code in unicode.split("-"))
    except (ValueError, OverflowError):
        return None
