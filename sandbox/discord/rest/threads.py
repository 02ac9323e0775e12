"""Threads and posts: opening them, who is in them, those that are archived."""

from sandbox.discord import errors, messages, objects, permissions, state, threads, wire
from sandbox.discord.forms import (
    Json,
    anything,
    as_list,
    boolean,
    each,
    one_of,
    shape,
    snowflake,
    text,
    validate,
)
from sandbox.discord.rest.channels import ARCHIVE_MINUTES, SLOWMODE, applied_tags
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, post, put
from sandbox.discord.rest.kit import delete as route_delete
from sandbox.discord.sessions import GUILD_MEMBERS
from sandbox.discord.uploads import Body
from sandbox.discord.world import World

_THREAD = {"rate_limit_per_user": SLOWMODE, "auto_archive_duration": ARCHIVE_MINUTES}
_FROM_MESSAGE = shape({"name": text(1, 100)}, _THREAD)
_WITHOUT = shape({"name": text(1, 100)}, {**_THREAD, "type": one_of(10, 11, 12), "invitable": boolean})
_POST = shape({"name": text(1, 100), "message": anything}, {**_THREAD, "applied_tags": each(snowflake, 0, 5)})
_MOST_LISTED = 100


def start_from_message(call: Call) -> Reply:
    world = call.world
    parent = world.channel(call.id("channel_id"))
    kind = {state.TEXT: state.PUBLIC_THREAD, state.ANNOUNCEMENT: state.ANNOUNCEMENT_THREAD}.get(parent.type)
    if kind is None:
        raise errors.wrong_channel_type()
    source = world.message(parent.id, call.id("message_id"))
    _may(world, parent, "CREATE_PUBLIC_THREADS")
    validate(_FROM_MESSAGE, call.form)
    if threads.of_message(world, source) is not None:
        raise errors.thread_exists()
    thread = _fresh(call, parent, kind, thread_id=source.id)
    pointer = threads.start_from(world, source, thread)
    wire.announce(world, source, "edited")
    wire.announce(world, pointer, "created")
    return Reply(201, objects.channel(world, thread))


def start(call: Call) -> Reply:
    """A thread of its own, or in a forum or media channel a post. Without a `type` it is private, as it always was."""
    world = call.world
    parent = world.channel(call.id("channel_id"))
    if parent.type in state.THREAD_ONLY:
        return _post(call, parent)
    if parent.type not in {state.TEXT, state.ANNOUNCEMENT}:
        raise errors.wrong_channel_type()
    validate(_WITHOUT, call.form)
    kind = call.form.get("type") or state.PRIVATE_THREAD
    fitting = {state.ANNOUNCEMENT_THREAD} if parent.type == state.ANNOUNCEMENT else {11, 12}
    validate(shape({"type": one_of(*sorted(fitting))}), {"type": kind})
    _may(world, parent, "CREATE_PRIVATE_THREADS" if kind == state.PRIVATE_THREAD else "CREATE_PUBLIC_THREADS")
    thread = _fresh(call, parent, kind, thread_id=world.ids.next())
    return Reply(201, objects.channel(world, threads.open_thread(world, thread)))


def _post(call: Call, parent: state.Channel) -> Reply:
    """A thread and the first message in it, which has its id."""
    world = call.world
    validate(_POST, call.form)
    messages.check_sizes(world, parent, call.body)
    body = messages.draft(Body(json=call.form["message"], uploads=call.body.uploads), prefix=("message",))
    needed = ["ATTACH_FILES"] if body.uploads else []
    needed += ["EMBED_LINKS"] if body.form.get("embeds") else []
    _may(world, parent, "SEND_MESSAGES", *needed)
    applied = applied_tags(world, parent.id, as_list(call.form.get("applied_tags")))
    if parent.flags & state.REQUIRE_TAG and not applied:
        raise errors.tag_required()
    thread = _fresh(call, parent, state.PUBLIC_THREAD, thread_id=world.ids.next())
    thread.applied = applied
    first = state.Message(
        id=thread.id, channel_id=thread.id, author_id=world.application.id, created_at=world.clock.now()
    )
    world.channels[thread.id] = thread
    try:
        messages.create(world, body, first, silent=True)
    except errors.ApiError:
        del world.channels[thread.id]
        raise
    threads.open_thread(world, thread)
    wire.announce(world, first, "created")
    return Reply(201, {**objects.channel(world, thread), "message": wire.message(world, first)})


def _fresh(call: Call, parent: state.Channel, kind: int, *, thread_id: int) -> state.Channel:
    form = call.form
    return state.Channel(
        id=thread_id, type=kind, name=form["name"], guild_id=parent.guild_id, parent_id=parent.id,
        owner_id=call.world.application.id, slowmode=form.get("rate_limit_per_user") or 0,
        archive_minutes=form.get("auto_archive_duration") or parent.archive_minutes,
        invitable=kind != state.PRIVATE_THREAD or form.get("invitable") is not False,
    )  # fmt: skip


def _may(world: World, place: state.Channel, *names: str) -> None:
    if not permissions.allows(world.allowed(place, world.application.id), *names):
        raise errors.missing_permissions()


# Who is in a thread.


def _thread(call: Call, *, changing: bool) -> state.Channel:
    found = call.world.channel(call.id("channel_id"))
    if found.type not in state.THREADS:
        raise errors.wrong_channel_type()
    if changing and found.archived:
        raise errors.archived_thread()
    return found


def join(call: Call) -> Reply:
    threads.join(call.world, _thread(call, changing=True), call.world.application.id)
    return NOTHING


def leave(call: Call) -> Reply:
    threads.leave(call.world, _thread(call, changing=True), call.world.application.id)
    return NOTHING


def add(call: Call) -> Reply:
    """Into a private thread that is not `invitable` only its owner and moderators bring others."""
    world, thread = call.world, _thread(call, changing=True)
    _may(world, thread, "SEND_MESSAGES_IN_THREADS")
    closed = thread.type == state.PRIVATE_THREAD and not thread.invitable
    if closed and thread.owner_id != world.application.id:
        _may(world, thread, "MANAGE_THREADS")
    user_id = call.id("user_id")
    if not permissions.allows(world.granted(thread, user_id), "VIEW_CHANNEL"):
        raise errors.missing_access() if user_id in world.guild(thread.guild_id or 0).members else errors.unknown_user()
    threads.join(world, thread, user_id)
    return NOTHING


def expel(call: Call) -> Reply:
    world, thread = call.world, _thread(call, changing=True)
    if thread.type != state.PRIVATE_THREAD or thread.owner_id != world.application.id:
        _may(world, thread, "MANAGE_THREADS")
    if call.id("user_id") not in thread.joined:
        raise errors.unknown_member()
    threads.leave(world, thread, call.id("user_id"))
    return NOTHING


def member(call: Call) -> Reply:
    thread = _thread(call, changing=False)
    user_id = call.id("user_id") if "user_id" in call.params else call.world.application.id
    if user_id not in thread.joined:
        raise errors.unknown_member()
    return Reply(200, _member(call, thread, user_id))


def members(call: Call) -> Reply:
    """For applications with the members intent only. Pages come with `with_member`."""
    thread = _thread(call, changing=False)
    if not call.world.application.privileged_intents & GUILD_MEMBERS:
        raise errors.missing_access()
    listed = sorted(thread.joined)
    if call.asked("with_member"):
        after = call.asked_id("after") or 0
        listed = [one for one in listed if one > after][: call.limit(_MOST_LISTED, _MOST_LISTED)]
    return Reply(200, [_member(call, thread, one) for one in listed])


def _member(call: Call, thread: state.Channel, user_id: int) -> Json:
    about = objects.thread_member(thread, user_id)
    known = call.world.guild(thread.guild_id or 0).members.get(user_id)
    if call.asked("with_member") and known is not None:
        about["member"] = objects.member(call.world, known)
    return about


# Lists.


def active(call: Call) -> Reply:
    found = objects.active_threads(call.world, call.world.guild(call.id("guild_id")))
    return Reply(200, _listed(call.world, found, more=False))


def archived_public(call: Call) -> Reply:
    return _archived(call, {state.PUBLIC_THREAD, state.ANNOUNCEMENT_THREAD}, ["READ_MESSAGE_HISTORY"])


def archived_private(call: Call) -> Reply:
    return _archived(call, {state.PRIVATE_THREAD}, ["READ_MESSAGE_HISTORY", "MANAGE_THREADS"])


def _archived(call: Call, kinds: set[int], needed: list[str]) -> Reply:
    """Those archived last come first; `before` is a moment."""
    world, parent = call.world, call.world.channel(call.id("channel_id"))
    _may(world, parent, *needed)
    found = [one for one in _under(world, parent) if one.archived and one.type in kinds]
    before = call.asked_moment("before")
    found = [one for one in found if before is None or objects.moment(one.archive_changed_at) < before]
    found.sort(key=lambda one: one.archive_changed_at, reverse=True)
    return _page(call, found)


def joined_private(call: Call) -> Reply:
    """Archived private threads that the bot is in, newest first; `before` is an id."""
    world, parent = call.world, call.world.channel(call.id("channel_id"))
    _may(world, parent, "READ_MESSAGE_HISTORY")
    before = call.asked_id("before")
    found = [one for one in _under(world, parent) if one.archived and one.type == state.PRIVATE_THREAD]
    found = [one for one in found if world.application.id in one.joined and (before is None or one.id < before)]
    found.sort(key=lambda one: one.id, reverse=True)
    return _page(call, found)


def _under(world: World, parent: state.Channel) -> list[state.Channel]:
    return [one for one in world.channels.values() if one.parent_id == parent.id and one.type in state.THREADS]


def _page(call: Call, found: list[state.Channel]) -> Reply:
    limit = call.limit(50, _MOST_LISTED)
    return Reply(200, _listed(call.world, found[:limit], more=len(found) > limit))


def _listed(world: World, found: list[state.Channel], *, more: bool) -> Json:
    mine = world.application.id
    return {
        "threads": [objects.channel(world, one) for one in found],
        "members": [objects.thread_member(one, mine) for one in found if mine in one.joined],
        "has_more": more,
    }


_MEMBERS = "/channels/{channel_id}/thread-members"
ROUTES = (
    post("/channels/{channel_id}/threads", start),
    post("/channels/{channel_id}/messages/{message_id}/threads", start_from_message),
    get(_MEMBERS, members),
    get(f"{_MEMBERS}/@me", member),
    put(f"{_MEMBERS}/@me", join),
    route_delete(f"{_MEMBERS}/@me", leave),
    get(f"{_MEMBERS}/{{user_id}}", member),
    put(f"{_MEMBERS}/{{user_id}}", add),
    route_delete(f"{_MEMBERS}/{{user_id}}", expel),
    get("/guilds/{guild_id}/threads/active", active),
    get("/channels/{channel_id}/threads/archived/public", archived_public),
    get("/channels/{channel_id}/threads/archived/private", archived_private),
    get("/channels/{channel_id}/users/@me/threads/archived/private", joined_private),
)
