// Every select of Block Kit as one combobox: type to search, arrows to move, Enter to take, chips for several.

import { el } from "./dom.js";

const FIELDS = {
  static_select: ["selected_option", false],
  external_select: ["selected_option", false],
  users_select: ["selected_user", false],
  conversations_select: ["selected_conversation", false],
  channels_select: ["selected_channel", false],
  multi_static_select: ["selected_options", true],
  multi_external_select: ["selected_options", true],
  multi_users_select: ["selected_users", true],
  multi_conversations_select: ["selected_conversations", true],
  multi_channels_select: ["selected_channels", true],
};

const WAIT_MS = 250;

const label = (option) => option.text.text;
const asOption = (value, text) => ({ value, text: { type: "plain_text", text } });

/** Where the options come from: a function of what was typed. */
function source(item, use) {
  if (item.type.includes("external")) return (query) => use.suggest(query);
  let options = item.options ?? (item.option_groups ?? []).flatMap((group) => group.options);
  if (item.type.includes("users")) options = use.people().map(([id, name]) => asOption(id, name));
  else if (!item.type.includes("static")) options = use.places().map(([id, name]) => asOption(id, name));
  return async (query) => options.filter((option) => label(option).toLowerCase().includes(query.toLowerCase()));
}

/** What is chosen before anybody touched it. */
function initial(item, use, [field, many]) {
  const had = use.first?.[field] ?? item[field.replace("selected", "initial")];
  const list = many ? had ?? [] : had ? [had] : [];
  const names = new Map([...(use.people?.() ?? []), ...(use.places?.() ?? [])]);
  return list.map((one) => (typeof one === "string" ? asOption(one, names.get(one) ?? one) : one));
}

/** Return a combobox. `use`: {id, first, suggest, people, places, chosen(entry, {quiet})}. */
export function chooser(item, use) {
  const [field, many] = FIELDS[item.type] ?? ["selected_option", false];
  const find = source(item, use);
  let taken = initial(item, use, [field, many]);
  let found = [];
  let at = -1;
  let timer = 0;
  let asked = 0;

  const listId = `list-${Math.random().toString(36).slice(2)}`;
  const chips = el("span", { class: "chips" });
  const list = el("div", { class: "menu options", role: "listbox", id: listId, hidden: true });
  const input = el("input", {
    id: use.id, class: "chooser-input", role: "combobox", "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
    autocomplete: "off", placeholder: item.placeholder?.text, "aria-label": use.id ? undefined : item.placeholder?.text ?? "Choose", data: { action: item.action_id ?? "" },
  });

  const tellChoice = (quiet) => {
    const values = taken.map((option) => (field.includes("option") ? option : option.value));
    use.chosen({ [field]: many ? values : values[0] ?? null }, { quiet });
  };
  const drawTaken = () => {
    chips.replaceChildren(
      ...(many ? taken : []).map((option) =>
        el("span", { class: "chip" }, label(option), el("button", { type: "button", "aria-label": `Remove ${label(option)}`, text: "×", on: { click: () => take(option) } })),
      ),
    );
    input.value = many || !taken.length ? "" : label(taken[0]);
    input.placeholder = many && taken.length ? "" : item.placeholder?.text ?? "";
  };
  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) input.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    at = found.length ? (next + found.length) % found.length : -1;
    [...list.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === at)));
    const node = list.children[at];
    if (node?.id) input.setAttribute("aria-activedescendant", node.id);
    node?.scrollIntoView({ block: "nearest" });
  };
  const take = (option) => {
    const without = taken.filter((one) => one.value !== option.value);
    if (many) taken = without.length < taken.length ? without : [...taken, option];
    else taken = [option];
    drawTaken();
    show(false);
    tellChoice(false);
    input.focus();
  };
  const search = async (query) => {
    const mine = ++asked;
    const result = (await find(query)) ?? [];
    if (mine !== asked || document.activeElement !== input) return;
    found = result;
    list.replaceChildren(
      ...(found.length
        ? found.map((option, index) =>
            el("div", { role: "option", id: `${listId}-${index}`, on: { pointerdown: (event) => (event.preventDefault(), take(option)) } }, el("span", { text: label(option) }), option.description ? el("small", { text: option.description.text }) : null),
          )
        : [el("p", { class: "none", text: "Nothing found" })]),
    );
    show(true);
    mark(query ? 0 : -1);
  };
  input.addEventListener("focus", () => search(many ? "" : ""));
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, item.type.includes("external") ? WAIT_MS : 0, input.value);
  });
  input.addEventListener("blur", () => (asked++, show(false), drawTaken()));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) search("");
      else mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && found[at]) {
      event.preventDefault();
      take(found[at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      show(false);
    } else if (event.key === "Backspace" && many && !input.value && taken.length) take(taken.at(-1));
  });
  drawTaken();
  if (taken.length) tellChoice(true);
  return el("div", { class: "chooser" }, chips, input, list);
}
