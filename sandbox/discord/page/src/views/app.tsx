/** The whole page. */
import { signal } from "@preact/signals";
import { channel, connected, form, guild, holdsPosts, isThere, toast, view } from "../store";
import { say } from "../texts";
import { ChannelType } from "../wire";
import { BackstagePanel } from "./backstage";
import { Composer } from "./composer";
import { Form } from "./form";
import { Lightbox } from "./media";
import { Members } from "./members";
import { Menu } from "./menu";
import { Messages } from "./messages";
import { Posts } from "./posts";
import { Channels, drawer, mark, Servers } from "./sidebar";

/** What stands beside the chat. */
export const beside = signal<"members" | "backstage" | null>(
  matchMedia("(min-width: 1100px)").matches ? "members" : null,
);

function toggle(what: "members" | "backstage"): void {
  beside.value = beside.value === what ? null : what;
}

function Top() {
  const here = channel.value;
  if (!here) return null;
  const direct = here.type === ChannelType.DM;
  const name = direct ? (view.value?.application.name ?? "") : here.name;
  return (
    <header class="top">
      <button
        type="button"
        class="plain drawer"
        aria-label={say("menu")}
        aria-expanded={drawer.value}
        onClick={() => {
          drawer.value = !drawer.value;
        }}
      >
        ☰
      </button>
      <h1>
        <span aria-hidden="true">{direct ? "@" : mark(here)} </span>
        {name}
      </h1>
      {here.topic ? <p class="topic cut">{here.topic}</p> : <span class="topic" />}
      {here.slowmode ? <small class="faint">{say("slow-mode-on", { seconds: here.slowmode })}</small> : null}
      {guild.value ? (
        <button type="button" class="plain" aria-pressed={beside.value === "members"} onClick={() => toggle("members")}>
          <span aria-hidden="true">👥</span>
          <span class="wide"> {say("members")}</span>
          <span class="unseen narrow">{say("members")}</span>
        </button>
      ) : null}
      <button
        type="button"
        class="plain"
        aria-pressed={beside.value === "backstage"}
        onClick={() => toggle("backstage")}
      >
        <span aria-hidden="true">🎭</span>
        <span class="wide"> {say("backstage")}</span>
        <span class="unseen narrow">{say("backstage")}</span>
      </button>
    </header>
  );
}

export function App() {
  const here = channel.value;
  if (!view.value) return <p class="starting">{connected.value ? "…" : say("unreachable")}</p>;
  return (
    <div class={drawer.value ? "app drawn" : "app"}>
      <div class="sides">
        <Servers />
        <Channels />
      </div>
      {drawer.value ? (
        <button
          type="button"
          class="shade"
          aria-label={say("close")}
          onClick={() => {
            drawer.value = false;
          }}
        />
      ) : null}
      <main class="chat" data-ready={isThere() ? "true" : undefined}>
        <Top />
        {connected.value ? null : (
          <p class="lost" role="status">
            {say("reconnecting")}
          </p>
        )}
        {here && holdsPosts(here) ? (
          <Posts of={here} />
        ) : (
          <>
            <Messages />
            <Composer />
          </>
        )}
      </main>
      {beside.value === "members" ? <Members /> : null}
      {beside.value === "backstage" ? (
        <BackstagePanel
          close={() => {
            beside.value = null;
          }}
        />
      ) : null}
      <Menu />
      <Lightbox />
      {form.value ? <Form key={form.value.interaction.interaction_id} open={form.value} /> : null}
      {toast.value ? (
        <div class="toast" role="alert">
          {toast.value}
          <button
            type="button"
            class="plain"
            aria-label={say("dismiss")}
            onClick={() => {
              toast.value = null;
            }}
          >
            ✕
          </button>
        </div>
      ) : null}
    </div>
  );
}
