// The modems: how each is, what can be done to it, and what the daemon does about it.

import { el, icon, patch, say } from "./dom.js";
import { tell, under, watch, watchTrace } from "./link.js";

const root = document.getElementById("fleet");
const button = document.getElementById("fleet-button");
const AT_LINES = 4;
const TOLD = 6; // of what the daemon did last
const said = new Map(); // line -> its last AT lines
const drawn = new Map();
const states = new Map();

const ACTS = [
  ["text-out", "Send a text", "out through this line"],
  ["text-in", "Text this line", "the courier writes to it"],
  ["unplug", "Unplug", "the port vanishes; press again to plug it in", "Plug in"],
  ["deaf", "Deaf for 5 s", "says nothing, while a text is to go out"],
  ["deaf-until-reopened", "Deaf until reopened", "the ladder has to close and open the port"],
  ["no-network", "No network", "the SIM loses its registration", "Give it network"],
  ["sim-full", "SIM full", "a text for it has to wait in the network", "Make room"],
  ["lost-result", "Lose a result", "a text goes out and the modem does not say so"],
  ["restart", "Restart", "it forgets every setting"],
];
const SWITCHES = new Set(["unplug", "no-network", "sim-full"]);
const WORKS = new Set(["ready", "degraded"]);
const ARROWS = { tx: "→", rx: "←", note: "·" };
const BARS = [-113, -97, -85, -73]; // dBm

const modems = () => under("modem/").map(([, modem]) => modem);
const isOpen = () => document.body.dataset.fleet === "open";
const exactly = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const mood = (modem) => (WORKS.has(modem.state) ? "good" : "bad");

function signal(modem) {
  const level = modem.signal === null || modem.signal === undefined ? 0 : BARS.filter((least) => modem.signal >= least).length;
  const words = level ? `signal ${modem.signal} dBm` : "no signal known";
  return el("span", { class: "signal", title: words }, el("span", { class: "bars", role: "img", "aria-label": words }, BARS.map((_, index) => el("i", { class: index < level ? "on" : "" }))), el("small", { text: level ? `${modem.signal} dBm` : "" }));
}

function act(line, [name, label, hint, back]) {
  const node = el("button", { type: "button", class: "act", title: hint, data: { act: name }, on: { click: () => tell("modem.do", { line, act: name }) } });
  node.redraw = (on) => {
    node.textContent = on && back ? back : label;
    if (SWITCHES.has(name)) node.setAttribute("aria-pressed", String(on));
  };
  return node;
}

/** Build a modem's card once; what changes later is redrawn inside, so that focus stays where it is. */
function build(modem) {
  const [facts, why, told, at] = [el("p", { class: "facts" }), el("p", { class: "why" }), el("ol", { class: "told" }), el("ol", { class: "at", "aria-hidden": "true" })];
  const word = el("span", { class: "state" });
  const acts = ACTS.map((one) => act(modem.line, one));
  const id = `modem-${modem.line}`;
  const node = el(
    "article",
    { class: "modem", data: { line: modem.line }, "aria-labelledby": id },
    el("header", {}, el("i", { class: "lamp" }), el("h3", { id, text: modem.label }), word),
    facts,
    why,
    el("div", { class: "acts", role: "group", "aria-label": `What can happen to ${modem.label}` }, acts),
    el("h4", { text: "What clerkd does" }),
    told,
    at,
  );
  return { node, facts, why, told, at, word, acts };
}

function redraw(modem) {
  const parts = drawn.get(modem.line) ?? build(modem);
  drawn.set(modem.line, parts);
  parts.node.dataset.mood = mood(modem);
  parts.word.textContent = modem.state;
  parts.facts.replaceChildren(el("span", { text: modem.shown }), el("span", { text: modem.model }), signal(modem), el("b", { text: modem.queued ? `${modem.queued} queued` : "" }));
  parts.why.textContent = modem.reason ?? "";
  for (const one of parts.acts) one.redraw(Boolean(modem.on[one.dataset.act]));
  patch(
    parts.told,
    (modem.told.length ? [...modem.told].reverse().slice(0, TOLD) : [{ at: 0, text: "Nothing yet: do something to it.", mood: "none" }]).map((one) => [`${one.at} ${one.text}`, one.mood, () => el("li", { data: { mood: one.mood } }, one.at ? el("time", { text: exactly(one.at) }) : null, el("span", { text: one.text }))]),
  );
  drawAt(modem.line);
  announce(modem);
  return parts.node;
}

function drawAt(line) {
  const parts = drawn.get(line);
  if (!parts) return;
  const lines = said.get(line) ?? [];
  parts.at.replaceChildren(...lines.map((one) => el("li", { class: one.dir }, el("span", { text: ARROWS[one.dir] }), el("code", { text: one.text }))));
}

function announce(modem) {
  const before = states.get(modem.line);
  states.set(modem.line, modem.state);
  if (isOpen() && before && before !== modem.state) say(`${modem.label} is ${modem.state}`);
}

function draw() {
  const all = modems();
  const list = root.querySelector(".modems");
  patch(list, all.map((modem) => [modem.line, modem.line, () => redraw(modem)]));
  all.forEach(redraw);
  const down = all.filter((modem) => mood(modem) === "bad").length;
  button.dataset.mood = down ? "bad" : "good";
  button.querySelector("span").textContent = down ? `Modems: ${down} of ${all.length} down` : `Modems (${all.length})`;
}

function append(lines) {
  const touched = new Set();
  for (const line of lines) {
    if (!line.modem) continue;
    said.set(line.modem, [...(said.get(line.modem) ?? []), line].slice(-AT_LINES));
    touched.add(line.modem);
  }
  touched.forEach(drawAt);
}

export function startFleet() {
  const close = el("button", { type: "button", class: "icon-button", title: "Close", "aria-label": "Close the modems", on: { click: () => (show(false), button.focus()) } }, icon("close"));
  root.append(el("header", { class: "fleet-head" }, el("h2", { text: "Modems" }), el("small", { text: "break one and watch clerkd bring it back" }), close), el("div", { class: "modems" }));
  const show = (open) => {
    document.body.dataset.fleet = open ? "open" : "closed";
    button.setAttribute("aria-expanded", String(open));
    history.replaceState(null, "", open ? "#modems" : location.pathname);
  };
  button.addEventListener("click", () => (show(!isOpen()), isOpen() && root.querySelector(".act")?.focus()));
  root.addEventListener("keydown", (event) => event.key === "Escape" && (show(false), button.focus()));
  watch(["modem/"], draw);
  watchTrace(append);
  show(location.hash === "#modems");
}
