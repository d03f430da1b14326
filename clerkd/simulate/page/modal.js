// Modals of the app: a stack of views per person, and questions before a click counts.

import { renderBlocks } from "./blocks.js";
import { el, iconButton } from "./dom.js";
import { get, tell, watch } from "./link.js";
import { channels, onMove, people, self } from "./people.js";
import { plainWithEmoji } from "./text.js";

const root = document.getElementById("modals");
const entries = new Map(); // view id → what was entered, kept over updates
let shown = null; // {id, hash, node}
let returnTo = null;

function viewScope(view) {
  const container = { kind: "view", view: view.id };
  if (!entries.has(view.id)) entries.set(view.id, {});
  return {
    id: view.id,
    values: entries.get(view.id),
    errors: view.errors,
    act: (block, item, entry) => tell("chat.act", { user: self.id, container, block: block.block_id, action: item.action_id, entry }),
    enter: (block, item, entry, told) => tell("chat.enter", { user: self.id, container, block: block.block_id, action: item.action_id, entry, told }),
    suggest: (block, item, query) => tell("chat.suggest", { user: self.id, container, block: block.block_id, action: item.action_id, query }),
    share: (name, mimetype, octets) => tell("chat.share", { user: self.id, name, mimetype, octets }),
    confirm: askToConfirm,
    people: () => people().map((user) => [user.id, user.real_name]),
    places: () => channels().map((channel) => [channel.id, `#${channel.name}`]),
  };
}

export const homeScope = viewScope;

const focusable = "a[href], button:not([disabled]), input, textarea, select";

function trap(event, box) {
  const all = [...box.querySelectorAll(focusable)].filter((node) => node.offsetParent);
  if (event.key !== "Tab" || !all.length) return;
  const edge = event.shiftKey ? all[0] : all.at(-1);
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0]).focus();
}

/** A dialogue; `close` is what Escape and the cross do. */
function dialogue(title, content, footer, close, submit) {
  const heading = `modal-${Math.random().toString(36).slice(2)}`;
  const box = el(
    "form",
    { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": heading, novalidate: true, on: { submit: (event) => (event.preventDefault(), submit?.()) } },
    el("header", {}, el("h2", { id: heading }, title), iconButton("close", "Close", close)),
    el("div", { class: "modal-body" }, content),
    footer.length ? el("footer", {}, footer) : null,
  );
  const veil = el("div", { class: "veil", on: { pointerdown: (event) => event.target === veil && close() } }, box);
  veil.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else trap(event, box);
  });
  return veil;
}

function drawView(view) {
  const { definition } = view;
  const close = () => tell("chat.close", { user: self.id, view: view.id });
  const submit = definition.submit ? () => tell("chat.submit", { user: self.id, view: view.id }) : undefined;
  return dialogue(
    plainWithEmoji(definition.title.text),
    renderBlocks(definition.blocks, viewScope(view)),
    [
      el("button", { type: "button", class: "b-button", on: { click: close } }, definition.close?.text ?? "Close"),
      definition.submit ? el("button", { type: "submit", class: "b-button primary" }, plainWithEmoji(definition.submit.text)) : null,
    ],
    close,
    submit,
  );
}

/** Where the reader was typing, so that an update does not take it away. */
function caret(node) {
  const active = document.activeElement;
  if (!node?.contains(active) || !active.id) return null;
  return { id: active.id, from: active.selectionStart, to: active.selectionEnd, scroll: node.querySelector(".modal-body").scrollTop };
}

function draw() {
  const stack = get(`views/${self.id}`)?.stack ?? [];
  const view = stack.at(-1);
  if (!view) {
    if (shown) shown.node.remove();
    if (shown) returnTo?.focus?.();
    shown = null;
    entries.clear();
    return;
  }
  const print = JSON.stringify(view);
  if (shown?.print === print) return;
  const fresh = shown?.id !== view.id;
  if (!shown) returnTo = document.activeElement;
  const was = fresh ? null : caret(shown.node);
  const node = drawView(view);
  if (shown) shown.node.replaceWith(node);
  else root.append(node);
  if (!fresh) node.classList.add("again");
  shown = { id: view.id, print, node };
  if (was) {
    node.querySelector(".modal-body").scrollTop = was.scroll;
    const field = document.getElementById(was.id);
    field?.focus();
    field?.setSelectionRange?.(was.from, was.to);
  } else (node.querySelector("[data-focus]") ?? node.querySelector(".modal-body input, .modal-body textarea") ?? node.querySelector("button")).focus();
}

/** Ask before a click counts; the promise holds the answer. */
export function askToConfirm(question) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const done = (answer) => {
      node.remove();
      before?.focus();
      resolve(answer);
    };
    const node = dialogue(
      plainWithEmoji(question.title.text),
      el("p", {}, plainWithEmoji(question.text.text)),
      [
        el("button", { type: "button", class: "b-button", on: { click: () => done(false) } }, question.deny.text),
        el("button", { type: "submit", class: `b-button ${question.style ?? "primary"}` }, question.confirm.text),
      ],
      () => done(false),
      () => done(true),
    );
    root.append(node);
    node.querySelector("[type=submit]").focus();
  });
}

export function startModals() {
  watch(["views/"], draw);
  onMove(draw);
}
