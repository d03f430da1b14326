// Where people type in the workspace: Enter sends, Shift+Enter breaks the line.

import { el, icon } from "./dom.js";
import { tell, under } from "./link.js";
import { self } from "./people.js";

/** Build a composer. `target()` gives {channel, thread_ts}; `hint` stands below it. */
export function composer(label, target, hint) {
  const field = el("textarea", { rows: 1, placeholder: label, "aria-label": label, maxlength: 12000 });
  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
    form.classList.toggle("ready", field.value.trim() !== "");
  };
  const send = async (event) => {
    event?.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    fit();
    const command = text.startsWith("/") && !text.startsWith("//") ? "chat.command" : "chat.say";
    await tell(command, { user: self.id, text, ...target() });
  };
  const mention = () => {
    const name = under("user/").find(([, user]) => user.is_bot)?.[1].name ?? "clerk";
    field.setRangeText(`@${name} `, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    fit();
  };
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && send(event));
  const form = el(
    "form",
    { class: "composer", on: { submit: send } },
    field,
    el("div", { class: "composer-row" }, el("button", { type: "button", class: "icon-button at", "aria-label": "Mention the app", title: "Mention the app", text: "@", on: { click: mention } }), el("small", { text: hint }), el("button", { type: "submit", class: "round", "aria-label": "Send" }, icon("send"))),
  );
  return { node: form, field, rename: (text, below) => {
    field.placeholder = text;
    field.setAttribute("aria-label", text);
    form.querySelector("small").textContent = below;
  } };
}
