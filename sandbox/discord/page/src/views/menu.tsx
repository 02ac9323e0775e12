/** The menu of a message or a person: what one may do with it, and the apps' commands. By right click, long press or key. */
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import * as api from "../api";

import { attempt, channel, interact, may, me, person, place, replace, replyTo, textOf } from "../store";
import { say } from "../texts";
import type { Command, Message } from "../wire";
import { ChannelType, CommandType } from "../wire";

interface Entry {
  label: string;
  act: () => void;
  dangerous?: boolean;
}

interface OpenMenu {
  x: number;
  y: number;
  entries: Entry[];
  /** The apps' commands; null while they are asked for. */
  apps: Entry[] | null;
  reactions: Message | null;
  before: Element | null;
}

const menu = signal<OpenMenu | null>(null);
const LONG_PRESS = 500;
const REACTIONS = ["👍", "❤️", "😂", "🎉", "🦊", "👀"];

type Where = { clientX: number; clientY: number; currentTarget?: EventTarget | null };

/** The finger that is on a message; it has opened the menu, once it has stayed for long enough. */
const finger = { timer: 0, opened: false };

/** Handlers for a finger that stays where it is. What it opened lies below it, and is not pressed by its leaving. */
export function pressed(open: (at: Where) => void) {
  const stop = () => clearTimeout(finger.timer);
  return {
    onTouchStart: (event: TouchEvent) => {
      const touch = event.touches[0];
      finger.opened = false;
      if (!touch || (event.target as HTMLElement).closest("button, a, input, video, audio")) return;
      const at = { clientX: touch.clientX, clientY: touch.clientY };
      finger.timer = window.setTimeout(() => {
        finger.opened = true;
        open(at);
      }, LONG_PRESS);
    },
    onTouchEnd: (event: TouchEvent) => {
      stop();
      if (finger.opened) event.preventDefault();
    },
    onTouchMove: stop,
    onTouchCancel: stop,
  };
}

function begin(event: (Event & Where) | Where, entries: Entry[], reactions: Message | null): void {
  if (event instanceof Event) {
    event.preventDefault();
    event.stopPropagation();
  }
  let { clientX: x, clientY: y } = event;
  if (x === 0 && y === 0 && event.currentTarget instanceof Element) {
    const edges = event.currentTarget.getBoundingClientRect();
    x = edges.left + 40;
    y = edges.top + 20;
  }
  menu.value = { x, y, entries, apps: null, reactions, before: document.activeElement };
}

async function offer(type: number, target: string): Promise<void> {
  const opened = menu.value;
  let found: Command[] = [];
  try {
    found = (await api.commands(person(), place.value ?? "")).filter((one) => one.type === type);
  } catch {
    // Where no command may be used, there is none to show.
  }
  const apps = found.map((one) => ({
    label: one.name_localized ?? one.name,
    act: () => {
      const use = { command: one.name, type, target };
      void interact(() => api.invoke(person(), place.value ?? "", use), one.name_localized ?? one.name, null);
    },
  }));
  if (menu.value === opened && opened) menu.value = { ...opened, apps };
}

export function menuOfMessage(event: (MouseEvent & Where) | Where, one: Message): void {
  if (event instanceof MouseEvent && event.type === "contextmenu" && (event.target as HTMLElement).closest("a, video"))
    return;
  const here = channel.value;
  if (!here) return;
  const own = one.author.id === me.value?.id;
  const alone = one.only_for !== null;
  const entries: Entry[] = [];
  const textual = here.type === ChannelType.TEXT || here.type === ChannelType.ANNOUNCEMENT;
  if (!alone) entries.push({ label: say("reply"), act: () => begins(one) });
  if (!alone && textual && !one.thread && may(here, "CREATE_PUBLIC_THREADS"))
    entries.push({ label: say("open-thread"), act: () => thread(one) });
  if (!alone && (may(here, "PIN_MESSAGES") || here.guild_id === null))
    entries.push({
      label: say(one.pinned ? "unpin" : "pin"),
      act: () => void attempt(() => api.pin(person(), one.id, !one.pinned)),
    });
  entries.push({ label: say("copy-text"), act: () => void navigator.clipboard?.writeText(textOf(one)) });
  entries.push({ label: say("copy-id"), act: () => void navigator.clipboard?.writeText(one.id) });
  if (own || alone || may(here, "MANAGE_MESSAGES"))
    entries.push({ label: say("delete"), dangerous: true, act: () => remove(one) });
  begin(event, entries, alone || here.archived ? null : one);
  if (alone) menu.value = menu.value && { ...menu.value, apps: [] };
  else void offer(CommandType.MESSAGE, one.id);
}

export function menuOfPerson(event: (MouseEvent & Where) | Where, id: string, name: string): void {
  const entries: Entry[] = [{ label: say("copy-id"), act: () => void navigator.clipboard?.writeText(id) }];
  begin(event, entries, null);
  if (name) void offer(CommandType.USER, id);
}

function begins(one: Message): void {
  replyTo.value = one;
  document.querySelector<HTMLElement>(".composer textarea")?.focus();
}

function remove(one: Message): void {
  if (one.only_for !== null || window.confirm(say("really-delete"))) void attempt(() => api.remove(person(), one.id));
}

function thread(one: Message): void {
  const name = window.prompt(say("thread-name"), textOf(one).slice(0, 40));
  if (name) void attempt(() => api.openThread(person(), place.value ?? "", { name, message: one.id }));
}

export function Menu() {
  const open = menu.value;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !open) return;
    const edges = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(open.x, innerWidth - edges.width - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(open.y, innerHeight - edges.height - 8))}px`;
  });
  useLayoutEffect(() => {
    if (open) box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [open === null]);
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as globalThis.Node)) close(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open === null]);
  if (!open) return null;
  const close = (back = true) => {
    const before = menu.value?.before;
    menu.value = null;
    if (back && before instanceof HTMLElement) before.focus();
  };
  const act = (entry: Entry) => {
    close();
    entry.act();
  };
  const keys = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length]?.focus();
    else return;
    event.preventDefault();
  };
  const item = (entry: Entry) => (
    <button
      key={entry.label}
      type="button"
      role="menuitem"
      class={entry.dangerous ? "dangerous" : ""}
      onClick={() => act(entry)}
    >
      {entry.label}
    </button>
  );
  const reacted = open.reactions;
  return (
    <div class="menu" ref={box} role="menu" tabIndex={-1} aria-label={say("more-of-message")} onKeyDown={keys}>
      {reacted ? (
        // biome-ignore lint/a11y/useSemanticElements: a group inside a menu
        <div class="quick" role="group" aria-label={say("add-reaction")}>
          {REACTIONS.map((emoji) => (
            <button
              key={emoji}
              type="button"
              role="menuitem"
              aria-label={`${say("add-reaction")}: ${emoji}`}
              onClick={() =>
                act({
                  label: emoji,
                  act: () => void attempt(async () => replace(await api.react(person(), reacted.id, emoji, true))),
                })
              }
            >
              {emoji}
            </button>
          ))}
        </div>
      ) : null}
      {open.entries.map(item)}
      {/* biome-ignore lint/a11y/useSemanticElements: a group inside a menu */}
      <div role="group" aria-label={say("apps")} class="apps">
        <span class="title" aria-hidden="true">
          {say("apps")}
        </span>
        {open.apps === null ? <span class="faint">…</span> : open.apps.map(item)}
        {open.apps?.length === 0 ? <span class="faint">{say("no-apps")}</span> : null}
      </div>
    </div>
  );
}
