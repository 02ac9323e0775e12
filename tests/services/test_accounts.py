"""What those who manage a server decide about its money: checked at the provider before anything is stored."""

from collections.abc import Awaitable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.orders.payer import Account, OpenNamespaces, Payer, Unbilled, fingerprint, parse_open
from bot.domain.provider import KeyRefused, NotFound, Unavailable
from bot.services.ordering.links import Links
from bot.services.wallet.accounts import Accounts, check_namespace
from bot.services.wallet.billing import Billing
from bot.services.wallet.keyring import Keyring
from bot.store.database import Database
from bot.store.wallet.vault import Vault
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import KEY
from tests.fakes.oxen import FakeOxen
from tests.services.bench import GUILD, HOSPITABLE, MODERATOR, OTHER_GUILD, OTHER_MEMBER, Bench, S

OTHERS = "key-of-somebody-else"


@pytest.fixture
def theirs(clock: ManualClock) -> FakeOxen:
    """The provider as the holder of the server's own key sees it."""
    return FakeOxen(clock, own="club", name="theirs")


@pytest.fixture
def bench(
    db: Database, clock: ManualClock, oxen: FakeOxen, theirs: FakeOxen, messenger: FakeMessenger, tmp_path: Path
) -> Bench:
    return Bench(db, clock, oxen, messenger, tmp_path / "on-the-way", {KEY: theirs})


async def refused(work: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as caught:
        await work
    assert KEY not in f"{caught.value} {caught.value.values}"
    return caught.value.key


# Namespaces.


async def test_a_namespace_is_checked_before_it_is_accepted(bench: Bench) -> None:
    bench.oxen.bills = frozenset({"film-club"})
    assert await refused(bench.accounts.set_namespace(GUILD, "somebody-elses", MODERATOR)) == "namespace-refused"
    assert await bench.accounts.of(GUILD) == Account()
    account = await bench.accounts.set_namespace(GUILD, " film-club ", MODERATOR)
    assert account == await bench.accounts.of(GUILD) == Account(namespace="film-club")
    assert {call for call, _ in bench.oxen.calls} == {"list"}  # it cost nothing


def opened(bench: Bench, namespaces: OpenNamespaces) -> tuple[Billing, Accounts]:
    """As the operator's setting has it."""
    billing = Billing(bench.guilds, bench.keys, replace(HOSPITABLE, namespaces=namespaces))
    accounts = Accounts(bench.guilds, bench.keys, bench.keyring, billing, bench.providers, bench.clock, bench.wake)
    return billing, accounts


async def test_the_operators_key_bills_only_what_its_owner_opened_to_the_server(bench: Bench) -> None:
    _, shut = opened(bench, OpenNamespaces())
    assert await refused(shut.set_namespace(GUILD, "operator", MODERATOR)) == "namespace-closed"
    assert bench.oxen.calls == [], "nor is anybody told what the key may bill"
    _, accounts = opened(bench, parse_open(f"Film-Club={GUILD}, cow"))
    assert await refused(accounts.set_namespace(GUILD, "operator", MODERATOR)) == "namespace-closed"
    assert await refused(accounts.set_namespace(OTHER_GUILD, "film-club", MODERATOR)) == "namespace-closed"
    assert (await accounts.set_namespace(GUILD, "film-club", MODERATOR)).namespace == "film-club"
    assert (await accounts.set_namespace(OTHER_GUILD, "cow", MODERATOR)).namespace == "cow"


async def test_what_the_operator_closes_pays_for_nothing_more(bench: Bench) -> None:
    await bench.pays(GUILD, "film-club")
    billing, _ = opened(bench, parse_open("cow"))
    assert await refused(billing.payer_of(GUILD)) == "namespace-closed"
    await bench.pays(GUILD, "cow")
    assert await billing.payer_of(GUILD) == Payer(namespace="cow")


async def test_by_its_own_key_a_server_names_what_it_likes(bench: Bench, theirs: FakeOxen) -> None:
    billing, accounts = opened(bench, OpenNamespaces())
    theirs.bills = frozenset({"club"})
    await accounts.set_key(GUILD, KEY, MODERATOR)
    assert (await accounts.set_namespace(GUILD, "club", MODERATOR)).namespace == "club"
    assert await billing.payer_of(GUILD) == Payer(key=fingerprint(KEY), namespace="club")


def test_what_is_opened_to_one_server_and_to_all_is_opened_to_all() -> None:
    for text in ("ox=1,ox", "ox,ox=1", "ox=1,ox,ox=2"):
        assert parse_open(text).allows("OX", OTHER_GUILD), text
    two = parse_open(f"ox=1, ox={GUILD}")
    assert two.allows("ox", GUILD)
    assert not two.allows("ox", OTHER_GUILD)
    assert parse_open("ox=1,*").allows("anything", OTHER_GUILD)
    assert parse_open(" , ") == OpenNamespaces()


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (KeyRefused(403, "no"), "namespace-refused"),
        (NotFound("no such namespace"), "namespace-refused"),
        (KeyRefused(401, "who are you"), "namespace-unchecked"),
        (Unavailable("502"), "namespace-unchecked"),
    ],
)
async def test_what_the_provider_answers_decides(bench: Bench, answer: Exception, key: str) -> None:
    await bench.pays(GUILD, "before")
    bench.oxen.faults.fail("list", answer)
    assert await refused(bench.accounts.set_namespace(GUILD, "film-club", MODERATOR)) == key
    assert await bench.accounts.of(GUILD) == Account(namespace="before")


async def test_a_namespace_from_which_another_server_pays_is_not_given_away(bench: Bench) -> None:
    await bench.accounts.set_namespace(GUILD, "film-club", MODERATOR)
    assert await refused(bench.accounts.set_namespace(OTHER_GUILD, "Film-Club", OTHER_MEMBER)) == "namespace-taken"
    assert await bench.accounts.set_namespace(OTHER_GUILD, "film-club", MODERATOR) == Account(namespace="film-club")


async def test_a_namespace_can_be_taken_back(bench: Bench) -> None:
    await bench.accounts.set_namespace(GUILD, "film-club", MODERATOR)
    assert await bench.accounts.clear_namespace(GUILD, MODERATOR) == Account()
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    await bench.accounts.set_namespace(GUILD, "film-club", MODERATOR)
    assert (await bench.accounts.clear_namespace(GUILD, MODERATOR)).key == fingerprint(KEY)


@pytest.mark.parametrize("name", ["a", "acme", " acme ", "Acme-2.x_y", "a" * 64, "0"])
def test_names_that_a_namespace_can_have(name: str) -> None:
    assert check_namespace(name) == name.strip()


@pytest.mark.parametrize("name", ["", " ", "a/b", "../x", "-a", "a-", "a b", "a&b=c", "é", "a" * 65, "a\nb", "@here"])
def test_names_that_no_namespace_has(name: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_namespace(name)
    assert caught.value.key == "namespace-name"
    assert len(str(caught.value.values["given"])) <= 70


# Keys.


async def test_a_key_is_checked_before_it_is_stored(bench: Bench) -> None:
    assert await refused(bench.accounts.set_key(GUILD, OTHERS, MODERATOR)) == "key-not-accepted"
    assert await bench.accounts.of(GUILD) == Account()
    account = await bench.accounts.set_key(GUILD, f" {KEY}\n", MODERATOR)
    assert account == await bench.accounts.of(GUILD) == Account(key=fingerprint(KEY), tail=KEY[-4:])


@pytest.mark.parametrize("key", ["", "short", "with blanks in it", "ümläute-sind-keine", "x" * 513, "line\nbreak"])
async def test_what_cannot_be_a_key_is_never_sent(bench: Bench, theirs: FakeOxen, key: str) -> None:
    assert await refused(bench.accounts.set_key(GUILD, key, MODERATOR)) == "key-shape"
    assert theirs.calls == bench.oxen.calls == []


async def test_a_key_that_cannot_be_checked_now_changes_nothing(bench: Bench, theirs: FakeOxen) -> None:
    await bench.pays(GUILD, "before")
    theirs.faults.fail("list", Unavailable("502"))
    assert await refused(bench.accounts.set_key(GUILD, KEY, MODERATOR)) == "key-unchecked"
    assert await bench.accounts.of(GUILD) == Account(namespace="before")


async def test_without_a_master_key_no_key_is_taken(bench: Bench, theirs: FakeOxen) -> None:
    shut = Keyring(bench.keys, Vault([]))
    accounts = Accounts(bench.guilds, bench.keys, shut, bench.billing, bench.providers, bench.clock, bench.wake)
    assert not accounts.takes_keys
    assert await refused(accounts.set_key(GUILD, KEY, MODERATOR)) == "key-no-vault"
    assert theirs.calls == []


@pytest.mark.parametrize(("bills", "kept"), [({"film-club"}, "film-club"), ({"club"}, None)])
async def test_the_namespace_stays_if_the_key_may_bill_it(
    bench: Bench, theirs: FakeOxen, bills: set[str], kept: str | None
) -> None:
    await bench.pays(GUILD, "film-club")
    theirs.bills = frozenset(bills)
    assert (await bench.accounts.set_key(GUILD, KEY, MODERATOR)).namespace == kept


async def test_a_namespace_is_checked_with_the_key_that_will_bill_it(bench: Bench, theirs: FakeOxen) -> None:
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    theirs.bills, bench.oxen.bills = frozenset({"club"}), frozenset({"film-club"})
    assert await refused(bench.accounts.set_namespace(GUILD, "film-club", MODERATOR)) == "namespace-refused"
    assert (await bench.accounts.set_namespace(GUILD, "club", MODERATOR)).namespace == "club"


async def test_orders_are_billed_as_it_was_when_they_were_placed(bench: Bench, theirs: FakeOxen) -> None:
    before = await bench.sent()
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    after, elsewhere = await bench.sent(), await bench.sent(guild=OTHER_GUILD)
    assert [r.order.payer for r in (before, after, elsewhere)] == [Payer(), Payer(key=fingerprint(KEY)), Payer()]
    assert (len(theirs.jobs), len(bench.oxen.jobs)) == (1, 2)


async def test_a_forgotten_key_follows_its_orders_to_their_end(bench: Bench, theirs: FakeOxen) -> None:
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    record = await bench.sent()
    await bench.accounts.forget_key(GUILD, MODERATOR)
    assert await bench.accounts.of(GUILD) == Account()
    await bench.keeping.step()
    theirs.finish(await bench.remote_id(record))
    await bench.poll()
    (message,) = await bench.announce(record)
    assert message.file_names
    await bench.keeping.step()
    assert await bench.keys.get(fingerprint(KEY)) is None
    assert bench.providers.retired == [fingerprint(KEY)]
    assert await refused(bench.accounts.forget_key(GUILD, MODERATOR)) == "key-none"


async def test_leaving_a_server_deletes_its_key_at_once_and_ends_what_runs(bench: Bench) -> None:
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    running, waiting = await bench.sent(), await bench.order()
    await bench.accounts.left(GUILD)
    assert await bench.keys.get(fingerprint(KEY)) is None
    assert bench.providers.retired == [fingerprint(KEY)]
    await bench.keeping.step()
    assert [await bench.states(r) for r in (running, waiting)] == [[S.FAILED], [S.FAILED]]
    await bench.accounts.left(GUILD)  # as often as Discord says it


async def test_a_result_whose_key_is_gone_is_linked(bench: Bench, theirs: FakeOxen) -> None:
    """Nobody can fetch it any more; who may see the namespace can open the link."""
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    theirs.finish(remote_id)
    await bench.poll()
    await bench.accounts.left(GUILD)
    (message,) = await bench.announce(record)
    assert not message.file_names
    assert list(message.outgoing.links.values()) == [theirs.url(remote_id)]
    assert theirs.count("download") == bench.oxen.count("download") == 0
    assert (
        await refused(Links(bench.generations, bench.orders, bench.providers).fresh(record.generations[0].id))
        == "link-gone"
    )


async def test_leaving_one_server_leaves_the_key_to_the_other(bench: Bench, theirs: FakeOxen) -> None:
    for guild in (GUILD, OTHER_GUILD):
        await bench.accounts.set_key(guild, KEY, MODERATOR)
    record = await bench.sent(guild=OTHER_GUILD)
    await bench.accounts.left(GUILD)
    assert bench.providers.retired == []
    theirs.finish(await bench.remote_id(record))
    await bench.poll()
    assert await bench.states(record) == [S.SUCCEEDED]


# Who pays, and trials.


async def test_a_trial_is_for_guests_only(bench: Bench) -> None:
    trial = Billing(bench.guilds, bench.keys, replace(HOSPITABLE, unbilled=Unbilled.TRIAL, trial=Decimal(2)))
    own = Billing(bench.guilds, bench.keys, replace(HOSPITABLE, unbilled=Unbilled.OWN, trial=Decimal(2)))
    assert await trial.trial_left(GUILD) == 2
    assert await trial.payer_of(GUILD) == Payer()
    assert await own.trial_left(GUILD) is None
    await bench.pays(GUILD, "film-club")
    assert await trial.trial_left(GUILD) is None
    assert await trial.payer_of(GUILD) == Payer(namespace="film-club")


async def test_a_trial_pays_for_what_is_left_of_it_and_for_nothing_unpriced(bench: Bench) -> None:
    trial = Billing(bench.guilds, bench.keys, replace(HOSPITABLE, unbilled=Unbilled.TRIAL, trial=Decimal(2)))
    await trial.check_trial(GUILD, Decimal(2))
    assert await refused(trial.check_trial(GUILD, Decimal("2.01"))) == "trial-over"
    assert await refused(trial.check_trial(GUILD, None)) == "trial-unpriced"
    await bench.pays(GUILD, "film-club")
    await trial.check_trial(GUILD, None)
