"""Making, editing and deleting messages: what Discord accepts, and what becomes of it.

Sources: public documentation, resources/message and components/reference; the limits are in the public schema.
"""

import copy
from dataclasses import dataclass
from typing import Any

from sandbox.discord import components, embeds, errors, mentions, objects, state, threads, uploads, wire
from sandbox.discord.forms import (
    Json,
    Path,
    Problems,
    as_list,
    as_object,
    boolean,
    each,
    integer,
    one_of,
    shape,
    snowflake,
    text,
)
from sandbox.discord.state import Upload
from sandbox.discord.uploads import Body
from sandbox.discord.world import World

MOST_ATTACHMENTS = 10
REQUEST_BYTES = 25 * objects.MIB
SETTABLE = state.SUPPRESS_EMBEDS | state.SUPPRESS_NOTIFICATIONS | state.IS_COMPONENTS_V2 | (1 << 13)
HOUR = 3600
LATE_EDITS, LATE_SECONDS = 3, 20
_FIELDS = shape(
    {},
    {
        "content": text(0, 2000),
        "tts": boolean,
        "flags": integer(0),
        "allowed_mentions": mentions.check,
        "embeds": embeds.check,
        "attachments": each(
            shape(
                {"id": snowflake},
                {
                    "filename": text(1, 1024),
                    "description": text(0, 1024),
                    "title": text(0, 1024),
                    "is_spoiler": boolean,
                },
            )
        ),
        "sticker_ids": each(snowflake, 0, 3),
        "message_reference": shape(
            {"message_id": snowflake},
            {"type": one_of(0, 1), "channel_id": snowflake, "guild_id": snowflake, "fail_if_not_exists": boolean},
        ),
        "poll": shape(
            {
                "question": shape({"text": text(1, 300)}),
                "answers": each(shape({"poll_media": shape({}, {"text": text(1, 55)})}), 1, 10),
            },
            {"duration": integer(1, 768), "allow_multiselect": boolean},
        ),
    },
)
_LEGACY = ("content", "embeds", "poll", "sticker_ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message somebody wants to make or the changes to one: an accepted form, its files, how it was sent."""

    form: Json
    uploads: tuple[Upload, ...] = ()
    flags: int = 0
    from_webhook: bool = False


def draft(
    body: Body, *, prefix: Path = (), settable: int = SETTABLE, editing: state.Message | None = None,
    from_webhook: bool = False,
) -> Draft:  # fmt: skip
    """Check a body. InvalidForm says what is wrong, under `prefix`; too many files have a code of their own."""
    problems = Problems()
    form = as_object(body.json)
    _FIELDS(form, prefix, problems)
    flags = form.get("flags")
    flags = (editing.flags if editing else 0) if not isinstance(flags, int) else flags & settable
    if editing is not None:
        flags |= editing.flags & (state.IS_COMPONENTS_V2 | state.EPHEMERAL)
    v2 = bool(flags & state.IS_COMPONENTS_V2)
    if form.get("components") is not None:
        components.check(form["components"], (*prefix, "components"), problems, v2=v2)
    if v2:
        _refuse_legacy(form, editing, prefix, problems)
    problems.settle()
    if len(as_list(form.get("attachments"))) > MOST_ATTACHMENTS or len(body.uploads) > MOST_ATTACHMENTS:
        raise errors.too_many_attachments()
    return Draft(form=form, uploads=body.uploads, flags=flags, from_webhook=from_webhook)


def _refuse_legacy(form: Json, editing: state.Message | None, prefix: Path, problems: Problems) -> None:
    """Turning a message into v2 needs content null and embeds empty in the same edit."""
    left: Json = dict(form)
    if editing is not None:
        left = {"content": editing.content, "embeds": editing.embeds, "poll": editing.poll, **form}
    for key in _LEGACY:
        if left.get(key):
            problems.add(
                (*prefix, key),
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


def check_sizes(
    world: World, channel: state.Channel | None, body: Body, cause: state.Interaction | None = None
) -> None:
    """413 when a file exceeds the guild's limit, or all together the request's (25 MiB in unboosted guilds).

    An answer to an interaction may have what its `attachment_size_limit` said; a plain message never the member's part.
    """
    limit = objects.upload_limit(world.guilds.get(channel.guild_id or 0) if channel else None)
    limit = limit if cause is None else int(cause.payload["attachment_size_limit"])
    if any(one.size > limit for one in body.uploads):
        raise errors.request_too_large()
    if sum(one.size for one in body.uploads) > max(REQUEST_BYTES, limit):
        raise errors.request_too_large()


def create(world: World, written: Draft, one: state.Message, *, silent: bool = False) -> state.Message:
    """Fill a fresh message from the draft, store it and tell of it. 50006 when nothing would be shown."""
    attached = _attach(world, written.uploads, written, one, kept=[])
    embedded, laid_out = _resolved(world, written.form, attached)
    content = str(written.form.get("content") or "").strip()
    if not (content or embedded or laid_out or attached or written.form.get("poll") or written.form.get("sticker_ids")):
        raise errors.empty_message()
    one.content, one.embeds, one.components = content, embedded, laid_out
    one.attachments, one.tts = attached, bool(written.form.get("tts"))
    one.flags |= written.flags
    one.poll = _poll(written.form.get("poll"), world.clock.now())
    _mention(world, written, one)
    world.messages[one.id] = one
    channel = world.channels[one.channel_id]
    if one.only_for is None:
        channel.last_message_id = one.id
    if not silent:
        wire.announce(world, one, "created")
    if channel.type in state.THREADS and one.only_for is None:
        threads.wrote(world, one, joins=not written.from_webhook)
    return one


def forward(world: World, one: state.Message, source: state.Message) -> state.Message:
    """Fill a fresh message with a snapshot of another one, whose files stay when that goes; store it, tell of it."""
    one.forwarded, one.reference, one.reference_channel = True, source.id, source.channel_id
    one.flags, one.content = state.HAS_SNAPSHOT, source.content
    one.embeds, one.components = copy.deepcopy(source.embeds), copy.deepcopy(source.components)
    one.attachments = list(source.attachments)
    for entry in one.attachments:
        entry.shared = True
    world.messages[one.id] = one
    channel = world.channels[one.channel_id]
    channel.last_message_id = one.id
    wire.announce(world, one, "created")
    if channel.type in state.THREADS:
        threads.wrote(world, one, joins=True)
    return one


def edit(world: World, written: Draft, one: state.Message) -> state.Message:
    """Change what the draft names, keep the rest; a loading message stops loading. An edit rings for nobody.

    Source of the last, deferred responses included: discord-api-docs issue 5497. A poll comes in by the edit that ends
    a deferral only; in any other that field means nothing (pull request 7090, issue 7022). A poll stays as it is.
    """
    form = written.form
    if one.poll is not None:
        raise errors.poll_message()
    if not one.flags & state.LOADING:
        form = {key: entry for key, entry in form.items() if key != "poll"}
    attached, named = _reattach(world, written, one)
    merged = {"embeds": one.embeds, "components": one.components, **form}
    embedded, laid_out = _resolved(world, merged, named)
    content = str(form["content"] or "").strip() if "content" in form else one.content
    if not (content or embedded or laid_out or attached or form.get("poll")):
        raise errors.empty_message()
    dropped = [entry for entry in one.attachments if entry not in attached]
    one.content, one.embeds, one.components, one.attachments = content, embedded, laid_out, attached
    release(world, dropped)
    if one.flags & state.LOADING and one.interaction is not None:
        one.interaction.thinking = False
    one.flags = (written.flags | (one.flags & ~SETTABLE)) & ~state.LOADING
    one.poll = _poll(form.get("poll"), world.clock.now())
    one.edited_at = world.clock.now()
    rung_for = one.pinged
    _mention(world, written, one)
    one.pinged = rung_for
    wire.announce(world, one, "edited")
    return one


def _reattach(
    world: World, written: Draft, one: state.Message
) -> tuple[list[state.Attachment], list[state.Attachment]]:
    """The attachments after an edit, and those of them that attachment:// finds.

    `attachments` lists everything that is to stay, new files included. Without it new files replace the old ones
    (discord-api-docs issue 5170) and components do not find them (issue 7529). Of those that stay it changes what it
    names: `description`, `is_spoiler` (public documentation: change-log, 2026-06-24).
    """
    if written.form.get("attachments") is None:
        if not written.uploads:
            return one.attachments, one.attachments
        return _attach(world, written.uploads, written, one, kept=[]), []
    listed = uploads.entries(written.form["attachments"])
    kept = [entry for entry in one.attachments if str(entry.id) in listed]
    for entry in kept:
        uploads.describe(entry, listed[str(entry.id)])
    fresh = tuple(upload for upload in written.uploads if str(upload.index) in listed)
    attached = _attach(world, fresh, written, one, kept=kept)
    return attached, attached


def delete(world: World, one: state.Message) -> None:
    """The message and its files; links to those lead nowhere from now on."""
    del world.messages[one.id]
    wire.announce(world, one, "deleted")
    release(world, one.attachments)


def delete_several(world: World, channel: state.Channel, doomed: list[state.Message]) -> None:
    """Delete messages of one channel at once: the gateway tells of all of them in one event, the feed of each."""
    for one in doomed:
        del world.messages[one.id]
        release(world, one.attachments)
    wire.announce_deleted(world, channel, doomed)


def release(world: World, attached: list[state.Attachment]) -> None:
    """Remove files that a message showed, unless another one still does."""
    for entry in attached:
        if not entry.shared or all(entry not in one.attachments for one in world.messages.values()):
            uploads.forget(world, entry)


def _mention(world: World, written: Draft, one: state.Message) -> None:
    texts = [one.content, *components.texts(one.components)]
    rules = mentions.allowed(written.form.get("allowed_mentions"), from_webhook=written.from_webhook)
    mentions.resolve(world, one, texts, rules)


def _attach(
    world: World, files: tuple[Upload, ...], written: Draft, one: state.Message, kept: list[state.Attachment]
) -> list[state.Attachment]:
    """The kept attachments and one for each file, described by the `attachments` entry of its index."""
    if len(kept) + len(files) > MOST_ATTACHMENTS:
        raise errors.too_many_attachments()
    listed = uploads.entries(written.form.get("attachments"))
    alone = one.only_for is not None
    fresh = [
        uploads.attach(world, file, one.channel_id, listed.get(str(file.index)), ephemeral=alone) for file in files
    ]
    return [*kept, *fresh]


def _resolved(world: World, form: Json, attached: list[state.Attachment]) -> tuple[list[Json], list[Json]]:
    """Embeds and components with every attachment:// replaced by the attachment itself."""
    problems = Problems()
    named = {one.filename: one for one in attached}
    settled = embeds.settle(form.get("embeds")), components.settle(form.get("components"))
    embedded = _bound(world, settled[0], named, ("embeds",), problems)
    laid_out = _bound(world, settled[1], named, ("components",), problems)
    problems.settle()
    return embedded, laid_out


def _bound(world: World, value: Any, named: dict[str, state.Attachment], path: Path, problems: Problems) -> Any:
    if isinstance(value, list):
        items = as_list(value)
        return [_bound(world, one, named, (*path, str(n)), problems) for n, one in enumerate(items)]
    if not isinstance(value, dict):
        return value
    entries = as_object(value)
    result: Json = {key: _bound(world, one, named, (*path, key), problems) for key, one in entries.items()}
    for key in ("media", "file", "image", "thumbnail"):
        target = as_object(result.get(key))
        if target:
            result[key] = _media(world, target, named, (*path, key), problems, unfurled=key in {"media", "file"})
            if key == "file":
                _name_file(result, named, str(target.get("url")))
            if entries.get("type") == components.THUMBNAIL:
                _only_pictures(as_object(result[key]), (*path, key), problems)
    return result


def _only_pictures(media: Json, path: Path, problems: Problems) -> None:
    """A thumbnail shows no videos (public documentation: components/reference)."""
    if not str(media.get("content_type", "image/")).startswith("image/"):
        text_of_it = "Thumbnails only support images"
        problems.add((*path, "url"), "UNFURLED_MEDIA_ITEM_UNSUPPORTED_TYPE", text_of_it)


def _media(
    world: World, target: Json, named: dict[str, state.Attachment], path: Path, problems: Problems, *, unfurled: bool
) -> Json:
    url = str(target.get("url", ""))
    if url.startswith("attachment://"):
        found = named.get(url.removeprefix("attachment://"))
    else:
        # A link that came from reading this message stands for its attachment.
        found = next((one for one in named.values() if url.startswith(objects.bare_link(world, one))), None)
        if found is None:
            plain: Json = {"proxy_url": url, "url": url}
            plain |= {"description": target["description"]} if target.get("description") else {}
            return {"id": str(world.ids.next()), "width": 0, "height": 0, **plain} if unfurled else plain
    if found is None:
        problems.add(
            (*path, "url"),
            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
            f"The referenced attachment {url!r} was not found",
        )
        return target
    bound: Json = {"url": url, "proxy_url": url, "attachment_id": str(found.id), "content_type": found.content_type}
    return {"id": str(world.ids.next()), **bound} if unfurled else bound


def _name_file(component: Json, named: dict[str, state.Attachment], url: str) -> None:
    found = named.get(url.removeprefix("attachment://"))
    if found is not None:
        component |= {"name": found.filename, "size": found.size}


def _poll(value: Any, now: float) -> Json | None:
    form = as_object(value)
    if not form:
        return None
    answers = [
        {"answer_id": n, "poll_media": as_object(as_object(one).get("poll_media"))}
        for n, one in enumerate(as_list(form["answers"]), start=1)
    ]
    return {
        "question": form["question"],
        "answers": answers,
        "expiry": objects.moment(now + HOUR * int(form.get("duration") or 24)),
        "allow_multiselect": bool(form.get("allow_multiselect")),
        "layout_type": 1,
        "results": {"answer_counts": [], "is_finalized": False},
    }
