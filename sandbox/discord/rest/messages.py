"""Channel messages with the bot token: post, read, edit, delete."""

from sandbox.discord import errors, messages, permissions, state, wire
from sandbox.discord.forms import (
    Json,
    Path,
    Problems,
    as_list,
    as_object,
    each,
    integer,
    shape,
    snowflake,
    validate,
)
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, patch, post
from sandbox.discord.rest.kit import delete as route_delete
from sandbox.discord.snowflakes import created_at
from sandbox.discord.world import World

# "the past few minutes" (public documentation: resources/message, enforce_nonce); the exact window is unknown.
NONCE_SECONDS = 5 * 60
_MOST_NONCE = 25
_FORWARD = 1
_TWO_WEEKS = 14 * 24 * 3600
_FEWEST, _MOST = 2, 100
_MESSAGE_CONTENT = 1 << 15


def create(call: Call) -> Reply:
    world = call.world
    channel = world.channel(call.id("channel_id"))
    if channel.type not in state.WRITABLE:
        raise errors.non_text_channel()
    messages.check_sizes(world, channel, call.body)
    _check_nonce(call.form)
    written = messages.draft(call.body)
    may_post(world, channel, written)
    known = _same_nonce(world, written.form)
    if known is not None:
        return Reply(200, wire.message(world, known))
    fresh = state.Message(
        id=world.ids.next(), channel_id=channel.id, author_id=world.application.id, created_at=world.clock.now(),
        nonce=written.form.get("nonce"),
    )  # fmt: skip
    if as_object(written.form.get("message_reference")).get("type") == _FORWARD:
        messages.forward(world, fresh, _forwardable(world, written))
    else:
        _refer(world, channel, written.form, fresh)
        messages.create(world, written, fresh)
    _remember_nonce(world, fresh)
    return Reply(200, wire.message(world, fresh))


def may_post(world: World, channel: state.Channel, written: messages.Draft) -> None:
    """The permissions a post needs. 50013, or 160005 and 50007 for locked threads and closed direct messages."""
    if channel.type == state.DM:
        return _may_write_to(world, channel)
    allowed = world.allowed(channel, world.application.id)
    thread = channel.type in state.THREADS
    needed = ["SEND_MESSAGES_IN_THREADS" if thread else "SEND_MESSAGES"]
    needed += ["ATTACH_FILES"] if written.uploads else []
    needed += ["EMBED_LINKS"] if written.form.get("embeds") else []
    needed += ["SEND_POLLS"] if written.form.get("poll") else []
    if not permissions.allows(allowed, *needed):
        raise errors.missing_permissions()
    if _closed(world, channel):
        raise errors.locked_thread()
    return None


def _closed(world: World, channel: state.Channel) -> bool:
    """A locked thread is for moderators alone to write and edit in (public documentation: topics/threads)."""
    allowed = world.allowed(channel, world.application.id)
    return channel.locked and not permissions.allows(allowed, "MANAGE_THREADS")


def _may_write_to(world: World, channel: state.Channel) -> None:
    user = world.users[channel.recipient_id or 0]
    shared = any(guild.installed and user.id in guild.members for guild in world.guilds.values())
    if not shared and not user.installed_app:
        raise errors.no_mutual_guild()
    if not user.accepts_direct_messages:
        raise errors.cannot_message_user()


def _check_nonce(form: Json) -> None:
    nonce = form.get("nonce")
    problems = Problems()
    path: Path = ("nonce",)
    if isinstance(nonce, str) and len(nonce) > _MOST_NONCE:
        problems.add(path, "NONCE_TYPE_TOO_LONG", f"Nonce must be {_MOST_NONCE} or fewer in length.")
    elif nonce is not None and not isinstance(nonce, str):
        integer(-(2**63), 2**63 - 1)(nonce, path, problems)
    problems.settle()


def _same_nonce(world: World, form: Json) -> state.Message | None:
    """The author's message this nonce already made in the window; 10008 when it was deleted since.

    Source of the latter: discord-api-docs pull request 6647.
    """
    if not form.get("enforce_nonce") or form.get("nonce") is None:
        return None
    key = (world.application.id, str(form["nonce"]))
    when, message_id = world.nonces.get(key, (0.0, 0))
    if world.clock.now() - when > NONCE_SECONDS:
        return None
    if message_id not in world.messages:
        raise errors.unknown_message()
    return world.messages[message_id]


def _remember_nonce(world: World, one: state.Message) -> None:
    if one.nonce is not None:
        world.nonces[one.author_id, str(one.nonce)] = (one.created_at, one.id)


def _refer(world: World, channel: state.Channel, form: Json, fresh: state.Message) -> None:
    """Make it a reply. 160002 without read history; 50035 when the message is gone and that was to fail."""
    reference = as_object(form.get("message_reference"))
    if not reference:
        return
    allowed = world.allowed(channel, world.application.id)
    if not permissions.allows(allowed, "READ_MESSAGE_HISTORY"):
        raise errors.reply_needs_history()
    target = world.messages.get(int(reference["message_id"]))
    if target is not None and target.channel_id == channel.id and target.only_for is None:
        fresh.type, fresh.reference, fresh.reference_channel = state.REPLY, target.id, channel.id
    elif reference.get("fail_if_not_exists", True):
        problems = Problems()
        problems.add(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        problems.settle()


def _forwardable(world: World, written: messages.Draft) -> state.Message:
    """What a forward is of. It needs its channel's id, and nothing beside it; only plain messages can be forwarded.

    Source: public documentation, resources/message, "Message Reference Types"; discord-api-docs pull requests 7830 and
    8295 (160014). 160008 and 160011 are known from libraries' lists of codes.
    """
    reference = as_object(written.form["message_reference"])
    validate(shape({"message_reference": shape({"channel_id": snowflake})}), written.form)
    if (
        any(written.form.get(key) for key in ("content", "embeds", "components", "poll", "sticker_ids"))
        or written.uploads
    ):
        raise errors.forward_with_content()
    place = world.channel(int(reference["channel_id"]))
    found = world.messages.get(int(reference["message_id"]))
    if found is None or found.channel_id != place.id or found.only_for is not None:
        raise errors.unknown_reference()
    if found.type not in {state.DEFAULT, state.REPLY, state.CHAT_COMMAND, state.MENU_COMMAND} or found.poll:
        raise errors.system_message()
    readable = permissions.allows(world.allowed(place, world.application.id), "READ_MESSAGE_HISTORY")
    if not readable or _hidden(world, place, wire.message(world, found)):
        raise errors.unreadable_forward()
    return found


def history(call: Call) -> Reply:
    """Newest first. Without the permission to read history there is none."""
    world = call.world
    channel = world.channel(call.id("channel_id"))
    limit = call.limit(50, 100)
    if not permissions.allows(world.allowed(channel, world.application.id), "READ_MESSAGE_HISTORY"):
        return Reply(200, [])
    listed = sorted(world.history(channel.id), key=lambda one: one.id, reverse=True)
    around, before, after = (call.asked_id(name) for name in ("around", "before", "after"))
    if around is not None:
        older = [one for one in listed if one.id <= around][: limit // 2 + 1]
        newer = [one for one in listed if one.id > around]
        listed = newer[max(0, len(newer) - (limit - len(older))) :] + older
    elif before is not None:
        listed = [one for one in listed if one.id < before]
    elif after is not None:
        newer = [one for one in listed if one.id > after]
        listed = newer[max(0, len(newer) - limit) :]
    return Reply(200, [_readable(world, channel, one) for one in listed[:limit]])


def read(call: Call) -> Reply:
    world = call.world
    channel = world.channel(call.id("channel_id"))
    if not permissions.allows(world.allowed(channel, world.application.id), "READ_MESSAGE_HISTORY"):
        raise errors.missing_permissions()
    return Reply(200, _readable(world, channel, world.message(channel.id, call.id("message_id"))))


def _readable(world: World, channel: state.Channel, one: state.Message) -> Json:
    data = wire.message(world, one)
    return wire.hide_content(data, world.application.id) if _hidden(world, channel, data) else data


def _hidden(world: World, channel: state.Channel, data: Json) -> bool:
    """Over REST too, members' content needs the message content intent (public documentation: events/gateway)."""
    if channel.guild_id is None or world.application.privileged_intents & _MESSAGE_CONTENT:
        return False
    return wire.hide_content(data, world.application.id) is not data


def edit(call: Call) -> Reply:
    world = call.world
    channel = world.channel(call.id("channel_id"))
    one = world.message(channel.id, call.id("message_id"))
    if one.author_id != world.application.id:
        raise errors.other_authors_message()
    if channel.archived:
        raise errors.archived_thread()
    if _closed(world, channel):
        raise errors.locked_thread()
    _late(world, one)
    messages.check_sizes(world, channel, call.body)
    written = messages.draft(call.body, editing=one)
    return Reply(200, wire.message(world, messages.edit(world, written, one)))


def _late(world: World, one: state.Message) -> None:
    """Edits of messages older than an hour run out soon (discord-api-docs issue 4413); how soon is not documented.

    Somebody counted three in twenty seconds (circuitsacul/starboard-4 issue 118).
    """
    now = world.clock.now()
    if now - one.created_at <= messages.HOUR:
        return
    if now >= one.late_edits_until:
        one.late_edits, one.late_edits_until = 0, now + messages.LATE_SECONDS
    one.late_edits += 1
    if one.late_edits > messages.LATE_EDITS:
        raise errors.too_many_old_edits(one.late_edits_until - now)


def remove(call: Call) -> Reply:
    world = call.world
    channel = world.channel(call.id("channel_id"))
    one = world.message(channel.id, call.id("message_id"))
    allowed = world.allowed(channel, world.application.id)
    if one.author_id != world.application.id and not permissions.allows(allowed, "MANAGE_MESSAGES"):
        raise errors.missing_permissions()
    if channel.archived and _closed(world, channel):
        raise errors.archived_thread()
    messages.delete(world, one)
    return NOTHING


def bulk_delete(call: Call) -> Reply:
    world = call.world
    channel = world.channel(call.id("channel_id"))
    if not permissions.allows(world.allowed(channel, world.application.id), "MANAGE_MESSAGES"):
        raise errors.missing_permissions()
    if channel.guild_id is None:
        raise errors.direct_channel()
    validate(shape({"messages": each(snowflake)}), call.form)
    asked = [int(one) for one in as_list(call.form["messages"])]
    if not _FEWEST <= len(asked) <= _MOST:
        raise errors.wrong_number_to_delete()
    problems = Problems()
    for index, one in enumerate(asked):
        if one in asked[:index]:
            path = ("messages", str(index))
            problems.add(path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    problems.settle()
    if any(created_at(one) < world.clock.now() - _TWO_WEEKS for one in asked):
        raise errors.too_old_to_delete()
    found = [world.messages.get(one) for one in asked]
    messages.delete_several(world, channel, [one for one in found if one is not None and one.channel_id == channel.id])
    return NOTHING


ROUTES = (
    post("/channels/{channel_id}/messages", create),
    get("/channels/{channel_id}/messages", history),
    post("/channels/{channel_id}/messages/bulk-delete", bulk_delete),
    get("/channels/{channel_id}/messages/{message_id}", read),
    patch("/channels/{channel_id}/messages/{message_id}", edit),
    route_delete("/channels/{channel_id}/messages/{message_id}", remove),
)
