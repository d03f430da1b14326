// The AT trace: what daemon and modem say to each other, with a word of explanation.

import { el, followEnd, iconButton, keepingPlace } from "./dom.js";
import { get, under, watch, watchTrace } from "./link.js";
import { explain } from "./gloss.js";

const root = document.getElementById("trace");
const KEEP = 400;
let paused = false;
let held = [];

const list = el("ol", { class: "trace-lines", role: "log", "aria-label": "AT commands and answers", "aria-live": "off", tabindex: "0" });
const where = el("small", { class: "trace-port" });

const ARROWS = { tx: ["→", "to the modem"], rx: ["←", "from the modem"] };

function time(epochMs) {
  const date = new Date(epochMs);
  const two = (value) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Return whose cable it is, where there are several. */
function owner(line) {
  const modems = under("modem/").map(([, modem]) => modem);
  return modems.length > 1 ? modems.find((modem) => modem.line === line.modem)?.label : undefined;
}

function row(line) {
  const [arrow, word] = ARROWS[line.dir] ?? ["", ""];
  const words = [owner(line), line.dir === "note" ? "" : explain(line)].filter(Boolean).join(": ");
  const pointer = arrow ? el("span", { class: "arrow", role: "img", "aria-label": word, text: arrow }) : el("span");
  return el("li", { class: `tr ${line.dir}` }, el("time", { text: time(line.at) }), pointer, el("code", { text: line.text }), el("em", { text: words }));
}

function append(lines) {
  if (paused) {
    held = [...held, ...lines].slice(-KEEP);
    return;
  }
  keepingPlace(list, () => {
    list.append(...lines.map(row));
    while (list.children.length > KEEP) list.firstChild.remove();
  });
}

export function startTrace() {
  const pause = iconButton("pause", "Pause", () => {
    paused = !paused;
    pause.setAttribute("aria-label", paused ? "Go on" : "Pause");
    pause.title = pause.getAttribute("aria-label");
    pause.querySelector("use").setAttribute("href", paused ? "#i-play" : "#i-pause");
    if (!paused) append(held.splice(0));
  });
  root.append(el("header", {}, el("h2", { text: "AT trace" }), where, pause, iconButton("bin", "Clear", () => list.replaceChildren())), list);
  followEnd(list);
  watchTrace(append);
  watch(["line", "modem/"], () => {
    const several = under("modem/").length;
    where.textContent = several > 1 ? `of ${several} modems` : get("line")?.port ?? "";
  });
}
