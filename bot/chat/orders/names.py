"""The names behind Discord's ids in what a member writes, as far as they are at hand or quickly asked for."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, cast
from zoneinfo import ZoneInfo

import discord

from bot.chat.kit.context import InteractionContext
from bot.chat.kit.errors import CALL_FAILED
from bot.domain.orders.markup import NAMELESS, Names, Words, people_in

_QUICK = 0.5  # seconds: this comes before the acknowledgement, which is due within three
_MOST_ASKED = 5  # members of one text that Discord is asked about; nobody has a picture made of more
_MARKS = frozenset("<>/@\uff1c\uff20")  # without one of these it mentions nobody
_Data = Mapping[str, Any]


async def names_for(context: InteractionContext, texts: Iterable[str]) -> Names:
    """What is known about the ids in the texts.

    Roles and channels are in memory. People are not, but for the member and the bot: Discord sends some along with an
    interaction, and is asked about the others for half a second.
    """
    written = [text for text in texts if not _MARKS.isdisjoint(text)]
    if not written:
        return NAMELESS
    interaction, guild = context.interaction, context.interaction.guild

    # What came with the interaction, and who is in it.
    data = cast("_Data", interaction.data or {})
    resolved = cast("_Data", data.get("resolved") or {})
    people = list(_objects(resolved, "users"))
    for _, message in _objects(resolved, "messages"):
        mentioned = [message.get("author"), *cast("Sequence[_Data]", message.get("mentions") or ())]
        people += [(int(one["id"]), one) for one in mentioned if one is not None]
    users = {user_id: str(user.get("global_name") or user.get("username") or "") for user_id, user in people}
    users |= {user_id: str(member["nick"]) for user_id, member in _objects(resolved, "members") if member.get("nick")}
    me = guild.me if guild is not None else interaction.client.user
    users |= {one.id: one.display_name for one in (interaction.user, me) if one is not None}

    # Whom Discord tells of within half a second.
    missing = sorted(frozenset[int]().union(*map(people_in, written)) - users.keys())
    if guild is not None and missing:

        async def ask(user_id: int) -> None:
            with contextlib.suppress(*CALL_FAILED):
                users[user_id] = (await guild.fetch_member(user_id)).display_name

        asked = [asyncio.create_task(ask(user_id)) for user_id in missing[:_MOST_ASKED]]
        _, late = await asyncio.wait(asked, timeout=_QUICK)
        for task in late:
            task.cancel()

    # Channels that the member can see: the bot gives away no other names.
    user = interaction.user
    channels: dict[int, str] = {}
    if guild is not None and isinstance(user, discord.Member):
        every = (*guild.channels, *guild.threads)
        channels = {one.id: one.name for one in every if one.permissions_for(user).view_channel}
    return Names(
        users=users,
        roles={role.id: role.name for role in guild.roles} if guild is not None else {},
        channels=channels,
        words=Words(**{field.name: context.texts(f"markup-{field.name}") for field in fields(Words)}),
        zone=ZoneInfo(context.services.policy_service.known(context.guild_id).time_zone),
    )


def _objects(resolved: _Data, kind: str) -> Iterator[tuple[int, _Data]]:
    for given_id, one in cast("Mapping[str, _Data]", resolved.get(kind) or {}).items():
        yield int(given_id), one
