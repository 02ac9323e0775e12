"""Reactions and pins: routes, rights, and what the gateway tells whom."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.discord import state
from sandbox.discord.client import Community, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, Rest, RunBot, Socket, discord

BO = "1150000000000000012"
GUILDS, GUILD_REACTIONS = 1 << 0, 1 << 10
THUMB, HEART, FOX = "👍", "❤️", "🦊"


@pytest.fixture
def general(sandbox: DiscordSandbox) -> str:
    return f"/channels/{sandbox.world.channel_named('general').id}"


@pytest.fixture(autouse=True)
async def unhurried(community: Community) -> None:
    await community.rate_limits(enabled=False)


async def test_reactions_come_and_go(rest: Rest, general: str, community: Community) -> None:
    await community.permit(channel="general", allow=["ADD_REACTIONS"])
    bo = community.member("Bo", channel="general")
    message = await bo.write("a fox")
    path = f"{general}/messages/{message.id}/reactions"
    for _ in range(2):
        assert await rest("PUT", f"{path}/{FOX}/@me") == (204, None)
    await bo.react(message, FOX)
    await bo.react(message, HEART)
    fox, heart = (await rest("GET", f"{general}/messages/{message.id}"))[1]["reactions"]
    assert (fox["emoji"], fox["count"], fox["me"]) == ({"id": None, "name": FOX}, 2, True)
    assert (heart["count"], heart["me"]) == (1, False)
    users = (await rest("GET", f"{path}/{FOX}"))[1]
    assert [one["username"] for one in users] == ["sandbox_bot", "bo"]
    assert [one["id"] for one in (await rest("GET", f"{path}/{FOX}?limit=1&after={users[0]['id']}"))[1]] == [BO]
    assert (await rest("GET", f"{path}/{FOX}?limit=101"))[1]["code"] == 50035
    assert (await rest("DELETE", f"{path}/{FOX}/@me"))[0] == 204
    assert (await rest("DELETE", f"{path}/{FOX}/{BO}"))[1]["code"] == 50013
    await community.permit(channel="general", allow=["MANAGE_MESSAGES", "ADD_REACTIONS"])
    assert (await rest("DELETE", f"{path}/{FOX}/{BO}"))[0] == 204
    assert (await rest("DELETE", f"{path}/{FOX}/@me"))[1]["code"] == 10014
    assert (await rest("DELETE", f"{path}/{HEART}"))[0] == 204
    await rest("PUT", f"{path}/{THUMB}/@me")
    assert (await rest("DELETE", path))[0] == 204
    assert "reactions" not in (await rest("GET", f"{general}/messages/{message.id}"))[1]


@pytest.mark.parametrize("name", ["fox", ":fox:", "fox:5", "1"])
async def test_what_is_no_emoji(rest: Rest, general: str, community: Community, name: str) -> None:
    message = await community.write(user="Bo", channel="general", content="a fox")
    assert await rest("PUT", f"{general}/messages/{message.id}/reactions/{name}/@me") == (
        400,
        {"message": "Unknown Emoji", "code": 10014},
    )
    with pytest.raises(Refused):
        await community.member("Bo").react(message, name)


async def test_rights_to_react(rest: Rest, general: str, community: Community) -> None:
    message = await community.write(user="Bo", channel="general", content="a fox")
    path = f"{general}/messages/{message.id}/reactions"
    assert (await rest("PUT", f"{path}/{FOX}/@me"))[0] == 204  # everybody may, unless it is denied
    await community.permit(channel="general", deny=["ADD_REACTIONS"])
    await community.member("Bo").react(message, HEART)
    assert (await rest("PUT", f"{path}/{HEART}/@me"))[0] == 204
    assert (await rest("PUT", f"{path}/{THUMB}/@me"))[1]["code"] == 50013
    await community.permit(channel="general", deny=["READ_MESSAGE_HISTORY"])
    assert (await rest("PUT", f"{path}/{HEART}/@me"))[1]["code"] == 50013
    await community.permit(channel="general")
    for number in range(18):
        await community.member("Bo").react(message, chr(0x1F400 + number))
    assert (await rest("PUT", f"{path}/{THUMB}/@me"))[1]["code"] == 30010
    assert (await rest("PUT", f"{general}/messages/5/reactions/{FOX}/@me"))[1]["code"] == 10008


async def test_only_connections_that_asked_hear_of_reactions(
    rest: Rest, sandbox: DiscordSandbox, gateway: Callable[..., Awaitable[Socket]], community: Community, general: str
) -> None:
    asking, other = await gateway(), await gateway()
    await asking.identify(sandbox.token, intents=GUILDS | GUILD_REACTIONS)
    await other.identify(sandbox.token, intents=GUILDS)
    await other.until("READY")
    await asking.until("READY")
    await community.permit(channel="general", allow=["MANAGE_MESSAGES", "PIN_MESSAGES"])
    message = await community.write(user="Bo", channel="general", content="a fox")
    path = f"{general}/messages/{message.id}/reactions"
    await community.member("Bo").react(message, FOX)
    added = await asking.until("MESSAGE_REACTION_ADD")
    assert (added["user_id"], added["message_id"], added["emoji"]["name"]) == (BO, message.id, FOX)
    assert (added["member"]["user"]["id"], added["message_author_id"], added["type"]) == (BO, BO, 0)
    await community.member("Bo").react(message, FOX, add=False)
    assert (await asking.until("MESSAGE_REACTION_REMOVE"))["user_id"] == BO
    await rest("DELETE", f"{path}/{FOX}")
    assert (await asking.until("MESSAGE_REACTION_REMOVE_EMOJI"))["emoji"]["name"] == FOX
    await rest("DELETE", path)
    assert (await asking.until("MESSAGE_REACTION_REMOVE_ALL"))["message_id"] == message.id
    await rest("PUT", f"{general}/messages/pins/{message.id}")
    while (heard := await other.receive())["t"] != "CHANNEL_PINS_UPDATE":
        assert not heard["t"].startswith("MESSAGE_")
    assert heard["d"]["last_pin_timestamp"]


@pytest.mark.parametrize("route", ["messages/pins", "pins"])
async def test_pins_by_both_routes(rest: Rest, general: str, community: Community, route: str) -> None:
    messages = [await community.write(user="Bo", channel="general", content=str(n)) for n in range(3)]
    path = f"{general}/{route}"
    assert (await rest("PUT", f"{path}/{messages[0].id}"))[1]["code"] == 50013
    await community.permit(channel="general", allow=["MANAGE_MESSAGES"])
    assert (await rest("PUT", f"{path}/{messages[0].id}"))[1]["code"] == 50013
    await community.permit(channel="general", allow=["PIN_MESSAGES"])
    for message in messages:
        await community.advance(1)
        assert await rest("PUT", f"{path}/{message.id}") == (204, None)

    def ids(body: Any) -> list[str]:
        return [one["id"] for one in body] if route == "pins" else [one["message"]["id"] for one in body["items"]]

    newest_first = [one.id for one in reversed(messages)]
    assert ids((await rest("GET", path))[1]) == newest_first
    assert (await rest("GET", f"{general}/messages/{messages[0].id}"))[1]["pinned"] is True
    told = (await community.messages(channel="general"))[-1]
    assert (told.raw["type"], told.reply_to) == (6, messages[2].id)
    assert (await rest("PUT", f"{path}/{told.id}"))[1]["code"] == 50021
    assert await rest("DELETE", f"{path}/{messages[2].id}") == (204, None)
    await community.delete_message(messages[1].id)
    assert ids((await rest("GET", path))[1]) == [messages[0].id]
    await community.permit(channel="general", deny=["READ_MESSAGE_HISTORY"])
    assert ids((await rest("GET", path))[1]) == []


async def test_pins_come_in_pages_and_end_at_250(
    rest: Rest, general: str, community: Community, sandbox: DiscordSandbox
) -> None:
    await community.permit(channel="general", allow=["PIN_MESSAGES"])
    world, place, now = sandbox.world, sandbox.world.channel_named("general"), sandbox.clock.now()
    ids = [world.ids.next() for _ in range(249)]
    for n, one in enumerate(ids):
        world.messages[one] = state.Message(
            id=one, channel_id=place.id, author_id=int(BO), created_at=now, pinned_at=now - 300 + n
        )
    last = await community.write(user="Bo", channel="general", content="250")
    one_more = await community.write(user="Bo", channel="general", content="251")
    assert (await rest("PUT", f"{general}/messages/pins/{last.id}"))[0] == 204
    assert await rest("PUT", f"{general}/messages/pins/{one_more.id}") == (
        400,
        {"message": "Maximum number of pins reached for the channel (250)", "code": 30003},
    )
    _, first = await rest("GET", f"{general}/messages/pins")
    assert (len(first["items"]), first["has_more"]) == (50, True)
    before = first["items"][-1]["pinned_at"].replace("+", "%2B")
    _, second = await rest("GET", f"{general}/messages/pins?limit=2&before={before}")
    assert [one["message"]["id"] for one in second["items"]] == [str(ids[199]), str(ids[198])]
    assert len((await rest("GET", f"{general}/pins"))[1]) == 50


async def test_discord_py_reacts_and_pins(run_bot: RunBot, bot: Bot, community: Community) -> None:
    await community.permit(channel="general", allow=["ADD_REACTIONS", "PIN_MESSAGES"])
    async with run_bot(bot):
        general = discord.utils.get(bot.get_all_channels(), name="general")
        assert isinstance(general, discord.TextChannel)
        message = await general.send("a fox")
        await message.add_reaction(FOX)
        await message.pin()
        assert [one.id async for one in general.pins()] == [message.id]
        fetched = await general.fetch_message(message.id)
        assert [(str(one.emoji), one.count, one.me) for one in fetched.reactions] == [(FOX, 1, True)]
        assert [user.bot async for user in fetched.reactions[0].users()] == [True]
        await message.remove_reaction(FOX, bot.user)
        await message.unpin()
