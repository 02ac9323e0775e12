/** What the page knows: one person's view, the messages of the open channel, and what is under way. */
import { batch, computed, signal } from "@preact/signals";
import * as api from "./api";
import { say } from "./texts";
import type { Channel, FeedEntry, Guild, Interaction, Message, Person, View } from "./wire";
import { ChannelType, Flag } from "./wire";

const PAGE = 50;
/** More than these are not kept in the page: those at the far end go, and come again when one scrolls there. */
const MOST = 250;
const TYPING_SECONDS = 10;

/** The messages of the open channel that are loaded, oldest first. */
export interface Stretch {
  channel: string;
  list: Message[];
  atStart: boolean;
  atEnd: boolean;
}

/** Something of the reader's that failed or is on its way, shown in its channel to nobody else. */
export interface Notice {
  key: string;
  channel: string;
  /** The message whose control was used, if it was one. */
  source: string | null;
  title: string;
  text: string;
  waiting: boolean;
}

export interface OpenForm {
  interaction: Interaction;
  /** As whom it was opened. */
  person: string;
}

export const people = signal<Person[]>([]);
export const view = signal<View | null>(null);
export const place = signal<string | null>(null);
export const stretch = signal<Stretch | null>(null);
export const unread = signal<Record<string, { mentions: number }>>({});
export const notices = signal<Notice[]>([]);
export const form = signal<OpenForm | null>(null);
export const typing = signal<Record<string, number>>({});
export const connected = signal(true);
export const replyTo = signal<Message | null>(null);
export const toast = signal<string | null>(null);
/** What changed in the open channel, for a screen reader. */
export const announcement = signal("");
/** Seconds, by the clock of the stand-in. */
export const now = signal(Date.now() / 1000);
let clockAhead = 0;

export const me = computed(() => view.value?.person ?? null);
export const german = computed(() => (me.value?.locale ?? navigator.language).startsWith("de"));
export const channels = computed(() => {
  const seen = view.value;
  return seen === null ? [] : [seen.direct, ...seen.guilds.flatMap((guild) => guild.channels)];
});
export const channel = computed(() => channels.value.find((one) => one.id === place.value) ?? null);
export const guild = computed(() => guildOf(channel.value));
export const names = computed(() => {
  const found = new Map<string, string>();
  const seen = view.value;
  if (seen === null) return found;
  found.set(seen.application.id, seen.application.name);
  for (const one of seen.people) found.set(one.id, one.name);
  for (const one of guild.value?.members ?? []) found.set(one.id, one.name);
  return found;
});

export function guildOf(one: Channel | null): Guild | null {
  return view.value?.guilds.find((guild) => guild.id === one?.guild_id) ?? null;
}

export function person(): string {
  return view.value?.person.name ?? "";
}

export function may(one: Channel, ...wanted: string[]): boolean {
  return wanted.every((name) => one.permissions.includes(name));
}

export function isThread(one: Channel): boolean {
  return one.type >= ChannelType.ANNOUNCEMENT_THREAD && one.type <= ChannelType.PRIVATE_THREAD;
}

export function holdsPosts(one: Channel): boolean {
  return one.type === ChannelType.FORUM || one.type === ChannelType.MEDIA;
}

/** Why one cannot write there, in the reader's words; null where one can. */
export function silenced(one: Channel): string | null {
  const locked = one.locked && !may(one, "MANAGE_THREADS");
  if (one.archived) return say("archived");
  if (locked) return say("locked");
  return may(one, isThread(one) ? "SEND_MESSAGES_IN_THREADS" : "SEND_MESSAGES") ? null : say("may-not-write");
}

export function setClock(time: number): void {
  clockAhead = time - Date.now() / 1000;
  now.value = time;
}

export function tick(): void {
  now.value = Date.now() / 1000 + clockAhead;
  const current = Object.entries(typing.value).filter(([, until]) => until > now.value);
  if (current.length < Object.keys(typing.value).length) typing.value = Object.fromEntries(current);
}

/** The stand-in's view of that person; opens a channel of theirs if the one that was open is not among them. */
export async function look(user: string, signal?: AbortSignal): Promise<View> {
  const seen = await api.view(user, signal);
  batch(() => {
    view.value = seen;
    people.value = seen.people;
    setClock(seen.time);
    if (channel.value === null) place.value = firstChannel(seen);
  });
  document.documentElement.lang = german.value ? "de" : "en";
  return seen;
}

function firstChannel(seen: View): string {
  const readable = seen.guilds.flatMap((one) => one.channels).filter((one) => one.type === ChannelType.TEXT);
  return (readable[0] ?? seen.direct).id;
}

export async function open(id: string): Promise<void> {
  batch(() => {
    place.value = id;
    replyTo.value = null;
    unread.value = Object.fromEntries(Object.entries(unread.value).filter(([known]) => known !== id));
    if (stretch.value?.channel !== id) stretch.value = null;
  });
  // Where nobody answers, the feed tells so, and asks again once somebody does.
  await latest().catch(() => undefined);
}

/** Whether the messages of the open channel are there, if it has some. */
export function isThere(): boolean {
  const here = channel.value;
  return here !== null && (holdsPosts(here) || stretch.value?.channel === here.id);
}

/** What the feed tells while messages are on their way, for each time that some are: it holds for them as well. */
const loading = new Set<FeedEntry[]>();

/** Asks for messages of that channel. `put` takes them in, or says that they are of no use any more. */
async function load(
  where: string,
  beside: { before?: string; after?: string },
  put: (found: Message[]) => boolean,
): Promise<void> {
  const heard: FeedEntry[] = [];
  loading.add(heard);
  try {
    const found = await api.messages(person(), where, { ...beside, limit: PAGE });
    loading.delete(heard);
    if (put(found)) for (const entry of heard) apply(entry);
  } finally {
    loading.delete(heard);
  }
}

/** The newest messages of the open channel. Of one that is there no more, the feed tells. */
export async function latest(): Promise<void> {
  const here = channel.value;
  if (here === null || holdsPosts(here) || here.type === ChannelType.CATEGORY) return;
  try {
    await load(here.id, {}, (list) => {
      if (place.value !== here.id) return false;
      stretch.value = { channel: here.id, list, atStart: list.length < PAGE, atEnd: true };
      return true;
    });
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
  }
}

export async function older(): Promise<void> {
  const shown = stretch.value;
  const first = shown?.list[0];
  if (!shown || !first || shown.atStart) return;
  await load(shown.channel, { before: first.id }, (found) => {
    const current = stretch.value;
    if (current?.channel !== shown.channel || current.list[0]?.id !== first.id) return false;
    const list = [...found, ...current.list];
    const cut = list.length > MOST;
    stretch.value = {
      ...current,
      list: cut ? list.slice(0, MOST) : list,
      atStart: found.length < PAGE,
      atEnd: current.atEnd && !cut,
    };
    return true;
  });
}

export async function newer(): Promise<void> {
  const shown = stretch.value;
  const last = shown?.list.at(-1);
  if (!shown || !last || shown.atEnd) return;
  await load(shown.channel, { after: last.id }, (found) => {
    const current = stretch.value;
    if (current?.channel !== shown.channel || current.list.at(-1)?.id !== last.id) return false;
    const list = [...current.list, ...found];
    const cut = list.length > MOST;
    stretch.value = {
      ...current,
      list: cut ? list.slice(-MOST) : list,
      atStart: current.atStart && !cut,
      atEnd: found.length < PAGE,
    };
    return true;
  });
}

/** Messages that somebody else sees, or a channel that is there no more, leave when this is called. */
export function apply(entry: FeedEntry): "look" | null {
  const where = entry.message?.channel_id ?? entry.channel_id;
  if (entry.kind.startsWith("message_") && where === place.value) for (const heard of loading) heard.push(entry);
  if (entry.kind === "community_changed" || entry.kind === "channel_deleted") return "look";
  if (entry.kind === "typing" && entry.channel_id) {
    typing.value = { ...typing.value, [entry.channel_id]: now.value + TYPING_SECONDS };
  } else if (entry.kind === "message_created" && entry.message) {
    created(entry.message);
  } else if (entry.kind === "message_edited" && entry.message) {
    replace(entry.message);
  } else if (entry.kind === "message_deleted" && entry.message) {
    deleted(entry.message.id);
  } else if (entry.kind.startsWith("message_reaction") && entry.message_id && entry.channel_id === place.value) {
    void api.message(person(), entry.message_id).then(replace, () => undefined);
  } else if (entry.kind === "interaction_expired" && entry.response_message_id && entry.channel_id) {
    fail(entry.channel_id, entry.response_message_id, entry.error ?? "");
  }
  return null;
}

function created(one: Message): void {
  typing.value = Object.fromEntries(Object.entries(typing.value).filter(([id]) => id !== one.channel_id));
  if (one.interaction_metadata?.user.id === me.value?.id) answered(one.channel_id);
  const shown = stretch.value;
  if (shown?.channel === one.channel_id) {
    if (!shown.atEnd || shown.list.some((known) => known.id === one.id)) return;
    const list = [...shown.list, one];
    const cut = list.length > MOST;
    stretch.value = { ...shown, list: cut ? list.slice(-MOST) : list, atStart: shown.atStart && !cut };
    if (!(one.flags & Flag.LOADING)) announce(one);
    return;
  }
  if (one.channel_id === place.value || one.author.id === me.value?.id) return;
  const before = unread.value[one.channel_id]?.mentions ?? 0;
  const pinged = one.pinged.includes(person()) ? 1 : 0;
  unread.value = { ...unread.value, [one.channel_id]: { mentions: before + pinged } };
}

function announce(one: Message): void {
  announcement.value = `${names.value.get(one.author.id) ?? one.author.username}: ${textOf(one).slice(0, 500)}`;
}

/** All that can be read in a message. */
export function textOf(one: Message): string {
  const inside = (parts: typeof one.components): string[] =>
    parts.flatMap((part) => [
      part.content ?? "",
      ...inside(part.components ?? []),
      ...(part.accessory ? inside([part.accessory]) : []),
    ]);
  return [one.content, ...one.embeds.flatMap((entry) => [entry.title, entry.description]), ...inside(one.components)]
    .filter(Boolean)
    .join("\n");
}

export function replace(one: Message): void {
  const shown = stretch.value;
  if (shown?.channel !== one.channel_id) return;
  const before = shown.list.find((known) => known.id === one.id);
  if (!before) return;
  if (before.flags & Flag.LOADING && !(one.flags & Flag.LOADING)) announce(one);
  const list = shown.list.map((known) =>
    known.id === one.id ? one : known.referenced_message?.id === one.id ? { ...known, referenced_message: one } : known,
  );
  stretch.value = { ...shown, list };
}

function deleted(id: string): void {
  const shown = stretch.value;
  notices.value = notices.value.filter((one) => one.source !== id);
  if (shown?.list.some((one) => one.id === id))
    stretch.value = { ...shown, list: shown.list.filter((one) => one.id !== id) };
}

let count = 0;

function notice(about: Omit<Notice, "key">): string {
  count += 1;
  const key = `notice-${count}`;
  const others = about.source ? notices.value.filter((one) => one.source !== about.source) : notices.value;
  notices.value = [...others, { key, ...about }];
  return key;
}

export function dismiss(key: string): void {
  notices.value = notices.value.filter((one) => one.key !== key);
}

/** The message that answers a command takes the place of the note that it is on its way. */
function answered(where: string): void {
  const note = notices.value.find((one) => one.waiting && one.source === null && one.channel === where);
  if (note) dismiss(note.key);
}

function fail(where: string, source: string | null, text: string, title = ""): void {
  notice({ channel: where, source, title, text, waiting: false });
}

/** Carries something out that the bot has to answer: a note while it waits, a form if that is the answer, or what failed. */
export async function interact(
  act: () => Promise<Interaction>,
  title: string,
  source: string | null,
): Promise<boolean> {
  const where = place.value ?? "";
  const who = person();
  const key = notice({ channel: where, source, title, text: "", waiting: true });
  try {
    const settled = await act();
    if (settled.state === "failed") fail(where, source, failure(settled), title);
    else if (settled.modal) form.value = { interaction: settled, person: who };
    return settled.state !== "failed";
  } catch (error) {
    fail(where, source, reason(error), title);
    return false;
  } finally {
    dismiss(key);
  }
}

export function failure(settled: Interaction): string {
  if (settled.type === "command") return say("no-answer", { name: view.value?.application.name ?? "" });
  return settled.type === "modal" ? say("try-again") : say("interaction-failed");
}

/** An error in the reader's words. */
export function reason(error: unknown): string {
  if (error instanceof api.Unreachable) return say("unreachable");
  if (error instanceof api.Refused) {
    if (error.status === 413) return say("too-large");
    if (error.problems.retry_after) return say("slow-mode", { seconds: Math.ceil(Number(error.problems.retry_after)) });
    const details = Object.entries(error.problems).map(([name, problem]) => `${name}: ${problem}`);
    return details.length ? details.join("; ") : error.message;
  }
  return String(error);
}

/** Carries something out that needs no answer of the bot's; says what went wrong. */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    toast.value = reason(error);
    return false;
  }
}
