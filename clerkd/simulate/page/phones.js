// The phones: what their owners see and type.

import { clock, el, followEnd, icon, keepingPlace, patch, version } from "./dom.js";
import { get, tell, under, watch } from "./link.js";

const root = document.getElementById("phones");
const drawn = new Map();
let chosen = 0;
let known = 0;

const phones = () => under("phone/").map(([, phone]) => phone);
const hands = () => clock(Date.now()).replace(/\s?[ap]m$/i, "");
const phoneOf = (number) => phones().find((phone) => phone.number === number);
const textsOf = (number) => under(`text/${number}/`).map(([, text]) => [text.id, version(text), () => bubble(text)]);

const TICKS = { waiting: ["🕓", "waits for the network"], sent: ["✓", "sent"], delivered: ["✓✓", "delivered"], failed: ["!", "not delivered"] };

function bubble(text) {
  const mine = text.direction === "out";
  const [tick, word] = TICKS[text.state] ?? ["", ""];
  return el(
    "li",
    { class: mine ? "bubble mine" : "bubble", data: { id: text.id } },
    el("p", { text: text.text, dir: "auto" }),
    el(
      "small",
      {},
      el("time", { text: clock(text.at) }),
      text.parts > 1 ? el("span", { class: "parts", title: "short messages on the air", text: `${text.parts} parts` }) : null,
      mine ? el("span", { class: `tick ${text.state}`, title: word, role: "img", "aria-label": word, text: tick }) : null,
    ),
  );
}

function bars(on) {
  return el("span", { class: on ? "bars" : "bars off", role: "img", "aria-label": on ? "good signal" : "no signal" }, [1, 2, 3, 4].map(() => el("i")));
}

/** Build a phone once; what changes later is redrawn inside. */
function build(number) {
  const list = el("ol", { class: "bubbles", role: "log", "aria-label": "Texts", tabindex: "0" });
  followEnd(list);
  const top = el("div", { class: "phone-status", "aria-hidden": "true" });
  const toggle = el("button", { type: "button", role: "switch", class: "switch", on: { click: () => tell("phone.power", { phone: number, on: !phoneOf(number).on }) } }, el("i"), el("span"));
  const field = el("textarea", { rows: 1, placeholder: "Text message", "aria-label": "Text message", maxlength: 1600 });
  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 120)}px`;
  };
  const send = async (event) => {
    event?.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    fit();
    await tell("phone.text", { phone: number, to: get("line")?.number, text });
  };
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && send(event));
  const form = el("form", { class: "phone-composer", on: { submit: send } }, field, el("button", { type: "submit", class: "round", "aria-label": "Send" }, icon("send")));
  const title = el("strong");
  const numberText = el("span");
  const peer = el("span", { class: "phone-peer" });
  const node = el(
    "article",
    { class: "phone", data: { number } },
    el("div", { class: "phone-body" }, el("div", { class: "phone-screen" }, el("div", { class: "island", "aria-hidden": "true" }), top, el("header", { class: "phone-head" }, el("span", { class: "phone-avatar", "aria-hidden": "true" }, icon("chat")), peer), list, form)),
    el("footer", { class: "phone-label" }, el("div", {}, title, numberText), toggle),
  );
  return { node, list, top, toggle, title, numberText, peer };
}

function drawPhone(phone) {
  let parts = drawn.get(phone.number);
  if (!parts) {
    parts = build(phone.number);
    drawn.set(phone.number, parts);
  }
  const line = get("line");
  parts.node.setAttribute("aria-label", `${phone.label}’s phone`);
  parts.node.classList.toggle("off", !phone.on);
  parts.title.textContent = phone.label;
  parts.numberText.textContent = phone.shown;
  parts.peer.replaceChildren(el("strong", { text: line?.label ?? "" }), el("small", { text: line?.shown ?? "" }));
  parts.top.replaceChildren(el("time", { text: hands() }), el("span", {}, bars(phone.on), el("i", { class: "cell" })));
  parts.toggle.setAttribute("aria-checked", String(phone.on));
  parts.toggle.setAttribute("aria-label", `${phone.label}’s phone has signal`);
  parts.toggle.lastChild.textContent = phone.on ? "Signal" : "No signal";
  keepingPlace(parts.list, () => patch(parts.list, textsOf(phone.number)));
  parts.list.classList.toggle("empty", !parts.list.children.length);
  return parts.node;
}

function draw() {
  const all = phones();
  if (known && all.length > known) chosen = all.length - 1; // somebody new got a text: look
  known = all.length;
  const wanted = all.map((phone) => [phone.number, phone]);
  let row = root.querySelector(".phone-row");
  if (!row) {
    row = el("div", { class: "phone-row" });
    root.append(el("div", { class: "phone-tabs", role: "tablist", "aria-label": "Phone" }), row);
  }
  const nodes = wanted.map(([, phone]) => drawPhone(phone));
  nodes.forEach((node, index) => {
    if (row.children[index] !== node) row.insertBefore(node, row.children[index] ?? null);
  });
  while (row.children.length > nodes.length) row.lastChild.remove();
  const tabs = root.querySelector(".phone-tabs");
  tabs.replaceChildren(
    ...all.map((phone, index) =>
      el("button", { type: "button", role: "tab", "aria-selected": String(index === chosen), on: { click: () => ((chosen = index), draw()) } }, phone.label),
    ),
  );
  root.classList.toggle("many", all.length > 2);
  const second = chosen ? chosen - 1 : 1; // where there is room for two
  nodes.forEach((node, index) => {
    node.classList.toggle("chosen", index === chosen);
    node.classList.toggle("aside", index !== chosen && index !== second);
  });
}

export function startPhones() {
  watch(["phone/", "text/", "line"], draw);
  setInterval(() => drawn.forEach((parts) => (parts.top.firstChild.textContent = hands())), 20000);
}
