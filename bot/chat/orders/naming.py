"""The names behind Discord's ids in what a member writes, as far as they are at hand or quickly asked for."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo

import discord
from bot.chat.kit.translation import Texts
from bot.domain.ids import GuildId
from bot.domain.orders.markup import NAMELESS, Names, Words, people_in, plain_request, texts_of
from bot.domain.orders.order import GenerationRequest

from bot.chat.kit.desk import Desk
from bot.chat.kit.errors import BROKEN
from bot.chat.kit.row_button import Interaction

_QUICK = 0.5  # seconds: this comes before the acknowledgement, which is due within three
_MOST_ASKED = 5  # members of one text that Discord is asked about; nobody has a picture made of more
_MARKS = frozenset("<>/@\uff1c\uff20")  # without one of these it mentions nobody
_Data = Mapping[str, Any]


async def named(interaction: Interaction, request: GenerationRequest) -> GenerationRequest:
    """The request with names where Discord has ids, so that what is checked, shown and sent is the same."""
    return plain_request(request, await names_for(interaction, texts_of(request)))


async def names_for(interaction: Interaction, texts: Iterable[str]) -> Names:
    """What is known about the ids in the texts.

    Roles and channels are in memory. People are not, but for the member and the bot: Discord sends some along with an
    interaction, and is asked about the others for half a second.
    """
    written = [text for text in texts if not _MARKS.isdisjoint(text)]
    if not written:
        return NAMELESS
    guild, users = interaction.guild, _sent_along(interaction)
    missing = sorted(frozenset[int]().union(*map(people_in, written)) - users.keys())
    if guild is not None and missing:
        asked = [asyncio.create_task(_ask(guild, user_id, users)) for user_id in missing[:_MOST_ASKED]]
        _, late = await asyncio.wait(asked, timeout=_QUICK)
        for task in late:
            task.cancel()
    client: Desk = interaction.client
    zone = client.queueing.rules(GuildId(interaction.guild_id)).time_zone if interaction.guild_id is not None else "UTC"
    return Names(
        users=users,
        roles={role.id: role.name for role in guild.roles} if guild is not None else {},
        channels=_channels(interaction),
        words=_words(client.texts(interaction)),
        zone=ZoneInfo(zone),
    )


async def _ask(guild: discord.Guild, user_id: int, users: dict[int, str]) -> None:
    with contextlib.suppress(discord.DiscordException, *BROKEN):
        users[user_id] = (await guild.fetch_member(user_id)).display_name


def _sent_along(interaction: Interaction) -> dict[int, str]:
    """The names of people that came with the interaction."""
    data = cast("_Data", interaction.data or {})
    resolved = cast("_Data", data.get("resolved") or {})
    people = list(_objects(resolved, "users"))
    for _, message in _objects(resolved, "messages"):
        mentioned = [message.get("author"), *cast("Sequence[_Data]", message.get("mentions") or ())]
        people += [(int(one["id"]), one) for one in mentioned if one is not None]
    users = {user_id: str(user.get("global_name") or user.get("username") or "") for user_id, user in people}
    users |= {user_id: str(member["nick"]) for user_id, member in _objects(resolved, "members") if member.get("nick")}
    me = interaction.guild.me if interaction.guild is not None else interaction.client.user
    return users | {one.id: one.display_name for one in (interaction.user, me) if one is not None}


def _objects(resolved: _Data, kind: str) -> Iterator[tuple[int, _Data]]:
    for given_id, one in cast("Mapping[str, _Data]", resolved.get(kind) or {}).items():
        yield int(given_id), one


def _channels(interaction: Interaction) -> dict[int, str]:
    """Those that the member can see: the name of another one is nobody's to give away."""
    guild, user = interaction.guild, interaction.user
    if guild is None or not isinstance(user, discord.Member):
        return {}
    seen = [one for one in guild.channels if one.permissions_for(user).view_channel]
    return {one.id: one.name for one in (*seen, *(t for t in guild.threads if t.permissions_for(user).view_channel))}


def _words(texts: Texts) -> Words:
    return Words(
        someone=texts("markup-someone"),
        group=texts("markup-group"),
        channel=texts("markup-channel"),
        message=texts("markup-message"),
        file=texts("markup-file"),
        link=texts("markup-link"),
        date=texts("markup-date"),
        guide=texts("markup-guide"),
        sound=texts("markup-sound"),
    )
