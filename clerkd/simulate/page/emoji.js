// Emoji by their names in the chat: those that clerkd uses and those that people pick most.

const NAMES = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", wave: "👋", pray: "🙏", clap: "👏", ok_hand: "👌", raised_hands: "🙌",
  muscle: "💪", point_right: "👉", point_down: "👇", eyes: "👀", smile: "😄", smiley: "😃", grinning: "😀", grin: "😁", joy: "😂",
  rolling_on_the_floor_laughing: "🤣", slightly_smiling_face: "🙂", wink: "😉", blush: "😊", heart_eyes: "😍", sunglasses: "😎",
  thinking_face: "🤔", cry: "😢", sob: "😭", sweat_smile: "😅", upside_down_face: "🙃", tada: "🎉", heart: "❤️", fire: "🔥", rocket: "🚀",
  100: "💯", star: "⭐", sparkles: "✨", zap: "⚡", sunny: "☀️", package: "📦", truck: "🚚", house: "🏠", key: "🔑",
  heavy_check_mark: "✔️", white_check_mark: "✅", ballot_box_with_check: "☑️", x: "❌", question: "❓", grey_question: "❔",
  exclamation: "❗", warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", information_source: "ℹ️",
  hourglass_flowing_sand: "⏳", hourglass: "⌛", clock3: "🕒", clock1: "🕐", alarm_clock: "⏰", calendar: "📅", date: "📅",
  vibration_mode: "📳", mobile_phone_off: "📴", iphone: "📱", calling: "📲", telephone_receiver: "📞", phone: "☎️", telephone: "☎️",
  pager: "📟", satellite_antenna: "📡", satellite: "🛰️", signal_strength: "📶", lock: "🔒", unlock: "🔓", closed_lock_with_key: "🔐",
  speech_balloon: "💬", left_speech_bubble: "🗨️", memo: "📝", pencil: "📝", pencil2: "✏️", pushpin: "📌", paperclip: "📎", link: "🔗",
  mag: "🔍", bell: "🔔", no_bell: "🔕", email: "📧", envelope: "✉️", incoming_envelope: "📨", envelope_with_arrow: "📩", inbox_tray: "📥",
  outbox_tray: "📤", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️", robot_face: "🤖", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", card_index: "📇", bookmark_tabs: "📑", clipboard: "📋", bar_chart: "📊", heavy_plus_sign: "➕", repeat: "🔁",
  arrows_counterclockwise: "🔄", arrow_forward: "▶️", arrow_right: "➡️", arrow_left: "⬅️", leftwards_arrow_with_hook: "↩️",
  red_circle: "🔴", large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", large_blue_circle: "🔵", white_circle: "⚪",
  black_circle: "⚫", zzz: "💤", door: "🚪", battery: "🔋", electric_plug: "🔌", computer: "💻", hash: "#️⃣", us: "🇺🇸", gb: "🇬🇧", ca: "🇨🇦",
};

/** The reactions that the page offers. */
export const OFFERED = ["+1", "eyes", "white_check_mark", "heart", "joy", "tada", "pray", "thinking_face", "fire", "rocket"];

/** Return the picture of a name, or `:name:`. `unicode` is what the other side says it is, as hex code points. */
export function emoji(name, unicode) {
  if (unicode) return String.fromCodePoint(...unicode.split("-").map((part) => parseInt(part, 16)));
  return NAMES[name.split("::")[0]] ?? `:${name}:`;
}

/** Tell whether the name has a picture here. */
export const isEmoji = (name) => name in NAMES;
