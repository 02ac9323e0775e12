"""Who is where, with which roles, and what they let the bot do: changed while the bot runs."""

from typing import Any

from sandbox.discord import objects, permissions, state, threads
from sandbox.discord.control import lookup
from sandbox.discord.control.kit import Refusal
from sandbox.discord.forms import Json, as_list
from sandbox.discord.sessions import GUILD_MEMBERS
from sandbox.discord.world import Dispatch, World

_SETTABLE = frozenset({"accepts_direct_messages", "nitro", "installed_app", "locale"})


def change_user(world: World, name: str, body: Json) -> Json:
    """`accepts_direct_messages`, `nitro`, `installed_app` (true or false), `locale`."""
    one = lookup.user(world, name)
    unknown = body.keys() - _SETTABLE
    if unknown:
        raise Refusal(400, f"a user has {sorted(_SETTABLE)}; not {sorted(unknown)}")
    for key, value in body.items():
        setattr(one, key, value)
    world.changed(None)
    return objects.user(one)


def join(world: World, guild_name: str, name: str, body: Json) -> Json:
    """Somebody comes in, or a member gets `roles` (names) or a `nick`."""
    guild, one = lookup.guild(world, guild_name), lookup.user(world, name)
    fresh = one.id not in guild.members
    member = guild.members.setdefault(one.id, state.Member(user_id=one.id, joined_at=world.clock.now()))
    if "roles" in body:
        with threads.syncing(world, guild):
            member.roles = [lookup.role(guild, name).id for name in as_list(body["roles"])]
    member.nick = body.get("nick", member.nick)
    about = objects.member(world, member)
    _tell_members(world, guild, "GUILD_MEMBER_ADD" if fresh else "GUILD_MEMBER_UPDATE", about, one.id)
    return about


def leave(world: World, guild_name: str, name: str) -> None:
    """A member goes. The gateway tells it only to those who have the (privileged) members intent."""
    guild, one = lookup.guild(world, guild_name), lookup.user(world, name)
    if one.id in {guild.owner_id, world.application.id} or one.id not in guild.members:
        raise Refusal(400, f"{one.name} is the owner, the bot or no member")
    for thread in world.channels.values():
        if thread.guild_id == guild.id and thread.type in state.THREADS:
            threads.leave(world, thread, one.id)
    del guild.members[one.id]
    _tell_members(world, guild, "GUILD_MEMBER_REMOVE", {"user": objects.user(one)}, one.id)


def set_role(world: World, guild_name: str, body: Json) -> Json:
    """Make a role, or give one of that `name` other `permissions` (names)."""
    guild, name = lookup.guild(world, guild_name), str(body.get("name", ""))
    known = [one for one in guild.roles.values() if one.name == name]
    one = known[0] if known else state.Role(id=world.ids.next(), name=name, permissions=0, position=len(guild.roles))
    granted = _mask(body.get("permissions")) if "permissions" in body else one.permissions
    with threads.syncing(world, guild):
        one.permissions = granted
        guild.roles[one.id] = one
    about = objects.role(one)
    data: Json = {"guild_id": str(guild.id), "role": about}
    _tell(world, guild, "GUILD_ROLE_UPDATE" if known else "GUILD_ROLE_CREATE", data)
    return about


def remove_role(world: World, guild_name: str, name: str) -> None:
    guild = lookup.guild(world, guild_name)
    one = lookup.role(guild, name)
    if one.id == guild.id or one.bot_id is not None:
        raise Refusal(400, f"the role {one.name} cannot be removed")
    del guild.roles[one.id]
    for member in guild.members.values():
        member.roles = [role_id for role_id in member.roles if role_id != one.id]
    _tell(world, guild, "GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": str(one.id)})


def _mask(names: Any) -> int:
    try:
        return permissions.mask(as_list(names))
    except KeyError as error:
        raise Refusal(400, f"there is no permission {error}") from error


def _tell_members(world: World, guild: state.Guild, name: str, about: Json, user_id: int) -> None:
    """What concerns the bot's own membership needs no intent (public documentation: events/gateway-events)."""
    intent = 0 if user_id == world.application.id else GUILD_MEMBERS
    _tell(world, guild, name, {**about, "guild_id": str(guild.id)}, intent=intent)


def _tell(world: World, guild: state.Guild, name: str, data: Json, *, intent: int = 1) -> None:
    world.changed(guild.id)
    if guild.installed and guild.available:
        world.dispatch(Dispatch(name=name, data=data, guild_id=guild.id, intent=intent))
