"""What a fresh session is told: READY with the guilds it will hear of, then each of them, or that it is not there."""

from collections import defaultdict
from collections.abc import Iterator

from sandbox.discord import objects, state
from sandbox.discord.forms import Json
from sandbox.discord.sessions import GUILD_PRESENCES, GUILDS, Session
from sandbox.discord.world import Dispatch, World


def guilds(world: World, session: Session) -> list[state.Guild]:
    """The guilds of the session's shard that the bot is a member of."""
    return [guild for guild in world.guilds.values() if guild.installed and session.has(guild.id)]


def ready(world: World, session: Session, expected: list[state.Guild]) -> Dispatch:
    about: Json = {
        "v": 10,
        "user": objects.own_user(world.bot),
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in expected],
        "session_id": session.id,
        "resume_gateway_url": f"{world.url.replace('http', 'ws', 1)}/",
        "shard": list(session.shard),
        "application": {"id": str(world.application.id), "flags": 0},
        "private_channels": [],
        "session_type": "normal",
        "_trace": ["sandbox"],
    }
    return Dispatch(name="READY", data=about)


def arrivals(world: World, session: Session) -> Iterator[Dispatch]:
    """GUILD_CREATE for each guild, GUILD_DELETE with `unavailable` for one with an outage."""
    if not session.intents & GUILDS:
        return
    places: defaultdict[int | None, list[state.Channel]] = defaultdict(list)
    for place in world.channels.values():
        places[place.guild_id].append(place)
    for guild in guilds(world, session):
        if not guild.installed:
            continue  # it went while others arrived
        if not guild.available:
            gone: Json = {"id": str(guild.id), "unavailable": True}
            yield Dispatch(name="GUILD_DELETE", data=gone, guild_id=guild.id)
            continue
        large = len(guild.members) > session.large_threshold
        members = list(guild.members.values())
        if not session.intents & GUILD_PRESENCES:
            # Not the members intent, as one would think (discord-api-docs issue 3968).
            members = [guild.members[world.application.id]]
        elif large:
            members = [one for one in members if one.roles or one.nick]
        data = objects.guild_create(world, guild, members=members, places=places[guild.id])
        yield Dispatch(name="GUILD_CREATE", data={**data, "large": large}, guild_id=guild.id)
