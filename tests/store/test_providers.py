"""Rows of two providers side by side: what one calls an output says nothing of the other's."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.ids import OXEN, MessageId, ModelId, ProviderName, RemoteId
from bot.domain.models.catalogue import Gone
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.order import CONFIRMATION_LIFETIME, OrderRecord, PendingConfirmation
from bot.domain.orders.payer import Account, Payer, fingerprint
from bot.store import beside
from bot.store.installation import CatalogueRepository
from bot.store.orders.confirmations import PendingConfirmations
from bot.store.storage import Storage
from bot.store.wallet.accounts import Keys, StoredKey
from bot.store.wallet.ledger import Ledger
from tests.domain.kit import model
from tests.store.kit import GUILD, MEMBER, S, Store

OTHER = ProviderName("other")
REMOTE = RemoteId("the-same")


async def sent(store: Store, provider: ProviderName, remote_id: RemoteId = REMOTE) -> OrderRecord:
    order = store.order()
    order = replace(order, payer=replace(order.payer, provider=provider))
    await store.orders.accept(order)
    await store.orders.mark_sending(order.id, store.now)
    assert await store.orders.adopt(order.id, [remote_id], store.now, complete=True) == ([remote_id], False)
    return await store.record(order.id)


async def test_the_same_remote_id_is_two_outputs(store: Store) -> None:
    ours, theirs = await sent(store, OXEN), await sent(store, OTHER)
    for provider, record in ((OXEN, ours), (OTHER, theirs)):
        (generation,) = record.generations
        assert generation.provider == record.order.payer.provider == provider
        assert await store.generations.by_remote_id(REMOTE, provider=provider) == generation
        (under_way,) = (await store.generations.under_way())[record.order.payer]
        assert under_way.id == generation.id
        assert await store.orders.owned(store.now - timedelta(days=1), provider) == {REMOTE}
        await store.generations.settle(generation.id, Outcome(state=S.FAILED, reason=Reason.LOST), store.now)
        assert await store.generations.by_remote_id(REMOTE, provider=provider) is None
        given_up = await store.generations.given_up_as(REMOTE, None, provider)
        assert given_up is not None
        assert given_up.id == generation.id


async def test_under_way_is_told_by_who_pays_whom(store: Store) -> None:
    ours, theirs = await sent(store, OXEN), await sent(store, OTHER)
    found = await store.generations.under_way()
    assert {payer: [each.id for each in rows] for payer, rows in found.items()} == {
        record.order.payer: [record.generations[0].id] for record in (ours, theirs)
    }


async def test_one_id_belongs_to_one_order_of_each_provider(store: Store) -> None:
    await sent(store, OXEN)
    second = await store.sending()
    assert await store.orders.adopt(second.order.id, [REMOTE], store.now, complete=False) == ([], False)
    await sent(store, OTHER)


async def test_what_one_provider_has_is_foreign_to_the_other(store: Store) -> None:
    await sent(store, OXEN)
    assert await store.generations.orphans({REMOTE}) == set()
    assert await store.generations.orphans({REMOTE}, OTHER) == {REMOTE}
    await store.sending()  # Oxen may be about to tell an id
    assert await store.generations.orphans({REMOTE}) is None
    assert await store.generations.orphans({REMOTE}, OTHER) == {REMOTE}


@pytest.mark.parametrize(("provider", "settled"), [(OXEN, False), (OTHER, True)])
async def test_what_turns_up_late_is_not_another_order_s_of_the_same_provider(
    store: Store, provider: ProviderName, settled: bool
) -> None:
    absent = await store.given_up(S.ABSENT, Reason.ABSENT)
    await sent(store, provider)
    generation = absent.generations[0].id
    assert await store.generations.settle_late(generation, "https://x.example", store.now, REMOTE) is settled


async def test_rows_are_read_beside_the_running_bot(store: Store, storage: Storage) -> None:
    await sent(store, OXEN, RemoteId("ours"))
    await sent(store, OTHER, RemoteId("theirs"))
    await store.guilds.set_namespace(GUILD, "film-club", MEMBER, store.now, OTHER)
    on_its_way = await store.sending()
    assert [beside.remote_ids(storage, provider) for provider in (OXEN, OTHER)] == [{"ours"}, {"theirs"}]
    assert beside.orders_on_their_way(storage, OXEN) == [on_its_way.order.id]
    assert beside.orders_on_their_way(storage, OTHER) == []
    assert [beside.namespaces(storage, provider) for provider in (OXEN, OTHER)] == [
        [],
        [("film-club", GUILD)],
    ]


async def test_a_guild_has_an_account_and_a_key_with_each(store: Store) -> None:
    keys = Keys(store.db)
    for provider in (OXEN, OTHER):
        key = StoredKey(
            id=fingerprint("a key", provider), provider=provider, sealed=f"sealed {provider}", tail="key", refused=False
        )
        await keys.give(GUILD, key, str(provider), MEMBER, store.now)
        assert await keys.get(key.id) == key
    assert fingerprint("a key") == fingerprint("a key", OXEN) != fingerprint("a key", OTHER)
    taken = await keys.take(GUILD, MEMBER, store.now, at_once=True)
    assert taken == fingerprint("a key")
    assert await store.guilds.account(GUILD) == Account()
    assert (await store.guilds.account(GUILD, OTHER)).namespace == "other"


async def test_keys_are_in_use_with_their_provider(store: Store) -> None:
    key = fingerprint("a key", OTHER)
    order = store.order()
    await store.orders.accept(replace(order, payer=Payer(provider=OTHER, key=key)))
    assert await store.generations.keys_in_use() == []
    assert await store.generations.keys_in_use(OTHER) == [key]
    assert [g.order_id for g in await store.generations.open_by_key(key, OTHER)] == [order.id]
    assert await store.generations.open_by_key(key) == []


async def test_each_provider_has_its_own_catalogue(store: Store) -> None:
    rows = CatalogueRepository(store.db)
    gone = Gone(id=ModelId("old"), name="Old", at=store.now)
    await rows.put([model("kling")], [])
    await rows.put([model("kling")], [], OTHER)
    await rows.put([], [replace(gone, id=ModelId("kling"))], OTHER)
    assert len(await rows.offered()) == 1
    assert await rows.offered(OTHER) == []
    assert await rows.gone() == []
    assert [each.id for each in await rows.gone(OTHER)] == [ModelId("kling")]


async def test_a_pending_confirmation_and_the_ledger_know_it(store: Store) -> None:
    order = store.order()
    order = replace(order, payer=replace(order.payer, provider=OTHER))
    confirmations = PendingConfirmations(store.db)
    await confirmations.open(PendingConfirmation(order=order, lapses_at=store.now + CONFIRMATION_LIFETIME))
    kept = await confirmations.get(order.id)
    assert kept is not None
    assert kept.order.payer == order.payer
    for provider in (OXEN, OTHER):
        record = await sent(store, provider)
        await store.succeed(record.generations[0].id)
        await store.posts.delivered((await store.claimed()).id, MessageId(7), store.now)
        await Ledger(store.db).settle_cost(record.generations[0].id, Decimal(1), store.now)
    charged = await Ledger(store.db).charged(store.now - timedelta(days=1))
    assert sorted(each.payer.provider for each in charged) == [OTHER, OXEN]
