/** One message: who wrote it in answer to what, what it says and shows, and what can be done with it. */
import * as api from "../api";
import { clock, when } from "../format";
import { Markdown, plain } from "../markdown";
import {
  attempt,
  dismiss,
  isThread,
  me,
  names,
  notices,
  open,
  channel as openChannel,
  person,
  textOf,
  view,
} from "../store";
import { say } from "../texts";
import type { Content, Message } from "../wire";
import { Flag, MessageType } from "../wire";
import { Avatar } from "./avatar";
import { Components, Trouble } from "./components";
import { EmbedView } from "./embed";
import { Attachments } from "./media";
import { menuOfMessage, menuOfPerson, pressed } from "./menu";

export const nameOf = (one: Message) => names.value.get(one.author.id) ?? one.author.global_name ?? one.author.username;

function Body({ of, message }: { of: Content; message: Message }) {
  const embeds = of.flags & Flag.SUPPRESS_EMBEDS ? [] : of.embeds;
  return (
    <>
      {of.content ? <Markdown text={of.content} /> : null}
      {of.attachments.length ? <Attachments list={of.attachments} /> : null}
      {embeds.map((one, at) => (
        <EmbedView key={at} of={one} />
      ))}
      {of.components.length ? (
        <div class="components">
          <Components list={of.components} message={message} />
        </div>
      ) : null}
    </>
  );
}

/** What it answers: a message, or somebody's command. */
function Occasion({ of }: { of: Message }) {
  const cause = of.interaction_metadata;
  if (of.type === MessageType.COMMAND || of.type === MessageType.MENU_COMMAND) {
    const name = cause?.user.global_name ?? cause?.user.username ?? "";
    return (
      <div class="occasion">
        <Avatar name={name} id={cause?.user.id ?? ""} small />
        <span>{say("used", { name, command: `/${cause?.name ?? ""}` })}</span>
      </div>
    );
  }
  if (of.type !== MessageType.REPLY) return null;
  const target = of.referenced_message;
  if (!target) return <div class="occasion faint">↪ {say("original-gone")}</div>;
  const jump = () => document.getElementById(`message-${target.id}`)?.scrollIntoView({ block: "center" });
  return (
    <button type="button" class="occasion" onClick={jump}>
      <Avatar name={nameOf(target)} id={target.author.id} small />
      <strong>{nameOf(target)}</strong>
      <span class="cut">{plain(textOf(target)).slice(0, 200) || say("picture")}</span>
    </button>
  );
}

function Reactions({ of }: { of: Message }) {
  const mine = me.value?.id ?? "";
  if (!of.reactions?.length) return null;
  return (
    <div class="reactions">
      {of.reactions.map((one) => {
        const emoji = one.emoji.name ?? "";
        const own = of.reacted?.[emoji]?.includes(mine) ?? false;
        return (
          <button
            key={emoji}
            type="button"
            class={own ? "reaction own" : "reaction"}
            aria-pressed={own}
            onClick={() => void attempt(() => api.react(person(), of.id, emoji, !own))}
          >
            <span class="emoji">{emoji}</span> {one.count}
          </button>
        );
      })}
    </div>
  );
}

function System({ of }: { of: Message }) {
  return (
    <p class="system">
      📌 <strong>{nameOf(of)}</strong> {say("pinned")} <time>{when(of.timestamp)}</time>
    </p>
  );
}

interface Props {
  of: Message;
  /** The one before is by the same author, a moment ago. */
  joined: boolean;
}

export function MessageView({ of, joined }: Props) {
  if (of.type === MessageType.PINNED) return <System of={of} />;
  const starts = of.type === MessageType.THREAD_STARTER;
  const shown = starts && of.referenced_message ? of.referenced_message : of;
  const snapshot = of.message_snapshots?.[0]?.message;
  const loads = Boolean(of.flags & Flag.LOADING);
  const expired = notices.value.some((one) => one.source === of.id && !one.waiting);
  const rings = of.pinged.includes(person());
  const name = nameOf(shown);
  const classes = ["message", joined ? "joined" : "", rings ? "rings" : "", of.only_for ? "ephemeral" : ""];
  return (
    <article
      id={`message-${of.id}`}
      class={classes.filter(Boolean).join(" ")}
      tabIndex={-1}
      aria-label={`${name}, ${when(of.timestamp)}`}
      onContextMenu={(event) => menuOfMessage(event, of)}
      {...pressed((at) => menuOfMessage(at, of))}
    >
      {joined ? null : <Occasion of={of} />}
      {starts ? <div class="occasion faint">{say("started-thread")}</div> : null}
      {joined ? (
        <time class="aside" aria-hidden="true">
          {clock(Date.parse(of.timestamp) / 1000)}
        </time>
      ) : (
        <Avatar name={name} id={shown.author.id} />
      )}
      <div class="content">
        {joined ? null : (
          <header>
            <button
              type="button"
              class="author"
              onContextMenu={(event) => menuOfPerson(event, shown.author.id, name)}
              onClick={(event) => menuOfPerson(event, shown.author.id, name)}
            >
              {name}
            </button>
            {shown.author.bot ? <span class="badge">APP</span> : null}
            <time dateTime={of.timestamp}>{when(of.timestamp)}</time>
          </header>
        )}
        {snapshot ? (
          <div class="forwarded">
            <small>↪ {say("forwarded")}</small>
            <Body of={snapshot} message={of} />
          </div>
        ) : loads && !expired ? (
          <p class="thinking">
            <span class="dots" aria-hidden="true" />
            {say("thinking", { name })}
          </p>
        ) : (
          <Body of={shown} message={of} />
        )}
        {of.poll ? (
          <fieldset class="poll">
            <legend>{of.poll.question.text}</legend>
            {of.poll.answers.map((one) => (
              <p key={one.answer_id}>{one.poll_media.text}</p>
            ))}
          </fieldset>
        ) : null}
        {of.edited_timestamp && !loads ? <small class="edited">({say("edited")})</small> : null}
        <Reactions of={of} />
        {of.thread && !isThread(openChannel.value ?? ({ type: 0 } as never)) ? (
          <button type="button" class="thread-link" onClick={() => void open(of.thread?.id ?? "")}>
            🧵 {of.thread.name}
          </button>
        ) : null}
        <Trouble message={of} />
        {of.only_for ? (
          <p class="only-you">
            👁 {say("only-you")} ·{" "}
            <button type="button" class="link" onClick={() => void attempt(() => api.remove(person(), of.id))}>
              {say("dismiss-message")}
            </button>
          </p>
        ) : null}
      </div>
      <button
        type="button"
        class="more"
        aria-label={say("more-of-message")}
        aria-haspopup="menu"
        onClick={(event) => menuOfMessage(event, of)}
      >
        ⋯
      </button>
    </article>
  );
}

/** What the reader alone sees of a command that waits, or failed before there was a message. */
export function NoticeView({ of }: { of: (typeof notices.value)[number] }) {
  const bot = view.value?.application;
  return (
    <article class="message ephemeral" aria-label={of.title}>
      <div class="occasion">
        <Avatar name={person()} id={me.value?.id ?? ""} small />
        <span>{say("used", { name: person(), command: of.title })}</span>
      </div>
      <Avatar name={bot?.name ?? ""} id={bot?.id ?? ""} />
      <div class="content">
        <header>
          <span class="author">{bot?.name}</span>
          <span class="badge">APP</span>
        </header>
        {of.waiting ? (
          <p class="thinking">
            <span class="dots" aria-hidden="true" />
            {say("sending")}
          </p>
        ) : (
          <>
            <p class="trouble" role="alert">
              {of.text}
            </p>
            <p class="only-you">
              👁 {say("only-you")} ·{" "}
              <button type="button" class="link" onClick={() => dismiss(of.key)}>
                {say("dismiss-message")}
              </button>
            </p>
          </>
        )}
      </div>
    </article>
  );
}
