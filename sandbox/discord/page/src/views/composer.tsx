/** Where one writes: a message with its files, or a command. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Usable } from "../drafts";
import { begin, commands, draft, offered, send, take, text, turnTo, waiting } from "../drafts";
import { size } from "../format";
import { channel, guild, may, person, replyTo, silenced, toast, view } from "../store";
import { say } from "../texts";
import { ChannelType } from "../wire";
import { CommandForm } from "./command";
import { nameOf } from "./message";

function Picker({
  list,
  active,
  id,
  pick,
}: {
  list: Usable[];
  active: number;
  id: string;
  pick: (one: Usable) => void;
}) {
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div class="popup above picker" id={id} role="listbox" aria-label={say("commands")}>
      {list.map((one, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the text field's
        <div
          key={`${one.command.id} ${one.path.join(" ")}`}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          class={at === active ? "active" : ""}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => pick(one)}
        >
          <span class="about">
            <span>/{one.name}</span>
            <small>{one.description}</small>
          </span>
          <small class="faint">{view.value?.application.name}</small>
        </div>
      ))}
      {list.length ? null : <p class="faint">{say("no-commands")}</p>}
    </div>
  );
}

function Files() {
  if (!waiting.value.length) return null;
  return (
    <ul class="files">
      {waiting.value.map((one) => (
        <li key={one.key}>
          <span class="name">{one.file.name}</span> <small>{size(one.file.size)}</small>
          {one.progress > 0 ? <progress max={1} value={one.progress} aria-label={one.file.name} /> : null}
          <button
            type="button"
            aria-label={say("remove", { name: one.file.name })}
            onClick={() => {
              waiting.value = waiting.value.filter((known) => known.key !== one.key);
            }}
          >
            ✕
          </button>
        </li>
      ))}
    </ul>
  );
}

function taken(files: Iterable<File>): void {
  const trouble = take(files);
  if (trouble) toast.value = trouble;
}

export function Composer() {
  const here = channel.value;
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  /** Somebody is done with a command: what is written next is a message. */
  const back = useRef(false);
  const active = useSignal(0);
  const closed = useSignal(false);
  const over = useSignal(false);
  const list = useId();
  const wanted = useComputed(() => (/^\/[^\n]*$/.test(text.value) ? text.value.slice(1).toLowerCase() : null));
  const found = useComputed(() => {
    const typed = wanted.value;
    if (typed === null) return [];
    const starts = commands.value.filter((one) => one.name.startsWith(typed) || one.command.name.startsWith(typed));
    const holds = commands.value.filter((one) => !starts.includes(one) && one.name.includes(typed));
    return [...starts, ...holds];
  });
  // At once, or a key that is pressed now would stand in the channel that was left.
  useLayoutEffect(() => {
    turnTo(person(), here?.id ?? "");
    void offered();
  }, [here?.id, view.value?.person.id]);
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, 240)}px`;
  }, [text.value, draft.value]);
  useLayoutEffect(() => {
    if (draft.value === null && back.current) field.current?.focus();
    back.current = false;
  }, [draft.value]);
  // Files that are dropped or pasted anywhere in the page are for what is being written.
  useEffect(() => {
    const holds = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const inDialog = () => document.querySelector("dialog[open]") !== null;
    const dragged = (event: DragEvent) => {
      if (!holds(event) || inDialog()) return;
      event.preventDefault();
      over.value = true;
    };
    const left = (event: DragEvent) => {
      if (event.relatedTarget === null) over.value = false;
    };
    const dropped = (event: DragEvent) => {
      over.value = false;
      if (!holds(event) || inDialog()) return;
      event.preventDefault();
      taken(event.dataTransfer?.files ?? []);
    };
    const pasted = (event: ClipboardEvent) => {
      const files = event.clipboardData?.files;
      if (!files?.length || inDialog()) return;
      event.preventDefault();
      taken(files);
    };
    // Whoever types while nothing else is written to writes here.
    const pressed = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      const own = at.closest("input, textarea, dialog, [role=menu], [role=combobox], video, audio") !== null;
      const writes = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (writes && !own) field.current?.focus();
    };
    document.addEventListener("keydown", pressed);
    document.addEventListener("dragover", dragged);
    document.addEventListener("dragleave", left);
    document.addEventListener("drop", dropped);
    document.addEventListener("paste", pasted);
    return () => {
      document.removeEventListener("keydown", pressed);
      document.removeEventListener("dragover", dragged);
      document.removeEventListener("dragleave", left);
      document.removeEventListener("drop", dropped);
      document.removeEventListener("paste", pasted);
    };
  }, []);
  if (!here) return null;
  const why = silenced(here);
  if (why) return <p class="composer silenced">{why}</p>;
  const name = here.type === ChannelType.DM ? `@${view.value?.application.name}` : `#${here.name}`;
  const picking = wanted.value !== null && !closed.value && commands.value.length > 0;

  const pick = (one: Usable) => begin(one);
  const write = () => {
    send();
    field.current?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const one = found.value[active.value];
    if (picking && event.key === "ArrowDown") active.value = Math.min(active.value + 1, found.value.length - 1);
    else if (picking && event.key === "ArrowUp") active.value = Math.max(active.value - 1, 0);
    else if (picking && (event.key === "Enter" || event.key === "Tab") && one) pick(one);
    else if (picking && event.key === "Escape") closed.value = true;
    else if (event.key === "Escape" && replyTo.value) replyTo.value = null;
    else if (event.key === "Enter" && !event.shiftKey) write();
    else return;
    event.preventDefault();
  };
  const typed = (value: string) => {
    if (value.startsWith("/") && !text.value.startsWith("/")) void offered();
    text.value = value;
    active.value = 0;
    closed.value = false;
    const named = found.value.filter((one) => value === `/${one.name} `);
    if (named.length === 1 && named[0]) pick(named[0]);
  };
  return (
    <div class={over.value ? "composer over" : "composer"} ref={box}>
      {over.value ? <p class="drop">{say("drop-files")}</p> : null}
      {replyTo.value ? (
        <p class="replying">
          {say("replying-to", { name: nameOf(replyTo.value) })}
          <button
            type="button"
            aria-label={say("cancel")}
            onClick={() => {
              replyTo.value = null;
            }}
          >
            ✕
          </button>
        </p>
      ) : null}
      {draft.value ? (
        <CommandForm draft={draft.value} done={() => (back.current = true)} />
      ) : (
        <>
          <Files />
          {picking ? <Picker list={found.value} active={active.value} id={list} pick={pick} /> : null}
          <div class="line">
            <input
              ref={chooser}
              type="file"
              multiple
              hidden
              onChange={(event) => {
                taken(event.currentTarget.files ?? []);
                event.currentTarget.value = "";
              }}
            />
            {may(here, "ATTACH_FILES") || !guild.value ? (
              <button
                type="button"
                class="plain"
                aria-label={say("attach-files")}
                onClick={() => chooser.current?.click()}
              >
                +
              </button>
            ) : null}
            <textarea
              ref={field}
              rows={1}
              value={text.value}
              maxLength={2000}
              placeholder={say("message-hint", { name })}
              aria-label={say("message-in", { name })}
              aria-autocomplete="list"
              aria-controls={picking ? list : undefined}
              aria-activedescendant={picking && found.value.length ? `${list}-${active.value}` : undefined}
              onInput={(event) => typed(event.currentTarget.value)}
              onKeyDown={keys}
            />
            <button type="button" class="plain" aria-label={say("send")} onClick={write}>
              ➤
            </button>
          </div>
        </>
      )}
    </div>
  );
}
