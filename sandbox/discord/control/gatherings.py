"""Members open threads and posts, come and go in them, and react to messages and pin them."""

from sandbox.discord import errors, messages, objects, permissions, reactions, state, threads, wire
from sandbox.discord.control import lookup, writing
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.forms import Json, as_list
from sandbox.discord.uploads import Body
from sandbox.discord.world import World

_KINDS = {"public": state.PUBLIC_THREAD, "private": state.PRIVATE_THREAD}


def open_thread(world: World, body: Json) -> Json:
    """`type` public or private; with `message` from that message; in a forum or media channel a post, with its first
    message (`content`, `attachments`) and `tags` by name.
    """
    owner = lookup.user(world, body.get("user"))
    parent = lookup.channel(world, body.get("channel"), inside=body.get("guild"))
    lookup.seen_by(world, owner, parent)
    posts, kind = parent.type in state.THREAD_ONLY, _KINDS[str(body.get("type") or "public")]
    if kind == state.PUBLIC_THREAD and parent.type == state.ANNOUNCEMENT:
        kind = state.ANNOUNCEMENT_THREAD
    if not posts and parent.type not in {state.TEXT, state.ANNOUNCEMENT}:
        raise Refusal(400, f"#{parent.name} takes no threads")
    private = kind == state.PRIVATE_THREAD
    needed = "SEND_MESSAGES" if posts else "CREATE_PRIVATE_THREADS" if private else "CREATE_PUBLIC_THREADS"
    if not permissions.allows(world.allowed(parent, owner.id), needed):
        raise Refusal(403, f"{owner.name} cannot open such a thread in #{parent.name}")
    source = lookup.message(world, body["message"], owner) if body.get("message") else None
    if source is not None and (source.channel_id != parent.id or threads.of_message(world, source) is not None):
        raise Refusal(409, "that message is elsewhere, or has a thread already")
    writing.take_turn(world, owner, parent, parent.slowmode, parent.opened_at)
    thread = state.Channel(
        id=source.id if source else world.ids.next(), type=kind, name=str(body.get("name", "thread")),
        guild_id=parent.guild_id, parent_id=parent.id, owner_id=owner.id, invitable=bool(body.get("invitable", True)),
        archive_minutes=int(body.get("archive_minutes") or parent.archive_minutes),
    )  # fmt: skip
    if posts:
        _post(world, body, owner, parent, thread)
    elif source is not None:
        pointer = threads.start_from(world, source, thread)
        wire.announce(world, source, "edited")
        wire.announce(world, pointer, "created")
    else:
        threads.open_thread(world, thread)
    return objects.channel(world, thread)


def _post(world: World, body: Json, owner: state.User, parent: state.Channel, thread: state.Channel) -> None:
    tags = {one.name: one for one in parent.tags}
    unknown = [name for name in as_list(body.get("tags")) if name not in tags]
    if unknown:
        raise Refusal(404, f"#{parent.name} has no tag {unknown[0]!r}")
    chosen = [tags[name] for name in as_list(body.get("tags"))]
    moderates = permissions.allows(world.allowed(parent, owner.id), "MANAGE_THREADS")
    if any(one.moderated for one in chosen) and not moderates:
        raise Refusal(403, f"{owner.name} cannot set that tag")
    if parent.flags & state.REQUIRE_TAG and not chosen:
        raise Refusal(400, f"a post in #{parent.name} needs a tag")
    thread.applied = [one.id for one in chosen]
    filling = Filling(world=world, place=parent, member=owner)
    attached = [world.attachments[int(filling.attachment(one))] for one in as_list(body.get("attachments"))]
    content = str(body.get("content") or "")
    if not content and not attached:
        raise Refusal(400, "a post begins with a message")
    threads.open_thread(world, thread)
    first = state.Message(
        id=thread.id, channel_id=thread.id, author_id=owner.id, created_at=world.clock.now(), attachments=attached
    )
    for one in attached:
        one.ephemeral, one.channel_id = False, thread.id
    form = {"content": content or "\u200b"}
    messages.create(world, messages.draft(Body(json=form)), first, silent=True)
    first.content, first.attachments = content.strip(), attached
    wire.announce(world, first, "created")


def join(world: World, name: str, who: str, body: Json) -> Json:
    """Somebody joins a thread, or is brought in by another one (`by`)."""
    thread, member = _thread(world, name, body), lookup.user(world, who)
    by = lookup.user(world, body.get("by") or who)
    lookup.seen_by(world, by, thread)
    if not permissions.allows(world.granted(thread, member.id), "VIEW_CHANNEL"):
        raise Refusal(403, f"{member.name} cannot see the channel of that thread")
    closed = thread.type == state.PRIVATE_THREAD and not thread.invitable and thread.owner_id != by.id
    if closed and not permissions.allows(world.allowed(thread, by.id), "MANAGE_THREADS"):
        raise Refusal(403, f"{by.name} cannot bring anybody into that thread")
    threads.join(world, thread, member.id)
    return objects.channel(world, thread)


def leave(world: World, name: str, who: str, body: Json) -> Json:
    """Somebody leaves a thread, or is removed by a moderator or the owner of a private one (`by`)."""
    thread, member = _thread(world, name, body), lookup.user(world, who)
    by = lookup.user(world, body.get("by") or who)
    owns = thread.type == state.PRIVATE_THREAD and thread.owner_id == by.id
    moderates = permissions.allows(world.allowed(thread, by.id), "MANAGE_THREADS")
    if by.id != member.id and not (owns or moderates):
        raise Refusal(403, f"{by.name} cannot remove anybody from that thread")
    threads.leave(world, thread, member.id)
    return objects.channel(world, thread)


def _thread(world: World, name: str, body: Json) -> state.Channel:
    thread = lookup.channel(world, name, inside=body.get("guild"))
    if thread.type not in state.THREADS or thread.archived:
        raise Refusal(400, f"#{thread.name} is no thread, or archived")
    return thread


def react(world: World, message_id: str, body: Json, *, add: bool) -> Json:
    """A member's reaction with an `emoji`, or its taking back."""
    member = lookup.user(world, body.get("user"))
    one = lookup.message(world, message_id, member)
    place = world.channels[one.channel_id]
    try:
        name = reactions.emoji(str(body.get("emoji")))
        if add:
            fresh = [] if name in one.reactions else ["ADD_REACTIONS"]
            if place.archived or not permissions.allows(
                world.allowed(place, member.id), "READ_MESSAGE_HISTORY", *fresh
            ):
                raise Refusal(403, f"{member.name} cannot react in #{place.name}")
            reactions.react(world, one, member.id, name)
        else:
            reactions.take_back(world, one, member.id, name)
    except errors.ApiError as error:
        raise Refusal(400, error.message) from error
    return wire.seen(world, one)


def pin(world: World, message_id: str, body: Json, *, pinned: bool) -> Json:
    """A member who may pins a message, or takes the pin out."""
    member = lookup.user(world, body.get("user"))
    one = lookup.message(world, message_id, member)
    place = world.channels[one.channel_id]
    if place.guild_id and not permissions.allows(world.allowed(place, member.id), "PIN_MESSAGES"):
        raise Refusal(403, f"{member.name} cannot pin in #{place.name}")
    if pinned:
        reactions.pin(world, one, member.id)
    else:
        reactions.unpin(world, one)
    return wire.seen(world, one)
