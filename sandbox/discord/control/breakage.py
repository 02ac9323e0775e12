"""What goes wrong on purpose: deletions, permissions, archived threads, a bot that is thrown out."""

from dataclasses import fields
from typing import Any

from sandbox.discord import messages, objects, permissions, state
from sandbox.discord.control import lookup
from sandbox.discord.control.refusals import Refusal
from sandbox.discord.faults import Fault
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.gateway import Gateway
from sandbox.discord.rest import channels
from sandbox.discord.world import Dispatch, World

_SETTABLE = {one.name for one in fields(Fault)} - {"id", "hits"}


def fault(wish: Json) -> Fault:
    """A fault from its JSON; an unknown field is refused, a typo would silently break nothing."""
    unknown = wish.keys() - _SETTABLE
    if unknown or "route" not in wish:
        raise Refusal(400, f"a fault has a route and any of {sorted(_SETTABLE)}; not {sorted(unknown)}")
    given: dict[str, Any] = dict(wish)
    return Fault(**given)


def delete_channel(world: World, name: str) -> None:
    channels.removed(world, lookup.channel(world, name))


def delete_message(world: World, message_id: str) -> None:
    one = world.messages.get(int(message_id) if message_id.isdecimal() else 0)
    if one is None:
        raise Refusal(404, f"no message {message_id}")
    messages.delete(world, one)


def permit(world: World, wish: Json) -> Json:
    """Set the overwrite of "bot", a member or a role in a channel, and tell the gateway."""
    place = lookup.channel(world, wish.get("channel"), inside=wish.get("guild"))
    target, kind = _target(world, place, str(wish.get("target", "bot")))
    try:
        allow = permissions.mask(as_list(wish.get("allow")))
        deny = permissions.mask(as_list(wish.get("deny")))
    except KeyError as error:
        raise Refusal(400, f"there is no permission {error}") from error
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


def change_channel(world: World, name: str, wish: Json) -> Json:
    """Archive, lock or rename a channel."""
    place = lookup.channel(world, name)
    for key in wish.keys() & {"archived", "locked", "nsfw", "name", "topic"}:
        setattr(place, key, wish[key])
    channels.updated(world, place)
    return objects.channel(world, place)


def open_thread(world: World, wish: Json) -> Json:
    parent = lookup.channel(world, wish.get("channel"))
    owner = lookup.user(world, wish.get("user"))
    thread = state.Channel(
        id=world.ids.next(), type=state.PUBLIC_THREAD, name=str(wish.get("name", "thread")), parent_id=parent.id,
        guild_id=parent.guild_id, owner_id=owner.id,
    )  # fmt: skip
    world.channels[thread.id] = thread
    about = objects.channel(world, thread)
    world.dispatch(Dispatch(name="THREAD_CREATE", data=about, guild_id=thread.guild_id, intent=1))
    return about


def change_guild(world: World, name: str, wish: Json) -> Json:
    """`premium_tier`, `locale`, and `installed`: whether the bot is a member."""
    guild = lookup.guild(world, name)
    guild.premium_tier = int(wish.get("premium_tier", guild.premium_tier))
    guild.locale = str(wish.get("locale", guild.locale))
    if wish.get("installed") is False and guild.installed:
        guild.installed = False
        guild.members.pop(world.application.id, None)
        gone: Json = {"id": str(guild.id)}
        world.dispatch(Dispatch(name="GUILD_DELETE", data=gone, guild_id=guild.id, intent=1))
    elif wish.get("installed") is True and not guild.installed:
        _invite(world, guild)
    elif guild.installed:
        world.dispatch(Dispatch(name="GUILD_UPDATE", data=objects.guild(guild), guild_id=guild.id, intent=1))
    return {"id": str(guild.id), "installed": guild.installed, "premium_tier": guild.premium_tier}


def _invite(world: World, guild: state.Guild) -> None:
    guild.installed = True
    guild.members[world.application.id] = state.Member(user_id=world.application.id, joined_at=world.clock.now())
    about = objects.guild_create(world, guild, all_members=False)
    world.dispatch(Dispatch(name="GUILD_CREATE", data=about, guild_id=guild.id, intent=1))


def disturb(gateway: Gateway, wish: Json) -> Json:
    """{"action": "reconnect"} op 7, {"action": "invalidate", "resumable": …} op 9, {"action": "close", "code": …}."""
    action = wish.get("action")
    connected = sum(session.connected for session in gateway.sessions.values())
    if action == "reconnect":
        gateway.reconnect_all()
    elif action == "invalidate":
        gateway.invalidate_all(resumable=bool(wish.get("resumable")))
    elif action == "close":
        gateway.close_all(int(wish.get("code") or 4000))
    else:
        raise Refusal(400, "action is reconnect, invalidate or close")
    return {"connected": connected}


def as_fault_list(value: Any) -> list[Json]:
    return [as_object(one) for one in as_list(value)] or [as_object(value)]
