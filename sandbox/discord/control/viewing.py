"""What a member's own client shows: servers, channels with what they may do there, people; and what news reach them."""

from itertools import islice

from sandbox.discord import objects, permissions, state
from sandbox.discord.forms import Json
from sandbox.discord.world import World

_MOST_PEOPLE = 200  # of a server, and to be
_TOLD = (
    *("SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "ATTACH_FILES", "ADD_REACTIONS", "MANAGE_MESSAGES", "PIN_MESSAGES"),
    *("CREATE_PUBLIC_THREADS", "CREATE_PRIVATE_THREADS", "MANAGE_THREADS", "BYPASS_SLOWMODE"),
    *("USE_APPLICATION_COMMANDS", "READ_MESSAGE_HISTORY", "MANAGE_CHANNELS"),
)


def people(world: World) -> list[Json]:
    """Whom one can be: everybody but the bot, with the servers they are in and what they are there."""
    humans = (one for one in world.users.values() if not one.bot)
    return [_person(world, one) for one in islice(humans, _MOST_PEOPLE)]


def _person(world: World, one: state.User) -> Json:
    standing = {
        guild.name: "owner"
        if guild.owner_id == one.id
        else ", ".join(guild.roles[role_id].name for role_id in guild.members[one.id].roles)
        for guild in world.guilds.values()
        if one.id in guild.members
    }
    return {"id": str(one.id), "name": one.name, "locale": one.locale, "nitro": one.nitro, "standing": standing}


def view(world: World, member: state.User) -> Json:
    """Everything around the messages, as that member sees it. `feed` is where news go on from here."""
    guilds = [_guild(world, guild, member) for guild in world.guilds.values() if member.id in guild.members]
    return {
        "application": {"id": str(world.application.id), "name": world.application.name},
        "person": _person(world, member),
        "people": people(world),
        "time": world.clock.now(),
        "guilds": guilds,
        "direct": _channel(world, world.direct_channel(member.id), member),
        "direct_upload_limit": objects.upload_limit(None, member),
        "run": world.run,
        "feed": world.feed.last,
    }


def _guild(world: World, guild: state.Guild, member: state.User) -> Json:
    places = (one for one in world.channels.values() if one.guild_id == guild.id)
    seen = [one for one in places if permissions.allows(world.allowed(one, member.id), "VIEW_CHANNEL")]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "installed": guild.installed,
        "available": guild.available,
        "upload_limit": objects.upload_limit(guild, member),
        "manages": permissions.allows(permissions.in_guild(guild, member.id), "MANAGE_GUILD"),
        "roles": [
            {"id": str(one.id), "name": one.name, "managed": one.bot_id is not None} for one in guild.roles.values()
        ],
        "members": [
            {
                "id": str(one.user_id),
                "name": one.nick or world.users[one.user_id].name,
                "bot": world.users[one.user_id].bot,
                "roles": [str(role_id) for role_id in one.roles],
            }
            for one in islice(guild.members.values(), _MOST_PEOPLE)
        ],
        "channels": [_channel(world, one, member) for one in seen] if guild.available else [],
    }


def _channel(world: World, one: state.Channel, member: state.User) -> Json:
    allowed = world.allowed(one, member.id)
    about: Json = {
        "id": str(one.id),
        "name": one.name,
        "type": one.type,
        "guild_id": str(one.guild_id) if one.guild_id else None,
        "parent_id": str(one.parent_id) if one.parent_id else None,
        "position": one.position,
        "topic": one.topic,
        "nsfw": world.age_restricted(one),
        "slowmode": one.slowmode,
        "permissions": [name for name in _TOLD if permissions.allows(allowed, name)],
        "last_message_id": str(one.last_message_id) if one.last_message_id else None,
    }
    if one.type in state.THREADS:
        names = [world.users[user_id].name for user_id in one.joined if user_id in world.users]
        about |= {"archived": one.archived, "locked": one.locked, "owner_id": str(one.owner_id), "joined": names}
        about |= {"applied": [str(tag) for tag in one.applied]}
    if one.type in state.THREAD_ONLY:
        about["tags"] = [{"id": str(tag.id), "name": tag.name, "moderated": tag.moderated} for tag in one.tags]
        about["require_tag"] = bool(one.flags & state.REQUIRE_TAG)
    return about


def reaches(world: World, member: state.User, entry: Json) -> bool:
    """Whether that entry of the feed is news to that member: of a place they see, for them alone or for everybody."""
    kind = str(entry["kind"])
    if kind.startswith("interaction_"):
        return entry["user"] == member.name
    if entry.get("only_for") not in {None, member.name}:
        return False
    place = world.channels.get(int(entry.get("channel_id") or 0))
    return place is None or permissions.allows(world.allowed(place, member.id), "VIEW_CHANNEL")
