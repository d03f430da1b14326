"""Slack's names for emoji: the ones that people use most, and a rule for the rest.

A name that the table does not hold is made from the character's Unicode name, which is how most of Slack's own
names came about.
"""

from __future__ import annotations

import re
import unicodedata

_TABLE = """
😀 grinning  😃 smiley  😄 smile  😁 grin  😆 laughing  😅 sweat_smile  😂 joy  🤣 rolling_on_the_floor_laughing
😊 blush  😇 innocent  🙂 slightly_smiling_face  🙃 upside_down_face  😉 wink  😍 heart_eyes
🥰 smiling_face_with_3_hearts  😘 kissing_heart  😜 stuck_out_tongue_winking_eye  🤔 thinking_face
😐 neutral_face  🙄 face_with_rolling_eyes  😏 smirk  😬 grimacing  😴 sleeping  😎 sunglasses  🤓 nerd_face
😕 confused  😢 cry  😭 sob  😱 scream  😡 rage  🤯 exploding_head  😷 mask  🤒 face_with_thermometer
🥳 partying_face  🤝 handshake  👍 +1  👎 -1  👏 clap  🙌 raised_hands  🙏 pray  👋 wave  ✌️ v  👌 ok_hand
💪 muscle  👀 eyes  🧠 brain  ❤️ heart  🧡 orange_heart  💛 yellow_heart  💚 green_heart  💙 blue_heart
💜 purple_heart  💔 broken_heart  💯 100  🔥 fire  ⭐ star  🌟 star2  ✨ sparkles  🎉 tada  🎁 gift  🎂 birthday
☕ coffee  🍺 beer  🍕 pizza  🚀 rocket  🚗 car  🚚 truck  ✈️ airplane  🏠 house  🏢 office  🌍 earth_africa
☀️ sunny  ⛅ partly_sunny  🌧️ rain_cloud  ❄️ snowflake  ⚡ zap  ☎️ phone  📞 telephone_receiver  📱 iphone
📳 vibration_mode  📴 mobile_phone_off  💬 speech_balloon  📨 incoming_envelope  📩 envelope_with_arrow
✉️ email  📧 e-mail  📎 paperclip  📌 pushpin  📅 date  ⏰ alarm_clock  ⏳ hourglass_flowing_sand  ⌛ hourglass
🕒 clock3  🔒 lock  🔓 unlock  🔑 key  🔔 bell  🔕 no_bell  💡 bulb  🛠️ hammer_and_wrench  ⚙️ gear
✅ white_check_mark  ✔️ heavy_check_mark  ❌ x  ❓ question  ❗ exclamation  ⚠️ warning  🚫 no_entry_sign
⛔ no_entry  ➡️ arrow_right  ⬅️ arrow_left  🔁 repeat  ♻️ recycle  🆘 sos  🐶 dog  🐱 cat  🦄 unicorn_face
🌹 rose  🍀 four_leaf_clover  📷 camera  🎵 musical_note  💰 moneybag  💳 credit_card  0️⃣ zero  1️⃣ one
2️⃣ two  3️⃣ three  4️⃣ four  5️⃣ five  6️⃣ six  7️⃣ seven  8️⃣ eight  9️⃣ nine  #️⃣ hash
"""
_WORDS = _TABLE.split()
NAMES: dict[str, str] = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))  # character -> name
CHARACTERS: dict[str, str] = {name: character for character, name in NAMES.items()} | {
    "thumbsup": "👍",
    "thumbsdown": "👎",
}

_BASE = r"[\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23f3\u25b6\u25c0\u2b05-\u2b07\U0001f300-\U0001faff]"
_TONE = r"[\U0001f3fb-\U0001f3ff]"
_ONE = rf"{_BASE}\ufe0f?{_TONE}?"
FLAG = r"[\U0001f1e6-\U0001f1ff]{2}"
KEYCAP = r"[0-9#*]\ufe0f?\u20e3"
# A sequence joined by ZWJ counts as one emoji.
CHARACTER = re.compile(rf"{FLAG}|{KEYCAP}|{_ONE}(?:\u200d{_ONE})*")
_FIRST_TONE = 0x1F3FB


def name_of(emoji: str) -> tuple[str, int | None]:
    """Return Slack's name of one emoji, and its skin tone (2..6) if it has one."""
    bare = "".join(character for character in emoji if not _is_tone(character))
    tones = [ord(character) - _FIRST_TONE + 2 for character in emoji if _is_tone(character)]
    tone = tones[0] if tones else None
    for spelling in (bare, bare + "\ufe0f", bare.replace("\ufe0f", "")):
        if spelling in NAMES:
            return NAMES[spelling], tone
    if re.fullmatch(FLAG, bare):
        return "flag-" + "".join(chr(ord(letter) - 0x1F1E6 + ord("a")) for letter in bare), tone
    words = [unicodedata.name(character, "") for character in bare if character not in "\ufe0f\u200d\u20e3"]
    name = re.sub(r"[^a-z0-9]+", "_", "_".join(words).lower()).strip("_")
    return name or "grey_question", tone


def code_points(emoji: str) -> str:
    """Return the `unicode` value of a rich_text emoji element: code points in hex, joined by hyphens."""
    return "-".join(f"{ord(character):04x}" for character in emoji)


def _is_tone(character: str) -> bool:
    return _FIRST_TONE <= ord(character) <= _FIRST_TONE + 4
