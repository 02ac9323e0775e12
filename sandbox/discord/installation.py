"""The bot joins and leaves guilds; a guild goes away for a while (public documentation: topics/gateway-events)."""

from sandbox.discord import objects, state
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch, World


def join(world: World, guild: state.Guild, granted: int, *, joined_at: float, role_id: int | None = None) -> None:
    """Make the bot a member, with a managed role of its own that carries `granted`. The gateway is not told."""
    application = world.application
    role = state.Role(
        id=role_id or world.ids.next(), name=application.name, permissions=granted, position=len(guild.roles),
        bot_id=application.id,
    )  # fmt: skip
    guild.roles[role.id] = role
    guild.installed, guild.granted = True, granted
    guild.members[application.id] = state.Member(user_id=application.id, joined_at=joined_at, roles=[role.id])


def invite(world: World, guild: state.Guild) -> None:
    """Somebody invites the bot (back), with the permissions it had or those of the link."""
    join(world, guild, guild.granted, joined_at=world.clock.now())
    _create(world, guild, fresh=True)


def leave(world: World, guild: state.Guild) -> None:
    """The bot is thrown out or leaves; its role goes and its places in threads, its commands and messages stay."""
    guild.installed = False
    guild.members.pop(world.application.id, None)
    for place in [one for one in world.channels.values() if one.guild_id == guild.id]:
        place.joined.pop(world.application.id, None)
    for role in [one for one in guild.roles.values() if one.bot_id == world.application.id]:
        del guild.roles[role.id]
    world.dispatch(Dispatch(name="GUILD_DELETE", data={"id": str(guild.id)}, guild_id=guild.id, intent=1))


def disappear(world: World, guild: state.Guild) -> None:
    """An outage: GUILD_DELETE with `unavailable`, which means that the bot is still a member."""
    guild.available = False
    data: Json = {"id": str(guild.id), "unavailable": True}
    world.dispatch(Dispatch(name="GUILD_DELETE", data=data, guild_id=guild.id, intent=1))


def appear(world: World, guild: state.Guild) -> None:
    """The outage is over."""
    _create(world, guild, fresh=False)


def _create(world: World, guild: state.Guild, *, fresh: bool) -> None:
    """A guild the bot has just joined comes without `unavailable`: libraries tell it by that from one that is back."""
    guild.available = True
    about = objects.guild_create(world, guild)
    if fresh:
        del about["unavailable"]
    world.dispatch(Dispatch(name="GUILD_CREATE", data=about, guild_id=guild.id, intent=1))
