"""Guilds, their channels, roles and members."""

from sandbox.discord import errors, objects
from sandbox.discord.rest.kit import Call, Reply, get


def guild(call: Call) -> Reply:
    found = call.world.guild(call.id("guild_id"))
    about = objects.guild(found)
    if call.asked("with_counts"):
        about |= {"approximate_member_count": len(found.members), "approximate_presence_count": len(found.members)}
    return Reply(200, about)


def channels(call: Call) -> Reply:
    found = call.world.guild(call.id("guild_id"))
    places = [one for one in call.world.channels.values() if one.guild_id == found.id]
    return Reply(200, [objects.channel(call.world, one) for one in places if one.type not in {10, 11, 12}])


def roles(call: Call) -> Reply:
    found = call.world.guild(call.id("guild_id"))
    return Reply(200, [objects.role(one) for one in found.roles.values()])


def role(call: Call) -> Reply:
    found = call.world.guild(call.id("guild_id")).roles.get(call.id("role_id"))
    if found is None:
        raise errors.unknown_role()
    return Reply(200, objects.role(found))


def member(call: Call) -> Reply:
    found = call.world.guild(call.id("guild_id")).members.get(call.id("user_id"))
    if found is None:
        raise errors.unknown_member()
    return Reply(200, objects.member(call.world, found))


def own_member(call: Call) -> Reply:
    found = call.world.guild(call.id("guild_id"))
    return Reply(200, objects.member(call.world, found.members[call.world.application.id]))


ROUTES = (
    get("/guilds/{guild_id}", guild),
    get("/guilds/{guild_id}/channels", channels),
    get("/guilds/{guild_id}/roles", roles),
    get("/guilds/{guild_id}/roles/{role_id}", role),
    get("/guilds/{guild_id}/members/{user_id}", member),
    get("/users/@me/guilds/{guild_id}/member", own_member),
)
