// Elements from values. Text only ever becomes text nodes: nothing on this page is parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. `props`: class, text, on: {event: listener}, data: {}, style: {"--x": …}; others are attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") for (const [key, setting] of Object.entries(value)) node.style.setProperty(key, setting);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Return an icon of the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows only an icon; `label` is what it is called. */
export function iconButton(name, label, click, props = {}) {
  return el("button", { type: "button", class: "icon-button", title: label, "aria-label": label, ...props, on: { click } }, icon(name));
}

/**
 * Make `parent`'s children exactly `entries`, each [key, print, make], in place. A child whose print is what it was
 * stays the same node, with whatever is open or focused or selected in it.
 */
export function patch(parent, entries) {
  const had = parent.entries ?? new Map();
  const now = new Map();
  let place = parent.firstChild;
  for (const [key, print, make] of entries) {
    const known = had.get(key);
    let node = known?.node;
    if (known?.print !== print) {
      node = make();
      if (known && known.node === place) place = node;
      known?.node.replaceWith(node);
    }
    now.set(key, { node, print });
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
  parent.entries = now;
}

const numbers = new WeakMap();
let counted = 0;

/** A number for each document: another document has another number, so it can stand for it in a print. */
export function version(document) {
  if (!numbers.has(document)) numbers.set(document, ++counted);
  return numbers.get(document);
}

/** Run `change` and keep the reader where they were: at the end if they were at the end. */
export function keepingPlace(scroller, change) {
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
  change();
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

/** Keep a reader who is at the end there, also when the list becomes visible or gets another height. */
export function followEnd(scroller) {
  let atEnd = true;
  scroller.addEventListener("scroll", () => (atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48));
  new ResizeObserver(() => atEnd && (scroller.scrollTop = scroller.scrollHeight)).observe(scroller);
}

/** A time of day, as the reader's locale writes it. */
export function clock(epochMs) {
  return new Date(epochMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** Say something to people who hear the page. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

let toastTimer = 0;

/** Show something that went wrong, for a while. */
export function toast(text) {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (box.hidden = true), 6000);
}
