/** Servers, the channels of the one that is open, and who one is. */
import { signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { follow } from "../feed";
import { channels, guild, holdsPosts, isThread, open, people, place, unread, view } from "../store";
import { say } from "../texts";
import type { Channel, Guild, Person } from "../wire";
import { ChannelType } from "../wire";
import { Avatar } from "./avatar";

/** Whether the channels are seen where there is no room for them beside the chat. */
export const drawer = signal(false);

const MARKS: Record<number, string> = {
  [ChannelType.VOICE]: "🔊",
  [ChannelType.STAGE]: "🎙",
  [ChannelType.ANNOUNCEMENT]: "📣",
  [ChannelType.FORUM]: "💬",
  [ChannelType.MEDIA]: "🖼",
};

export function mark(one: Channel): string {
  return isThread(one) ? "🧵" : (MARKS[one.type] ?? "#");
}

function enter(id: string): void {
  drawer.value = false;
  void open(id);
}

function newIn(list: Channel[]): { any: boolean; mentions: number } {
  const found = list.flatMap((one) => unread.value[one.id] ?? []);
  return { any: found.length > 0, mentions: found.reduce((sum, one) => sum + one.mentions, 0) };
}

function spoken(name: string, news: { any: boolean; mentions: number }): string {
  if (news.mentions) return `${name}, ${say("mentions", { count: news.mentions })}`;
  return news.any ? `${name}, ${say("unread")}` : name;
}

function Server({ of }: { of: Guild }) {
  const here = guild.value?.id === of.id;
  const news = newIn(of.channels);
  const first = of.channels.find((one) => one.type === ChannelType.TEXT) ?? of.channels[0];
  const initials = of.name
    .split(/\s+/)
    .map((word) => Array.from(word)[0])
    .join("")
    .slice(0, 3);
  return (
    <li class={here ? "here" : ""}>
      <button
        type="button"
        title={of.name}
        aria-label={spoken(of.name, news)}
        aria-current={here ? "true" : undefined}
        onClick={() => first && void open(first.id)}
      >
        {initials}
      </button>
      {news.mentions ? <span class="mentions">{news.mentions}</span> : news.any ? <span class="dot" /> : null}
    </li>
  );
}

export function Servers() {
  const seen = view.value;
  if (!seen) return null;
  const direct = newIn([seen.direct]);
  return (
    <nav class="servers" aria-label={say("servers")}>
      <ul>
        <li class={guild.value === null ? "here" : ""}>
          <button
            type="button"
            title={say("direct-messages")}
            aria-label={spoken(say("direct-messages"), direct)}
            aria-current={guild.value === null ? "true" : undefined}
            onClick={() => void open(seen.direct.id)}
          >
            ✉
          </button>
          {direct.mentions ? <span class="mentions">{direct.mentions}</span> : direct.any ? <span class="dot" /> : null}
        </li>
        {seen.guilds.map((one) => (
          <Server key={one.id} of={one} />
        ))}
      </ul>
    </nav>
  );
}

function Entry({ of, name }: { of: Channel; name?: string }) {
  const news = newIn([of]);
  const here = place.value === of.id;
  const thread = isThread(of);
  return (
    <button
      type="button"
      class={`channel${here ? " here" : ""}${news.any ? " news" : ""}${thread ? " thread" : ""}`}
      aria-current={here ? "page" : undefined}
      aria-label={spoken(name ?? of.name, news)}
      onClick={() => enter(of.id)}
    >
      <span class="mark" aria-hidden="true">
        {mark(of)}
      </span>
      <span class="cut">{name ?? of.name}</span>
      {of.nsfw && !thread ? <small class="badge">18+</small> : null}
      {news.mentions ? <span class="mentions">{news.mentions}</span> : null}
    </button>
  );
}

/** A channel with those of its threads that are not archived, or that one is in. */
function Family({ of }: { of: Channel }) {
  const posts = holdsPosts(of);
  const threads = channels.value.filter((one) => one.parent_id === of.id && isThread(one));
  const shown = threads.filter((one) => one.id === place.value || (!one.archived && !posts));
  return (
    <li>
      <Entry of={of} />
      {shown.map((one) => (
        <Entry key={one.id} of={one} />
      ))}
    </li>
  );
}

export function Channels() {
  const seen = view.value;
  const here = guild.value;
  if (!seen) return null;
  const all = here?.channels ?? [];
  const inside = (parent: string | null) =>
    all
      .filter((one) => one.parent_id === parent && one.type !== ChannelType.CATEGORY && !isThread(one))
      .sort((one, other) => one.position - other.position)
      .map((one) => <Family key={one.id} of={one} />);
  const known = new Set(all.filter((one) => one.type === ChannelType.CATEGORY).map((one) => one.id));
  const loose = all.filter((one) => one.parent_id && !known.has(one.parent_id) && !isThread(one));
  return (
    <nav class="channels" aria-label={say("channels")}>
      <h2>{here?.name ?? say("direct-messages")}</h2>
      {here && !here.available ? <p class="faint">{say("unavailable")}</p> : null}
      <div class="list">
        {here === null ? (
          <ul>
            <li>
              <Entry of={seen.direct} name={seen.application.name} />
            </li>
          </ul>
        ) : (
          <>
            <ul>
              {inside(null)}
              {loose.map((one) => (
                <Family key={one.id} of={one} />
              ))}
            </ul>
            {all
              .filter((one) => one.type === ChannelType.CATEGORY)
              .map((one) => (
                <div key={one.id}>
                  <h3>{one.name}</h3>
                  <ul>{inside(one.id)}</ul>
                </div>
              ))}
          </>
        )}
      </div>
      <Me />
    </nav>
  );
}

/** "Owner of Film Club", and what else somebody is. */
function standing(one: Person): string {
  const here = guild.value?.name;
  const entries = Object.entries(one.standing).sort(([name]) => (name === here ? -1 : 1));
  const told = entries.map(([server, what]) => `${server}: ${what === "owner" ? say("owner") : what || say("member")}`);
  return [...told, one.locale === "en-US" ? "" : one.locale].filter(Boolean).join(" · ");
}

function Me() {
  const shown = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const seen = view.value;
  useLayoutEffect(() => {
    if (!shown.value) return;
    box.current?.querySelector<HTMLElement>(".people button")?.focus();
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as globalThis.Node)) shown.value = false;
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [shown.value]);
  if (!seen) return null;
  const close = () => {
    shown.value = false;
    box.current?.querySelector<HTMLElement>(".me")?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>(".people button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") items[Math.min(at + 1, items.length - 1)]?.focus();
    else if (event.key === "ArrowUp") items[Math.max(at - 1, 0)]?.focus();
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the list inside
    <div class="self" ref={box} onKeyDown={keys}>
      {shown.value ? (
        <div class="popup above people">
          <h3>{say("who-am-i")}</h3>
          <ul>
            {people.value.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  aria-current={one.id === seen.person.id ? "true" : undefined}
                  onClick={() => {
                    close();
                    void follow(one.name);
                  }}
                >
                  <Avatar name={one.name} id={one.id} />
                  <span class="about">
                    <span>{one.name}</span>
                    <small>{standing(one)}</small>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <button
        type="button"
        class="me"
        aria-expanded={shown.value}
        aria-label={say("switch-person", { name: seen.person.name })}
        onClick={() => {
          shown.value = !shown.value;
        }}
      >
        <Avatar name={seen.person.name} id={seen.person.id} />
        <span class="about">
          <span>{seen.person.name}</span>
          <small>{say("who-am-i")}</small>
        </span>
        <span aria-hidden="true">⇅</span>
      </button>
    </div>
  );
}
