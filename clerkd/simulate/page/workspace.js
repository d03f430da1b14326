// The workspace: people, places, the channel and the thread beside it.

import { renderBlocks } from "./blocks.js";
import { composer } from "./composer.js";
import { el, followEnd, icon, iconButton, keepingPlace, patch, version } from "./dom.js";
import { get, tell, watch } from "./link.js";
import { avatar, continues, messageNode } from "./message.js";
import { homeScope } from "./modal.js";
import { become, bot, channels, dm, ephemerals, markSeen, move, onMove, people, replies, self, settle, topLevel, unread, userName } from "./people.js";
import { mrkdwn } from "./text.js";

const root = document.getElementById("workspace");
const parts = {};
let heldAt = ""; // the place whose end was scrolled to
let heldThread = "";

function build() {
  parts.team = el("h2", { class: "team" });
  parts.persons = el("div", { class: "persons", role: "radiogroup", "aria-label": "You are" });
  parts.places = el("nav", { class: "places", "aria-label": "Channels and apps" });
  parts.title = el("h3");
  parts.topic = el("p", { class: "topic" });
  parts.list = el("ol", { class: "messages", role: "log", "aria-label": "Messages", tabindex: "0" });
  parts.home = el("div", { class: "home", tabindex: "0", "aria-label": "App Home" });
  parts.composer = composer("Message", () => ({ channel: self.place }), "");
  parts.threadList = el("ol", { class: "messages", role: "log", "aria-label": "Thread", tabindex: "0" });
  parts.threadComposer = composer("Reply", () => ({ channel: self.place, thread_ts: self.thread }), "// in front keeps it internal");
  parts.thread = el(
    "aside",
    { class: "thread", "aria-label": "Thread", hidden: true },
    el("header", { class: "pane-head" }, iconButton("back", "Back to the channel", () => move({ thread: null }), { class: "icon-button only-narrow" }), el("div", {}, el("h3", { text: "Thread" }), (parts.threadPlace = el("p", { class: "topic" }))), iconButton("close", "Close the thread", () => move({ thread: null }), { class: "icon-button only-wide" })),
    parts.threadList,
    parts.threadComposer.node,
  );
  for (const list of [parts.list, parts.threadList]) followEnd(list);
  root.append(
    el("div", { class: "window" }, el("div", { class: "side" }, parts.team, parts.places, parts.persons), el("div", { class: "channel" }, el("header", { class: "pane-head" }, el("div", {}, parts.title, parts.topic)), parts.list, parts.home, parts.composer.node), parts.thread),
  );
}

/** The entry of a channel or an app in the side bar. */
function place(id, name, sign, signNode, marks = 0) {
  const here = self.place === id;
  return [id, [name, sign, here, here ? 0 : marks].join(), () => placeButton(id, name, signNode(), here ? 0 : marks, here)];
}

function placeButton(id, name, sign, marks, here) {
  return el(
    "button",
    { type: "button", class: marks ? "place unread" : "place", "aria-current": here ? "page" : undefined, on: { click: () => go(id) } },
    sign,
    el("span", { text: name }),
    marks ? el("b", { class: "count", "aria-label": `${marks} unread`, text: String(marks) }) : null,
  );
}

const group = (name) => [name, name, () => el("p", { class: "group", text: name })];
const hash = (sign) => () => el("span", { class: "hash", "aria-hidden": "true", text: sign });

function go(id) {
  move({ place: id, thread: null });
  if (id === "home") tell("chat.home", { user: self.id });
}

function drawSide() {
  parts.team.textContent = get("team")?.name ?? "Workspace";
  const app = bot();
  const direct = dm();
  const rooms = channels().map((channel) => {
    const sign = channel.kind === "private_channel" ? "🔒" : "#";
    return place(channel.id, channel.name, sign, hash(sign), unread(channel.id));
  });
  patch(parts.places, [
    group("Channels"),
    ...rooms,
    group("Apps"),
    ...(app ? [place("home", `${userName(app.id)} home`, "home", () => el("img", { src: "mark.svg", alt: "" }))] : []),
    ...(direct ? [place(direct.id, `${userName(app?.id)} messages`, "chat", () => el("span", { class: "hash", "aria-hidden": "true" }, icon("chat")), unread(direct.id))] : []),
  ]);
  patch(parts.persons, [
    ["label", 0, () => el("p", { class: "group", "aria-hidden": "true", text: "You are" })],
    ...people().map((user) => [user.id, `${user.real_name} ${user.id === self.id}`, () => person(user)]),
  ]);
}

function person(user) {
  return el("button", { type: "button", role: "radio", class: "person", "aria-checked": String(user.id === self.id), "aria-label": user.real_name, on: { click: () => become(user.id) } }, avatar(user.id, true), el("span", { text: user.real_name }));
}

const hello = (channel) => ["hello", channel.name, () => greeting(channel)];

function purpose(channel) {
  if (channel.kind === "im") return "Messages between you and the app.";
  return channel.main ? "This is where texts arrive. Send one from a phone, or write “send 415 555 0142 Hello” here." : "The beginning of this channel.";
}

function greeting(channel) {
  return el("li", { class: "hello" }, el("strong", { text: channel.kind === "im" ? userName(bot()?.id) : `# ${channel.name}` }), el("p", { text: purpose(channel) }));
}

const fill = (list, entries) => keepingPlace(list, () => patch(list, entries));

/** The entry of one message: it is drawn again when it, its thread or its reader is another one. */
function entry(channelId, message, options = {}) {
  const below = options.inThread ? [] : replies(channelId, message.ts);
  const print = [self.id, options.follows, version(message), version(get(`user/${message.user}`) ?? message), ...below.map(version)].join();
  return [`${options.kind ?? ""}${message.ts}`, print, () => messageNode(channelId, message, options)];
}

/** The entries of messages and of what only the reader sees among them, in order of time. */
function run(messages, thread, channelId) {
  const inThread = thread !== null;
  const whispers = ephemerals(channelId, thread);
  const all = [...messages, ...whispers].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  return all.map((message, index) => {
    const before = all[index - 1];
    if (whispers.includes(message)) return entry(channelId, message, { kind: "ephemeral", inThread });
    const alone = whispers.includes(before) || (before && !inThread && replies(channelId, before.ts).length);
    return entry(channelId, message, { inThread, follows: !alone && continues(before, message) });
  });
}

function drawChannel() {
  const channel = get(`channel/${self.place}`);
  if (!channel) return;
  const direct = channel.kind === "im";
  parts.title.replaceChildren(direct ? userName(bot()?.id) : el("span", {}, el("span", { class: "hash", text: "# " }), channel.name));
  parts.topic.replaceChildren(...(channel.topic ? [...mrkdwn(channel.topic)].filter(Boolean) : [direct ? "Direct messages" : `${channel.members.length} members`]));
  fill(parts.list, [hello(channel), ...run(topLevel(channel.id), null, channel.id)]);
  parts.composer.rename(direct ? `Message ${userName(bot()?.id)}` : `Message #${channel.name}`, direct ? "" : "send 415 555 0142 Hello");
  if (heldAt !== self.place) parts.list.scrollTop = parts.list.scrollHeight;
  heldAt = self.place;
  markSeen(channel.id);
}

function drawHome() {
  parts.title.textContent = `${userName(bot()?.id)} home`;
  parts.topic.textContent = "What the app shows on its own tab";
  const view = get(`home/${self.id}`)?.view;
  parts.home.replaceChildren(...(view ? renderBlocks(view.definition.blocks, homeScope(view)) : [el("p", { class: "none", text: "The app has not published anything here yet." })]));
  heldAt = "home";
}

function drawThread() {
  const message = self.thread && get(`message/${self.place}/${self.thread}`);
  parts.thread.hidden = !message;
  root.classList.toggle("threaded", Boolean(message));
  if (!message) return (heldThread = "");
  const channel = get(`channel/${self.place}`);
  const answers = replies(channel.id, message.ts);
  parts.threadPlace.textContent = `#${channel.name}`;
  const count = answers.length === 1 ? "1 reply" : `${answers.length} replies`;
  fill(parts.threadList, [
    entry(channel.id, message, { inThread: true }),
    ["rule", count, () => el("li", { class: "rule", text: answers.length ? count : "No reply yet" })],
    ...run(answers, message.ts, channel.id),
  ]);
  if (heldThread !== message.ts) parts.threadList.scrollTop = parts.threadList.scrollHeight;
  heldThread = message.ts;
  return undefined;
}

function draw() {
  settle();
  if (!self.id) return;
  const home = self.place === "home";
  parts.home.hidden = !home;
  parts.list.hidden = home;
  parts.composer.node.hidden = home;
  if (home) drawHome();
  else drawChannel();
  drawThread();
  drawSide();
}

export function startWorkspace() {
  build();
  watch(["user/", "channel/", "message/", "ephemeral/", "home/", "team"], draw);
  onMove(draw);
  document.addEventListener("keydown", (event) => event.key === "Escape" && self.thread && !document.querySelector(".veil") && !event.defaultPrevented && move({ thread: null }));
}
