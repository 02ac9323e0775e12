/** The control API, call by call. Every call says who acts; what Discord's client would not allow comes back as Refused. */
import type {
  Backstage,
  Channel,
  Command,
  Fault,
  Interaction,
  Message,
  News,
  Person,
  RequestLog,
  Upload,
  View,
} from "./wire";

const BASE = "/sandbox/api";
/** Real seconds to wait for a bot's first answer: it has three. */
const ANSWER = 5;

export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problems: Record<string, string>,
  ) {
    super(message);
  }
}

/** Nobody answers: the stand-in is gone, or the connection was cut. */
export class Unreachable extends Error {}

async function ask<Answer>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const wish: RequestInit = { method, signal: signal ?? null };
  if (body !== undefined) wish.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(path, wish);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("the stand-in does not answer");
  }
  const said = (await response.json().catch(() => ({}))) as Answer & {
    error?: string;
    problems?: Record<string, string>;
  };
  if (!response.ok) throw new Refused(response.status, said.error ?? response.statusText, said.problems ?? {});
  return said;
}

function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter((one): one is [string, string | number] => one[1] !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

export const people = () => ask<{ people: Person[] }>("GET", `${BASE}/view`);
export const view = (user: string, signal?: AbortSignal) =>
  ask<View>("GET", `${BASE}/view?${query({ user })}`, undefined, signal);
export const news = (user: string, after: number, wait: number, signal: AbortSignal) =>
  ask<News>("GET", `${BASE}/feed?${query({ user, after, wait })}`, undefined, signal);

export const messages = (
  user: string,
  channel: string,
  where: { before?: string; after?: string; limit: number },
): Promise<Message[]> => ask("GET", `${BASE}/channels/${channel}/messages?${query({ user, ...where })}`);
export const message = (user: string, id: string) => ask<Message>("GET", `${BASE}/messages/${id}?${query({ user })}`);

export interface Writing {
  content: string;
  attachments: Upload[];
  reply_to?: string;
}
export const write = (user: string, channel: string, what: Writing) =>
  ask<Message>("POST", `${BASE}/messages`, { user, channel, ...what });
export const remove = (user: string, id: string) => ask("DELETE", `${BASE}/messages/${id}`, { user });
export const react = (user: string, id: string, emoji: string, add: boolean) =>
  ask<Message>(add ? "PUT" : "DELETE", `${BASE}/messages/${id}/reactions`, { user, emoji });
export const pin = (user: string, id: string, pinned: boolean) =>
  ask<Message>(pinned ? "PUT" : "DELETE", `${BASE}/messages/${id}/pin`, { user });

export interface Thread {
  name: string;
  message?: string;
  type?: "public" | "private";
  content?: string;
  attachments?: Upload[];
  tags?: string[];
}
export const openThread = (user: string, channel: string, wish: Thread) =>
  ask<Channel>("POST", `${BASE}/threads`, { user, channel, ...wish });

export const commands = (user: string, channel: string) =>
  ask<Command[]>("GET", `${BASE}/commands?${query({ user, channel })}`);

export interface Use {
  command: string;
  options?: Record<string, unknown>;
  type?: number;
  target?: string;
}
export const invoke = (user: string, channel: string, use: Use) =>
  ask<Interaction>("POST", `${BASE}/invoke`, { user, channel, wait: ANSWER, ...use });
export const autocomplete = (user: string, channel: string, use: Use, focused: string, value: string | number) =>
  ask<Interaction>("POST", `${BASE}/autocomplete`, { user, channel, wait: ANSWER, ...use, focused, value });
export const press = (user: string, message_id: string, custom_id: string, values?: string[]) =>
  ask<Interaction>("POST", `${BASE}/press`, { user, message_id, custom_id, wait: ANSWER, values });
export const submit = (user: string, interaction_id: string, values: Record<string, unknown>) =>
  ask<Interaction>("POST", `${BASE}/submit`, { user, interaction_id, values, wait: ANSWER });

/** Sends a file ahead, as a stream; `progress` gets what part of it has gone. */
export function upload(
  user: string,
  guild: string | null,
  file: File,
  progress: (part: number) => void,
): Promise<Upload> {
  const target = `${BASE}/uploads?${query({ user, filename: file.name, guild: guild ?? undefined })}`;
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", target);
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => failed(new Unreachable("the file could not be sent"));
    request.onload = () => {
      const said = request.response as { upload?: string; error?: string } | null;
      if (request.status === 200 && said?.upload) done({ filename: file.name, upload: said.upload });
      else failed(new Refused(request.status, said?.error ?? "the file could not be sent", {}));
    };
    request.send(file);
  });
}

/** What befalls the whole community, whoever looks. */
export const backstage = {
  requests: () => ask<RequestLog>("GET", `${BASE}/requests`),
  faults: () => ask<Fault[]>("GET", `${BASE}/faults`),
  fault: (one: Fault) => ask("POST", `${BASE}/faults`, one),
  clearFaults: () => ask("DELETE", `${BASE}/faults`),
  advance: (seconds: number) => ask("POST", `${BASE}/clock/advance`, { seconds }),
  gateway: (action: string) => ask("POST", `${BASE}/gateway`, { action }),
  rateLimits: (scale: number) => ask("POST", `${BASE}/ratelimits`, { enabled: true, scale }),
  permit: (channel: string, deny: string[]) =>
    ask("POST", `${BASE}/permissions`, { channel, target: "bot", allow: [], deny }),
  deleteChannel: (channel: string) => ask("DELETE", `${BASE}/channels/${channel}`),
  installed: (guild: string, installed: boolean) => ask("PATCH", `${BASE}/guilds/${guild}`, { installed }),
  acceptsDirectMessages: (user: string, accepts: boolean) =>
    ask("PATCH", `${BASE}/users/${user}`, { accepts_direct_messages: accepts }),
  behind: (language: string) => ask<Backstage>("GET", `/sandbox/backstage/?${query({ language })}`),
  act: (id: string) => ask("POST", `/sandbox/backstage/actions/${encodeURIComponent(id)}`, {}),
};
