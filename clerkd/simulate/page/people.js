// Who the reader is in the workspace, and which place they look at.

import { get, under } from "./link.js";

const listeners = new Set();

export const self = {
  id: null, // user id of the person whose eyes and hands the reader borrows
  place: null, // channel id, or "home"
  thread: null, // ts of the root of the open thread
  seen: new Map(), // "user channel" → newest ts seen
};

/** People of the workspace whom one can be, in order of their names. */
export const people = () =>
  under("user/")
    .map(([, user]) => user)
    .filter((user) => !user.is_bot && user.playable)
    .sort((a, b) => (a.real_name < b.real_name ? -1 : 1));

export const bot = () => under("user/").map(([, user]) => user).find((user) => user.is_bot);

export const channels = () =>
  under("channel/")
    .map(([, channel]) => channel)
    .filter((channel) => channel.kind !== "im" && channel.members.includes(self.id))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** The conversation between the reader and the app. */
export const dm = () => under("channel/").map(([, channel]) => channel).find((channel) => channel.kind === "im" && channel.members.includes(self.id));

export const messages = (channelId) => under(`message/${channelId}/`).map(([, message]) => message);

/** Messages of a channel that do not hide in a thread. */
export const topLevel = (channelId) => messages(channelId).filter((message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast");

export const replies = (channelId, ts) => messages(channelId).filter((message) => message.thread_ts === ts && message.ts !== ts);

export const ephemerals = (channelId, thread) =>
  under(`ephemeral/${channelId}/`)
    .map(([, message]) => message)
    .filter((message) => message.reader === self.id && (message.thread_ts ?? null) === thread);

export const userName = (id) => {
  const user = get(`user/${id}`);
  return user?.real_name || user?.name || "someone";
};

/** Call `redraw` whenever the reader became somebody else or looks elsewhere. */
export const onMove = (redraw) => listeners.add(redraw);

export function move(change) {
  Object.assign(self, change);
  for (const redraw of listeners) redraw();
}

const seenKey = (channelId) => `${self.id} ${channelId}`;

export function markSeen(channelId) {
  const newest = messages(channelId).at(-1)?.ts;
  if (newest) self.seen.set(seenKey(channelId), newest);
}

/** How many messages of others came since the reader looked. */
export function unread(channelId) {
  const seen = self.seen.get(seenKey(channelId)) ?? "";
  return messages(channelId).filter((message) => message.ts > seen && message.user !== self.id).length;
}

/** Settle on a person and a place as soon as there are some; true when something moved. */
export function settle() {
  const everyone = people();
  if (everyone.length && !everyone.some((user) => user.id === self.id)) {
    const kept = sessionStorage.getItem("clerkd.person");
    self.id = everyone.find((user) => user.id === kept)?.id ?? everyone[0].id;
  }
  const places = channels();
  if (self.id && self.place !== "home" && !get(`channel/${self.place}`) && places.length) {
    self.place = (places.find((channel) => channel.main) ?? places[0]).id;
  }
  if (self.thread && !get(`message/${self.place}/${self.thread}`)) self.thread = null;
}

/** Be somebody else. */
export function become(id) {
  sessionStorage.setItem("clerkd.person", id);
  const stays = self.place === "home" || get(`channel/${self.place}`)?.members.includes(id);
  move({ id, place: stays ? self.place : null, thread: stays ? self.thread : null });
}
