"""Names to records: people, channels and guilds are called by name or id."""

from sandbox.discord import permissions, state
from sandbox.discord.control.kit import Refusal
from sandbox.discord.world import World


def user(world: World, wanted: object) -> state.User:
    text = str(wanted)
    for one in world.users.values():
        if text in {str(one.id), one.name, one.username}:
            return one
    raise Refusal(404, f"nobody is called {text!r}")


def guild(world: World, wanted: object) -> state.Guild:
    for one in world.guilds.values():
        if str(wanted) in {str(one.id), one.name}:
            return one
    raise Refusal(404, f"no guild is called {wanted!r}")


def role(guild: state.Guild, wanted: object) -> state.Role:
    for one in guild.roles.values():
        if str(wanted) in {str(one.id), one.name}:
            return one
    raise Refusal(404, f"no role is called {wanted!r}")


def channel(world: World, wanted: object, *, member: state.User | None = None, inside: object = None) -> state.Channel:
    """A channel by name or id; "dm" is the member's direct messages with the bot.

    A name that several guilds have means the first guild's, unless `inside` names one.
    """
    text = str(wanted).removeprefix("#")
    if text == "dm" and member is not None:
        return world.direct_channel(member.id)
    guild_id = guild(world, inside).id if inside else None
    for one in world.channels.values():
        if text in {str(one.id), one.name} and guild_id in {None, one.guild_id}:
            return one
    raise Refusal(404, f"no channel is called {text!r}")


def seen_by(world: World, member: state.User, place: state.Channel, *, outage: bool = False) -> state.Channel:
    """The channel, if that member can look into it; with `outage`, although only the bot's gateway lost its guild."""
    guild_there = world.guilds.get(place.guild_id or 0)
    if guild_there is not None and not guild_there.available and not outage:
        raise Refusal(403, f"{guild_there.name} is unavailable")
    if not permissions.allows(world.allowed(place, member.id), "VIEW_CHANNEL"):
        raise Refusal(403, f"{member.name} cannot see #{place.name}")
    return place


def writable(world: World, member: state.User, place: state.Channel) -> None:
    """Refuses where there is nowhere to type: a category, a channel of posts, an archived or locked thread."""
    if place.type not in state.WRITABLE:
        raise Refusal(403, f"there is nowhere to type in #{place.name}")
    if place.archived:
        raise Refusal(403, f"#{place.name} is archived")
    if place.locked and not permissions.allows(world.allowed(place, member.id), "MANAGE_THREADS"):
        raise Refusal(403, f"#{place.name} is locked")


def message(world: World, wanted: object, member: state.User | None) -> state.Message:
    """A message as that member (None: anybody) may see it."""
    one = world.messages.get(int(str(wanted)) if str(wanted).isdecimal() else 0)
    if one is None or one.only_for not in {None, member.id if member else None}:
        raise Refusal(404, f"{member.name if member else 'not everybody'} sees no message {wanted}")
    if member is not None:
        seen_by(world, member, world.channels[one.channel_id])
    return one


def interaction(world: World, wanted: object) -> state.Interaction:
    one = world.interactions.get(int(str(wanted)) if str(wanted).isdecimal() else 0)
    if one is None:
        raise Refusal(404, f"no interaction {wanted}")
    return one
