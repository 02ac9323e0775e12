"""What those who manage a server decide about its money: checked at the provider before anything is stored."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain.errors import Refusal
from bot.domain.orders.payer import Account, OpenNamespaces, Payer, Unbilled, fingerprint, parse_open
from bot.domain.provider import KeyRefused, NotFound, Provider, Unavailable
from bot.services.wallet.accounts import Accounts, check_namespace
from bot.services.wallet.billing import Billing
from bot.store.wallet.vault import Vault
from tests.fakes.clock import ManualClock
from tests.fakes.orders import KEY
from tests.fakes.oxen import FakeOxen
from tests.services.kit import (
    GUILD,
    HERE,
    MODERATOR,
    OPEN_BILLING,
    OTHER_GUILD,
    OTHER_MEMBER,
    S,
    Services,
    priced,
    refused,
)

OTHERS = "key-of-somebody-else"


@pytest.fixture
def theirs(clock: ManualClock) -> FakeOxen:
    """The provider as the holder of the server's own key sees it."""
    return FakeOxen(clock, own="club", name="theirs")


@pytest.fixture
def known(theirs: FakeOxen) -> dict[str, Provider]:
    return {KEY: theirs}


# Namespaces.


async def test_a_namespace_is_checked_before_it_is_accepted(services: Services) -> None:
    services.oxen.bills = frozenset({"film-club"})
    assert await refused(services.accounts.set_namespace(GUILD, "somebody-elses", MODERATOR)) == "namespace-refused"
    assert await services.accounts.of(GUILD) == Account()
    account = await services.accounts.set_namespace(GUILD, " film-club ", MODERATOR)
    assert account == await services.accounts.of(GUILD) == Account(namespace="film-club")
    assert {call for call, _ in services.oxen.calls} == {"list"}  # it cost nothing


def opened(services: Services, namespaces: OpenNamespaces) -> tuple[Billing, Accounts]:
    """As the operator's setting has it."""
    again = services.again(billing_policy=replace(OPEN_BILLING, namespaces=namespaces))
    return again.billing, again.accounts


async def test_the_operators_key_bills_only_what_its_owner_opened_to_the_server(services: Services) -> None:
    _, shut = opened(services, OpenNamespaces())
    assert await refused(shut.set_namespace(GUILD, "operator", MODERATOR)) == "namespace-closed"
    assert services.oxen.calls == [], "nor is anybody told what the key may bill"
    _, accounts = opened(services, parse_open(f"Film-Club={GUILD}, cow"))
    assert await refused(accounts.set_namespace(GUILD, "operator", MODERATOR)) == "namespace-closed"
    assert await refused(accounts.set_namespace(OTHER_GUILD, "film-club", MODERATOR)) == "namespace-closed"
    assert (await accounts.set_namespace(GUILD, "film-club", MODERATOR)).namespace == "film-club"
    assert (await accounts.set_namespace(OTHER_GUILD, "cow", MODERATOR)).namespace == "cow"


async def test_what_the_operator_closes_pays_for_nothing_more(services: Services) -> None:
    await services.pays(GUILD, "film-club")
    billing, _ = opened(services, parse_open("cow"))
    assert await refused(billing.payer_of(GUILD)) == "namespace-closed"
    await services.pays(GUILD, "cow")
    assert await billing.payer_of(GUILD) == Payer(namespace="cow")


async def test_by_its_own_key_a_server_names_what_it_likes(services: Services, theirs: FakeOxen) -> None:
    billing, accounts = opened(services, OpenNamespaces())
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
async def test_what_the_provider_answers_decides(services: Services, answer: Exception, key: str) -> None:
    await services.pays(GUILD, "before")
    services.oxen.faults.fail("list", answer)
    assert await refused(services.accounts.set_namespace(GUILD, "film-club", MODERATOR)) == key
    assert await services.accounts.of(GUILD) == Account(namespace="before")


async def test_a_namespace_from_which_another_server_pays_is_not_given_away(services: Services) -> None:
    await services.accounts.set_namespace(GUILD, "film-club", MODERATOR)
    assert await refused(services.accounts.set_namespace(OTHER_GUILD, "Film-Club", OTHER_MEMBER)) == "namespace-taken"
    assert await services.accounts.set_namespace(OTHER_GUILD, "film-club", MODERATOR) == Account(namespace="film-club")


async def test_a_namespace_can_be_taken_back(services: Services) -> None:
    await services.accounts.set_namespace(GUILD, "film-club", MODERATOR)
    assert await services.accounts.clear_namespace(GUILD, MODERATOR) == Account()
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    await services.accounts.set_namespace(GUILD, "film-club", MODERATOR)
    assert (await services.accounts.clear_namespace(GUILD, MODERATOR)).key == fingerprint(KEY)


def test_names_that_a_namespace_can_have() -> None:
    for name in ("a", "acme", " acme ", "Acme-2.x_y", "a" * 64, "0"):
        assert check_namespace(name) == name.strip()


@pytest.mark.parametrize("name", ["", " ", "a/b", "../x", "-a", "a-", "a b", "a&b=c", "é", "a" * 65, "a\nb", "@here"])
def test_names_that_no_namespace_has(name: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_namespace(name)
    assert caught.value.key == "namespace-name"
    assert len(str(caught.value.values["given"])) <= 70


# Keys.


async def test_a_key_is_checked_before_it_is_stored(services: Services, theirs: FakeOxen) -> None:
    theirs.faults.fail("list", Unavailable("502"))
    assert await refused(services.accounts.set_key(GUILD, KEY, MODERATOR)) == "key-unchecked"
    assert await refused(services.accounts.set_key(GUILD, OTHERS, MODERATOR)) == "key-not-accepted"
    assert await services.accounts.of(GUILD) == Account()
    account = await services.accounts.set_key(GUILD, f" {KEY}\n", MODERATOR)
    assert account == await services.accounts.of(GUILD) == Account(key=fingerprint(KEY), tail=KEY[-4:])


async def test_what_cannot_be_a_key_is_never_sent(services: Services, theirs: FakeOxen) -> None:
    for key in ("", "short", "with blanks in it", "ümläute-sind-keine", "x" * 513, "line\nbreak"):
        assert await refused(services.accounts.set_key(GUILD, key, MODERATOR)) == "key-shape"
    assert theirs.calls == services.oxen.calls == []


async def test_without_a_master_key_no_key_is_taken(services: Services, theirs: FakeOxen) -> None:
    accounts = services.again(vault=Vault([])).accounts
    assert not accounts.takes_keys
    assert await refused(accounts.set_key(GUILD, KEY, MODERATOR)) == "key-no-vault"
    assert theirs.calls == []


@pytest.mark.parametrize(("bills", "kept"), [({"film-club"}, "film-club"), ({"club"}, None)])
async def test_the_namespace_stays_if_the_key_may_bill_it(
    services: Services, theirs: FakeOxen, bills: set[str], kept: str | None
) -> None:
    await services.pays(GUILD, "film-club")
    theirs.bills = frozenset(bills)
    assert (await services.accounts.set_key(GUILD, KEY, MODERATOR)).namespace == kept


async def test_a_namespace_is_checked_with_the_key_that_will_bill_it(services: Services, theirs: FakeOxen) -> None:
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    theirs.bills, services.oxen.bills = frozenset({"club"}), frozenset({"film-club"})
    assert await refused(services.accounts.set_namespace(GUILD, "film-club", MODERATOR)) == "namespace-refused"
    assert (await services.accounts.set_namespace(GUILD, "club", MODERATOR)).namespace == "club"


async def test_orders_are_billed_as_it_was_when_they_were_placed(services: Services, theirs: FakeOxen) -> None:
    before = await services.sent()
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    after, elsewhere = await services.sent(), await services.sent(guild=OTHER_GUILD)
    assert [r.order.payer for r in (before, after, elsewhere)] == [Payer(), Payer(key=fingerprint(KEY)), Payer()]
    assert (len(theirs.jobs), len(services.oxen.jobs)) == (1, 2)


async def test_a_forgotten_key_follows_its_orders_to_their_end(services: Services, theirs: FakeOxen) -> None:
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    record = await services.sent()
    await services.accounts.forget_key(GUILD, MODERATOR)
    assert await services.accounts.of(GUILD) == Account()
    await services.key_janitor.step()
    theirs.finish(await services.remote_id(record))
    await services.poll()
    (message,) = await services.announce(record)
    assert message.file_names
    await services.key_janitor.step()
    assert await services.keys.get(fingerprint(KEY)) is None
    assert services.providers.retired == [fingerprint(KEY)]
    assert await refused(services.accounts.forget_key(GUILD, MODERATOR)) == "key-none"


async def test_leaving_a_server_deletes_its_key_at_once_and_ends_what_runs(services: Services) -> None:
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    running, waiting = await services.sent(), await services.order()
    await services.accounts.left(GUILD)
    assert await services.keys.get(fingerprint(KEY)) is None
    assert services.providers.retired == [fingerprint(KEY)]
    await services.key_janitor.step()
    assert [await services.states(r) for r in (running, waiting)] == [[S.FAILED], [S.FAILED]]
    await services.accounts.left(GUILD)  # as often as Discord says it


async def test_a_result_whose_key_is_gone_is_linked(services: Services, theirs: FakeOxen) -> None:
    """Nobody can fetch it any more; who may see the namespace can open the link."""
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    record = await services.sent()
    remote_id = await services.remote_id(record)
    theirs.finish(remote_id)
    await services.poll()
    await services.accounts.left(GUILD)
    (message,) = await services.announce(record)
    assert not message.file_names
    assert list(message.outgoing.links.values()) == [theirs.url(remote_id)]
    assert theirs.count("download") == services.oxen.count("download") == 0
    assert await refused(services.links.fresh(record.generations[0].id)) == "link-gone"


async def test_leaving_one_server_leaves_the_key_to_the_other(services: Services, theirs: FakeOxen) -> None:
    for guild in (GUILD, OTHER_GUILD):
        await services.accounts.set_key(guild, KEY, MODERATOR)
    record = await services.sent(guild=OTHER_GUILD)
    await services.accounts.left(GUILD)
    assert services.providers.retired == []
    theirs.finish(await services.remote_id(record))
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED]


# Who pays, and trials.


async def test_a_trial_is_for_guests_only(services: Services) -> None:
    trial = services.again(billing_policy=replace(OPEN_BILLING, unbilled=Unbilled.TRIAL, trial=Decimal(2))).billing
    own = services.again(billing_policy=replace(OPEN_BILLING, unbilled=Unbilled.OWN, trial=Decimal(2))).billing
    assert await trial.trial_left(GUILD) == 2
    assert await trial.payer_of(GUILD) == Payer()
    assert await own.trial_left(GUILD) is None
    await services.pays(GUILD, "film-club")
    assert await trial.trial_left(GUILD) is None
    assert await trial.payer_of(GUILD) == Payer(namespace="film-club")


async def test_a_trial_pays_for_what_is_left_of_it_and_for_no_more(services: Services) -> None:
    guest = services.again(billing_policy=replace(OPEN_BILLING, unbilled=Unbilled.TRIAL, trial=Decimal(2)))
    await guest.order_service.check(priced(4), HERE)
    assert await refused(guest.order_service.check(priced(5), HERE)) == "trial-over"
    await services.pays(GUILD, "film-club")
    await guest.order_service.check(priced(5), HERE)
