/** A command that is being filled in, or a message that is being written; each channel keeps its own. */
import { batch, signal } from "@preact/signals";
import * as api from "./api";
import { size } from "./format";
import { attempt, channel, guild, guildOf, interact, person, place, replyTo, view } from "./store";
import { say } from "./texts";
import type { Choice, Command, Option, Upload } from "./wire";
import { CommandType, OptionType } from "./wire";

/** A command as one uses it: with its subcommand, if it has some. */
export interface Usable {
  command: Command;
  path: string[];
  name: string;
  description: string;
  options: Option[];
}

/** What is in an option: its text, and the value behind it where that is another. */
export interface Filled {
  text: string;
  value?: string | number | boolean;
  file?: File;
}

export interface Draft {
  usable: Usable;
  filled: Record<string, Filled>;
  /** The options that are shown, in their order. */
  active: string[];
  problems: Record<string, string>;
  channel: string;
}

export interface Waiting {
  key: number;
  file: File;
  progress: number;
  /** It goes with a message that is on its way. */
  leaves: boolean;
}

export const draft = signal<Draft | null>(null);
export const text = signal("");
export const waiting = signal<Waiting[]>([]);
export const commands = signal<Usable[]>([]);
const MOST_FILES = 10;

/** What stands in the composer of a channel. */
interface Desk {
  draft: Draft | null;
  text: string;
  waiting: Waiting[];
}

/** Those that are not open, by who left them in which channel. */
const left = new Map<string, Desk>();
let open = "";

function lay(desk: Desk): void {
  batch(() => {
    draft.value = desk.draft;
    text.value = desk.text;
    waiting.value = desk.waiting;
  });
}

const laid = (): Desk => ({ draft: draft.value, text: text.value, waiting: waiting.value });
const EMPTY: Desk = { draft: null, text: "", waiting: [] };

/** Takes up what that person left in that channel; what is being written is kept for when one comes back. */
export function turnTo(who: string, where: string): void {
  const next = `${who} ${where}`;
  if (next === open) return;
  left.set(open, laid());
  open = next;
  lay(left.get(next) ?? EMPTY);
  left.delete(next);
}

/** Changes what stands there, whether somebody looks at it or not. */
function change(desk: string, changed: (before: Desk) => Desk): void {
  if (desk === open) lay(changed(laid()));
  else left.set(desk, changed(left.get(desk) ?? EMPTY));
}

export const label = (one: { name: string; name_localized?: string }) => one.name_localized ?? one.name;
export const about = (one: { description: string; description_localized?: string }) =>
  one.description_localized ?? one.description;

/** What may be used in the open channel, asked anew. */
export async function offered(): Promise<void> {
  const here = place.value;
  let found: Command[] = [];
  try {
    found = await api.commands(person(), here ?? "");
  } catch {
    // Where nothing may be used, nothing is offered.
  }
  if (place.value === here) commands.value = found.filter((one) => one.type === CommandType.CHAT).flatMap(leaves);
}

function leaves(command: Command): Usable[] {
  const below = (options: Option[], path: string[], names: string[]): Usable[] =>
    options.flatMap((one) => {
      const deeper = [...path, one.name];
      const shown = [...names, label(one)];
      if (one.type === OptionType.GROUP) return below(one.options ?? [], deeper, shown);
      return [{ command, path: deeper, name: shown.join(" "), description: about(one), options: one.options ?? [] }];
    });
  const options = command.options ?? [];
  const nested = options.some((one) => one.type === OptionType.SUB_COMMAND || one.type === OptionType.GROUP);
  if (nested) return below(options, [], [label(command)]);
  return [{ command, path: [], name: label(command), description: about(command), options }];
}

export function begin(usable: Usable): void {
  const needed = usable.options.filter((one) => one.required).map((one) => one.name);
  const first = usable.options[0];
  if (needed.length === 0 && first) needed.push(first.name);
  text.value = "";
  draft.value = { usable, filled: {}, active: needed, problems: {}, channel: place.value ?? "" };
}

export function fill(name: string, given: Filled | null): void {
  const current = draft.value;
  if (!current) return;
  const filled = { ...current.filled };
  if (given) filled[name] = given;
  else delete filled[name];
  const problems = { ...current.problems };
  delete problems[name];
  const active = current.active.includes(name) || !given ? current.active : [...current.active, name];
  draft.value = { ...current, filled, active, problems };
}

export function show(name: string): void {
  const current = draft.value;
  if (current && !current.active.includes(name)) draft.value = { ...current, active: [...current.active, name] };
}

export function hide(name: string): void {
  const current = draft.value;
  if (!current || current.usable.options.find((one) => one.name === name)?.required) return;
  fill(name, null);
  draft.value = { ...(draft.value ?? current), active: current.active.filter((one) => one !== name) };
}

/** What is chosen from, where that is a closed list. */
export function choicesOf(option: Option): Choice[] | null {
  const here = guildOf(channel.value);
  const members = here?.members.map((one) => ({ name: one.name, value: one.id })) ?? [
    { name: person(), value: view.value?.person.id ?? "" },
  ];
  const roles = here?.roles.map((one) => ({ name: one.name, value: one.id })) ?? [];
  switch (option.type) {
    case OptionType.BOOLEAN:
      return [
        { name: say("yes"), value: "true" },
        { name: say("no"), value: "false" },
      ];
    case OptionType.USER:
      return members;
    case OptionType.ROLE:
      return roles;
    case OptionType.MENTIONABLE:
      return [...members, ...roles];
    case OptionType.CHANNEL:
      return (here?.channels ?? [])
        .filter((one) => !option.channel_types?.length || option.channel_types.includes(one.type))
        .map((one) => ({ name: `#${one.name}`, value: one.id }));
    default:
      return option.choices ?? null;
  }
}

function meant(option: Option, given: Filled): unknown {
  const closed = choicesOf(option);
  const named = closed?.find((one) => label(one).toLowerCase() === given.text.trim().toLowerCase());
  const value = given.value ?? named?.value ?? given.text;
  if (option.type === OptionType.BOOLEAN) return value === "true" || value === true;
  if (option.type === OptionType.INTEGER || option.type === OptionType.NUMBER) return Number(value);
  return value;
}

/** What the client would not send, by option. */
function check(current: Draft): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const option of current.usable.options) {
    const given = current.filled[option.name];
    if (!given || (given.text === "" && !given.file)) {
      if (option.required) problems[option.name] = say("option-missing", { name: label(option) });
      continue;
    }
    const trouble = given.file ? misfit(given.file, option.file_types) : null;
    if (trouble) problems[option.name] = trouble;
    if (option.type === OptionType.INTEGER || option.type === OptionType.NUMBER) {
      const number = Number(meant(option, given));
      const whole = option.type === OptionType.NUMBER || Number.isInteger(number);
      const [low, high] = [option.min_value ?? -(2 ** 53), option.max_value ?? 2 ** 53];
      if (!whole || !(number >= low && number <= high)) problems[option.name] = `${low} – ${high}`;
    }
  }
  return problems;
}

/** The largest file that the reader may send here, in bytes. */
export function limit(): number {
  return guild.value?.upload_limit ?? view.value?.direct_upload_limit ?? 0;
}

const GROUPS: Record<string, string[]> = {
  image: ["png", "gif", "jpg", "jpeg", "jfif", "webp", "avif"],
  video: ["mp4", "mov", "qt", "webm"],
  audio: ["mp3", "m4a", "wav", "ogg", "opus", "flac"],
};

/** Why that file is not taken here; null if it is. */
export function misfit(file: File, types?: string[]): string | null {
  if (file.size > limit()) return say("too-large-here", { name: file.name, limit: size(limit()) });
  const suffix = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  const fits = !types?.length || types.some((one) => GROUPS[one]?.includes(suffix) ?? one === `.${suffix}`);
  return fits ? null : say("wrong-type", { name: file.name, types: types?.join(", ") ?? "" });
}

export function accepts(types: string[] | undefined): string | undefined {
  return types?.length ? types.map((one) => (one in GROUPS ? `${one}/*` : one)).join(",") : undefined;
}

function options(current: Draft): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const option of current.usable.options) {
    const given = current.filled[option.name];
    if (given && !given.file && given.text !== "") found[option.name] = meant(option, given);
  }
  return found;
}

const fullName = (one: Usable) => [one.command.name, ...one.path].join(" ");

/** Sends the files ahead, then the command; what the stand-in refuses comes back into the draft. */
export async function use(): Promise<void> {
  const current = draft.value;
  if (!current) return;
  const problems = check(current);
  if (Object.keys(problems).length) {
    draft.value = { ...current, problems, active: [...new Set([...current.active, ...Object.keys(problems)])] };
    return;
  }
  draft.value = null;
  const desk = open;
  const who = person();
  const where = guildOf(channel.value)?.id ?? null;
  const act = async () => {
    try {
      const given = options(current);
      for (const [name, one] of Object.entries(current.filled))
        if (one.file) given[name] = await api.upload(who, where, one.file, () => undefined);
      return await api.invoke(who, current.channel, { command: fullName(current.usable), options: given });
    } catch (error) {
      const refused = { ...current, problems: error instanceof api.Refused ? error.problems : {} };
      change(desk, (before) => ({ ...before, draft: before.draft ?? refused }));
      throw error;
    }
  };
  await interact(act, `/${current.usable.name}`, null);
}

/** What the bot offers for what is typed there. */
export async function complete(option: Option, typed: string): Promise<Choice[]> {
  const current = draft.value;
  if (!current) return [];
  const given = options(current);
  delete given[option.name];
  for (const [name, one] of Object.entries(current.filled))
    if (one.file) given[name] = { filename: one.file.name, base64: "" };
  const asked = { command: fullName(current.usable), options: given };
  const settled = await api.autocomplete(person(), current.channel, asked, option.name, typed);
  if (settled.choices === null) throw new Error(say("options-failed"));
  return settled.choices;
}

let files = 0;

/** Files for whatever is being written: an option that takes one, or the message. What is not taken is told. */
export function take(list: Iterable<File>): string | null {
  const current = draft.value;
  for (const file of list) {
    if (current) {
      const takes = current.usable.options.filter((one) => one.type === OptionType.ATTACHMENT);
      const free = takes.find((one) => !draft.value?.filled[one.name]);
      if (free) fill(free.name, { text: file.name, file });
      continue;
    }
    const trouble = misfit(file);
    if (trouble) return trouble;
    if (waiting.value.filter((one) => !one.leaves).length >= MOST_FILES)
      return say("too-many-files", { most: MOST_FILES });
    files += 1;
    waiting.value = [...waiting.value, { key: files, file, progress: 0, leaves: false }];
  }
  return null;
}

/** The latest message on its way, by desk: they arrive in the order in which they were written. */
const leaving = new Map<string, Promise<void>>();

/** Sends the message with its files. What could not be sent stands in its channel again. */
export function send(): void {
  const content = text.value.trim();
  const taken = waiting.value.filter((one) => !one.leaves);
  const here = channel.value;
  if ((!content && !taken.length) || here === null) return;
  const [desk, who, reply, server] = [open, person(), replyTo.value, guildOf(here)?.id ?? null];
  const keys = new Set(taken.map((one) => one.key));
  const mark = (found: Partial<Waiting>, only = keys) =>
    change(desk, (before) => ({
      ...before,
      waiting: before.waiting.map((one) => (only.has(one.key) ? { ...one, ...found } : one)),
    }));
  const leave = async () => {
    const attachments: Upload[] = [];
    for (const { key, file } of taken)
      attachments.push(await api.upload(who, server, file, (progress) => mark({ progress }, new Set([key]))));
    await api.write(who, here.id, { content, attachments, ...(reply ? { reply_to: reply.id } : {}) });
  };
  const message = async () => {
    if (await attempt(leave)) {
      change(desk, (before) => ({ ...before, waiting: before.waiting.filter((one) => !keys.has(one.key)) }));
    } else {
      mark({ progress: 0, leaves: false });
      change(desk, (before) => ({ ...before, text: [content, before.text].filter(Boolean).join("\n") }));
      if (desk === open) replyTo.value ??= reply;
    }
  };
  text.value = "";
  replyTo.value = null;
  mark({ leaves: true });
  leaving.set(desk, (leaving.get(desk) ?? Promise.resolve()).then(message));
}
