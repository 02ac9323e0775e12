/** Times and sizes as a reader of that language writes them. */
import { now } from "./store";
import { language, say } from "./texts";

const DAY = 86400;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * DAY],
  ["month", 30 * DAY],
  ["day", DAY],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
/** Discord's styles of a timestamp in a text. */
const STYLES: Record<string, Intl.DateTimeFormatOptions> = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

function written(seconds: number, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language(), style).format(new Date(seconds * 1000));
}

export function relative(seconds: number): string {
  const away = seconds - now.value;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(away) >= size) ?? (["second", 1] as const);
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(Math.round(away / size), unit);
}

export function moment(seconds: number, style = "f"): string {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return String(seconds);
  return style === "R"
    ? relative(seconds)
    : written(seconds, STYLES[style] ?? { dateStyle: "long", timeStyle: "short" });
}

/** When a message was written. */
export function when(iso: string): string {
  const seconds = Date.parse(iso) / 1000;
  const time = written(seconds, { timeStyle: "short" });
  const day = (moment: number) => new Date(moment * 1000).toDateString();
  if (day(seconds) === day(now.value)) return say("today-at", { time });
  if (day(seconds) === day(now.value - DAY)) return say("yesterday-at", { time });
  return written(seconds, { dateStyle: "short", timeStyle: "short" });
}

export function clock(seconds: number): string {
  return written(seconds, { timeStyle: "short" });
}

export function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let left = bytes;
  let unit = 0;
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit += 1;
  }
  const digits = left < 10 && unit > 0 ? 1 : 0;
  return `${left.toLocaleString(language(), { maximumFractionDigits: digits })} ${units[unit]}`;
}
