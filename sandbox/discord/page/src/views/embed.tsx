/** The older way of bots to lay out a message. */
import { when } from "../format";
import { Link, Markdown } from "../markdown";
import type { Embed } from "../wire";
import { Gallery, Thumbnail } from "./media";

export function EmbedView({ of }: { of: Embed }) {
  const colour = of.color == null ? {} : { borderInlineStartColor: `#${of.color.toString(16).padStart(6, "0")}` };
  const bare = !of.title && !of.description && !of.fields?.length && of.thumbnail;
  if (bare && of.thumbnail) return <Gallery items={[{ media: of.thumbnail, description: null, spoiler: false }]} />;
  return (
    <div class="embed" style={colour}>
      <div class="body">
        {of.author ? (
          <div class="author">
            <Link target={of.author.url}>{of.author.name}</Link>
          </div>
        ) : null}
        {of.title ? (
          <div class="title">
            <Link target={of.url}>
              <Markdown text={of.title} />
            </Link>
          </div>
        ) : null}
        {of.description ? <Markdown text={of.description} /> : null}
        {of.fields?.length ? (
          <dl>
            {of.fields.map((one, at) => (
              <div key={at} class={one.inline ? "inline" : ""}>
                <dt>
                  <Markdown text={one.name} />
                </dt>
                <dd>
                  <Markdown text={one.value} />
                </dd>
              </div>
            ))}
          </dl>
        ) : null}
        {of.image ? <Gallery items={[{ media: of.image, description: null, spoiler: false }]} /> : null}
        {of.footer || of.timestamp ? (
          <footer>{[of.footer?.text, of.timestamp ? when(of.timestamp) : ""].filter(Boolean).join(" • ")}</footer>
        ) : null}
      </div>
      {of.thumbnail ? <Thumbnail media={of.thumbnail} description={null} spoiler={false} /> : null}
    </div>
  );
}
