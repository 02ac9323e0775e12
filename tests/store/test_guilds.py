"""What guilds have settled, and facts about the installation."""

import asyncio

from bot.domain.ids import GuildId
from tests.store.kit import GUILD, MEMBER, MODERATOR, Store


async def test_a_guild_has_no_namespace_until_somebody_sets_one(store: Store) -> None:
    assert (await store.guilds.account(GUILD)).namespace is None
    await store.guilds.set_namespace(GUILD, "ox", MEMBER, store.now)
    assert (await store.guilds.account(GUILD)).namespace == "ox"
    assert (await store.guilds.account(GuildId(1))).namespace is None


async def test_the_last_setting_counts_and_can_be_taken_back(store: Store) -> None:
    await store.guilds.set_namespace(GUILD, "ox", MEMBER, store.now)
    await store.guilds.set_namespace(GUILD, "cow", MODERATOR, store.now)
    assert (await store.guilds.account(GUILD)).namespace == "cow"
    await store.guilds.set_namespace(GUILD, None, MODERATOR, store.now)
    assert (await store.guilds.account(GUILD)).namespace is None


async def test_guilds_do_not_disturb_each_other(store: Store) -> None:
    guilds = [GuildId(n) for n in range(20)]
    await asyncio.gather(*(store.guilds.set_namespace(g, f"ox-{g}", MEMBER, store.now) for g in guilds))
    assert [(await store.guilds.account(g)).namespace for g in guilds] == [f"ox-{g}" for g in guilds]


async def test_orders_keep_the_namespace_they_were_made_with(store: Store) -> None:
    record = await store.accepted(namespace="ox")
    await store.guilds.set_namespace(GUILD, "cow", MEMBER, store.now)
    assert (await store.record(record.order.id)).order.namespace == "ox"


async def test_a_fact_is_remembered_until_it_changes(store: Store) -> None:
    assert await store.key_values.get("commands") is None
    await store.key_values.put("commands", "one")
    await store.key_values.put("commands", "two")
    await store.key_values.put("other", "")
    assert await store.key_values.get("commands") == "two"
    assert await store.key_values.get("other") == ""
