"""A key that is revoked while orders run: they end, the server is told once, new orders are refused."""

from datetime import timedelta

import pytest

from bot.domain.errors import Refusal
from bot.domain.orders.generation import Reason
from bot.domain.orders.payer import fingerprint
from bot.domain.provider import Ambiguous, KeyRefused, Provider, Unavailable
from bot.services.policy import TIMING
from bot.services.supervision import IDLE
from bot.services.wallet.keys import SURE_AFTER
from tests.fakes.clock import ManualClock
from tests.fakes.orders import KEY
from tests.fakes.oxen import FakeOxen
from tests.services.kit import GUILD, MODERATOR, OTHER_GUILD, S, Services

THEIR_KEY = fingerprint(KEY)


@pytest.fixture
def theirs(clock: ManualClock) -> FakeOxen:
    return FakeOxen(clock, own="club", name="theirs")


@pytest.fixture
def known(theirs: FakeOxen) -> dict[str, Provider]:
    return {KEY: theirs}


@pytest.fixture
async def services(
    services: Services,
) -> Services:
    """One guild pays by its own key, the other by the operator's."""
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    return services


async def asked(services: Services, times: int) -> None:
    for _ in range(times):
        await services.key_janitor.step()
        services.clock.advance(TIMING.key_again)


async def notices(services: Services) -> list[int]:
    return [notice.guild_id for notice, _ in await services.notices.open()]


async def test_a_revoked_key_ends_what_runs_and_is_told_once(services: Services, theirs: FakeOxen) -> None:
    queued, elsewhere, unsent = await services.sent(), await services.sent(guild=OTHER_GUILD), await services.order()
    theirs.revoked = True
    await services.poll()
    await asked(services, SURE_AFTER - 1)
    assert (await services.states(queued), await notices(services)) == ([S.QUEUED], [])
    await asked(services, 1)
    assert (await services.outcome(queued))[:2] == (S.FAILED, Reason.KEY_LOST)
    assert (await services.outcome(unsent))[:2] == (S.FAILED, Reason.KEY_UNUSABLE)
    assert await services.states(elsewhere) == [S.QUEUED]
    assert services.providers.retired == [THEIR_KEY]
    await asked(services, 5)
    assert await notices(services) == [GUILD]
    assert len(await services.announce(queued)) == 1


async def test_after_that_new_orders_are_refused_until_another_key_is_entered(
    services: Services, theirs: FakeOxen
) -> None:
    theirs.revoked = True
    record = await services.sent()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.KEY_UNUSABLE)
    await asked(services, SURE_AFTER)
    with pytest.raises(Refusal) as caught:
        await services.order()
    assert (caught.value.key, dict(caught.value.values)) == ("key-refused", {"tail": KEY[-4:]})
    assert (await services.accounts.of(GUILD)).refused
    theirs.revoked = False
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    services.providers.stored.add(THEIR_KEY)
    assert await services.states(await services.sent()) == [S.QUEUED]


async def test_a_refusal_that_passes_changes_nothing(services: Services, theirs: FakeOxen) -> None:
    record = await services.sent()
    theirs.revoked = True
    await services.poll()
    await asked(services, SURE_AFTER - 1)
    theirs.revoked = False
    await asked(services, 5)
    assert await services.states(record) == [S.QUEUED]
    assert await notices(services) == []
    assert await services.key_janitor.step() == IDLE


async def test_a_provider_that_refuses_everybody_has_revoked_nothing(services: Services, theirs: FakeOxen) -> None:
    record = await services.sent()
    theirs.revoked = services.oxen.revoked = True
    await services.poll()
    await asked(services, 10)
    assert await services.states(record) == [S.QUEUED]
    services.oxen.revoked = False
    await asked(services, 1)
    assert await services.states(record) == [S.FAILED]


async def test_a_provider_that_is_down_says_nothing_about_a_key(services: Services, theirs: FakeOxen) -> None:
    record = await services.sent()
    services.key_janitor.suspect(THEIR_KEY)
    theirs.faults.fail("list", Unavailable("502"), times=20)
    await asked(services, 20)
    assert await services.states(record) == [S.QUEUED]


async def test_the_operators_key_is_the_operators_to_mend(services: Services) -> None:
    record = await services.sent(guild=OTHER_GUILD)
    services.oxen.revoked = True
    services.key_janitor.suspect(None)
    await services.poll()
    await asked(services, 10)
    assert await services.states(record) == [S.QUEUED]
    assert await notices(services) == []


async def test_a_key_that_may_not_bill_a_namespace_is_not_revoked(services: Services, theirs: FakeOxen) -> None:
    theirs.faults.fail("enqueue", KeyRefused(403, "not this namespace"))
    record = await services.sent()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.KEY_UNUSABLE)
    await asked(services, 10)
    assert not (await services.accounts.of(GUILD)).refused


async def test_an_order_whose_answer_was_lost_may_have_been_made(services: Services, theirs: FakeOxen) -> None:
    theirs.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    record = await services.sent()
    assert await services.states(record) == [S.UNKNOWN]
    await services.accounts.left(GUILD)
    await services.key_janitor.step()
    assert (await services.outcome(record))[:2] == (S.ABSENT, Reason.FORGOTTEN)


async def test_what_is_being_sent_ends_when_it_was_sent(services: Services, theirs: FakeOxen) -> None:
    held = theirs.faults.hold("enqueue")
    record = await services.order()
    await services.submitter.step()
    await held.reached.wait()
    await services.accounts.left(GUILD)
    assert await services.key_janitor.step() < IDLE
    assert await services.states(record) == [S.SENDING]
    await services.answered(held)
    await services.key_janitor.step()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.KEY_LOST)


async def test_a_crash_between_the_revocation_and_the_ends_loses_nothing(services: Services) -> None:
    record = await services.sent()
    await services.keys.refuse(THEIR_KEY, services.clock.now())
    again = await services.killed()
    again.providers.stored.clear()
    await again.key_janitor.step()
    assert await again.states(record) == [S.FAILED]
    assert await notices(again) == [GUILD]


async def test_each_refusal_is_asked_about_at_its_own_pace(services: Services, theirs: FakeOxen) -> None:
    theirs.revoked = True
    services.key_janitor.suspect(THEIR_KEY)
    theirs.calls.clear()
    for _ in range(50):  # as often as rows change
        await services.key_janitor.step()
        services.key_janitor.suspect(THEIR_KEY)
        services.clock.advance(timedelta(seconds=0.1))
    assert theirs.count("list") == 1
