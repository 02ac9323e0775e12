/** A command that is being filled in: its options as fields, with choices and what the bot offers. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Draft } from "../drafts";
import { about, accepts, choicesOf, complete, draft as current, fill, hide, label, show, use } from "../drafts";
import { say } from "../texts";
import type { Choice, Option } from "../wire";
import { OptionType } from "../wire";

const ASKED = new Set<number>([OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER]);

interface FieldProps {
  option: Option;
  draft: Draft;
  finish: () => void;
}

function File({ option, draft }: FieldProps) {
  const chooser = useRef<HTMLInputElement>(null);
  const file = draft.filled[option.name]?.file;
  return (
    <>
      <input
        ref={chooser}
        type="file"
        hidden
        accept={accepts(option.file_types)}
        onChange={(event) => {
          const [one] = event.currentTarget.files ?? [];
          if (one) fill(option.name, { text: one.name, file: one });
          event.currentTarget.value = "";
        }}
      />
      <button type="button" class="choose" data-option={option.name} onClick={() => chooser.current?.click()}>
        {file ? file.name : say("add-file")}
      </button>
    </>
  );
}

function Text({ option, draft, finish }: FieldProps) {
  const given = draft.filled[option.name];
  const offered = useSignal<Choice[]>([]);
  const trouble = useSignal("");
  const isOpen = useSignal(false);
  const active = useSignal(0);
  /** A question is on its way: what is offered is for what was typed before. */
  const asking = useSignal(false);
  const newest = useRef<string | null>(null);
  const list = useId();
  const closed = choicesOf(option);
  const typed = given?.text ?? "";
  const picked = given?.value !== undefined;
  const wanted = picked ? "" : typed.toLowerCase();
  const shown = (closed ?? offered.value)
    .filter((one) => !closed || label(one).toLowerCase().includes(wanted))
    .slice(0, 25);
  const popup = isOpen.value && (closed !== null || option.autocomplete);

  /** One question at a time; whoever types on is asked for the newest text when that is answered. */
  const ask = async (value: string) => {
    newest.current = value;
    if (asking.value || !option.autocomplete) return;
    asking.value = true;
    while (newest.current !== null) {
      const now = newest.current;
      newest.current = null;
      try {
        const found = await complete(option, now);
        if (newest.current === null) {
          offered.value = found;
          trouble.value = "";
        }
      } catch {
        offered.value = [];
        trouble.value = say("options-failed");
      }
    }
    asking.value = false;
  };
  const begin = () => {
    isOpen.value = true;
    active.value = 0;
    void ask(picked ? "" : typed);
  };
  const pick = (one: Choice) => {
    fill(option.name, { text: label(one), value: one.value });
    isOpen.value = false;
  };
  useEffect(() => {
    document.getElementById(`${list}-${active.value}`)?.scrollIntoView({ block: "nearest" });
  }, [active.value]);
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const one = shown[active.value];
    if (popup && event.key === "ArrowDown") active.value = Math.min(active.value + 1, shown.length - 1);
    else if (popup && event.key === "ArrowUp") active.value = Math.max(active.value - 1, 0);
    else if (!popup && event.key === "ArrowDown") begin();
    else if (popup && event.key === "Enter" && asking.value) return event.preventDefault();
    else if (popup && event.key === "Enter" && one) pick(one);
    else if (popup && event.key === "Escape") isOpen.value = false;
    else if (event.key === "Enter") finish();
    else if (event.key === "Backspace" && typed === "") hide(option.name);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const problem = draft.problems[option.name];
  return (
    <>
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: those of a combobox where it is one */}
      <input
        type="text"
        role={closed || option.autocomplete ? "combobox" : undefined}
        data-option={option.name}
        inputMode={option.type === OptionType.STRING || closed ? "text" : "decimal"}
        maxLength={ASKED.has(option.type) ? option.max_length : undefined}
        value={typed}
        aria-label={label(option)}
        aria-description={about(option)}
        aria-required={option.required}
        aria-invalid={problem !== undefined}
        aria-expanded={closed || option.autocomplete ? popup : undefined}
        aria-controls={popup ? list : undefined}
        aria-activedescendant={popup && shown.length ? `${list}-${active.value}` : undefined}
        autocomplete="off"
        onFocus={begin}
        onBlur={() => {
          isOpen.value = false;
        }}
        onInput={(event) => {
          const value = event.currentTarget.value;
          fill(option.name, value === "" ? null : { text: value });
          isOpen.value = true;
          active.value = 0;
          void ask(value);
        }}
        onKeyDown={keys}
      />
      {popup ? (
        <div class="popup above" id={list} role="listbox" aria-label={label(option)}>
          <p class="faint">{about(option)}</p>
          {shown.map((one, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the text field's
            <div
              key={String(one.value)}
              id={`${list}-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === active.value}
              class={at === active.value ? "active" : ""}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => pick(one)}
            >
              {label(one)}
            </div>
          ))}
          {shown.length ? null : (
            <p class="faint">{trouble.value || say(asking.value ? "loading-options" : "no-options")}</p>
          )}
        </div>
      ) : null}
    </>
  );
}

const field = (name: string) => `[data-option="${CSS.escape(name)}"]`;

export function CommandForm({ draft, done }: { draft: Draft; done: () => void }) {
  const { usable } = draft;
  const left = usable.options.filter((one) => !draft.active.includes(one.name));
  const shown = draft.active.flatMap((name) => usable.options.filter((one) => one.name === name));
  const box = useRef<HTMLFormElement>(null);
  /** The option that gets the focus with the next drawing: at once, or the next key would be lost. */
  const wanted = useRef<string | null>(null);
  const finish = () => {
    void use();
    if (current.value === null) done();
    else wanted.current = Object.keys(current.value.problems)[0] ?? null;
  };
  useLayoutEffect(() => {
    const first = shown[0];
    box.current?.querySelector<HTMLElement>(first ? field(first.name) : ".send")?.focus();
  }, [usable]);
  useLayoutEffect(() => {
    if (wanted.current !== null) box.current?.querySelector<HTMLElement>(field(wanted.current))?.focus();
    wanted.current = null;
  });
  const cancel = () => {
    current.value = null;
    done();
  };
  const trouble = Object.entries(draft.problems);
  return (
    <form
      ref={box}
      class="command"
      aria-label={`/${usable.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        finish();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") cancel();
      }}
    >
      {trouble.map(([name, problem]) => (
        <p key={name} class="trouble" role="alert">
          {problem}
        </p>
      ))}
      <div class="line">
        <button type="button" class="plain" aria-label={say("cancel")} onClick={cancel}>
          ✕
        </button>
        <div class="fields">
          <strong class="name">/{usable.name}</strong>
          {shown.map((option) => (
            <span key={option.name} class={`field${draft.problems[option.name] ? " wrong" : ""}`}>
              <span class="label" aria-hidden="true">
                {label(option)}
              </span>
              {option.type === OptionType.ATTACHMENT ? (
                <File option={option} draft={draft} finish={finish} />
              ) : (
                <Text option={option} draft={draft} finish={finish} />
              )}
              {option.required ? null : (
                <button
                  type="button"
                  class="plain"
                  aria-label={say("remove", { name: label(option) })}
                  onClick={() => {
                    wanted.current = draft.active.find((name) => name !== option.name) ?? null;
                    hide(option.name);
                  }}
                >
                  ✕
                </button>
              )}
            </span>
          ))}
        </div>
        <button type="submit" class="plain send" aria-label={say("send")}>
          ➤
        </button>
      </div>
      {left.length ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that is seen
        <div class="rest" role="group" aria-label={say("more-options", { count: left.length })}>
          {left.map((option) => (
            <button
              key={option.name}
              type="button"
              title={about(option)}
              onClick={() => {
                wanted.current = option.name;
                show(option.name);
              }}
            >
              +{label(option)}
            </button>
          ))}
        </div>
      ) : null}
    </form>
  );
}
