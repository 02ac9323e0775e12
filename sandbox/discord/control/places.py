"""Guilds, channels and threads: opened, changed and closed while the bot runs."""

from typing import Any

from sandbox.discord import community, installation, objects, permissions, state, threads
from sandbox.discord.control import lookup
from sandbox.discord.control.kit import Refusal
from sandbox.discord.forms import Json, as_list
from sandbox.discord.rest import channels
from sandbox.discord.world import Dispatch, World


def open_channel(world: World, body: Json) -> Json:
    """`guild`, `name`, and as in the community's file `type`, `topic`, `nsfw`, `parent`, `overwrites`."""
    guild = lookup.guild(world, body.get("guild"))
    try:
        place = community.channel(world, guild, {"name": "new", **body, "id": world.ids.next()}, len(world.channels))
    except KeyError as error:
        raise Refusal(400, f"unknown: {error}") from error
    if place.type in state.THREADS:
        threads.open_thread(world, place)
    else:
        channels.told(world, "CHANNEL_CREATE", place)
    return objects.channel(world, place)


def change_channel(world: World, name: str, body: Json) -> Json:
    """Archive, lock, rename or restrict a channel, or slow it down."""
    place = lookup.channel(world, name, inside=body.get("guild"))
    for key in body.keys() & {"locked", "nsfw", "name", "topic", "slowmode", "invitable", "archive_minutes"}:
        setattr(place, key, body[key])
    if body.get("archived", place.archived) != place.archived:
        threads.set_archived(world, place, archived=bool(body["archived"]))
    else:
        channels.updated(world, place)
    if place.type in state.THREADS:
        threads.touch(world, place)
    return objects.channel(world, place)


def delete_channel(world: World, name: str, inside: str | None = None) -> None:
    channels.removed(world, lookup.channel(world, name, inside=inside))


def permit(world: World, body: Json) -> Json:
    """Set the overwrite of "bot", a member or a role in a channel, and tell the gateway."""
    place = lookup.channel(world, body.get("channel"), inside=body.get("guild"))
    target, kind = _target(world, place, str(body.get("target", "bot")))
    try:
        allow = permissions.mask(as_list(body.get("allow")))
        deny = permissions.mask(as_list(body.get("deny")))
    except KeyError as error:
        raise Refusal(400, f"there is no permission {error}") from error
    with threads.syncing(world, world.guilds[place.guild_id or 0]):
        place.overwrites[target] = state.Overwrite(id=target, kind=kind, allow=allow, deny=deny)
    channels.updated(world, place)
    return objects.channel(world, place)


def _target(world: World, place: state.Channel, name: str) -> tuple[int, int]:
    if name == "bot":
        return world.application.id, 1
    guild = world.guilds[place.guild_id or 0]
    for role in guild.roles.values():
        if name in {role.name, str(role.id)}:
            return role.id, 0
    return lookup.user(world, name).id, 1


def change_guild(world: World, name: str, body: Json) -> Json:
    """`name`, `owner`, `premium_tier`, `locale`; `installed`: is the bot a member; `available`: is there no outage."""
    guild = lookup.guild(world, name)
    guild.premium_tier = int(body.get("premium_tier", guild.premium_tier))
    guild.locale, guild.name = str(body.get("locale", guild.locale)), str(body.get("name", guild.name))
    guild.owner_id = lookup.user(world, body["owner"]).id if "owner" in body else guild.owner_id
    _move(world, guild, body.get("installed"), body.get("available"))
    world.changed(guild.id)
    return {"id": str(guild.id), "installed": guild.installed, "premium_tier": guild.premium_tier}


def _move(world: World, guild: state.Guild, installed: Any, available: Any) -> None:
    if installed is False and guild.installed:
        installation.leave(world, guild)
    elif installed is True and not guild.installed:
        installation.invite(world, guild)
    elif available is False and guild.available:
        installation.disappear(world, guild)
    elif available is True and not guild.available:
        installation.appear(world, guild)
    elif guild.installed and guild.available:
        world.dispatch(Dispatch(name="GUILD_UPDATE", data=objects.guild(guild), guild_id=guild.id, intent=1))
