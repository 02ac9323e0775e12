/** A forum or media channel: its posts, and a form for a new one. */
import { useSignal } from "@preact/signals";
import * as api from "../api";
import { misfit } from "../drafts";
import { attempt, channels, guild, isThread, look, may, open, person, toast } from "../store";
import { say } from "../texts";
import type { Channel } from "../wire";
import { Dialog } from "./dialog";

function NewPost({ of, close }: { of: Channel; close: () => void }) {
  const title = useSignal("");
  const content = useSignal("");
  const tags = useSignal<string[]>([]);
  const files = useSignal<File[]>([]);
  const offered = (of.tags ?? []).filter((one) => !one.moderated || may(of, "MANAGE_THREADS"));
  const send = async () => {
    const trouble = files.value.map((one) => misfit(one)).find(Boolean);
    if (trouble) {
      toast.value = trouble;
      return;
    }
    const done = await attempt(async () => {
      const sent = files.value.map((one) => api.upload(person(), guild.value?.id ?? null, one, () => undefined));
      const attachments = await Promise.all(sent);
      const wish = { name: title.value, content: content.value, tags: tags.value, attachments };
      const made = await api.openThread(person(), of.id, wish);
      await look(person());
      void open(made.id);
    });
    if (done) close();
  };
  return (
    <Dialog label={say("new-post")} kind="form" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <header>
          <h2>{say("new-post")}</h2>
        </header>
        <div class="fields">
          <label class="field">
            <span class="label">{say("post-title")}</span>
            <input
              type="text"
              required
              maxLength={100}
              value={title.value}
              onInput={(event) => {
                title.value = event.currentTarget.value;
              }}
            />
          </label>
          <label class="field">
            <span class="label">{say("post-content")}</span>
            <textarea
              rows={4}
              maxLength={2000}
              required={files.value.length === 0}
              value={content.value}
              onInput={(event) => {
                content.value = event.currentTarget.value;
              }}
            />
          </label>
          <label class="field">
            <span class="label">{say("attach-files")}</span>
            <input
              type="file"
              multiple
              onChange={(event) => {
                files.value = [...(event.currentTarget.files ?? [])].slice(0, 10);
              }}
            />
          </label>
          {offered.length ? (
            <fieldset class="field ticks">
              <legend class="label">{say("tags")}</legend>
              {offered.map((one) => (
                <label key={one.id}>
                  <input
                    type="checkbox"
                    checked={tags.value.includes(one.name)}
                    onChange={() => {
                      const known = tags.value.includes(one.name);
                      tags.value = known ? tags.value.filter((name) => name !== one.name) : [...tags.value, one.name];
                    }}
                  />
                  {one.name}
                </label>
              ))}
            </fieldset>
          ) : null}
        </div>
        <footer>
          <button type="button" class="button secondary" onClick={close}>
            {say("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={of.require_tag && tags.value.length === 0}>
            {say("post")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function Posts({ of }: { of: Channel }) {
  const writing = useSignal(false);
  const posts = channels.value.filter((one) => one.parent_id === of.id && isThread(one)).reverse();
  return (
    <section class="posts" aria-label={of.name}>
      {may(of, "SEND_MESSAGES") ? (
        <button
          type="button"
          class="button primary"
          onClick={() => {
            writing.value = true;
          }}
        >
          {say("new-post")}
        </button>
      ) : null}
      {posts.length ? null : <p class="faint">{say("no-posts")}</p>}
      <ul>
        {posts.map((one) => (
          <li key={one.id}>
            <button type="button" class="post" onClick={() => void open(one.id)}>
              <strong>{one.name}</strong>
              <span>
                {(of.tags ?? [])
                  .filter((tag) => one.applied?.includes(tag.id))
                  .map((tag) => (
                    <span key={tag.id} class="badge">
                      {tag.name}
                    </span>
                  ))}
                {one.archived ? <small class="faint"> {say("archived")}</small> : null}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {writing.value ? (
        <NewPost
          of={of}
          close={() => {
            writing.value = false;
          }}
        />
      ) : null}
    </section>
  );
}
