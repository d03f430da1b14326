// One message as people see it: author, text or blocks, reactions, the way into its thread.

import { renderBlocks } from "./blocks.js";
import { clock, el, icon, iconButton } from "./dom.js";
import { emoji, OFFERED } from "./emoji.js";
import { get, tell } from "./link.js";
import { askToConfirm } from "./modal.js";
import { move, replies, self, userName } from "./people.js";
import { mrkdwn } from "./text.js";

const HUES = [205, 24, 152, 282, 340, 178, 48, 262];

const at = (ts) => clock(Number(ts) * 1000);

function hue(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return HUES[sum % HUES.length];
}

/** A person's or the app's picture. */
export function avatar(userId, small = false) {
  const user = get(`user/${userId}`);
  const shape = small ? "avatar small" : "avatar";
  if (user?.is_bot) return el("img", { class: shape, src: "mark.svg", alt: "" });
  return el("span", { class: shape, "aria-hidden": "true", style: { "--hue": hue(userId) }, text: userName(userId).slice(0, 1) });
}

function reactions(channelId, message) {
  const chips = Object.entries(message.reactions ?? {}).map(([name, users]) => {
    const mine = users.includes(self.id);
    return el(
      "button",
      {
        type: "button", class: mine ? "reaction mine" : "reaction", "aria-pressed": String(mine), data: { name },
        title: `${users.map(userName).join(", ")} reacted with :${name}:`, "aria-label": `${name}, ${users.length}`,
        on: { click: () => tell("chat.react", { user: self.id, channel: channelId, ts: message.ts, name, on: !mine }) },
      },
      el("span", { class: "emoji", text: emoji(name) }),
      el("b", { text: String(users.length) }),
    );
  });
  return chips.length ? el("div", { class: "reactions" }, chips) : null;
}

function threadLink(channelId, message) {
  const answers = replies(channelId, message.ts);
  if (!answers.length) return null;
  const who = [...new Set(answers.map((one) => one.user))].slice(0, 4);
  const count = answers.length === 1 ? "1 reply" : `${answers.length} replies`;
  return el(
    "button",
    { type: "button", class: "thread-link", on: { click: () => move({ thread: message.ts }) } },
    el("span", { class: "faces" }, who.map((id) => avatar(id, true))),
    el("b", { text: count }),
    el("small", { text: `last at ${at(answers.at(-1).ts)}` }),
  );
}

function picker(channelId, message, done) {
  const react = (name) => (done(), tell("chat.react", { user: self.id, channel: channelId, ts: message.ts, name, on: true }));
  return el("div", { class: "menu emoji-menu", role: "menu", "aria-label": "Reaction" }, OFFERED.map((name) => el("button", { type: "button", role: "menuitem", "aria-label": name, text: emoji(name), on: { click: () => react(name) } })));
}

function tools(channelId, message, inThread) {
  const bar = el("div", { class: "tools", role: "group", "aria-label": "Message" });
  const shut = () => {
    const menu = bar.querySelector(".emoji-menu:not(.shut)");
    if (!menu) return;
    menu.classList.add("shut"); // removing what has the focus calls us again
    menu.remove();
  };
  const open = () => {
    if (bar.querySelector(".emoji-menu")) return shut();
    bar.append(picker(channelId, message, shut));
    bar.querySelector(".emoji-menu button").focus();
  };
  bar.addEventListener("focusout", (event) => !bar.contains(event.relatedTarget) && shut());
  bar.addEventListener("keydown", (event) => event.key === "Escape" && shut());
  bar.append(iconButton("smile", "Add reaction", open, { "aria-haspopup": "menu" }));
  if (!inThread) bar.append(iconButton("thread", "Reply in thread", () => move({ thread: message.thread_ts ?? message.ts })));
  if (message.user === self.id) {
    bar.append(iconButton("pencil", "Edit", () => edit(channelId, message)));
    bar.append(iconButton("bin", "Delete", () => tell("chat.delete", { user: self.id, channel: channelId, ts: message.ts })));
  }
  return bar;
}

function edit(channelId, message) {
  const node = document.querySelector(`[data-key="${channelId}/${message.ts}"][data-thread="${self.thread ? 1 : 0}"] .body`) ?? document.querySelector(`[data-key="${channelId}/${message.ts}"] .body`);
  const field = el("textarea", { class: "b-field", "aria-label": "Edit message", rows: 2 });
  field.value = message.text;
  const before = [...node.childNodes];
  const close = () => node.replaceChildren(...before);
  const keep = () => (close(), tell("chat.edit", { user: self.id, channel: channelId, ts: message.ts, text: field.value }));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && !event.shiftKey) (event.preventDefault(), keep());
  });
  node.replaceChildren(field, el("small", { class: "b-hint", text: "Enter keeps it, Escape leaves it" }));
  field.focus();
}

/** What a click on a block of this message does. */
function scope(channelId, message, kind) {
  const container = { kind, channel: channelId, ts: message.ts };
  return {
    id: message.ts,
    values: {},
    act: (block, item, entry) => tell("chat.act", { user: self.id, container, block: block.block_id, action: item.action_id, entry }),
    suggest: (block, item, query) => tell("chat.suggest", { user: self.id, container, block: block.block_id, action: item.action_id, query }),
    confirm: askToConfirm,
    people: () => [],
    places: () => [],
  };
}

const QUIET = new Set(["channel_join", "channel_topic", "channel_purpose", "channel_name", "group_join"]);

/** Return a message's node. `inThread`: it stands in the thread's pane; `follows`: the same author spoke just before. */
export function messageNode(channelId, message, { inThread = false, follows = false, kind = "message" } = {}) {
  const user = get(`user/${message.user}`);
  const content = message.blocks?.length
    ? renderBlocks(message.blocks, scope(channelId, message, kind))
    : [el("div", { class: "b-text" }, mrkdwn(message.text ?? ""))];
  const quiet = QUIET.has(message.subtype);
  return el(
    "li",
    { class: ["message", follows ? "follows" : "", quiet ? "event" : "", kind === "ephemeral" ? "ephemeral" : ""].join(" ").trim(), data: { key: `${channelId}/${message.ts}`, thread: inThread ? "1" : "0" } },
    avatar(message.user),
    el(
      "div",
      { class: "message-main" },
      kind === "ephemeral" ? el("p", { class: "only-you", text: "Only visible to you" }) : null,
      el("p", { class: "by" }, el("strong", { text: userName(message.user) }), user?.is_bot ? el("span", { class: "badge", text: "app" }) : null, el("time", { text: at(message.ts) })),
      el("div", { class: "body" }, content, message.edited ? el("small", { class: "edited", text: "(edited)" }) : null),
      reactions(channelId, message),
      inThread ? null : threadLink(channelId, message),
    ),
    kind === "ephemeral" || quiet ? null : tools(channelId, message, inThread),
  );
}

/** Whether a message continues the one before it. */
export const continues = (before, message) => Boolean(before) && before.user === message.user && Number(message.ts) - Number(before.ts) < 180;
