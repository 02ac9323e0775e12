"""Guilds in their thousands, for what happens to large bots."""

from sandbox.discord import community, installation, objects, permissions, state
from sandbox.discord.control import lookup
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch, World

# A guild's shard is told by what lies above the lower 22 bits of its id.
_FIRST = 1_170_000_000_000_000_000
_APART = 1 << 22


def make_up(world: World, body: Json) -> list[Json]:
    """`count` guilds called `name` 1, 2, …, of `owner` and `members` guests, each with one channel and the bot."""
    somebody = next(one for one in world.users.values() if not one.bot)
    owner = lookup.user(world, body["owner"]) if "owner" in body else somebody
    name, made = str(body.get("name", "Crowd")), list[Json]()
    guests = [_guest(world, number) for number in range(1, int(body.get("members", 0)) + 1)]
    number = sum(guild.id >= _FIRST for guild in world.guilds.values())
    for ordinal in range(1, int(body.get("count", 1)) + 1):
        number += 1
        guild = state.Guild(id=_FIRST + number * _APART, name=f"{name} {ordinal}", owner_id=owner.id)
        world.guilds[guild.id] = guild
        everyone = state.Role(id=guild.id, name="@everyone", permissions=permissions.mask(community.EVERYONE))
        guild.roles[guild.id] = everyone
        guild.granted = permissions.mask(community.BOT)
        for one in [owner, *guests]:
            guild.members[one.id] = state.Member(user_id=one.id, joined_at=world.clock.now())
        place = community.channel(world, guild, {"name": f"{name.lower()}-{ordinal}", "id": guild.id + 1}, 0)
        installation.join(world, guild, guild.granted, joined_at=world.clock.now(), role_id=guild.id + 2)
        about = objects.guild_create(world, guild, places=[place])
        del about["unavailable"]
        world.dispatch(Dispatch(name="GUILD_CREATE", data=about, guild_id=guild.id, intent=1))
        made.append({"id": str(guild.id), "name": guild.name, "channel": place.name})
    return made


def _guest(world: World, number: int) -> state.User:
    """The same guests everywhere."""
    known = next((one for one in world.users.values() if one.username == f"guest_{number}"), None)
    if known is not None:
        return known
    one = state.User(id=world.ids.next(), username=f"guest_{number}", name=f"Guest {number}")
    world.users[one.id] = one
    return one
