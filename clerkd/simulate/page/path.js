// The way of a message, lit up where something just moved, and the panel about the HTTP API.

import { el, icon, toast } from "./dom.js";
import { get, tell, under, watch, watchTrace } from "./link.js";

const root = document.getElementById("path");
const STOPS = [
  ["phones", "Phones"],
  ["modem", "Modems"],
  ["daemon", "clerkd"],
  ["slack", "Workspace"],
];
const PULSE_MS = 900;
const timers = new Map();

function words() {
  const line = get("line");
  const daemon = get("daemon");
  const all = under("modem/").map(([, modem]) => modem);
  const ready = all.filter((modem) => modem.state === "ready").length;
  return {
    phones: ["good", "network"],
    modem: all.length > 1 ? [ready === all.length ? "good" : "bad", `${ready} of ${all.length} ready`] : [line?.state === "ready" ? "good" : "bad", line ? `${line.state}${line.signal ? `, ${line.signal} dBm` : ""}` : "…"],
    daemon: [daemon?.state === "running" ? "good" : "bad", daemon?.state ?? "starting"],
    slack: [daemon?.slack === "connected" ? "good" : "bad", daemon?.slack ?? "…"],
  };
}

function drawPath() {
  const said = words();
  if (!root.children.length) root.append(...STOPS.map(([key, label]) => el("li", { data: { stop: key } }, el("i", { class: "lamp" }), el("span", {}, el("b", { text: label }), el("small")))));
  for (const node of root.children) {
    const [mood, word] = said[node.dataset.stop];
    node.dataset.mood = mood;
    node.querySelector("small").textContent = word;
  }
}

function pulse(stop) {
  const node = root.querySelector(`[data-stop=${stop}]`);
  if (!node) return;
  node.classList.add("busy");
  clearTimeout(timers.get(stop));
  timers.set(stop, setTimeout(() => node.classList.remove("busy"), PULSE_MS));
}

function curl(api) {
  return `curl -s ${api.url}/v1/messages \\\n  -H "Authorization: Bearer ${api.token}" \\\n  -d '{"to": "${api.example}", "text": "Hello from a script"}'`;
}

function drawApi() {
  const api = get("api");
  const panel = document.getElementById("api");
  if (!api) return;
  const command = curl(api);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    toast("Copied");
  };
  panel.replaceChildren(
    el("p", {}, "The daemon’s own HTTP API, at ", el("code", { text: api.url }), ". Send a text from a terminal:"),
    el("pre", { tabindex: "0", text: command }),
    el("button", { type: "button", class: "b-button", on: { click: copy } }, icon("copy"), "Copy"),
    el("p", { class: "fine" }, "Look too at ", el("code", { text: "/v1/messages" }), ", ", el("code", { text: "/v1/lines" }), " and ", el("code", { text: "/metrics" }), ". The token ends with the demo."),
  );
}

const BREAKABLE = [
  ["break.modem", "Unplug the modem", "for eight seconds; what is written meanwhile waits"],
  ["break.daemon", "kill -9 the daemon", "and start it again: nothing is lost, nothing is sent twice"],
];

function startBreaking() {
  const wrap = document.getElementById("break");
  const opener = wrap.querySelector("button");
  const menu = el(
    "div",
    { class: "menu", role: "menu", "aria-label": "Break it", hidden: true },
    BREAKABLE.map(([command, what, then]) => el("button", { type: "button", role: "menuitem", on: { click: () => (open(false), opener.focus(), tell(command)) } }, el("b", { text: what }), el("small", { text: then }))),
  );
  const open = (wanted) => {
    menu.hidden = !wanted;
    opener.setAttribute("aria-expanded", String(wanted));
    if (wanted) menu.querySelector("button").focus();
  };
  opener.addEventListener("click", () => open(menu.hidden));
  wrap.addEventListener("keydown", (event) => event.key === "Escape" && (open(false), opener.focus()));
  wrap.addEventListener("focusout", (event) => !wrap.contains(event.relatedTarget) && open(false));
  wrap.append(menu);
}

export function startPath() {
  startBreaking();
  watch(["line", "daemon", "modem/"], drawPath);
  watch(["api"], drawApi);
  watch(["text/", "phone/"], () => pulse("phones"));
  watch(["message/", "views/", "home/", "ephemeral/"], () => pulse("slack"));
  watchTrace(() => (pulse("modem"), pulse("daemon")));
  drawPath();
  const button = document.getElementById("api-button");
  const panel = document.getElementById("api");
  const toggle = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => toggle(panel.hidden));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && (toggle(false), button.focus()));
  document.addEventListener("pointerdown", (event) => !panel.hidden && !panel.contains(event.target) && !button.contains(event.target) && toggle(false));
}
