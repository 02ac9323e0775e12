/** A form that a bot shows: fields of every kind, sent together. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import * as api from "../api";
import { accepts, misfit } from "../drafts";
import { Markdown } from "../markdown";
import type { OpenForm } from "../store";
import { channels, failure, form, guildOf, reason } from "../store";
import { say } from "../texts";
import type { Component } from "../wire";
import { ComponentType } from "../wire";
import { Dialog } from "./dialog";
import { preset, Select } from "./select";

type Answer = string | boolean | string[] | File[];
type Answers = Record<string, Answer>;

/** Names the elements that say more about a field, and that its answer is wrong. */
type Told = { "aria-describedby"?: string; "aria-invalid"?: true };

/** The fields of a form with what stands beside them. */
function fields(components: Component[]): { of: Component; label: string; description: string }[] {
  return components.flatMap((one) => {
    if (one.type === ComponentType.LABEL && one.component)
      return [{ of: one.component, label: one.label ?? "", description: one.description ?? "" }];
    return (one.components ?? []).map((inner) => ({ of: inner, label: inner.label ?? "", description: "" }));
  });
}

function beginning(of: Component): Answer {
  if (of.type === ComponentType.TEXT_INPUT) return of.value ?? "";
  if (of.type === ComponentType.CHECKBOX) return of.default ?? false;
  return of.type === ComponentType.FILE_UPLOAD ? [] : preset(of);
}

function Upload({
  of,
  label,
  told,
  given,
  put,
}: {
  of: Component;
  label: string;
  told: Told;
  given: File[];
  put: (files: File[]) => void;
}) {
  const most = of.max_values ?? 1;
  const trouble = useSignal("");
  const over = useSignal(false);
  const take = (list: Iterable<File>) => {
    const fresh = [...list];
    trouble.value = fresh.map((one) => misfit(one, of.file_types)).find(Boolean) ?? "";
    if (trouble.value) return;
    const all = most === 1 ? fresh.slice(-1) : [...given, ...fresh];
    if (all.length > most) trouble.value = say("too-many-files", { most });
    put(all.slice(0, most));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped beside the field as well
    <div
      class={over.value ? "upload over" : "upload"}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        take(event.dataTransfer?.files ?? []);
      }}
    >
      <input
        type="file"
        {...told}
        aria-label={label}
        multiple={most > 1}
        accept={accepts(of.file_types)}
        onChange={(event) => {
          take(event.currentTarget.files ?? []);
          event.currentTarget.value = "";
        }}
      />
      {given.length ? (
        <ul class="files">
          {given.map((one, at) => (
            <li key={at}>
              <span class="name">{one.name}</span>
              <button
                type="button"
                aria-label={say("remove", { name: one.name })}
                onClick={() => put(given.filter((_, known) => known !== at))}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {trouble.value ? (
        <p class="trouble" role="alert">
          {trouble.value}
        </p>
      ) : null}
    </div>
  );
}

function Options({
  of,
  label,
  told,
  given,
  put,
}: {
  of: Component;
  label: string;
  told: Told;
  given: string[];
  put: (values: string[]) => void;
}) {
  const group = useId();
  const one = of.type === ComponentType.RADIO;
  const most = of.max_values ?? of.options?.length ?? 1;
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles take a label
    <div role={one ? "radiogroup" : "group"} {...told} aria-label={label} class="ticks">
      {of.options?.map((option) => {
        const chosen = given.includes(option.value);
        const change = () => {
          if (one) put([option.value]);
          else if (chosen) put(given.filter((value) => value !== option.value));
          else if (given.length < most) put([...given, option.value]);
        };
        return (
          <label key={option.value}>
            <input type={one ? "radio" : "checkbox"} name={group} checked={chosen} onChange={change} />
            <span class="about">
              <span>{option.label}</span>
              {option.description ? <small>{option.description}</small> : null}
            </span>
          </label>
        );
      })}
    </div>
  );
}

interface FieldProps {
  of: Component;
  label: string;
  told: Told;
  given: Answer;
  put: (value: Answer) => void;
}

function Field({ of, label, told, given, put }: FieldProps) {
  if (of.type === ComponentType.TEXT_INPUT) {
    const shared = {
      ...told,
      value: String(given),
      placeholder: of.placeholder,
      "aria-label": label,
      maxLength: of.max_length ?? 4000,
      required: of.required ?? true,
      onInput: (event: Event) => put((event.currentTarget as HTMLInputElement).value),
    };
    return of.style === 2 ? <textarea rows={4} {...shared} /> : <input type="text" {...shared} />;
  }
  if (of.type === ComponentType.FILE_UPLOAD)
    return <Upload of={of} label={label} told={told} given={given as File[]} put={put} />;
  if (of.type === ComponentType.RADIO || of.type === ComponentType.CHECKBOXES)
    return <Options of={of} label={label} told={told} given={given as string[]} put={put} />;
  if (of.type === ComponentType.CHECKBOX)
    return <input type="checkbox" {...told} aria-label={label} checked={Boolean(given)} onChange={() => put(!given)} />;
  return <Select of={of} label={label} told={told} chosen={put} />;
}

function empty(answer: Answer | undefined): boolean {
  return answer === "" || (Array.isArray(answer) && answer.length === 0);
}

export function Form({ open }: { open: OpenForm }) {
  const modal = open.interaction.modal;
  const components = modal?.components ?? [];
  const asked = fields(components);
  const answers = useSignal<Answers>(Object.fromEntries(asked.map(({ of }) => [of.custom_id ?? "", beginning(of)])));
  const problems = useSignal<Record<string, string>>({});
  const trouble = useSignal("");
  const sending = useSignal(false);
  const prefix = useId();
  if (!modal) return null;
  const close = () => {
    form.value = null;
  };
  const send = async () => {
    const missing = asked.filter(({ of }) => (of.required ?? true) && empty(answers.value[of.custom_id ?? ""]));
    problems.value = Object.fromEntries(missing.map(({ of }) => [of.custom_id ?? "", say("required")]));
    if (missing.length || sending.value) return;
    sending.value = true;
    trouble.value = "";
    try {
      const values: Record<string, unknown> = { ...answers.value };
      const where = guildOf(channels.value.find((one) => one.id === open.interaction.channel_id) ?? null)?.id ?? null;
      for (const { of } of asked)
        if (of.type === ComponentType.FILE_UPLOAD) {
          const files = answers.value[of.custom_id ?? ""] as File[];
          values[of.custom_id ?? ""] = await Promise.all(
            files.map((file) => api.upload(open.person, where, file, () => undefined)),
          );
        }
      const settled = await api.submit(open.person, open.interaction.interaction_id, values);
      if (settled.state === "failed") trouble.value = failure(settled);
      else if (form.value === open) close();
    } catch (error) {
      if (error instanceof api.Refused) problems.value = error.problems;
      if (Object.keys(problems.value).length === 0) trouble.value = reason(error);
    } finally {
      sending.value = false;
    }
  };
  let next = 0;
  return (
    <Dialog label={modal.title} kind="form" close={close}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <header>
          <h2>{modal.title}</h2>
          <button type="button" class="plain" aria-label={say("close")} onClick={close}>
            ✕
          </button>
        </header>
        <div class="fields">
          {components.map((one, at) => {
            if (one.type === ComponentType.TEXT_DISPLAY) return <Markdown key={at} text={one.content ?? ""} />;
            const field = asked[next];
            next += 1;
            if (!field) return null;
            const id = field.of.custom_id ?? "";
            const [about, wrong] = [`${prefix}-about-${at}`, `${prefix}-wrong-${at}`];
            const problem = problems.value[id];
            const named = [field.description ? about : "", problem ? wrong : ""].filter(Boolean).join(" ");
            const told: Told = {
              ...(named ? { "aria-describedby": named } : {}),
              ...(problem ? { "aria-invalid": true } : {}),
            };
            return (
              <div key={id} class="field">
                <span class="label" aria-hidden="true">
                  {field.label}
                  {(field.of.required ?? true) && field.of.type !== ComponentType.CHECKBOX ? (
                    <span class="star"> *</span>
                  ) : null}
                </span>
                {field.description ? <small id={about}>{field.description}</small> : null}
                <Field
                  of={field.of}
                  label={field.label}
                  told={told}
                  given={answers.value[id] ?? ""}
                  put={(value) => {
                    answers.value = { ...answers.value, [id]: value };
                  }}
                />
                {problem ? (
                  <p id={wrong} class="trouble" role="alert">
                    {problem}
                  </p>
                ) : null}
              </div>
            );
          })}
          {trouble.value ? (
            <p class="trouble" role="alert">
              {trouble.value}
            </p>
          ) : null}
        </div>
        <footer>
          <button type="button" class="button secondary" onClick={close}>
            {say("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={sending.value} aria-busy={sending.value}>
            {say("submit")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
