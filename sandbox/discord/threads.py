"""Threads: opened, joined, written in, archived (public documentation: topics/threads, resources/channel).

The bot is told of what it can look into only. Who else comes and goes is told to those who have the members intent.
"""

from collections.abc import Collection, Generator
from contextlib import contextmanager

from sandbox.discord import objects, permissions, state
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch, World

GUILDS, GUILD_MEMBERS = 1 << 0, 1 << 1
_MINUTE = 60.0


def of_message(world: World, one: state.Message) -> state.Channel | None:
    """The thread that was started from a message of a channel: both have one id."""
    found = world.channels.get(one.id)
    return found if found is not None and found.parent_id == one.channel_id else None


def open_thread(world: World, thread: state.Channel) -> state.Channel:
    """Store a new thread and tell of it. Whoever opened it is in it."""
    now = world.clock.now()
    parent = world.channels[thread.parent_id or 0]
    thread.archive_changed_at = now
    thread.joined[thread.owner_id or 0] = now
    thread.slowmode = thread.slowmode or parent.thread_slowmode
    if parent.type in state.THREAD_ONLY:
        parent.last_message_id = thread.id
    world.channels[thread.id] = thread
    tell(world, "THREAD_CREATE", thread, newly_created=True)
    touch(world, thread)
    return thread


def start_from(world: World, one: state.Message, thread: state.Channel) -> state.Message:
    """Open a thread from a message; the first message in it, which points at that one. Telling of both is left over."""
    open_thread(world, thread)
    pointer = state.Message(
        id=world.ids.next(), channel_id=thread.id, author_id=one.author_id, created_at=world.clock.now(),
        type=state.THREAD_STARTER, reference=one.id, reference_channel=one.channel_id,
    )  # fmt: skip
    world.messages[pointer.id] = pointer
    return pointer


def join(world: World, thread: state.Channel, user_id: int) -> None:
    """Somebody comes into a thread. The bot gets the thread itself before it hears that it is in there."""
    if user_id in thread.joined:
        return
    thread.joined[user_id] = world.clock.now()
    member = world.guilds[thread.guild_id or 0].members[user_id]
    added = {**objects.thread_member(thread, user_id), "member": objects.member(world, member), "presence": None}
    if user_id == world.application.id:
        tell(world, "THREAD_CREATE", thread)
    _tell_members(world, thread, user_id, {"added_members": [added]})


def leave(world: World, thread: state.Channel, user_id: int) -> None:
    if thread.joined.pop(user_id, None) is not None:
        _tell_members(world, thread, user_id, {"removed_member_ids": [str(user_id)]})


def _tell_members(world: World, thread: state.Channel, user_id: int, change: Json) -> None:
    """Of its own coming and going the bot is told always, also when it sees the thread no longer."""
    world.changed(thread.guild_id)
    about = {"id": str(thread.id), "guild_id": str(thread.guild_id), "member_count": min(len(thread.joined), 50)}
    mine = user_id == world.application.id
    guild = world.guilds[thread.guild_id or 0]
    if guild.installed and guild.available and (mine or world.seen_by_bot(thread)):
        intent = GUILDS if mine else GUILD_MEMBERS
        data = {**about, **change}
        world.dispatch(Dispatch(name="THREAD_MEMBERS_UPDATE", data=data, guild_id=guild.id, intent=intent))


def wrote(world: World, one: state.Message, *, joins: bool) -> None:
    """A message was written into a thread: that wakes it up, brings its author in, and whom it mentions.

    `joins` False: an answer to an interaction, which needs no membership and makes none.
    """
    thread = world.channels[one.channel_id]
    thread.total_sent += one.id != thread.id
    set_archived(world, thread, archived=False)
    touch(world, thread)
    guild = world.guilds[thread.guild_id or 0]
    author_allows = permissions.allows(world.granted(thread, one.author_id), "MANAGE_THREADS")
    if joins and one.author_id in guild.members:
        join(world, thread, one.author_id)
    if joins and (thread.type != state.PRIVATE_THREAD or thread.invitable or author_allows):
        for user_id in one.mentions:
            if permissions.allows(world.granted(thread, user_id), "VIEW_CHANNEL"):
                join(world, thread, user_id)


def set_archived(world: World, thread: state.Channel, *, archived: bool) -> None:
    """Archive a thread or take it out. A post that is archived is not pinned any more."""
    if thread.archived == archived:
        return
    thread.archived, thread.archive_changed_at = archived, world.clock.now()
    if archived:
        thread.flags &= ~state.PINNED
    tell(world, "THREAD_UPDATE", thread)
    if not archived:
        touch(world, thread)
        mine = world.application.id
        if mine in thread.joined and world.seen_by_bot(thread):
            data = {**objects.thread_member(thread, mine), "guild_id": str(thread.guild_id)}
            world.dispatch(Dispatch(name="THREAD_MEMBER_UPDATE", data=data, guild_id=thread.guild_id, intent=GUILDS))


def touch(world: World, thread: state.Channel) -> None:
    """Something was done in a thread: the time until it archives itself starts anew. Needs a running event loop."""
    if thread.archiving is not None:
        thread.archiving.cancel()

    def archive() -> None:
        if world.channels.get(thread.id) is thread and not thread.flags & state.PINNED:
            set_archived(world, thread, archived=True)

    thread.archiving = None
    if not thread.archived:
        thread.archiving = world.clock.call_later(thread.archive_minutes * _MINUTE, archive)


def tell(world: World, name: str, thread: state.Channel, *, newly_created: bool = False) -> None:
    """Tell the gateway what became of a thread; of one that is gone only where it was."""
    world.changed(thread.guild_id)
    if not world.seen_by_bot(thread):
        return
    data = objects.channel(world, thread)
    data |= {"newly_created": True} if newly_created else {}
    if name == "THREAD_DELETE":
        data = {key: data[key] for key in ("id", "guild_id", "parent_id", "type")}
    world.dispatch(Dispatch(name=name, data=data, guild_id=thread.guild_id, intent=GUILDS))


@contextmanager
def syncing(world: World, guild: state.Guild) -> Generator[None]:
    """Where the block lets the bot look into channels it could not see before, it is given their threads."""
    before = _visible(world, guild)
    yield
    gained = _visible(world, guild) - before
    if gained and guild.installed and guild.available:
        world.dispatch(
            Dispatch(name="THREAD_LIST_SYNC", data=_synced(world, guild, gained), guild_id=guild.id, intent=GUILDS)
        )


def _visible(world: World, guild: state.Guild) -> set[int]:
    places = [one for one in world.channels.values() if one.guild_id == guild.id]
    return {one.id for one in places if one.type not in state.THREADS and world.seen_by_bot(one)}


def _synced(world: World, guild: state.Guild, gained: Collection[int]) -> Json:
    threads = [one for one in objects.active_threads(world, guild) if one.parent_id in gained]
    mine = world.application.id
    return {
        "guild_id": str(guild.id),
        "channel_ids": [str(one) for one in sorted(gained)],
        "threads": [objects.channel(world, one) for one in threads],
        "members": [objects.thread_member(one, mine) for one in threads if mine in one.joined],
    }
