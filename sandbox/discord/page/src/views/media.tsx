/** Pictures, films, sounds and other files; a picture opens large. */
import { signal } from "@preact/signals";
import type { CSSProperties } from "preact";
import { size } from "../format";
import { Spoiler } from "../markdown";
import { say } from "../texts";
import type { Attachment, Component, Media } from "../wire";
import { AttachmentFlag } from "../wire";
import { Dialog } from "./dialog";

interface Shown {
  url: string;
  name: string;
  description: string | null;
}

/** The pictures that are open, and which of them is seen. */
const lightbox = signal<{ pictures: Shown[]; at: number } | null>(null);

const WIDEST = 550;
const HIGHEST = 350;
const PICTURE = /\.(png|gif|jpe?g|webp|avif)$/i;
const FILM = /\.(mp4|webm|mov)$/i;
const SOUND = /\.(mp3|m4a|wav|ogg|opus|flac)$/i;

export function nameOf(url: string): string {
  try {
    return decodeURIComponent(new URL(url, location.href).pathname.split("/").at(-1) ?? "");
  } catch {
    return url;
  }
}

function kindOf(media: { url: string; content_type?: string }): "image" | "video" | "audio" | "file" {
  const type = media.content_type ?? "";
  const name = nameOf(media.url);
  if (type.startsWith("image/") && !type.includes("svg")) return "image";
  if (type.startsWith("video/")) return "video";
  if (type.startsWith("audio/")) return "audio";
  if (type) return "file";
  return PICTURE.test(name) ? "image" : FILM.test(name) ? "video" : SOUND.test(name) ? "audio" : "file";
}

/** Room for a picture before it is there, so that nothing jumps. */
function room(media: { width?: number; height?: number }): CSSProperties {
  if (!media.width || !media.height) return { maxWidth: `${WIDEST}px`, maxHeight: `${HIGHEST}px` };
  const scale = Math.min(1, WIDEST / media.width, HIGHEST / media.height);
  return { width: `${Math.round(media.width * scale)}px`, aspectRatio: `${media.width} / ${media.height}` };
}

function Picture({ of, all, style }: { of: Shown; all: Shown[]; style?: CSSProperties | undefined }) {
  const open = () => {
    lightbox.value = { pictures: all, at: all.indexOf(of) };
  };
  return (
    <button
      type="button"
      class="picture"
      style={style}
      aria-label={say("open-picture", { name: of.description || of.name })}
      onClick={open}
    >
      <img src={of.url} alt={of.description ?? ""} loading="lazy" decoding="async" />
    </button>
  );
}

function Film({ url, name, style }: { url: string; name: string; style?: CSSProperties | undefined }) {
  // biome-ignore lint/a11y/useMediaCaption: a film that somebody posted has no captions
  return <video controls preload="metadata" playsInline src={url} aria-label={name} style={style} />;
}

export function FileRow({ url, name, bytes }: { url: string; name: string; bytes: number | null }) {
  return (
    <div class="file">
      <span class="icon" aria-hidden="true">
        📄
      </span>
      <span class="about">
        <span class="name">{name}</span>
        {bytes === null ? null : <small>{size(bytes)}</small>}
      </span>
      <a class="download" href={url} download={name} aria-label={say("download", { name })}>
        ⬇
      </a>
    </div>
  );
}

export function Attachments({ list }: { list: Attachment[] }) {
  const images = list.filter((one) => kindOf(one) === "image");
  const pictures = images.map((one) => ({ url: one.url, name: one.filename, description: one.description ?? null }));
  const together = pictures.length > 1;
  const shapes = new Set(images.map((one) => (one.width ?? 1) / (one.height ?? 1)));
  // Two or four of one shape are seen whole, unless they are high.
  const whole = shapes.size === 1 && [2, 4].includes(images.length);
  const tile: CSSProperties | undefined = whole ? { aspectRatio: String(Math.max(1, ...shapes)) } : undefined;
  const shown = (one: Attachment) => {
    const kind = kindOf(one);
    const picture = pictures.find((entry) => entry.url === one.url);
    const inside =
      kind === "image" && picture ? (
        <Picture of={picture} all={pictures} style={together ? tile : room(one)} />
      ) : kind === "video" ? (
        <Film url={one.url} name={one.filename} style={room(one)} />
      ) : kind === "audio" ? (
        // biome-ignore lint/a11y/useMediaCaption: a sound that somebody posted has no captions
        <audio controls preload="metadata" src={one.url} aria-label={one.filename} />
      ) : (
        <FileRow url={one.url} name={one.filename} bytes={one.size} />
      );
    const covered = ((one.flags ?? 0) & AttachmentFlag.SPOILER) !== 0;
    return (
      <div key={one.id} class="item">
        {covered ? <Spoiler block>{inside}</Spoiler> : inside}
      </div>
    );
  };
  return (
    <div class="attachments">
      {together ? <div class={`gallery of-${pictures.length}`}>{images.map(shown)}</div> : null}
      {list.filter((one) => !together || !images.includes(one)).map(shown)}
    </div>
  );
}

export function Gallery({ items }: { items: NonNullable<Component["items"]> }) {
  const pictures = items
    .filter((one) => kindOf(one.media) === "image")
    .map((one) => ({ url: one.media.url, name: nameOf(one.media.url), description: one.description }));
  const alone = items.length === 1 ? room(items[0]?.media ?? {}) : undefined;
  return (
    <div class={`gallery of-${Math.min(items.length, 10)}`}>
      {items.map((one, at) => {
        const picture = pictures.find((entry) => entry.url === one.media.url);
        const inside =
          kindOf(one.media) === "video" ? (
            <Film url={one.media.url} name={one.description || nameOf(one.media.url)} style={alone} />
          ) : picture ? (
            <Picture of={picture} all={pictures} style={alone} />
          ) : (
            <FileRow url={one.media.url} name={nameOf(one.media.url)} bytes={null} />
          );
        return (
          <div key={at} class="item">
            {one.spoiler ? <Spoiler block>{inside}</Spoiler> : inside}
          </div>
        );
      })}
    </div>
  );
}

export function Thumbnail({
  media,
  description,
  spoiler,
}: {
  media: Media;
  description: string | null;
  spoiler: boolean;
}) {
  const one = { url: media.url, name: nameOf(media.url), description };
  const picture = <Picture of={one} all={[one]} />;
  return <div class="thumbnail">{spoiler ? <Spoiler block>{picture}</Spoiler> : picture}</div>;
}

export function Lightbox() {
  const open = lightbox.value;
  const picture = open?.pictures[open.at];
  if (!open || !picture) return null;
  const close = () => {
    lightbox.value = null;
  };
  const turn = (by: number) => {
    const count = open.pictures.length;
    lightbox.value = { ...open, at: (open.at + by + count) % count };
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowRight") turn(1);
    if (event.key === "ArrowLeft") turn(-1);
  };
  const several = open.pictures.length > 1;
  return (
    <Dialog label={picture.description || picture.name} close={close} kind="lightbox" onKeyDown={keys}>
      <img src={picture.url} alt={picture.description ?? picture.name} />
      <footer>
        {several ? (
          <button type="button" onClick={() => turn(-1)}>
            ‹ {say("previous-picture")}
          </button>
        ) : null}
        <span>{picture.description || picture.name}</span>
        <a href={picture.url} download={picture.name}>
          ⬇ {say("download", { name: "" })}
        </a>
        {several ? (
          <button type="button" onClick={() => turn(1)}>
            {say("next-picture")} ›
          </button>
        ) : null}
        <button type="button" onClick={close}>
          {say("close")}
        </button>
      </footer>
    </Dialog>
  );
}
