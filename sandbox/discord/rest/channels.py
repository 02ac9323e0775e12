"""Channels as such; their threads are in threads.py, their messages in messages.py."""

from sandbox.discord import errors, messages, objects, permissions, state, threads
from sandbox.discord.forms import (
    Json,
    as_list,
    as_object,
    boolean,
    each,
    integer,
    one_of,
    shape,
    snowflake,
    text,
    validate,
)
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, patch, post
from sandbox.discord.rest.kit import delete as route_delete
from sandbox.discord.world import Dispatch, World

ARCHIVE_MINUTES = one_of(60, 1440, 4320, 10080)
SLOWMODE = integer(0, 21600)
_CHANGES = shape(
    {},
    {
        "name": text(1, 100),
        "topic": text(0, 4096),
        "nsfw": boolean,
        "position": integer(0),
        "rate_limit_per_user": SLOWMODE,
        "default_thread_rate_limit_per_user": SLOWMODE,
        "default_auto_archive_duration": ARCHIVE_MINUTES,
        "flags": integer(0),
        "available_tags": each(shape({"name": text(0, 20)}, {"id": snowflake, "moderated": boolean}), 0, 20),
        "permission_overwrites": each(
            shape({"id": snowflake, "type": integer(0, 1)}, {"allow": snowflake, "deny": snowflake})
        ),
    },
)
_FIELDS = {
    "name": "name",
    "topic": "topic",
    "nsfw": "nsfw",
    "position": "position",
    "rate_limit_per_user": "slowmode",
    "default_thread_rate_limit_per_user": "thread_slowmode",
    "default_auto_archive_duration": "archive_minutes",
}
_THREAD_CHANGES = shape(
    {},
    {
        "name": text(1, 100),
        "rate_limit_per_user": SLOWMODE,
        "auto_archive_duration": ARCHIVE_MINUTES,
        "archived": boolean,
        "locked": boolean,
        "invitable": boolean,
        "flags": integer(0),
        "applied_tags": each(snowflake, 0, 5),
    },
)
_THREAD_FIELDS = {
    "name": "name",
    "rate_limit_per_user": "slowmode",
    "auto_archive_duration": "archive_minutes",
    "locked": "locked",
    "invitable": "invitable",
}
_MODERATED = frozenset({"rate_limit_per_user", "locked", "invitable", "flags"})


def channel(call: Call) -> Reply:
    return Reply(200, objects.channel(call.world, call.world.channel(call.id("channel_id"))))


def change(call: Call) -> Reply:
    world = call.world
    found = world.channel(call.id("channel_id"))
    if found.type in state.THREADS:
        _change_thread(call, found)
        return Reply(200, objects.channel(world, found))
    allowed = world.allowed(found, world.application.id)
    validate(_CHANGES, call.form)
    overwrites = call.form.get("permission_overwrites")
    if not permissions.allows(allowed, "MANAGE_CHANNELS", *(["MANAGE_ROLES"] if overwrites is not None else [])):
        raise errors.missing_permissions()
    for key, name in _FIELDS.items():
        if call.form.get(key) is not None:
            setattr(found, name, call.form[key])
    if call.form.get("flags") is not None:
        found.flags = found.flags & ~state.REQUIRE_TAG | call.form["flags"] & state.REQUIRE_TAG
    if call.form.get("available_tags") is not None:
        found.tags = [_tag(world, as_object(one)) for one in as_list(call.form["available_tags"])]
    if overwrites is not None:
        entries = [_overwrite(as_object(one)) for one in as_list(overwrites)]
        with threads.syncing(world, world.guild(found.guild_id or 0)):
            found.overwrites = {one.id: one for one in entries}
    updated(world, found)
    return Reply(200, objects.channel(world, found))


def _tag(world: World, about: Json) -> state.Tag:
    tag_id = int(about["id"]) if about.get("id") else world.ids.next()
    return state.Tag(id=tag_id, name=about["name"], moderated=bool(about.get("moderated")))


def _overwrite(about: Json) -> state.Overwrite:
    allow, deny = int(about.get("allow") or 0), int(about.get("deny") or 0)
    return state.Overwrite(id=int(about["id"]), kind=about["type"], allow=allow, deny=deny)


def _change_thread(call: Call, thread: state.Channel) -> None:
    world, form = call.world, {key: value for key, value in call.form.items() if value is not None}
    validate(_THREAD_CHANGES, form)
    _may_change(world, thread, form)
    if "applied_tags" in form:
        thread.applied = applied_tags(world, thread.parent_id or 0, form["applied_tags"])
    if "auto_archive_duration" in form:
        thread.archive_changed_at = world.clock.now()
    for key, name in _THREAD_FIELDS.items():
        if key in form:
            setattr(thread, name, form[key])
    if "flags" in form:
        thread.flags = thread.flags & ~state.PINNED | form["flags"] & state.PINNED
    if form.get("archived", thread.archived) == thread.archived:
        threads.tell(world, "THREAD_UPDATE", thread)
    threads.set_archived(world, thread, archived=form.get("archived", thread.archived))
    if "auto_archive_duration" in form or form.get("archived"):
        threads.touch(world, thread)


def _may_change(world: World, thread: state.Channel, form: Json) -> None:
    """Public documentation: resources/channel, Modify Channel, and topics/threads, "Editing & Deleting Threads".

    To take a thread out of the archive the right to write is enough, unless it is locked. All else that is asked of one
    that is archived, and stays so, is 50083.
    """
    allowed = world.allowed(thread, world.application.id)
    moderates = permissions.allows(allowed, "MANAGE_THREADS")
    wakes = thread.archived and form.get("archived") is False
    others = form.keys() - ({"archived"} if wakes else set[str]())
    mine = thread.owner_id == world.application.id and not thread.locked and not others & _MODERATED
    if others and not moderates and not mine:
        raise errors.missing_permissions()
    writes = permissions.allows(allowed, "SEND_MESSAGES_IN_THREADS")
    if wakes and not moderates and (thread.locked or not writes):
        raise errors.missing_permissions()
    if thread.archived and not wakes and others - {"archived"}:
        raise errors.archived_thread()


def applied_tags(world: World, parent_id: int, wanted: list[object]) -> list[int]:
    """The tags a post is filed under: those its channel has, and of the moderated ones only for who moderates."""
    parent = world.channels[parent_id]
    known = {one.id: one for one in parent.tags}
    chosen = [int(str(one)) for one in wanted if int(str(one)) in known]
    moderates = permissions.allows(world.allowed(parent, world.application.id), "MANAGE_THREADS")
    if any(known[one].moderated for one in chosen) and not moderates:
        raise errors.missing_permissions()
    return chosen


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
    needed = "SEND_MESSAGES_IN_THREADS" if found.type in state.THREADS else "SEND_MESSAGES"
    if not permissions.allows(world.allowed(found, world.application.id), needed):
        raise errors.missing_permissions()
    world.feed.add("typing", channel_id=str(found.id), channel=found.name)
    return NOTHING


def updated(world: World, found: state.Channel) -> None:
    told(world, "THREAD_UPDATE" if found.type in state.THREADS else "CHANNEL_UPDATE", found)


def removed(world: World, found: state.Channel) -> None:
    """A channel goes, and its messages and threads with it. The channels of a category stay, outside of any."""
    for thread in [one for one in world.channels.values() if one.parent_id == found.id and one.type in state.THREADS]:
        removed(world, thread)
    told(world, "THREAD_DELETE" if found.type in state.THREADS else "CHANNEL_DELETE", found)
    del world.channels[found.id]
    for one in [one for one in world.channels.values() if one.parent_id == found.id]:
        one.parent_id = None
        updated(world, one)
    for one in [one for one in world.messages.values() if one.channel_id == found.id]:
        del world.messages[one.id]
        messages.release(world, one.attachments)
    world.feed.add("channel_deleted", channel_id=str(found.id), channel=found.name)


def told(world: World, name: str, found: state.Channel) -> None:
    """Tell the gateway what became of a channel or thread."""
    guild = world.guilds.get(found.guild_id or 0)
    if found.type in state.THREADS:
        threads.tell(world, name, found)
        return
    world.changed(found.guild_id)
    if guild is not None and guild.installed and guild.available:
        data = objects.channel(world, found)
        world.dispatch(Dispatch(name=name, data=data, guild_id=guild.id, intent=1))


ROUTES = (
    get("/channels/{channel_id}", channel),
    patch("/channels/{channel_id}", change),
    route_delete("/channels/{channel_id}", remove),
    post("/channels/{channel_id}/typing", typing),
)
