// The connection: documents come in by key, commands go out and are answered.

import { toast } from "./dom.js";

const documents = new Map();
const watchers = new Set();
const traced = new Set();
const waiting = new Map();
const dirty = new Set();
let socket = null;
let serial = 0;
let delay = 500;

/** Return a document, or undefined. */
export const get = (key) => documents.get(key);

/** Return [key, document] of all keys under a prefix, in order of their keys. */
export function under(prefix) {
  return [...documents].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Have `draw(touched)` called after documents under one of the prefixes changed. */
export function watch(prefixes, draw) {
  watchers.add({ prefixes, draw });
}

/** Have `append(lines)` called with each new part of the trace. */
export const watchTrace = (append) => traced.add(append);

/** Give the other side a command; the promise holds its answer, or fails with its word. */
export function ask(command, args = {}) {
  return new Promise((resolve, reject) => {
    if (socket?.readyState !== WebSocket.OPEN) return reject(new Error("the demo does not answer"));
    const id = ++serial;
    waiting.set(id, { resolve, reject });
    socket.send(JSON.stringify({ id, do: command, ...args }));
  });
}

/** As `ask`, for clicks: what goes wrong is shown. */
export async function tell(command, args) {
  try {
    return await ask(command, args);
  } catch (error) {
    toast(error.message);
    return undefined;
  }
}

function draw() {
  const touched = [...dirty];
  dirty.clear();
  for (const { prefixes, draw: redraw } of watchers) {
    const mine = touched.filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
    if (mine.length) redraw(mine);
  }
}

function receive(frame) {
  if (frame.all) {
    for (const key of documents.keys()) dirty.add(key);
    documents.clear();
  }
  for (const [key, value] of frame.put ?? []) {
    documents.set(key, value);
    dirty.add(key);
  }
  for (const key of frame.drop ?? []) {
    documents.delete(key);
    dirty.add(key);
  }
  if (frame.trace) for (const append of traced) append(frame.trace);
  if (frame.answer) {
    const { resolve, reject } = waiting.get(frame.answer) ?? {};
    waiting.delete(frame.answer);
    if (frame.error) reject?.(new Error(frame.error));
    else resolve?.(frame.value);
  }
  draw();
}

/** Connect, and connect again whenever the connection ends. */
export function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.addEventListener("open", () => {
    delay = 500;
    document.body.dataset.link = "up";
  });
  socket.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
  socket.addEventListener("close", () => {
    document.body.dataset.link = "down";
    for (const { reject } of waiting.values()) reject(new Error("the demo does not answer"));
    waiting.clear();
    setTimeout(connect, delay);
    delay = Math.min(delay * 2, 8000);
  });
}
