"""SKUs and entitlements: bought, consumed, over, refunded, tested."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.discord.client import Community, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, Rest, RunBot, Socket, discord

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture
def base(sandbox: DiscordSandbox) -> str:
    return f"/applications/{sandbox.application_id}"


async def test_a_consumable_is_bought_told_of_carried_consumed_and_bought_again(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, rest: Rest, base: str
) -> None:
    sku = await community.offer("Ten films", type="consumable")
    first, other = await gateway(), await gateway()
    await first.identify(sandbox.token, intents=0, shard=[0, 2])
    await other.identify(sandbox.token, intents=1, shard=[1, 2])
    await first.until("READY")
    bought = await community.buy("Bo", "Ten films")
    told = await first.until("ENTITLEMENT_CREATE")
    assert (told["id"], told["sku_id"], told["type"], told["consumed"]) == (bought, sku, 1, False)
    with pytest.raises(Refused, match="neither over nor consumed"):
        await community.buy("Bo", sku)
    await rest("POST", f"{base}/commands", {"name": "hello", "description": "Say hello"})

    async def carried(user: str) -> list[str]:
        asked = await community.invoke(user=user, channel="general", command="hello", wait=0)
        return [one["id"] for one in sandbox.world.interactions[int(asked.id)].payload["entitlements"]]

    assert (await carried("Bo"), await carried("Cleo")) == ([bought], [])
    assert await rest("POST", f"{base}/entitlements/{bought}/consume") == (204, None)
    assert await carried("Bo") == []
    assert (await rest("GET", f"{base}/entitlements/{bought}"))[1]["consumed"] is True
    assert await community.buy("Bo", sku) != bought
    status, answer = await rest("DELETE", f"{base}/entitlements/{bought}")
    assert (status, answer["code"]) == (400, 40019)
    await community.refund(bought)
    assert (await first.until("ENTITLEMENT_DELETE"))["deleted"] is True
    assert (await rest("GET", f"{base}/entitlements/{bought}"))[0] == 404


async def test_a_guild_subscription_runs_out(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, rest: Rest, base: str
) -> None:
    sku = await community.offer("Club", type="subscription", owner="guild")
    socket = await gateway()
    await socket.identify(sandbox.token, intents=0)
    bought = await community.buy("Bo", "Club", guild="Film Club")
    told = await socket.until("ENTITLEMENT_CREATE")
    film = str(sandbox.world.channel_named("general").guild_id)
    assert (told["guild_id"], told["type"], told["ends_at"], "consumed" in told) == (film, 8, None, False)
    status, answer = await rest("POST", f"{base}/entitlements/{bought}/consume")
    assert (status, answer["code"]) == (400, 40018)
    await community.end_subscription(bought)
    assert (await socket.until("ENTITLEMENT_UPDATE"))["ends_at"] is not None
    listed = (await rest("GET", f"{base}/entitlements?guild_id={film}&sku_ids={sku}"))[1]
    assert [one["id"] for one in listed] == [bought]
    assert await rest("GET", f"{base}/entitlements?exclude_ended=true") == (200, [])


async def test_the_application_tests_with_entitlements_of_its_own(
    community: Community, rest: Rest, base: str, sandbox: DiscordSandbox
) -> None:
    sku = await community.offer("Club", type="subscription", owner="guild")
    film = str(sandbox.world.channel_named("general").guild_id)
    status, made = await rest("POST", f"{base}/entitlements", {"sku_id": sku, "owner_id": film, "owner_type": 1})
    assert (status, made["guild_id"], made["starts_at"], made["ends_at"]) == (200, film, None, None)
    assert await rest("DELETE", f"{base}/entitlements/{made['id']}") == (204, None)
    assert await rest("GET", f"{base}/entitlements") == (200, [])
    assert len((await rest("GET", f"{base}/entitlements?exclude_deleted=false"))[1]) == 1
    assert (await rest("DELETE", f"{base}/entitlements/{made['id']}"))[1]["code"] == 10029
    wrong = {"sku_id": "5", "owner_id": film, "owner_type": 1}
    assert (await rest("POST", f"{base}/entitlements", wrong))[1]["code"] == 10027


async def test_discord_py_reads_skus_and_consumes(run_bot: RunBot, bot: Bot, community: Community) -> None:
    sku = await community.offer("Ten films", type="consumable")
    async with run_bot(bot):
        assert [(one.name, one.type) for one in await bot.fetch_skus()] == [("Ten films", discord.SKUType.consumable)]
        await community.buy("Bo", sku)
        found = [one async for one in bot.entitlements()]
        await found[0].consume()
        assert [one.consumed async for one in bot.entitlements()] == [True]
        buyer = discord.Object(found[0].user_id)
        await bot.create_entitlement(discord.Object(sku), buyer, discord.EntitlementOwnerType.user)
        assert [one.type async for one in bot.entitlements()][1] is discord.EntitlementType.test_mode_purchase
