/** Follows the feed as one person, and finds its way back after the stand-in was away. */
import * as api from "./api";
import * as store from "./store";
import type { View } from "./wire";

const WAIT = 25;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4000;

let following: AbortController | null = null;

/** Sees everything as that person from now on, and goes on doing so until somebody else is followed. */
export async function follow(user: string): Promise<void> {
  following?.abort();
  const current = new AbortController();
  following = current;
  store.stretch.value = null;
  store.form.value = null;
  store.replyTo.value = null;
  store.notices.value = [];
  store.unread.value = {};
  /** What was seen at first of this run of the stand-in; null where all has to be looked at anew. */
  let seen: View | null = null;
  let after = 0;
  let pause = FIRST_PAUSE;
  while (!current.signal.aborted) {
    try {
      if (seen === null) {
        seen = await store.look(user, current.signal);
        after = seen.feed;
        await store.latest();
      }
      const news = await api.news(user, after, store.connected.value ? WAIT : 0, current.signal);
      if (news.run !== seen.run || !news.complete) {
        // Another run of the stand-in, or a page that slept too long: what is shown may be of the past.
        seen = null;
        continue;
      }
      after = news.last;
      const looks = news.entries.map(store.apply);
      store.setClock(news.time);
      if (looks.includes("look")) await again(user, current.signal);
      if (!store.connected.value && !store.isThere()) await store.latest();
      store.connected.value = true;
      pause = FIRST_PAUSE;
    } catch (error) {
      if (current.signal.aborted) return;
      const other = error instanceof api.Refused ? await somebodyBut(user) : null;
      if (other !== null) return follow(other);
      store.connected.value = false;
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }
}

/** Channels, rights or people are others now. A channel that went is left; one that came may be the one that is open. */
async function again(user: string, signal: AbortSignal): Promise<void> {
  const before = store.place.value;
  await store.look(user, signal);
  if (store.place.value && (store.place.value !== before || !store.isThere())) await store.open(store.place.value);
}

/** Whoever comes first of the others; null where there is nobody, or nobody answers. */
async function somebodyBut(user: string): Promise<string | null> {
  const { people } = await api.people().catch(() => ({ people: [] }));
  return people.find((one) => one.name !== user)?.name ?? null;
}
