"""Who pays for a guild. Its key at rest: what is in the rows opens nothing, and goes when nobody needs it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, UserId
from bot.domain.orders.payer import Account, fingerprint
from bot.domain.records.guild_log import ActKind
from bot.store import beside
from bot.store.records.guild_log import Audit, Notices
from bot.store.storage import Storage
from bot.store.wallet.accounts import Keys, StoredKey
from bot.store.wallet.vault import Unopened, Vault, new_master_key
from tests.fakes.orders import at
from tests.store.kit import GUILD, MEMBER, MODERATOR, Store, ids

OTHER = GuildId(7)
SECRET, ANOTHER = "secret-that-nobody-may-read", "another-that-nobody-may-read"
FIRST, SECOND = new_master_key(), new_master_key()


def sealed(secret: str = SECRET, master: str = FIRST) -> StoredKey:
    return StoredKey(id=fingerprint(secret), sealed=Vault([master]).seal(secret), tail=secret[-4:], refused=False)


@pytest.fixture
def keys(store: Store) -> Keys:
    return Keys(store.db)


async def test_a_guild_pays_by_the_key_that_it_was_given(store: Store, keys: Keys) -> None:
    assert await store.guilds.account(GUILD) == Account()
    await keys.give(GUILD, sealed(), "ox", MEMBER, store.now)
    assert await store.guilds.account(GUILD) == Account(namespace="ox", key=fingerprint(SECRET), tail="read")
    assert await store.guilds.account(OTHER) == Account()
    await store.guilds.set_namespace(GUILD, "cow", MEMBER, store.now)
    assert await store.guilds.account(GUILD) == Account(namespace="cow", key=fingerprint(SECRET), tail="read")


async def test_what_is_stored_does_not_hold_the_key(store: Store, keys: Keys, database_file: Path) -> None:
    await keys.give(GUILD, sealed(), None, MEMBER, store.now)
    for path in database_file.parent.iterdir():
        assert SECRET.encode() not in path.read_bytes()


async def test_a_key_that_is_taken_goes_when_nothing_needs_it(store: Store, keys: Keys) -> None:
    key = fingerprint(SECRET)
    await keys.give(GUILD, sealed(), "ox", MEMBER, store.now)
    record = await store.queued(key=key)
    assert await keys.take(GUILD, MEMBER, store.now, at_once=False) == key
    assert await store.guilds.account(GUILD) == Account()
    assert await keys.delete_unneeded() == []
    await store.succeed(ids(record)[0])
    assert await keys.delete_unneeded() == []  # the result is still to be fetched
    post = await store.claimed()
    await store.posts.dead_letter(post.id, "closed", store.now)
    assert await keys.delete_unneeded() == [key]
    assert await keys.get(key) is None


async def test_a_key_that_is_taken_at_once_is_gone_whatever_needs_it(store: Store, keys: Keys) -> None:
    await keys.give(GUILD, sealed(), None, MEMBER, store.now)
    await store.queued(key=fingerprint(SECRET))
    await keys.take(GUILD, MEMBER, store.now, at_once=True)
    assert await keys.get(fingerprint(SECRET)) is None


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_key_of_two_guilds_stays_with_the_other(store: Store, keys: Keys, *, at_once: bool) -> None:
    for guild in (GUILD, OTHER):
        await keys.give(guild, sealed(), None, MEMBER, store.now)
    await keys.take(GUILD, MEMBER, store.now, at_once=at_once)
    assert await keys.delete_unneeded() == []
    assert (await store.guilds.account(OTHER)).key == fingerprint(SECRET)


async def test_without_a_key_none_can_be_taken_away(store: Store, keys: Keys) -> None:
    assert await keys.take(GUILD, MEMBER, store.now, at_once=True) is None
    await store.guilds.set_namespace(GUILD, "ox", MEMBER, store.now)
    assert await keys.take(GUILD, MEMBER, store.now, at_once=True) is None
    assert (await store.guilds.account(GUILD)).namespace == "ox"


async def test_a_refused_key_is_told_once_to_every_guild_that_pays_by_it(store: Store, keys: Keys) -> None:
    for guild in (GUILD, OTHER):
        await keys.give(guild, sealed(), None, MEMBER, store.now)
    assert set(await keys.refuse(fingerprint(SECRET), store.now)) == {GUILD, OTHER}
    assert await keys.refuse(fingerprint(SECRET), store.clock.advance(timedelta(hours=1))) == []
    assert await keys.refuse(fingerprint(ANOTHER), store.now) == []
    owed = [notice.guild_id for notice, _ in await Notices(store.db).open()]
    assert sorted(owed) == sorted([GUILD, OTHER])
    assert (await store.guilds.account(GUILD)).refused


async def test_the_same_key_entered_again_is_refused_no_more(store: Store, keys: Keys) -> None:
    await keys.give(GUILD, sealed(), None, MEMBER, store.now)
    await keys.refuse(fingerprint(SECRET), store.now)
    await keys.give(GUILD, sealed(), None, MEMBER, store.clock.advance(timedelta(hours=1)))
    assert not (await store.guilds.account(GUILD)).refused
    assert await keys.refuse(fingerprint(SECRET), store.clock.advance(timedelta(hours=1))) == [GUILD]
    assert len(await Notices(store.db).open()) == 2


async def test_who_changed_what_is_in_the_audit_log_without_the_key(store: Store, keys: Keys) -> None:
    await store.guilds.set_namespace(GUILD, "ox", MEMBER, store.now)
    await store.guilds.set_namespace(GUILD, "ox", MODERATOR, store.now)  # changes nothing
    await keys.give(GUILD, sealed(), None, MODERATOR, store.now)
    await keys.take(GUILD, UserId(0), store.now, at_once=True)
    acts = [record.act for record in await Audit(store.db).page(GUILD)]
    assert [(act.kind, act.by, act.before, act.after) for act in reversed(acts)] == [
        (ActKind.PAYER_CHANGED, MEMBER, '{"namespace": null, "key": null}', '{"namespace": "ox", "key": null}'),
        (ActKind.PAYER_CHANGED, MODERATOR, '{"namespace": "ox", "key": null}', '{"namespace": null, "key": "read"}'),
        (ActKind.PAYER_CHANGED, UserId(0), '{"namespace": null, "key": "read"}', '{"namespace": null, "key": null}'),
    ]


async def test_a_namespace_that_somebody_else_has_claimed(store: Store, keys: Keys) -> None:
    await store.guilds.set_namespace(OTHER, "Film-Club", MEMBER, store.now)
    with pytest.raises(Refusal, match="namespace-taken"):
        await store.guilds.claim_namespace(GUILD, "film-club", None, MODERATOR, store.now)
    assert (await store.guilds.account(GUILD)).namespace is None
    await store.guilds.claim_namespace(OTHER, "film-club", None, MODERATOR, store.now)  # its own
    await store.guilds.claim_namespace(GUILD, "film-club", None, MODERATOR, store.now)  # both are the same person's
    await store.guilds.set_namespace(GUILD, None, MODERATOR, store.now)
    await keys.give(OTHER, sealed(), "film-club", MEMBER, store.now)
    await store.guilds.claim_namespace(GUILD, "film-club", None, MEMBER, store.now)  # the other's is by its own key


async def test_one_of_two_claims_of_a_namespace_wins(store: Store) -> None:
    claims = [
        store.guilds.claim_namespace(guild, "film-club", None, by, store.now)
        for guild, by in ((GUILD, MEMBER), (OTHER, MODERATOR))
    ]
    ends = await asyncio.gather(*claims, return_exceptions=True)
    assert [end.key for end in ends if isinstance(end, Refusal)] == ["namespace-taken"]


async def test_a_namespace_that_was_asked_about_by_another_key_is_not_taken(store: Store, keys: Keys) -> None:
    await keys.give(GUILD, sealed(), None, MEMBER, store.now)
    with pytest.raises(Refusal, match="namespace-unchecked"):
        await store.guilds.claim_namespace(GUILD, "film-club", None, MEMBER, store.now)
    assert (await store.guilds.account(GUILD)).namespace is None


async def test_a_trial_counts_what_the_operator_pays_and_nothing_else(store: Store, keys: Keys) -> None:
    assert await keys.trial_used(GUILD) == 0
    for given in ({"namespace": None}, {"namespace": "ox"}, {"namespace": None, "key": fingerprint(SECRET)}):
        await accepted(store, 2, Decimal("0.25"), **given)
    await accepted(store, 1, Decimal(1), namespace=None, guild=OTHER)
    assert await keys.trial_used(GUILD) == Decimal("0.5")


async def accepted(store: Store, outputs: int, quote: Decimal, **given: Any) -> None:
    order = store.order(outputs, **given)
    await store.orders.accept(replace(order, request=replace(order.request, estimate=at(quote))))


# The vault.


def test_the_first_master_key_seals_and_every_one_opens() -> None:
    old = Vault([FIRST]).seal(SECRET)
    both = Vault([SECOND, FIRST])
    assert both.open(old, fingerprint(SECRET)) == SECRET
    assert Vault([SECOND]).open(both.seal(SECRET), fingerprint(SECRET)) == SECRET
    with pytest.raises(Unopened):
        Vault([FIRST]).open(both.seal(SECRET), fingerprint(SECRET))


def test_a_shut_vault_neither_seals_nor_opens() -> None:
    assert Vault([]).shut
    with pytest.raises(Unopened):
        Vault([]).seal(SECRET)
    with pytest.raises(Unopened):
        Vault([]).open(Vault([FIRST]).seal(SECRET), fingerprint(SECRET))


def test_a_sealed_key_that_was_changed_or_moved_cannot_be_opened() -> None:
    token = Vault([FIRST]).seal(SECRET)
    for wrong in (token[:-5] + "AAAA=", token[5:], "", "nonsense", "ü"):
        with pytest.raises(Unopened):
            Vault([FIRST]).open(wrong, fingerprint(SECRET))
    with pytest.raises(Unopened):
        Vault([FIRST]).open(token, fingerprint(ANOTHER))


async def test_rotation_seals_everything_anew_or_nothing(store: Store, keys: Keys, storage: Storage) -> None:
    await keys.give(GUILD, sealed(SECRET, FIRST), None, MEMBER, store.now)
    await keys.give(OTHER, sealed(ANOTHER, FIRST), None, MEMBER, store.now)
    await store.db.close()
    assert beside.rotate(storage, Vault([SECOND, FIRST])) == 2
    assert beside.unopened(storage, Vault([SECOND])) == 0
    assert beside.unopened(storage, Vault([FIRST])) == 2
    with storage.changing() as db:
        last = max(fingerprint(SECRET), fingerprint(ANOTHER))
        db.execute("UPDATE keys SET sealed = 'lost' WHERE id = :id", {"id": last})
    before = beside.stored(storage)
    with pytest.raises(Unopened):
        beside.rotate(storage, Vault([FIRST, SECOND]))
    assert beside.stored(storage) == before


async def test_keys_that_no_master_key_opens_can_be_dropped(store: Store, keys: Keys, storage: Storage) -> None:
    await keys.give(GUILD, sealed(SECRET, FIRST), "ox", MEMBER, store.now)
    await keys.give(OTHER, sealed(ANOTHER, SECOND), "cow", MEMBER, store.now)
    await store.db.close()
    assert beside.drop_unopened(storage, Vault([SECOND])) == 1
    assert set(beside.stored(storage)) == {fingerprint(ANOTHER)}


# Namespaces.


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
