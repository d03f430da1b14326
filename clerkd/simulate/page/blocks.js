// Block Kit: blocks to DOM. `scope` says where they stand and what a click does.

import { el } from "./dom.js";
import { element } from "./elements.js";
import { mrkdwn, plainWithEmoji, richText, textObject } from "./text.js";

/**
 * Return nodes for blocks.
 * `scope`: {act(block, element, value), values: entries of inputs, suggest(block, element, query), errors: {block_id: text}, people(), places()}
 */
export function renderBlocks(blocks, scope) {
  return blocks.map((block) => render(block, scope));
}

function render(block, scope) {
  const draw = BLOCKS[block.type];
  const node = draw ? draw(block, scope) : el("p", { class: "unknown", text: `[${block.type}]` });
  node.dataset.block = block.block_id ?? "";
  return node;
}

const BLOCKS = {
  header: (block) => el("h4", { class: "b-header" }, plainWithEmoji(block.text.text)),
  divider: () => el("hr", { class: "b-divider" }),
  section: (block, scope) =>
    el(
      "div",
      { class: "b-section" },
      el(
        "div",
        { class: "b-section-text" },
        block.text ? el("div", { class: "b-text" }, textObject(block.text)) : null,
        block.fields ? el("div", { class: "b-fields" }, block.fields.map((field) => el("div", {}, textObject(field)))) : null,
      ),
      block.accessory ? el("div", { class: "b-accessory" }, element(block, block.accessory, scope)) : null,
    ),
  context: (block) =>
    el(
      "div",
      { class: "b-context" },
      block.elements.map((item) =>
        item.type === "image" ? el("img", { src: item.image_url, alt: item.alt_text }) : el("span", {}, textObject(item)),
      ),
    ),
  actions: (block, scope) => el("div", { class: "b-actions" }, block.elements.map((item) => element(block, item, scope))),
  rich_text: (block) => el("div", { class: "b-rich" }, richText(block)),
  image: (block) =>
    el(
      "figure",
      { class: "b-image" },
      block.title ? el("figcaption", { text: block.title.text }) : null,
      el("img", { src: block.image_url ?? "", alt: block.alt_text }),
    ),
  markdown: (block) => el("div", { class: "b-text" }, mrkdwn(block.text)),
  input: (block, scope) => {
    const id = `in-${scope.id ?? "m"}-${block.block_id}-${block.element.action_id}`.replace(/[^\w-]/g, "_");
    const wrong = scope.errors?.[block.block_id];
    return el(
      "div",
      { class: wrong ? "b-input wrong" : "b-input" },
      el("label", { for: id, class: "b-label" }, plainWithEmoji(block.label.text), block.optional ? el("small", { text: " (optional)" }) : null),
      element(block, block.element, scope, id),
      wrong ? el("p", { class: "b-error", role: "alert", text: wrong }) : null,
      block.hint ? el("p", { class: "b-hint" }, plainWithEmoji(block.hint.text)) : null,
    );
  },
};
