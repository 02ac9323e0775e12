"""Channels and threads as such; their messages are in messages.py."""

from sandbox.discord import errors, messages, objects, permissions, state
from sandbox.discord.forms import boolean, each, integer, shape, snowflake, text, validate
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, patch, post
from sandbox.discord.rest.kit import delete as route_delete
from sandbox.discord.world import Dispatch, World

_CHANGES = shape(
    {},
    {
        "name": text(1, 100),
        "topic": text(0, 4096),
        "nsfw": boolean,
        "position": integer(0),
        "rate_limit_per_user": integer(0, 21600),
        "archived": boolean,
        "locked": boolean,
        "permission_overwrites": each(shape({"id": snowflake, "type": integer(0, 1)})),
    },
)
_THREAD = shape({"name": text(1, 100)}, {"rate_limit_per_user": integer(0, 21600), "type": integer(10, 12)})


def channel(call: Call) -> Reply:
    return Reply(200, objects.channel(call.world, call.world.channel(call.id("channel_id"))))


def change(call: Call) -> Reply:
    found = call.world.channel(call.id("channel_id"))
    needed = "MANAGE_THREADS" if found.type in state.THREADS else "MANAGE_CHANNELS"
    mine = found.owner_id == call.world.application.id
    if not mine and not permissions.allows(call.world.allowed(found, call.world.application.id), needed):
        raise errors.missing_permissions()
    validate(_CHANGES, call.form)
    for key in ("name", "topic", "nsfw", "position", "archived", "locked"):
        if call.form.get(key) is not None:
            setattr(found, key, call.form[key])
    found.slowmode = int(call.form.get("rate_limit_per_user") or found.slowmode)
    updated(call.world, found)
    return Reply(200, objects.channel(call.world, found))


def remove(call: Call) -> Reply:
    found = call.world.channel(call.id("channel_id"))
    needed = "MANAGE_THREADS" if found.type in state.THREADS else "MANAGE_CHANNELS"
    if found.guild_id is not None:
        allowed = call.world.allowed(found, call.world.application.id)
        if not permissions.allows(allowed, needed):
            raise errors.missing_permissions()
    about = objects.channel(call.world, found)
    removed(call.world, found)
    return Reply(200, about)


def typing(call: Call) -> Reply:
    world = call.world
    found = world.channel(call.id("channel_id"))
    if not permissions.allows(world.allowed(found, world.application.id), "SEND_MESSAGES"):
        raise errors.missing_permissions()
    world.feed.add("typing", channel_id=str(found.id), channel=found.name)
    return NOTHING


def open_thread(call: Call) -> Reply:
    """A public thread, from a message or free standing."""
    world = call.world
    parent = world.channel(call.id("channel_id"))
    if not permissions.allows(world.allowed(parent, world.application.id), "CREATE_PUBLIC_THREADS"):
        raise errors.missing_permissions()
    validate(_THREAD, call.form)
    thread_id = world.ids.next()
    if "message_id" in call.params:
        thread_id = world.message(parent.id, call.id("message_id")).id
    thread = state.Channel(
        id=thread_id, type=state.PUBLIC_THREAD, name=call.form["name"], guild_id=parent.guild_id,
        parent_id=parent.id, owner_id=world.application.id,
    )  # fmt: skip
    world.channels[thread.id] = thread
    told(world, "THREAD_CREATE", thread)
    return Reply(201, objects.channel(world, thread))


def updated(world: World, found: state.Channel) -> None:
    told(world, "THREAD_UPDATE" if found.type in state.THREADS else "CHANNEL_UPDATE", found)


def removed(world: World, found: state.Channel) -> None:
    """A channel goes, and its messages and threads with it."""
    del world.channels[found.id]
    for one in [one for one in world.messages.values() if one.channel_id == found.id]:
        del world.messages[one.id]
        messages.release(world, one.attachments)
    for thread in [one for one in world.channels.values() if one.parent_id == found.id and one.type in state.THREADS]:
        removed(world, thread)
    world.feed.add("channel_deleted", channel_id=str(found.id), channel=found.name)
    told(world, "THREAD_DELETE" if found.type in state.THREADS else "CHANNEL_DELETE", found)


def told(world: World, name: str, found: state.Channel) -> None:
    """Tell the gateway what became of a channel."""
    guild = world.guilds.get(found.guild_id or 0)
    if guild is not None and guild.installed and guild.available:
        data = objects.channel(world, found)
        world.dispatch(Dispatch(name=name, data=data, guild_id=guild.id, intent=1))


ROUTES = (
    get("/channels/{channel_id}", channel),
    patch("/channels/{channel_id}", change),
    route_delete("/channels/{channel_id}", remove),
    post("/channels/{channel_id}/typing", typing),
    post("/channels/{channel_id}/threads", open_thread),
    post("/channels/{channel_id}/messages/{message_id}/threads", open_thread),
)
