/** The messages of the open channel. Older ones come while one scrolls up; the place one reads stays where it is. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { plain } from "../markdown";
import type { Stretch } from "../store";
import { announcement, attempt, channel, latest, newer, notices, older, stretch, typing, view } from "../store";
import { say } from "../texts";
import type { Message } from "../wire";
import { ChannelType, MessageType } from "../wire";
import { MessageView, NoticeView } from "./message";

const TOGETHER = 7 * 60 * 1000;
/** Pixels from an end of what is loaded at which more is asked for. */
const NEAR = 600;
const STUCK = 40;
/** Milliseconds after a wheel, a finger or a key in which what scrolls is scrolled by the reader. */
const TOUCH = 1000;

function joins(one: Message, before: Message | undefined): boolean {
  if (!before || one.author.id !== before.author.id || one.only_for !== before.only_for) return false;
  if ([MessageType.REPLY, MessageType.COMMAND, MessageType.MENU_COMMAND].some((type) => type === one.type))
    return false;
  return before.type !== MessageType.PINNED && Date.parse(one.timestamp) - Date.parse(before.timestamp) < TOGETHER;
}

/** The first message that is seen, and how far below the top it begins. */
function anchor(box: HTMLElement): { id: string; top: number } | null {
  const top = box.getBoundingClientRect().top;
  for (const one of box.querySelectorAll<HTMLElement>("article[id]")) {
    const edges = one.getBoundingClientRect();
    if (edges.bottom > top) return { id: one.id, top: edges.top };
  }
  return null;
}

export function Messages() {
  const box = useRef<HTMLElement>(null);
  const stuck = useRef(true);
  const held = useRef<{ id: string; top: number } | null>(null);
  const before = useRef<Stretch | null>(null);
  const top = useRef(0);
  const touched = useRef(Number.NEGATIVE_INFINITY);
  const busy = useSignal(false);
  const shown = stretch.value;
  const here = channel.value;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !shown) return;
    if (before.current?.channel !== shown.channel) stuck.current = true;
    before.current = shown;
    if (stuck.current && shown.atEnd) {
      element.scrollTop = element.scrollHeight;
    } else if (held.current) {
      const moved = document.getElementById(held.current.id)?.getBoundingClientRect().top;
      if (moved !== undefined) element.scrollTop += moved - held.current.top;
    }
  });
  // Pictures that arrive, fonts, a window that changes: who reads the newest goes on reading the newest.
  useLayoutEffect(() => {
    const element = box.current;
    const inner = element?.firstElementChild;
    if (!element || !inner) return;
    const watch = new ResizeObserver(() => {
      if (stuck.current && stretch.value?.atEnd) element.scrollTop = element.scrollHeight;
    });
    watch.observe(inner);
    watch.observe(element);
    return () => watch.disconnect();
  }, [shown?.channel]);

  const load = async (more: () => Promise<void>) => {
    if (busy.value) return;
    busy.value = true;
    try {
      await more();
    } catch {
      // The feed tells that the stand-in is away; who scrolls again asks again.
    } finally {
      busy.value = false;
    }
  };
  const scrolled = () => {
    const element = box.current;
    if (!element || !shown) return;
    const left = element.scrollHeight - element.clientHeight - element.scrollTop;
    // What comes, goes or grows moves the end away; only who scrolls up leaves it.
    const moved = performance.now() - touched.current < TOUCH;
    if (left < STUCK) stuck.current = shown.atEnd;
    else if (moved && element.scrollTop < top.current) stuck.current = false;
    top.current = element.scrollTop;
    held.current = anchor(element);
    if (element.scrollTop < NEAR && !shown.atStart) void load(older);
    else if (left < NEAR && !shown.atEnd) void load(newer);
  };
  const touch = () => {
    touched.current = performance.now();
  };
  const keys = (event: KeyboardEvent) => {
    touch();
    if (!["ArrowUp", "ArrowDown"].includes(event.key) || event.target instanceof HTMLInputElement) return;
    const all = [...(box.current?.querySelectorAll<HTMLElement>("article") ?? [])];
    const at = all.findIndex((one) => one.contains(document.activeElement));
    const next = at < 0 ? all.at(-1) : all[at + (event.key === "ArrowUp" ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  if (!here) return null;
  const mine = notices.value.filter((one) => one.channel === here.id && one.source === null);
  const direct = here.type === ChannelType.DM;
  const name = direct ? (view.value?.application.name ?? "") : `#${here.name}`;
  return (
    <>
      <section
        ref={box}
        class="messages"
        aria-label={say("messages", { name })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who scrolls by keyboard has to get in here
        tabIndex={0}
        onScroll={scrolled}
        onKeyDown={keys}
        onWheel={touch}
        onTouchMove={touch}
        onPointerDown={() => {
          // A scroll bar is held as long as one likes.
          touched.current = Number.POSITIVE_INFINITY;
          window.addEventListener("pointerup", touch, { once: true });
        }}
      >
        <div class="stretch">
          {shown?.atStart ? (
            <div class="beginning">
              <h2>{name}</h2>
              <p>{say(direct ? "no-messages-direct" : "no-messages", { name })}</p>
            </div>
          ) : null}
          {shown && !shown.atStart ? (
            <button type="button" class="button secondary older" onClick={() => void load(older)}>
              {say("load-older")}
            </button>
          ) : null}
          {shown?.list.map((one, at) => (
            <MessageView key={one.id} of={one} joined={joins(one, shown.list[at - 1])} />
          ))}
          {mine.map((one) => (
            <NoticeView key={one.key} of={one} />
          ))}
        </div>
      </section>
      {shown && !shown.atEnd ? (
        <button
          type="button"
          class="to-present"
          onClick={() => {
            stuck.current = true;
            void attempt(latest);
          }}
        >
          {say("to-present")} ↓
        </button>
      ) : null}
      <p class="typing" aria-live="off">
        {typing.value[here.id] ? say("typing", { name: view.value?.application.name ?? "" }) : ""}
      </p>
      <p class="unseen" aria-live="polite">
        {plain(announcement.value)}
      </p>
    </>
  );
}
