/** What bots put into messages: rows of buttons, selects, sections, galleries, files, containers. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, CSSProperties } from "preact";
import * as api from "../api";
import { Markdown, Spoiler, safe } from "../markdown";
import { interact, notices, person } from "../store";
import { say } from "../texts";
import type { Component, Emoji, Message } from "../wire";
import { ComponentType } from "../wire";
import { FileRow, Gallery, nameOf, Thumbnail } from "./media";
import { Select } from "./select";

const STYLES = ["", "primary", "secondary", "success", "danger", "link", "premium"];

export function EmojiName({ of }: { of: Emoji | undefined }) {
  if (!of?.name) return null;
  return (
    <span class="emoji" aria-hidden="true">
      {of.id ? `:${of.name}:` : of.name}
    </span>
  );
}

function Button({ of, message }: { of: Component; message: Message }) {
  const waiting = useSignal(false);
  const style = `button ${STYLES[of.style ?? 2] ?? "secondary"}`;
  const label = (
    <>
      <EmojiName of={of.emoji} />
      {of.label}
    </>
  );
  const url = safe(of.url);
  if (of.url) {
    return (
      <a
        class={style}
        {...(of.disabled || url === null ? {} : { href: url })}
        target="_blank"
        rel="noreferrer noopener"
      >
        {label} <span aria-hidden="true">↗</span>
        <span class="unseen">{say("opens-elsewhere")}</span>
      </a>
    );
  }
  const press = async () => {
    waiting.value = true;
    await interact(() => api.press(person(), message.id, of.custom_id ?? ""), of.label ?? "", message.id);
    waiting.value = false;
  };
  const name = of.label ? undefined : (of.emoji?.name ?? of.custom_id);
  return (
    <button
      type="button"
      class={style}
      disabled={of.disabled || waiting.value || !of.custom_id}
      aria-busy={waiting.value}
      aria-label={name}
      onClick={press}
    >
      {label}
    </button>
  );
}

function MessageSelect({ of, message }: { of: Component; message: Message }) {
  const waiting = useSignal(false);
  const chosen = async (values: string[]) => {
    waiting.value = true;
    const title = of.placeholder ?? "";
    await interact(() => api.press(person(), message.id, of.custom_id ?? "", values), title, message.id);
    waiting.value = false;
  };
  return <Select of={of} label={of.placeholder ?? say("choose")} disabled={waiting.value} chosen={chosen} />;
}

function Container({ of, children }: { of: Component; children: ComponentChildren }) {
  const colour = of.accent_color;
  const style: CSSProperties =
    colour == null ? {} : { borderInlineStartColor: `#${colour.toString(16).padStart(6, "0")}` };
  const inside = (
    <div class={colour == null ? "container" : "container accented"} style={style}>
      {children}
    </div>
  );
  return of.spoiler ? <Spoiler block>{inside}</Spoiler> : inside;
}

function One({ of, message }: { of: Component; message: Message }) {
  switch (of.type) {
    case ComponentType.ROW:
      return (
        <div class="row">
          <Components list={of.components ?? []} message={message} />
        </div>
      );
    case ComponentType.BUTTON:
      return <Button of={of} message={message} />;
    case ComponentType.STRING_SELECT:
    case ComponentType.USER_SELECT:
    case ComponentType.ROLE_SELECT:
    case ComponentType.MENTIONABLE_SELECT:
    case ComponentType.CHANNEL_SELECT:
      return <MessageSelect of={of} message={message} />;
    case ComponentType.SECTION:
      return (
        <div class="section">
          <div>
            <Components list={of.components ?? []} message={message} />
          </div>
          {of.accessory ? <One of={of.accessory} message={message} /> : null}
        </div>
      );
    case ComponentType.TEXT_DISPLAY:
      return <Markdown text={of.content ?? ""} />;
    case ComponentType.THUMBNAIL:
      return of.media ? (
        <Thumbnail media={of.media} description={of.description ?? null} spoiler={of.spoiler ?? false} />
      ) : null;
    case ComponentType.GALLERY:
      return <Gallery items={of.items ?? []} />;
    case ComponentType.FILE: {
      const url = of.file?.url ?? "";
      const row = <FileRow url={url} name={of.name ?? nameOf(url)} bytes={of.size ?? null} />;
      return of.spoiler ? <Spoiler block>{row}</Spoiler> : row;
    }
    case ComponentType.SEPARATOR:
      return of.divider === false ? (
        <div class={`gap space-${of.spacing ?? 1}`} />
      ) : (
        <hr class={`space-${of.spacing ?? 1}`} />
      );
    case ComponentType.CONTAINER:
      return (
        <Container of={of}>
          <Components list={of.components ?? []} message={message} />
        </Container>
      );
    default:
      return null;
  }
}

export function Components({ list, message }: { list: Component[]; message: Message }) {
  return (
    <>
      {list.map((one, at) => (
        <One key={one.custom_id ?? `${one.type}-${at}`} of={one} message={message} />
      ))}
    </>
  );
}

/** Below a message whose button or select was used: what became of it. */
export function Trouble({ message }: { message: Message }) {
  const mine = notices.value.filter((one) => one.source === message.id && !one.waiting && one.text);
  return (
    <>
      {mine.map((one) => (
        <p key={one.key} class="trouble" role="alert">
          {one.text}
        </p>
      ))}
    </>
  );
}
