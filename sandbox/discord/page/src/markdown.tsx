/** Discord's markdown: parsed by a library into a tree, and shown as elements. Nothing that is written becomes markup. */
import { useSignal } from "@preact/signals";
import { parse, rulesExtended, SimpleMarkdown } from "discord-markdown-parser";
import type { ComponentChildren } from "preact";
import { moment } from "./format";
import { channels, guild, names, open, view } from "./store";
import { say } from "./texts";

/** A node of the library's tree: which fields are there goes by `type`. */
interface Node {
  type: string;
  content?: Node[] | string;
  target?: string;
  id?: string;
  name?: string;
  fullName?: string;
  level?: number;
  lang?: string;
  timestamp?: string;
  format?: string;
  ordered?: boolean;
  start?: number;
  items?: Node[][];
}

const ITEM = /^( *)([-*]|\d{1,9}\.) +(.*(?:\n(?! *(?:[-*]|\d{1,9}\.) ).+)*)(?:\n|$)/;

/** Lists, which the library leaves out: a run of lines that begin with - or * or a number. */
const list = {
  order: rulesExtended.codeBlock?.order ?? 0,
  match(source: string, state: { prevCapture?: RegExpExecArray | null; inList?: boolean }) {
    const before = state.prevCapture?.[0] ?? "";
    if (state.inList || !/^$|\n *$/.test(before)) return null;
    let length = 0;
    while (true) {
      const found = ITEM.exec(source.slice(length));
      if (!found || found[0].length === 0) break;
      length += found[0].length;
    }
    return length === 0 ? null : ([source.slice(0, length)] as unknown as RegExpExecArray);
  },
  parse(capture: string[], parser: (text: string, state: object) => Node[], state: object) {
    const lines: { depth: number; ordered: boolean; start: number; content: Node[] }[] = [];
    let left = capture[0] ?? "";
    for (let found = ITEM.exec(left); found && found[0].length > 0; found = ITEM.exec(left)) {
      const mark = found[2] ?? "-";
      const inner = parser(found[3] ?? "", { ...state, inList: true });
      lines.push({
        depth: (found[1] ?? "").length,
        ordered: mark.endsWith("."),
        start: parseInt(mark, 10),
        content: inner,
      });
      left = left.slice(found[0].length);
    }
    return nested(lines, 0, lines[0]?.depth ?? 0).node;
  },
};

function nested(
  lines: { depth: number; ordered: boolean; start: number; content: Node[] }[],
  from: number,
  depth: number,
): { node: Node; next: number } {
  const items: Node[][] = [];
  let at = from;
  while (at < lines.length) {
    const line = lines[at];
    if (!line || line.depth < depth) break;
    if (line.depth > depth && items.length > 0) {
      const inner = nested(lines, at, line.depth);
      items.at(-1)?.push(inner.node);
      at = inner.next;
    } else {
      items.push([...line.content]);
      at += 1;
    }
  }
  const first = lines[from];
  return { node: { type: "list", ordered: first?.ordered ?? false, start: first?.start || 1, items }, next: at };
}

/** The library's expressions for these three try again and again: a line that somebody thought out took a minute. */
const LANGUAGE = /^([a-z0-9_+\-.#]+)\n/i;
const LINK = /^\[((?:[^[\]\n]|\[[^[\]\n]*\])+)\]\(\s*<?((?:[^\s()<>]|\([^\s()<>]*\))+)>?(?:\s+"[^"\n]*")?\s*\)/;
const FENCE = "```";

function codeBlock(source: string): string[] | null {
  const end = source.startsWith(FENCE) ? source.indexOf(FENCE, FENCE.length + 1) : -1;
  if (end < 0) return null;
  const inside = source.slice(FENCE.length, end);
  const language = LANGUAGE.exec(inside)?.[1] ?? "";
  const lines = (language ? inside.slice(language.length) : inside).split("\n");
  const first = lines.findIndex((line) => line !== "");
  const content = first < 0 ? "\n" : lines.slice(first, lines.findLastIndex((line) => line !== "") + 1).join("\n");
  return [source.slice(0, end + FENCE.length), language, language, content];
}

/** As many ticks as it begins with end it. */
function inlineCode(source: string): string[] | null {
  const ticks = /^`+/.exec(source)?.[0] ?? "";
  if (ticks === "") return null;
  for (const run of source.slice(ticks.length).matchAll(/`+/g)) {
    const content = source.slice(ticks.length, ticks.length + run.index);
    if (run[0] === ticks) return [ticks + content + ticks, ticks, content];
  }
  return null;
}

const quick = (rule: object | undefined, match: (source: string) => string[] | null) => ({
  ...rule,
  match: (source: string, state: { inline?: boolean }) => (state.inline ? match(source) : null),
});
const rules = {
  ...rulesExtended,
  codeBlock: quick(rulesExtended.codeBlock, codeBlock),
  inlineCode: quick(rulesExtended.inlineCode, inlineCode),
  link: quick(rulesExtended.link, (source) => LINK.exec(source)),
  list,
};
const parser = SimpleMarkdown.parserFor(rules as unknown as Parameters<typeof SimpleMarkdown.parserFor>[0]);
const LONGEST = 6000;
const kept = new Map<string, Node[]>();

function tree(source: string): Node[] {
  const known = kept.get(source);
  if (known) return known;
  let found: Node[];
  try {
    found =
      source.length > LONGEST ? [{ type: "text", content: source }] : (parser(source, { inline: true }) as Node[]);
  } catch {
    found = (parse("") as Node[]).concat({ type: "text", content: source });
  }
  if (kept.size > 500) kept.clear();
  kept.set(source, found);
  return found;
}

/** A link leads to the web or to Discord, or it is no link. */
export function safe(target: string | undefined): string | null {
  try {
    const url = new URL(target ?? "");
    return ["http:", "https:", "discord:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function Link({ target, children }: { target: string | undefined; children: ComponentChildren }) {
  const url = safe(target);
  if (url === null) return <>{children}</>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener nofollow">
      {children}
    </a>
  );
}

export function Spoiler({ children, block = false }: { children: ComponentChildren; block?: boolean }) {
  const shown = useSignal(false);
  if (shown.value) return <span class="spoiler shown">{children}</span>;
  return (
    <button
      type="button"
      class={block ? "spoiler block" : "spoiler"}
      aria-label={`${say("spoiler")}: ${say("show")}`}
      onClick={(event) => {
        event.stopPropagation();
        shown.value = true;
      }}
    >
      {block ? (
        <span class="cover">{say("spoiler")}</span>
      ) : (
        <span aria-hidden="true" inert>
          {children}
        </span>
      )}
    </button>
  );
}

function Mention({ children }: { children: ComponentChildren }) {
  return <span class="mention">{children}</span>;
}

function ChannelMention({ id }: { id: string }) {
  const found = channels.value.find((one) => one.id === id);
  if (!found) return <Mention>#…</Mention>;
  return (
    <button type="button" class="mention" onClick={() => void open(id)}>
      #{found.name}
    </button>
  );
}

function role(id: string): string {
  const known = view.value?.guilds.flatMap((one) => one.roles).find((one) => one.id === id);
  return guild.value?.roles.find((one) => one.id === id)?.name ?? known?.name ?? id;
}

function inner(node: Node): ComponentChildren {
  return typeof node.content === "string" ? node.content : shown(node.content ?? []);
}

function shown(nodes: Node[]): ComponentChildren {
  return nodes.map((node, at) => <Piece key={at} node={node} />);
}

function Piece({ node }: { node: Node }) {
  switch (node.type) {
    case "strong":
      return <strong>{inner(node)}</strong>;
    case "em":
      return <em>{inner(node)}</em>;
    case "underline":
      return <u>{inner(node)}</u>;
    case "strikethrough":
      return <s>{inner(node)}</s>;
    case "spoiler":
      return <Spoiler>{inner(node)}</Spoiler>;
    case "inlineCode":
      return <code>{inner(node)}</code>;
    case "codeBlock":
      return (
        <pre>
          <code>{inner(node)}</code>
        </pre>
      );
    case "blockQuote":
      return <blockquote>{inner(node)}</blockquote>;
    case "heading":
      return (
        // biome-ignore lint/a11y/useSemanticElements: the level of a real heading would be that of the page
        <div class={`heading h${node.level ?? 1}`} role="heading" aria-level={(node.level ?? 1) + 2}>
          {inner(node)}
        </div>
      );
    case "subtext":
      return <small class="subtext">{inner(node)}</small>;
    case "list": {
      const items = (node.items ?? []).map((item, at) => <li key={at}>{shown(item)}</li>);
      return node.ordered ? <ol start={node.start ?? 1}>{items}</ol> : <ul>{items}</ul>;
    }
    case "br":
    case "newline":
      return <br />;
    case "link":
    case "url":
    case "autolink":
      return <Link target={node.target}>{inner(node)}</Link>;
    case "user":
      return <Mention>@{names.value.get(node.id ?? "") ?? node.id}</Mention>;
    case "role":
      return <Mention>@{role(node.id ?? "")}</Mention>;
    case "channel":
      return <ChannelMention id={node.id ?? ""} />;
    case "everyone":
      return <Mention>@everyone</Mention>;
    case "here":
      return <Mention>@here</Mention>;
    case "slashCommand":
      return <Mention>/{node.fullName ?? node.name}</Mention>;
    case "timestamp":
      return (
        <time class="moment" title={moment(Number(node.timestamp), "F")}>
          {moment(Number(node.timestamp), node.format)}
        </time>
      );
    case "emoji":
      return <>:{node.name}:</>;
    case "twemoji":
      return <span class="emoji">{node.name}</span>;
    default:
      return <>{inner(node)}</>;
  }
}

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{shown(tree(text))}</div>;
}

function words(nodes: Node[]): string {
  return nodes
    .map((node) => {
      if (node.type === "br" || node.type === "newline") return " ";
      if (node.type === "user") return `@${names.value.get(node.id ?? "") ?? node.id}`;
      if (node.type === "role") return `@${role(node.id ?? "")}`;
      if (node.type === "list") return (node.items ?? []).map(words).join(" ");
      if (node.type === "timestamp") return moment(Number(node.timestamp), node.format);
      if (node.type === "twemoji") return node.name;
      if (["heading", "subtext", "blockQuote", "codeBlock"].includes(node.type))
        return typeof node.content === "string" ? ` ${node.content} ` : ` ${words(node.content ?? [])} `;
      return typeof node.content === "string" ? node.content : words(node.content ?? []);
    })
    .join("");
}

/** The same without any marks, in one line. */
export function plain(text: string): string {
  return words(tree(text)).replace(/\s+/g, " ").trim();
}
