/** Behind the chat: what the bot asked, what goes on beside Discord, the clock, and ways to break things. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import * as api from "../api";
import { attempt, channel, guild, isThread, now, person } from "../store";
import type { Text } from "../texts";
import { language, say } from "../texts";
import type { Backstage, BackstageAction, Fault, RequestLog } from "../wire";

const PACE = 1000;
const JUMPS: [string, number][] = [
  ["1 min", 60],
  ["15 min", 15 * 60],
  ["1 h", 3600],
  ["1 d", 86400],
];

interface Trouble {
  id: string;
  label: Text;
  watch: Text;
  act: () => Promise<unknown>;
}

function troubles(): Trouble[] {
  const all = api.backstage;
  const posts: Fault = { route: "/channels/*/messages", method: "POST" };
  const here = channel.value;
  const there = guild.value;
  const found: Trouble[] = [
    {
      id: "down",
      label: "discord-down",
      watch: "discord-down-watch",
      act: () => all.fault({ route: "/*", status: 503, times: null }),
    },
    {
      id: "after",
      label: "fails-after",
      watch: "fails-after-watch",
      act: () => all.fault({ ...posts, status: 500, when: "after", times: 1 }),
    },
    { id: "slow", label: "slow", watch: "slow-watch", act: () => all.fault({ route: "/*", latency: 2, times: null }) },
    { id: "limits", label: "tight-limits", watch: "tight-limits-watch", act: () => all.rateLimits(0.2) },
    { id: "wire", label: "gateway-cut", watch: "gateway-cut-watch", act: () => all.gateway("drop") },
    { id: "mute", label: "no-direct", watch: "no-direct-watch", act: () => all.acceptsDirectMessages(person(), false) },
  ];
  if (here?.guild_id && !isThread(here))
    found.push(
      { id: "files", label: "no-files", watch: "no-files-watch", act: () => all.permit(here.id, ["ATTACH_FILES"]) },
      { id: "right", label: "no-right", watch: "no-right-watch", act: () => all.permit(here.id, ["VIEW_CHANNEL"]) },
      { id: "gone", label: "channel-gone", watch: "channel-gone-watch", act: () => all.deleteChannel(here.id) },
    );
  if (there?.installed)
    found.push({
      id: "out",
      label: "thrown-out",
      watch: "thrown-out-watch",
      act: () => all.installed(there.id, false),
    });
  return found;
}

async function mend(): Promise<void> {
  const all = api.backstage;
  await all.clearFaults();
  await all.rateLimits(1);
  await all.acceptsDirectMessages(person(), true);
  const here = channel.value;
  if (here?.guild_id) await all.permit(here.id, []);
  if (guild.value && !guild.value.installed) await all.installed(guild.value.id, true);
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Rows({ list }: { list: [string, string][] }) {
  return (
    <dl class="rows">
      {list.map(([name, value], at) => (
        <div key={at}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Action({
  label,
  watch,
  active,
  disabled,
  act,
}: Omit<BackstageAction, "id"> & { act: () => Promise<unknown> }) {
  const told = useSignal(false);
  return (
    <div class="action">
      <button
        type="button"
        class={active ? "button danger" : "button secondary"}
        aria-pressed={active}
        disabled={disabled}
        onClick={async () => {
          told.value = await attempt(act);
        }}
      >
        {label}
      </button>
      <p class={told.value || active ? "watch told" : "watch"}>
        <strong>{say("watch-for")}</strong>
        {watch}
      </p>
    </div>
  );
}

function Guide({ title, entries }: NonNullable<Backstage["guide"]>) {
  return (
    <details class="guide">
      <summary>{title}</summary>
      <dl>
        {entries.map((one) => (
          <div key={one.title}>
            <dt>{one.title}</dt>
            <dd>{one.text}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function faultText(one: Fault): string {
  const what = one.drop ? "✂" : one.status ? String(one.status) : `${one.latency ?? 0} s`;
  const often = one.times == null ? "∞" : `×${one.times}`;
  return [one.method ?? "*", one.route, what, one.when === "after" ? "after" : "", often].filter(Boolean).join(" ");
}

export function BackstagePanel({ close }: { close: () => void }) {
  const requests = useSignal<RequestLog | null>(null);
  const faults = useSignal<Fault[]>([]);
  const behind = useSignal<Backstage | null>(null);
  const absent = useSignal(false);
  const look = async () => {
    const [asked, broken] = await Promise.all([api.backstage.requests(), api.backstage.faults()]);
    requests.value = asked;
    faults.value = broken;
    if (absent.value) return;
    try {
      behind.value = await api.backstage.behind(language());
    } catch (error) {
      absent.value = error instanceof api.Refused && error.status === 404;
    }
  };
  useEffect(() => {
    let stopped = false;
    const again = async () => {
      while (!stopped) {
        await look().catch(() => undefined);
        await new Promise((done) => setTimeout(done, PACE));
      }
    };
    void again();
    return () => {
      stopped = true;
    };
  }, []);
  const acting = (act: () => Promise<unknown>) => async () => {
    await act();
    await look();
  };
  const asked = requests.value;
  return (
    <aside class="backstage" aria-label={say("backstage")}>
      <header>
        <h2>{say("what-happens")}</h2>
        <button type="button" class="plain" aria-label={say("close")} onClick={close}>
          ✕
        </button>
      </header>
      <div class="list">
        {behind.value?.guide ? <Guide {...behind.value.guide} /> : null}
        {behind.value?.sections.map((one) => (
          <Section key={one.title} title={one.title}>
            {one.note ? <p class="faint">{one.note}</p> : null}
            <Rows list={one.rows} />
            {one.lines?.length ? (
              <ol class="lines">
                {one.lines.map((line, at) => (
                  <li key={at}>{line}</li>
                ))}
              </ol>
            ) : null}
          </Section>
        ))}
        {behind.value?.groups.map((group) => (
          <Section key={group.title} title={group.title}>
            {group.actions.map((one) => (
              <Action key={one.id} {...one} act={acting(() => api.backstage.act(one.id))} />
            ))}
          </Section>
        ))}
        <Section title={say("clock")}>
          <p>
            <time>{new Date(now.value * 1000).toLocaleString()}</time>
          </p>
          <div class="row">
            {JUMPS.map(([label, seconds]) => (
              <button
                key={label}
                type="button"
                class="button secondary"
                onClick={() => void attempt(acting(() => api.backstage.advance(seconds)))}
              >
                +{label}
              </button>
            ))}
          </div>
        </Section>
        <Section title={say("trouble")}>
          {faults.value.length ? (
            <ul class="lines">
              {faults.value.map((one, at) => (
                <li key={at}>{faultText(one)}</li>
              ))}
            </ul>
          ) : (
            <p class="faint">{say("nothing")}</p>
          )}
          <button type="button" class="button success" onClick={() => void attempt(acting(mend))}>
            {say("mend")}
          </button>
          {troubles().map((one) => (
            <Action key={one.id} label={say(one.label)} watch={say(one.watch)} act={acting(one.act)} />
          ))}
        </Section>
        {asked ? (
          <Section title={say("requests")}>
            <Rows
              list={[
                [say("request-total"), String(Object.values(asked.counts).reduce((sum, one) => sum + one, 0))],
                ...Object.entries(asked.by_limit).map(([name, count]): [string, string] => [
                  `${say("request-limits")} ${name}`,
                  String(count),
                ]),
                [say("request-refused"), String(asked.invalid)],
              ]}
            />
            <h4>{say("latest-requests")}</h4>
            <ol class="lines">
              {asked.log
                .slice(-12)
                .reverse()
                .map((one, at) => (
                  <li key={at}>
                    <b>{one.status}</b> {one.method} {one.path}
                  </li>
                ))}
            </ol>
          </Section>
        ) : null}
      </div>
    </aside>
  );
}
