/** Starts the page: as the person that its address names, else as whoever comes first. */
import { effect } from "@preact/signals";
import { render } from "preact";
import * as api from "./api";
import { follow } from "./feed";
import { channel, connected, guild, person, place, tick, unread } from "./store";
import { App } from "./views/app";
import "./style.css";

const TICK = 1000;

async function start(): Promise<void> {
  const [, who, where] = location.hash.split("/").map(decodeURIComponent);
  if (where) place.value = where;
  while (true) {
    try {
      const { people } = await api.people();
      const first = people.find((one) => one.name === who) ?? people[0];
      if (first) return await follow(first.name);
    } catch {
      connected.value = false;
    }
    await new Promise((done) => setTimeout(done, TICK));
  }
}

render(<App />, document.body);
// The address says who looks where: a second window can be somebody else, and a reload changes nothing.
effect(() => {
  if (person() && place.value) {
    history.replaceState(null, "", `#/${encodeURIComponent(person())}/${encodeURIComponent(place.value)}`);
  }
});
effect(() => {
  const mentions = Object.values(unread.value).reduce((sum, one) => sum + one.mentions, 0);
  const name = [channel.value?.name, guild.value?.name].filter(Boolean).join(" · ");
  document.title = `${mentions ? `(${mentions}) ` : ""}${name || "Discord"}`;
});
setInterval(tick, TICK);
void start();
