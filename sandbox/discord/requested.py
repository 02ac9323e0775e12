"""What a session may ask the gateway for: members, soundboards, channel data (events/gateway-events, "Send Events")."""

from collections.abc import Iterator
from typing import Any

from sandbox.discord import objects, state
from sandbox.discord.forms import Json, as_list
from sandbox.discord.sessions import GUILD_MEMBERS, GUILD_PRESENCES, Session
from sandbox.discord.world import Dispatch, World

_CHUNK = 1000
_MOST_FOUND = 100
_LONGEST_NONCE = 32
_ALL_MEMBERS_SECONDS = 30.0


class Malformed(Exception):
    """The request is none: the connection is closed."""


def members(world: World, session: Session, data: Json, asked: dict[int, float]) -> Iterator[Dispatch]:
    """Op 8: GUILD_MEMBERS_CHUNK events of up to 1,000 members.

    The whole list needs the members intent, without which nothing comes at all (discord-api-docs issue 5855, discordrb
    pull request 53), and it comes once in 30 s for each guild, else RATE_LIMITED; `asked` has when it came last.
    """
    guild = _guild(world, session, data.get("guild_id"))
    query, limit, wanted = data.get("query"), data.get("limit", 0), data.get("user_ids")
    counted = isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0
    if wanted is None and not (isinstance(query, str) and counted):
        raise Malformed
    if guild is None:
        return
    nonce = data.get("nonce")
    about: Json = {"guild_id": str(guild.id)}
    about |= {"nonce": nonce} if isinstance(nonce, str) and len(nonce.encode()) <= _LONGEST_NONCE else {}
    missing: list[str] = []
    if wanted is not None:
        ids = _ids(wanted)[:_MOST_FOUND]
        found = [guild.members[one] for one in ids if one in guild.members]
        missing = [str(one) for one in ids if one not in guild.members]
    elif query:
        found = [one for one in guild.members.values() if _starts(world, one, str(query).casefold())]
        found = found[: min(limit or _MOST_FOUND, _MOST_FOUND)]
    elif not session.intents & GUILD_MEMBERS:
        return
    else:
        left = 0.0 if limit else _too_soon(world.clock.now(), asked, guild.id)
        if left:
            limited: Json = {"opcode": 8, "retry_after": left, "meta": about}
            yield Dispatch(name="RATE_LIMITED", data=limited, guild_id=guild.id)
            return
        found = list(guild.members.values())[: limit or None]
    pieces = [found[start : start + _CHUNK] for start in range(0, len(found), _CHUNK)] or [[]]
    for index, piece in enumerate(pieces):
        chunk: Json = {
            **about,
            "members": [objects.member(world, one) for one in piece],
            "chunk_index": index,
            "chunk_count": len(pieces),
        }
        chunk |= {"not_found": missing} if missing else {}
        # Everybody is offline here.
        chunk |= {"presences": []} if data.get("presences") and session.intents & GUILD_PRESENCES else {}
        yield Dispatch(name="GUILD_MEMBERS_CHUNK", data=chunk, guild_id=guild.id)


def _guild(world: World, session: Session, wanted: Any) -> state.Guild | None:
    """A guild of the session's that the bot is in and that is there. One id, or a list of one."""
    ids = _ids(wanted)
    if len(ids) != 1:
        raise Malformed
    guild = world.guilds.get(ids[0])
    return guild if guild is not None and guild.installed and guild.available and session.has(guild.id) else None


def _ids(wanted: Any) -> list[int]:
    listed: list[Any] = as_list(wanted) if isinstance(wanted, list) else [wanted]
    if not all(str(one).isdecimal() for one in listed):
        raise Malformed
    return [int(one) for one in listed]


def _starts(world: World, member: state.Member, query: str) -> bool:
    user = world.users[member.user_id]
    return any(name.casefold().startswith(query) for name in (user.username, user.name, member.nick or ""))


def _too_soon(now: float, asked: dict[int, float], guild_id: int) -> float:
    left = asked.get(guild_id, now - _ALL_MEMBERS_SECONDS) + _ALL_MEMBERS_SECONDS - now
    if left <= 0:
        asked[guild_id] = now
    return max(0.0, round(left, 3))


def soundboards(world: World, session: Session, data: Json) -> Iterator[Dispatch]:
    """Op 31: no guild here has sounds of its own."""
    for guild_id in _ids(data.get("guild_ids")):
        guild = _guild(world, session, guild_id)
        if guild is not None:
            about: Json = {"guild_id": str(guild.id), "soundboard_sounds": []}
            yield Dispatch(name="SOUNDBOARD_SOUNDS", data=about, guild_id=guild.id)


def channel_info(world: World, session: Session, data: Json) -> Iterator[Dispatch]:
    """Op 43: nobody talks here, so no channel has a status."""
    guild = _guild(world, session, data.get("guild_id"))
    if guild is not None:
        yield Dispatch(name="CHANNEL_INFO", data={"guild_id": str(guild.id), "channels": []}, guild_id=guild.id)
