/** A select of a message or a form: texts, people, roles or channels, one or several. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { channels, guild, view } from "../store";
import { say } from "../texts";
import type { Component, SelectOption } from "../wire";
import { ComponentType } from "../wire";
import { EmojiName } from "./components";

/** What there is to choose from. */
export function choices(of: Component): SelectOption[] {
  const here = guild.value;
  const people = here?.members.map((one) => ({ label: one.name, value: one.id })) ?? [
    { label: view.value?.person.name ?? "", value: view.value?.person.id ?? "" },
    { label: view.value?.application.name ?? "", value: view.value?.application.id ?? "" },
  ];
  const roles = here?.roles.map((one) => ({ label: one.name, value: one.id })) ?? [];
  switch (of.type) {
    case ComponentType.USER_SELECT:
      return people;
    case ComponentType.ROLE_SELECT:
      return roles;
    case ComponentType.MENTIONABLE_SELECT:
      return [...people, ...roles];
    case ComponentType.CHANNEL_SELECT:
      return channels.value
        .filter((one) => one.guild_id === (here?.id ?? null))
        .filter((one) => !of.channel_types?.length || of.channel_types.includes(one.type))
        .map((one) => ({ label: `#${one.name}`, value: one.id }));
    default:
      return of.options ?? [];
  }
}

export function preset(of: Component): string[] {
  const listed = of.options?.filter((one) => one.default).map((one) => one.value) ?? [];
  return listed.length ? listed : (of.default_values?.map((one) => one.id) ?? []);
}

interface Props {
  of: Component;
  label: string;
  disabled?: boolean;
  /** ARIA's, for what says more about it. */
  told?: Record<string, string | true>;
  chosen: (values: string[]) => void;
}

export function Select({ of, label, disabled = false, told = {}, chosen }: Props) {
  const least = of.min_values ?? 1;
  const most = of.max_values ?? 1;
  const given = preset(of).join("\n");
  const values = useSignal<string[]>(preset(of));
  const isOpen = useSignal(false);
  const filter = useSignal("");
  const active = useSignal(0);
  const box = useRef<HTMLDivElement>(null);
  const list = useId();
  // An edit of the message may choose anew.
  useEffect(() => {
    values.value = given ? given.split("\n") : [];
  }, [given]);
  const all = choices(of);
  const wanted = filter.value.toLowerCase();
  const shown = all.filter((one) => one.label.toLowerCase().includes(wanted));
  const taken = all.filter((one) => values.value.includes(one.value));
  const searches = all.length > 8;

  const finish = (back = true) => {
    if (!isOpen.value) return;
    isOpen.value = false;
    filter.value = "";
    const changed = values.value.join("\n") !== given;
    if (most > 1 && changed && values.value.length >= least) chosen(values.value);
    if (back) box.current?.querySelector<HTMLElement>(".opener")?.focus();
  };
  const take = (one: SelectOption) => {
    if (most === 1) {
      values.value = values.value.includes(one.value) && least === 0 ? [] : [one.value];
      isOpen.value = false;
      chosen(values.value);
      box.current?.querySelector<HTMLElement>(".opener")?.focus();
    } else if (values.value.includes(one.value)) values.value = values.value.filter((known) => known !== one.value);
    else if (values.value.length < most) values.value = [...values.value, one.value];
  };
  const keys = (event: KeyboardEvent) => {
    const one = shown[active.value];
    if (!isOpen.value) {
      if (["ArrowDown", "ArrowUp"].includes(event.key)) {
        event.preventDefault();
        isOpen.value = true;
      }
      return;
    }
    if (event.key === "ArrowDown") active.value = Math.min(active.value + 1, shown.length - 1);
    else if (event.key === "ArrowUp") active.value = Math.max(active.value - 1, 0);
    else if (event.key === "Enter" || (event.key === " " && !searches)) {
      if (one) take(one);
    } else if (event.key === "Escape") finish();
    else if (event.key === "Tab") {
      finish(false);
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  useLayoutEffect(() => {
    if (!isOpen.value) return;
    active.value = Math.max(
      0,
      shown.findIndex((one) => values.value.includes(one.value)),
    );
    box.current?.querySelector<HTMLElement>("input")?.focus();
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as globalThis.Node)) finish(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isOpen.value]);
  useEffect(() => {
    document.getElementById(`${list}-${active.value}`)?.scrollIntoView({ block: "nearest" });
  }, [active.value]);

  const text = taken.length ? taken.map((one) => one.label).join(", ") : (of.placeholder ?? say("choose"));
  const pointing = isOpen.value && shown.length ? { "aria-activedescendant": `${list}-${active.value}` } : {};
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the combobox inside
    <div class="select" ref={box} onKeyDown={keys}>
      <button
        type="button"
        class="opener"
        role="combobox"
        {...told}
        aria-label={taken.length ? `${label}: ${text}` : label}
        aria-haspopup="listbox"
        aria-expanded={isOpen.value}
        aria-controls={list}
        disabled={disabled || of.disabled}
        onClick={() => {
          if (isOpen.value) finish();
          else isOpen.value = true;
        }}
        {...(searches ? {} : pointing)}
      >
        <span class={taken.length ? "text" : "text faint"}>{text}</span>
        <span aria-hidden="true">▾</span>
      </button>
      {isOpen.value ? (
        <div class="popup">
          {searches ? (
            <input
              type="text"
              role="combobox"
              aria-label={label}
              aria-expanded="true"
              aria-controls={list}
              value={filter.value}
              onInput={(event) => {
                filter.value = event.currentTarget.value;
                active.value = 0;
              }}
              {...pointing}
            />
          ) : null}
          <div class="options" id={list} role="listbox" aria-label={label} aria-multiselectable={most > 1}>
            {shown.map((one, at) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the combobox's
              <div
                key={one.value}
                id={`${list}-${at}`}
                role="option"
                tabIndex={-1}
                aria-selected={values.value.includes(one.value)}
                class={at === active.value ? "active" : ""}
                onClick={() => take(one)}
                onPointerMove={() => {
                  active.value = at;
                }}
              >
                <EmojiName of={one.emoji} />
                <span class="about">
                  <span>{one.label}</span>
                  {one.description ? <small>{one.description}</small> : null}
                </span>
                {values.value.includes(one.value) ? <span aria-hidden="true">✓</span> : null}
              </div>
            ))}
            {shown.length ? null : <p class="faint">{say("no-options")}</p>}
          </div>
          {most > 1 ? (
            <footer>
              <small>
                {say("choose-up-to", { most })} · {say("chosen", { count: values.value.length })}
              </small>
              <button
                type="button"
                class="button primary"
                disabled={values.value.length < least}
                onClick={() => finish()}
              >
                {say("done")}
              </button>
            </footer>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
