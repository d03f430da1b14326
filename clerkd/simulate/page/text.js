// The chat's markup as DOM nodes: mrkdwn strings and rich_text blocks. Unknown things appear as their own text.

import { el } from "./dom.js";
import { emoji, isEmoji } from "./emoji.js";
import { get } from "./link.js";

const SAFE = /^(https?:|mailto:|tel:)/i;
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

export const unescape = (text) => text.replace(/&(lt|gt|amp);/g, (entity) => ENTITIES[entity]);

function link(url, label) {
  const target = unescape(url);
  if (!SAFE.test(target)) return label ?? target;
  return el("a", { href: target, target: "_blank", rel: "noopener noreferrer", text: label ?? target });
}

export function mention(userId) {
  const user = get(`user/${userId}`);
  return el("span", { class: "mention", text: `@${user?.real_name ?? user?.name ?? userId}` });
}

const channelLink = (id, label) => el("span", { class: "mention", text: `#${get(`channel/${id}`)?.name ?? label ?? id}` });
const broadcast = (range) => el("span", { class: "mention loud", text: `@${range}` });

/** What stands between < and >. */
function bracketed(inside) {
  const [target, label] = inside.split("|", 2);
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!")) return target.startsWith("!date^") ? unescape(label ?? target) : broadcast(target.slice(1).split("^")[0]);
  return link(target, label === undefined ? undefined : unescape(label));
}

const INLINE = /<([^<>]+)>|`([^`\n]+)`|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])|:([a-z0-9_+'-]+(?:::[a-z0-9-]+)?):/g;

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, angle, code, bold, italic, strike, name] = found;
    let node;
    if (angle !== undefined) node = bracketed(angle);
    else if (code !== undefined) node = el("code", { text: unescape(code) });
    else if (bold !== undefined) node = el("strong", {}, inline(bold));
    else if (italic !== undefined) node = el("em", {}, inline(italic));
    else if (strike !== undefined) node = el("s", {}, inline(strike));
    else node = isEmoji(name.split("::")[0]) ? picture(name) : whole;
    nodes.push(unescape(text.slice(end, found.index)), node);
    end = found.index + whole.length;
  }
  nodes.push(unescape(text.slice(end)));
  return nodes;
}

const picture = (name, unicode) => el("span", { class: "emoji", title: `:${name}:`, text: emoji(name, unicode) });

function lines(text) {
  return text.split("\n").flatMap((line, index) => [index ? el("br") : null, ...inline(line)]);
}

/** Return nodes for a mrkdwn string. */
export function mrkdwn(text) {
  const nodes = [];
  for (const [index, part] of text.split("```").entries()) {
    if (index % 2) {
      nodes.push(el("pre", { text: unescape(part.replace(/^\n/, "")) }));
      continue;
    }
    let quote = null;
    let plain = [];
    const flush = () => {
      if (plain.length) nodes.push(...lines(plain.join("\n")));
      plain = [];
    };
    for (const line of part.split("\n")) {
      const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
      if (!quoted) {
        quote = null;
        plain.push(line);
        continue;
      }
      flush();
      if (quote) quote.append(el("br"));
      else nodes.push((quote = el("blockquote")));
      quote.append(...inline(quoted[1]));
    }
    flush();
  }
  return nodes;
}

/** Return nodes for a text object. */
export function textObject(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  return object.text.split("\n").flatMap((line, index) => [index ? el("br") : null, ...(object.emoji === false ? [line] : plainWithEmoji(line))]);
}

/** Plain text in which names of emoji may stand. */
export function plainWithEmoji(text) {
  return text.split(/(:[a-z0-9_+-]+:)/).map((part, index) => (index % 2 && isEmoji(part.slice(1, -1)) ? picture(part.slice(1, -1)) : part));
}

function styled(node, style = {}) {
  let result = node;
  if (style.code) result = el("code", {}, result);
  if (style.bold) result = el("strong", {}, result);
  if (style.italic) result = el("em", {}, result);
  if (style.strike) result = el("s", {}, result);
  return result;
}

const DAY_MS = 86_400_000;

function nearby(date) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(date) - midnight(Date.now())) / DAY_MS);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}

const dated = (options) => (date) => date.toLocaleDateString("en-US", options);
const DAY = dated({ month: "short", day: "numeric", year: "numeric" });
const DATES = {
  date_num: (date) => date.toLocaleDateString("sv"),
  date: dated({ month: "long", day: "numeric", year: "numeric" }),
  date_short: DAY,
  date_long: dated({ weekday: "long", month: "long", day: "numeric", year: "numeric" }),
  date_pretty: (date) => nearby(date) ?? DATES.date(date),
  date_short_pretty: (date) => nearby(date) ?? DAY(date),
  date_long_pretty: (date) => nearby(date) ?? DATES.date_long(date),
  time: (date) => date.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }),
  time_secs: (date) => date.toLocaleTimeString([], { hour: "numeric", minute: "2-digit", second: "2-digit" }),
};

/** A moment in the reader's zone; what the format does not name stays as it is. */
function moment(timestamp, format) {
  const date = new Date(timestamp * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, name) => DATES[name]?.(date) ?? whole);
}

function richInline(element) {
  switch (element.type) {
    case "text":
      return element.text.split("\n").flatMap((line, index) => [index ? el("br") : null, styled(line, element.style)]);
    case "emoji":
      return picture(element.name, element.unicode);
    case "link":
      return styled(link(element.url, element.text), element.style);
    case "user":
      return mention(element.user_id);
    case "channel":
      return channelLink(element.channel_id);
    case "broadcast":
      return broadcast(element.range);
    case "date":
      return styled(el("time", { datetime: new Date(element.timestamp * 1000).toISOString(), text: moment(element.timestamp, element.format) }), element.style);
    default:
      return element.text ?? "";
  }
}

function richElement(element) {
  const inside = () => element.elements.map(richInline);
  switch (element.type) {
    case "rich_text_section":
      return el("div", { class: "rich-section" }, inside());
    case "rich_text_quote":
      return el("blockquote", {}, inside());
    case "rich_text_preformatted":
      return el("pre", {}, inside());
    case "rich_text_list":
      return el(element.style === "ordered" ? "ol" : "ul", { class: `indent-${element.indent ?? 0}` }, element.elements.map((item) => el("li", {}, item.elements.map(richInline))));
    default:
      return el("div", {}, inside());
  }
}

/** Return nodes for a rich_text block. */
export const richText = (block) => block.elements.map(richElement);
