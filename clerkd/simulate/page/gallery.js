// Screens from files, drawn by the same functions as the daemon's own.

import { renderBlocks } from "./blocks.js";
import { el, iconButton, toast } from "./dom.js";
import { plainWithEmoji } from "./text.js";

const shown = document.getElementById("shown");
const chosen = { kind: null }; // null: every kind

const idle = () => toast("These screens are pictures: nothing is carried out here.");

let scopes = 0;

const scope = () => ({
  id: `g${++scopes}`,
  values: {},
  act: idle,
  suggest: async () => [],
  share: async () => idle(),
  confirm: async () => true,
  people: () => [["U0DANA00001", "Dana"], ["U0SAM000001", "Sam"]],
  places: () => [["C0DIRECT001", "#sms-ann-lee"]],
});

function message(payload) {
  return el(
    "div",
    { class: "paper" },
    el(
      "div",
      { class: "message" },
      el("img", { class: "avatar", src: "mark.svg", alt: "" }),
      el("div", { class: "message-main" }, el("p", { class: "by" }, el("strong", { text: "Clerk" }), el("span", { class: "badge", text: "app" })), el("div", { class: "body" }, renderBlocks(payload.blocks, scope()))),
    ),
  );
}

const home = (payload) => el("div", { class: "paper" }, el("div", { class: "home" }, renderBlocks(payload.blocks, scope())));

function modal(payload) {
  const buttons = [
    el("button", { type: "button", class: "b-button", on: { click: idle } }, plainWithEmoji(payload.close?.text ?? "Close")),
    payload.submit ? el("button", { type: "button", class: "b-button primary", on: { click: idle } }, plainWithEmoji(payload.submit.text)) : null,
  ];
  return el(
    "div",
    { class: "modal" },
    el("header", {}, el("h2", {}, plainWithEmoji(payload.title.text)), iconButton("close", "Close", idle)),
    el("div", { class: "modal-body" }, renderBlocks(payload.blocks, scope())),
    el("footer", {}, buttons),
  );
}

const SURFACES = { message, home, modal };

function frame({ kind, number, payload }) {
  return el("article", { class: "frame", data: { kind } }, el("h3", { text: number ? `${kind} · ${number + 1}` : kind }), SURFACES[payload.type ?? "message"](payload));
}

function section(name, screens) {
  return el("section", { data: { screen: name } }, el("h2", { id: name, text: name }), el("div", { class: "frames" }, screens.map(frame)));
}

function draw(screens) {
  const names = [...new Set(screens.map((one) => one.screen))];
  const kinds = [...new Set(screens.map((one) => one.kind))];
  const wanted = screens.filter((one) => chosen.kind === null || one.kind === chosen.kind);
  shown.replaceChildren(...names.map((name) => section(name, wanted.filter((one) => one.screen === name))));
  const choose = (kind) => () => ((chosen.kind = kind), draw(screens));
  const choice = (kind, label) => el("button", { type: "button", class: "person", "aria-pressed": String(chosen.kind === kind), "aria-checked": String(chosen.kind === kind), on: { click: choose(kind) } }, el("span", { text: label }));
  document.getElementById("kinds").replaceChildren(choice(null, "everything"), ...kinds.map((kind) => choice(kind, kind)));
  document.getElementById("screens").replaceChildren(...names.map((name) => el("button", { type: "button", class: "place", on: { click: () => document.getElementById(name).scrollIntoView() } }, el("span", { text: name }))));
  document.body.dataset.drawn = String(wanted.length);
}

document.getElementById("scheme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = (root.dataset.scheme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.scheme = dark ? "light" : "dark";
});

const answer = await fetch("gallery.json");
if (answer.ok) draw(await answer.json());
else shown.replaceChildren(el("p", { class: "none", text: await answer.text() }));
