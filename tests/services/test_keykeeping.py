"""A key that is revoked while orders run: they end, the server is told once, new orders are refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import Refusal
from bot.domain.orders.generation import Reason
from bot.domain.orders.payer import fingerprint
from bot.domain.provider import Ambiguous, KeyRefused, Unavailable
from bot.services.supervision import IDLE
from bot.services.wallet.keykeeping import ASK_AGAIN, SURE_AFTER
from bot.store.database import Database
from bot.store.records.guild_log import Notices
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import KEY
from tests.fakes.oxen import FakeOxen
from tests.services.bench import GUILD, MODERATOR, OTHER_GUILD, Bench, S

THEIR_KEY = fingerprint(KEY)


@pytest.fixture
def theirs(clock: ManualClock) -> FakeOxen:
    return FakeOxen(clock, own="club", name="theirs")


@pytest.fixture
async def bench(
    db: Database, clock: ManualClock, oxen: FakeOxen, theirs: FakeOxen, messenger: FakeMessenger, tmp_path: Path
) -> Bench:
    """One guild pays by its own key, the other by the operator's."""
    bench = Bench(db, clock, oxen, messenger, tmp_path / "on-the-way", {KEY: theirs})
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    return bench


async def asked(bench: Bench, times: int) -> None:
    for _ in range(times):
        await bench.keeping.step()
        bench.clock.advance(ASK_AGAIN)


async def notices(bench: Bench) -> list[int]:
    return [notice.guild_id for notice, _ in await Notices(bench.db).open()]


async def test_a_revoked_key_ends_what_runs_and_is_told_once(bench: Bench, theirs: FakeOxen) -> None:
    queued, elsewhere, unsent = await bench.sent(), await bench.sent(guild=OTHER_GUILD), await bench.order()
    theirs.revoked = True
    await bench.poll()
    await asked(bench, SURE_AFTER - 1)
    assert (await bench.states(queued), await notices(bench)) == ([S.QUEUED], [])
    await asked(bench, 1)
    assert (await bench.outcome(queued))[:2] == (S.FAILED, Reason.KEY_LOST)
    assert (await bench.outcome(unsent))[:2] == (S.FAILED, Reason.KEY_UNUSABLE)
    assert await bench.states(elsewhere) == [S.QUEUED]
    assert bench.providers.retired == [THEIR_KEY]
    await asked(bench, 5)
    assert await notices(bench) == [GUILD]
    assert len(await bench.announce(queued)) == 1


async def test_after_that_new_orders_are_refused_until_another_key_is_entered(bench: Bench, theirs: FakeOxen) -> None:
    theirs.revoked = True
    record = await bench.sent()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.KEY_UNUSABLE)
    await asked(bench, SURE_AFTER)
    with pytest.raises(Refusal) as caught:
        await bench.order()
    assert (caught.value.key, dict(caught.value.values)) == ("key-refused", {"tail": KEY[-4:]})
    assert (await bench.accounts.of(GUILD)).refused
    theirs.revoked = False
    await bench.accounts.set_key(GUILD, KEY, MODERATOR)
    bench.providers.stored.add(THEIR_KEY)
    assert await bench.states(await bench.sent()) == [S.QUEUED]


async def test_a_refusal_that_passes_changes_nothing(bench: Bench, theirs: FakeOxen) -> None:
    record = await bench.sent()
    theirs.revoked = True
    await bench.poll()
    await asked(bench, SURE_AFTER - 1)
    theirs.revoked = False
    await asked(bench, 5)
    assert await bench.states(record) == [S.QUEUED]
    assert await notices(bench) == []
    assert await bench.keeping.step() == IDLE


async def test_a_provider_that_refuses_everybody_has_revoked_nothing(bench: Bench, theirs: FakeOxen) -> None:
    record = await bench.sent()
    theirs.revoked = bench.oxen.revoked = True
    await bench.poll()
    await asked(bench, 10)
    assert await bench.states(record) == [S.QUEUED]
    bench.oxen.revoked = False
    await asked(bench, 1)
    assert await bench.states(record) == [S.FAILED]


async def test_a_provider_that_is_down_says_nothing_about_a_key(bench: Bench, theirs: FakeOxen) -> None:
    record = await bench.sent()
    bench.keeping.suspect(THEIR_KEY)
    theirs.faults.fail("list", Unavailable("502"), times=20)
    await asked(bench, 20)
    assert await bench.states(record) == [S.QUEUED]


async def test_the_operators_key_is_the_operators_to_mend(bench: Bench) -> None:
    record = await bench.sent(guild=OTHER_GUILD)
    bench.oxen.revoked = True
    bench.keeping.suspect(None)
    await bench.poll()
    await asked(bench, 10)
    assert await bench.states(record) == [S.QUEUED]
    assert await notices(bench) == []


async def test_a_key_that_may_not_bill_a_namespace_is_not_revoked(bench: Bench, theirs: FakeOxen) -> None:
    theirs.faults.fail("enqueue", KeyRefused(403, "not this namespace"))
    record = await bench.sent()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.KEY_UNUSABLE)
    await asked(bench, 10)
    assert not (await bench.accounts.of(GUILD)).refused


async def test_an_order_whose_answer_was_lost_may_have_been_made(bench: Bench, theirs: FakeOxen) -> None:
    theirs.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    record = await bench.sent()
    assert await bench.states(record) == [S.UNKNOWN]
    await bench.accounts.left(GUILD)
    await bench.keeping.step()
    assert (await bench.outcome(record))[:2] == (S.ABSENT, Reason.FORGOTTEN)


async def test_what_is_being_sent_ends_when_it_was_sent(bench: Bench, theirs: FakeOxen) -> None:
    held = theirs.faults.hold("enqueue")
    record = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    await bench.accounts.left(GUILD)
    assert await bench.keeping.step() < IDLE
    assert await bench.states(record) == [S.SENDING]
    held.release.set()
    await bench.submission.pool.drain()
    await bench.keeping.step()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.KEY_LOST)


async def test_a_crash_between_the_revocation_and_the_ends_loses_nothing(bench: Bench) -> None:
    record = await bench.sent()
    await bench.keys.refuse(THEIR_KEY, bench.clock.now())
    again = await bench.killed()
    again.providers.stored.clear()
    await again.keeping.step()
    assert await again.states(record) == [S.FAILED]
    assert await notices(again) == [GUILD]


async def test_each_refusal_is_asked_about_at_its_own_pace(bench: Bench, theirs: FakeOxen) -> None:
    theirs.revoked = True
    bench.keeping.suspect(THEIR_KEY)
    theirs.calls.clear()
    for _ in range(50):  # as often as rows change
        await bench.keeping.step()
        bench.keeping.suspect(THEIR_KEY)
        bench.clock.advance(timedelta(seconds=0.1))
    assert theirs.count("list") == 1
