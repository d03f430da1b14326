// Interactive elements of Block Kit. Each calls `scope.act(block, element, entry)` or fills `scope.values`.

import { el, icon, toast } from "./dom.js";
import { chooser } from "./chooser.js";
import { plainWithEmoji, textObject } from "./text.js";

/** Return the node of one element. `id` is set inside an input block: then the entry waits for the submission. */
export function element(block, item, scope, id) {
  const draw = ELEMENTS[item.type] ?? (item.type.endsWith("_select") ? select : null);
  return draw ? draw(block, item, scope, id) : el("span", { class: "unknown", text: `[${item.type}]` });
}

/** Keep what was entered. In a view everything entered goes out; `told`: the app may hear of it at once. */
function enter(block, item, scope, entry, { told = true } = {}) {
  const whole = { type: item.type, ...entry };
  keep(block, item, scope, whole);
  if (scope.enter) scope.enter(block, item, whole, told);
  else if (told) scope.act(block, item, whole);
}

function keep(block, item, scope, entry) {
  ((scope.values ??= {})[block.block_id] ??= {})[item.action_id] = entry;
}

const kept = (block, item, scope) => scope.values?.[block.block_id]?.[item.action_id];

function button(block, item, scope) {
  const style = item.style ? ` ${item.style}` : "";
  const click = async () => {
    if (item.confirm && !(await scope.confirm(item.confirm))) return;
    if (item.url) window.open(item.url, "_blank", "noopener");
    scope.act(block, item, { type: "button", value: item.value });
  };
  return el("button", { type: "button", class: `b-button${style}`, "aria-label": item.accessibility_label, data: { action: item.action_id ?? "" }, on: { click } }, plainWithEmoji(item.text.text));
}

function overflow(block, item, scope) {
  const menu = el("div", { class: "menu", role: "menu", hidden: true });
  const opener = el("button", { type: "button", class: "b-button more", "aria-label": "More", "aria-haspopup": "menu", data: { action: item.action_id }, on: { click: () => open(menu.hidden) } }, icon("more"));
  const open = (wanted) => {
    menu.hidden = !wanted;
    opener.setAttribute("aria-expanded", String(wanted));
    if (wanted) menu.querySelector("button")?.focus();
  };
  menu.append(
    ...item.options.map((option) =>
      el("button", { type: "button", role: "menuitem", on: { click: () => (open(false), opener.focus(), scope.act(block, item, { type: "overflow", selected_option: option })) } }, textObject(option.text)),
    ),
  );
  const wrap = el("div", { class: "overflow", on: { keydown: (event) => event.key === "Escape" && (event.stopPropagation(), open(false), opener.focus()) } }, opener, menu);
  wrap.addEventListener("focusout", (event) => !wrap.contains(event.relatedTarget) && open(false));
  return wrap;
}

function textInput(block, item, scope, id) {
  const triggers = item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tag = item.multiline ? "textarea" : "input";
  const send = (node, told) => enter(block, item, scope, { value: node.value || null }, { told });
  const node = el(tag, {
    id, class: "b-field", placeholder: item.placeholder?.text, maxlength: item.max_length, rows: item.multiline ? 4 : undefined,
    type: item.multiline ? undefined : { number_input: "text", email_text_input: "email", url_text_input: "url" }[item.type] ?? "text",
    inputmode: item.type === "number_input" ? "decimal" : undefined, autocomplete: "off", "data-focus": item.focus_on_load,
    on: {
      input: (event) => send(event.target, triggers.includes("on_character_entered")),
      keydown: (event) => event.key === "Enter" && !item.multiline && triggers.includes("on_enter_pressed") && block.dispatch_action && send(event.target, true),
    },
  });
  node.value = kept(block, item, scope)?.value ?? item.initial_value ?? "";
  if (node.value) keep(block, item, scope, { type: item.type, value: node.value });
  return node;
}

const PICKERS = {
  datepicker: ["date", "selected_date", "initial_date"],
  timepicker: ["time", "selected_time", "initial_time"],
  datetimepicker: ["datetime-local", "selected_date_time", "initial_date_time"],
};

function picker(block, item, scope, id) {
  const [type, field, initial] = PICKERS[item.type];
  const moment = item.type === "datetimepicker";
  const toEntry = (text) => (moment ? Math.floor(new Date(text).getTime() / 1000) : text);
  const toText = (entry) => {
    if (!moment || !entry) return entry ?? "";
    const date = new Date(entry * 1000);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  };
  const first = kept(block, item, scope)?.[field] ?? item[initial];
  const node = el("input", { id, type, class: "b-field", "aria-label": item.placeholder?.text, on: { change: ({ target }) => enter(block, item, scope, { [field]: target.value ? toEntry(target.value) : null }) } });
  node.value = toText(first);
  if (first) keep(block, item, scope, { type: item.type, [field]: first });
  return node;
}

function boxes(block, item, scope, id) {
  const many = item.type === "checkboxes";
  const before = kept(block, item, scope);
  const chosen = new Set((many ? before?.selected_options ?? item.initial_options ?? [] : [before?.selected_option ?? item.initial_option].filter(Boolean)).map((option) => option.value));
  const entry = () => {
    const selected = item.options.filter((option) => chosen.has(option.value));
    return many ? { selected_options: selected } : { selected_option: selected[0] ?? null };
  };
  const name = `${id ?? "g"}-${item.action_id}-${Math.random()}`;
  const change = (option, on) => {
    if (!many) chosen.clear();
    if (on) chosen.add(option.value);
    else chosen.delete(option.value);
    enter(block, item, scope, entry());
  };
  if (chosen.size) keep(block, item, scope, { type: item.type, ...entry() });
  return el(
    "div",
    { class: "b-boxes", id, role: many ? "group" : "radiogroup" },
    item.options.map((option) => {
      const input = el("input", { type: many ? "checkbox" : "radio", name, on: { change: ({ target }) => change(option, target.checked) } });
      input.checked = chosen.has(option.value);
      return el("label", {}, input, el("span", {}, textObject(option.text), option.description ? el("small", {}, textObject(option.description)) : null));
    }),
  );
}

const LARGEST = 180_000; // octets: what goes through the page's connection in one piece

async function share(file, scope) {
  if (file.size > LARGEST) throw new Error(`${file.name} is larger than ${LARGEST / 1000} KB, too large for the demo`);
  const octets = new Uint8Array(await file.arrayBuffer());
  return scope.share(file.name, file.type, btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join("")));
}

function files(block, item, scope, id) {
  const names = el("div");
  const show = (held) => names.replaceChildren(...held.map((file) => el("p", { class: "b-hint", text: `📄 ${file.name}` })));
  const change = async ({ target }) => {
    try {
      const shared = await Promise.all([...target.files].slice(0, item.max_files ?? 10).map((file) => share(file, scope)));
      enter(block, item, scope, { files: shared.filter(Boolean) });
      show(shared.filter(Boolean));
    } catch (error) {
      target.value = "";
      toast(error.message);
    }
  };
  show(kept(block, item, scope)?.files ?? []);
  return el(
    "div",
    {},
    el("input", { id, type: "file", class: "b-field", accept: item.filetypes?.map((name) => `.${name}`).join(), multiple: item.max_files !== 1, on: { change } }),
    names,
  );
}

function select(block, item, scope, id) {
  return chooser(item, {
    id,
    first: kept(block, item, scope),
    suggest: (query) => scope.suggest(block, item, query),
    people: scope.people,
    places: scope.places,
    chosen: (entry, { quiet }) => (quiet ? keep(block, item, scope, { type: item.type, ...entry }) : enter(block, item, scope, entry)),
  });
}

const ELEMENTS = {
  button,
  workflow_button: button,
  overflow,
  plain_text_input: textInput,
  number_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  datepicker: picker,
  timepicker: picker,
  datetimepicker: picker,
  checkboxes: boxes,
  radio_buttons: boxes,
  file_input: files,
  image: (_, item) => el("img", { class: "b-thumb", src: item.image_url, alt: item.alt_text }),
};
