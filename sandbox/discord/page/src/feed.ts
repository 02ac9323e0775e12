/** Follows the feed as one person, and finds its way back after the stand-in was away. */
import * as api from "./api";
import * as store from "./store";

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
  store.notices.value = [];
  store.unread.value = {};
  let seen = await store.look(user);
  if (current.signal.aborted) return;
  if (store.place.value) await store.open(store.place.value);
  let after = seen.feed;
  let pause = FIRST_PAUSE;
  while (!current.signal.aborted) {
    try {
      const news = await api.news(user, after, store.connected.value ? WAIT : 0, current.signal);
      if (news.run !== seen.run || !news.complete) {
        // Another run of the stand-in, or a page that slept too long: what is shown may be of the past.
        seen = await store.look(user);
        after = seen.feed;
        await store.latest();
      } else {
        after = news.last;
        const looks = news.entries.map(store.apply);
        store.setClock(news.time);
        if (looks.includes("look")) await again(user);
      }
      store.connected.value = true;
      pause = FIRST_PAUSE;
    } catch (error) {
      if (current.signal.aborted) return;
      if (error instanceof api.Refused) {
        await gone(user);
        return;
      }
      store.connected.value = false;
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }
}

/** Channels, rights or people are others now. A channel that went is left. */
async function again(user: string): Promise<void> {
  const before = store.place.value;
  await store.look(user);
  if (store.place.value !== before && store.place.value) await store.open(store.place.value);
}

/** That person is not there (any more): whoever comes first is. */
async function gone(user: string): Promise<void> {
  const { people } = await api.people();
  const other = people.find((one) => one.name !== user);
  if (other) await follow(other.name);
}
