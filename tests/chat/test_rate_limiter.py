"""Discord's limit over all routes is kept before Discord has to say so."""

import asyncio
import random
from collections.abc import Awaitable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.chat.kit.errors import sorted_errors
from bot.chat.kit.rate_limiter import RateLimiter, counts
from bot.chat.messenger import DiscordMessenger
from bot.domain.ids import GuildId
from bot.domain.messenger import CardToken, TryLater
from bot.domain.orders.generation import GenerationState
from bot.domain.roles import NEWCOMER, NO_ROLE, WHOLE, Lease, NotHeld, Role, part_of_limit
from bot.domain.shards import Shards
from bot.settings import LOCALES
from bot.texts import Translations
from sandbox.discord.clock import Clock
from sandbox.discord.ratelimits import RateLimits
from tests.cases import for_each
from tests.chat.orders import generation, order, record, validated
from tests.oxen.servers import says_json, serving
from tests.simulation.virtual import Timeline, VirtualLoop, live


class Hours:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds


async def moments(hours: Hours, *turns: Awaitable[None]) -> list[float]:
    """When each of these was let through, in seconds from now."""
    began, passed = hours.now, [0.0] * len(turns)

    async def wait(number: int, turn: Awaitable[None]) -> None:
        await turn
        passed[number] = hours.now - began

    await asyncio.gather(*(wait(number, turn) for number, turn in enumerate(turns)))
    return passed


async def through(pace: RateLimiter, *, can_wait: bool = False) -> None:
    """A request that is answered at once."""
    pace.answered(await pace.turn(can_wait=can_wait))


async def test_a_crowd_is_spaced_evenly() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    passed = await moments(hours, *(through(pace) for _ in range(5)))
    assert passed == pytest.approx([0, 0.025, 0.05, 0.075, 0.1])


async def test_requests_that_waited_while_the_process_stood_still_make_up_for_it() -> None:
    """But a second never has more than it may: each begins a second after the one that was as many before it."""
    hours, stalls = Hours(), iter([0.0] * 20 + [0.1] + [0.0] * 30 + [3.0])

    async def sleep(seconds: float) -> None:
        await hours.sleep(seconds + next(stalls, 0.0))

    pace = RateLimiter(45, lambda: hours.now, sleep)
    passed = await moments(hours, *(through(pace) for _ in range(150)))
    assert passed[21:26] == pytest.approx([21 / 45 + 0.1] * 5)  # what a tenth of a second held back, and no more lost
    assert passed[26:50] == pytest.approx([n / 45 for n in range(26, 50)], abs=0.012)
    assert passed[53] - passed[52] == pytest.approx(0)
    assert passed[60] - passed[52] == pytest.approx(4 / 45)  # of three seconds, a moment is made up for
    assert all(later - earlier > 0.999 for earlier, later in zip(passed, passed[45:], strict=False))


async def test_a_result_never_waits_behind_a_card() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    passed = await moments(hours, *(through(pace, can_wait=card) for card in (True, True, True, False, False)))
    assert passed == pytest.approx([0, 0.075, 0.1, 0.025, 0.05])


async def test_a_request_that_gives_up_waiting_uses_no_turn() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    await through(pace)
    impatient = asyncio.create_task(through(pace))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await moments(hours, through(pace), through(pace)) == pytest.approx([0.025, 0.05], abs=0.026)
    assert hours.now == pytest.approx(100.05, abs=0.026)


async def test_a_single_request_does_not_wait() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    for _ in range(3):
        assert await moments(hours, through(pace)) == [0]
        hours.now += 0.5


async def test_a_quiet_hour_saves_nothing_up() -> None:
    hours = Hours()
    pace = RateLimiter(10, lambda: hours.now, hours.sleep)
    await through(pace)
    hours.now += 3600
    assert await moments(hours, *(through(pace) for _ in range(3))) == pytest.approx([0, 0.1, 0.2])


async def test_answers_that_never_come_do_not_stop_it_for_long() -> None:
    hours = Hours()
    pace = RateLimiter(45, lambda: hours.now, hours.sleep)
    for _ in range(50):
        await pace.turn()
    (passed,) = await moments(hours, through(pace))
    assert passed == pytest.approx(10 - 49 / 45, abs=0.05)


async def test_a_request_that_gives_up_at_its_turn_leaves_nothing_behind() -> None:
    hours = Hours()
    pace = RateLimiter(9, lambda: hours.now, hours.sleep)
    for number in range(60):
        await through(pace)
        unlucky = asyncio.create_task(pace.turn())
        for _ in range(number % 3 + 2):
            await asyncio.sleep(0)
        unlucky.cancel()
        await asyncio.gather(unlucky, return_exceptions=True)
        if not unlucky.cancelled():
            pace.answered(unlucky.result())
    assert await moments(hours, through(pace)) == pytest.approx([1 / 9])


def refused(*, rate: int, holds: float, upload: float = 0.0) -> tuple[int, float]:
    """So many requests a second for twenty, to a Discord that `holds` up all of them now and then, for so many seconds.

    Returns how many were answered 429, and after how many seconds all were through.
    """
    timeline, dice = Timeline(), random.Random(1)  # noqa: S311 - dice of a test
    limits = RateLimits(clock=Clock(lambda: timeline.seconds))
    loop = VirtualLoop(timeline, None)
    pace = RateLimiter(45, loop.time, asyncio.sleep)

    async def one(number: int) -> int:
        began = await pace.turn()
        await asyncio.sleep(dice.uniform(0.005, 0.02) + dice.uniform(0, upload))
        await asyncio.sleep(max(0.0, holds - loop.time() % 5))  # it stands still at each fifth second
        verdict = limits.take("GET", "/channels/{channel_id}", {"channel_id": str(number)})
        await asyncio.sleep(0.005)
        pace.answered(began)
        return int(verdict.is_global)

    async def all_of_them() -> int:
        tasks = list[asyncio.Task[int]]()
        for number in range(rate * 20):
            tasks.append(asyncio.create_task(one(number)))
            await asyncio.sleep(1 / rate)
        return sum(await asyncio.gather(*tasks))

    number = live(loop, all_of_them())
    loop.close()
    return number, timeline.seconds


@for_each("holds", [0.0, 0.1, 0.2, 0.3, 0.5])
def test_what_arrives_late_is_not_too_much_for_discord(holds: float) -> None:
    """It counts by its own clock. Where there is room, nothing waits longer for it."""
    number, seconds = refused(rate=40, holds=holds)
    assert number == 0
    assert seconds < 20.1 + holds
    assert refused(rate=60, holds=holds)[0] == 0


def test_long_uploads_do_not_slow_the_bot_down() -> None:
    number, seconds = refused(rate=40, holds=0.0, upload=1.0)
    assert number <= 1
    assert seconds < 21.1


async def test_processes_that_share_the_limit_keep_it_together_also_while_their_number_changes() -> None:
    hours = Hours()
    first, second = RateLimiter(45, lambda: hours.now, hours.sleep), RateLimiter(45, lambda: hours.now, hours.sleep)
    for pace in (first, second):
        pace.share(1 / 3)
        assert await moments(hours, through(pace), through(pace), through(pace)) == pytest.approx([0, 1 / 15, 2 / 15])
    hours.now += 2
    passed = await moments(hours, *(through(pace) for pace in (first, second) for _ in range(30)))
    assert all(later - earlier > 0.999 for earlier, later in zip(sorted(passed), sorted(passed)[30:], strict=False))
    first.share(1)  # the others are gone
    hours.now += 5
    first.share(1)
    passed = await moments(hours, *(through(first) for _ in range(4)))
    assert passed[1:] == pytest.approx([passed[0] + n / 45 for n in (1, 2, 3)])
    first.share(1 / 90)  # and one that has less than one in a second
    hours.now += 3
    assert await moments(hours, through(first), through(first)) == pytest.approx([0, 2])


def test_a_new_process_has_little_until_the_others_have_less() -> None:
    """Two processes use all of the limit. Another one comes, and knows at once what they see some seconds later."""
    timeline = Timeline()
    discord, loop = RateLimits(clock=Clock(lambda: timeline.seconds)), VirtualLoop(timeline, None)
    paces = [RateLimiter(45, loop.time, asyncio.sleep, part=part) for part in (0.5, 0.5, NEWCOMER)]
    through, refused = [0, 0, 0], 0

    async def use(number: int) -> None:
        nonlocal refused
        while loop.time() < began + 30:
            at = await paces[number].turn()
            refused += discord.take("GET", "/channels/{channel_id}", {"channel_id": str(at)}).is_global
            through[number] += 1
            paces[number].answered(at)

    async def told(pace: RateLimiter, after: float) -> None:
        await asyncio.sleep(after)
        while loop.time() < began + 30:
            pace.share(1 / 3)
            await asyncio.sleep(2)

    async def all_of_them() -> None:
        users = [asyncio.create_task(use(number)) for number in (0, 1)]
        await asyncio.sleep(10)
        users.append(asyncio.create_task(use(2)))
        await asyncio.gather(*users, *map(told, paces, (2.0, 4.0, 0.0)))

    began = loop.time()
    live(loop, all_of_them())
    loop.close()
    assert refused == 0
    assert sum(through) / 30 == pytest.approx(45, abs=1.5)
    assert through[2] == pytest.approx(6 * 2.5 + 14 * 15, abs=5)  # it looks every 2 s


@for_each(
    ("mine", "others", "part"),
    [
        (WHOLE, [], 1),
        (WHOLE, [NO_ROLE], 1),  # which stands by
        (Role(Shards(0, 3, 8), work=False), [], 1),
        (Role(Shards(0, 3, 8), work=False), [Role(Shards(4, 7, 8), work=False)], 1 / 2),
        (Role(Shards(0, 1, 4), work=False), [Role(Shards(2, 2, 4), work=False), Role(None)], 8 / 9 * 2 / 3),
        (Role(None), [], 1),
        (Role(None), [Role(Shards(0, 1, 4), work=False)], 1 / 9),
        (NO_ROLE, [WHOLE], 1 / 18),
        (NO_ROLE, [], 1),
    ],
)
def test_the_part_of_a_process_is_that_of_what_it_does(mine: Role, others: list[Role], part: float) -> None:
    assert part_of_limit(mine, others) == pytest.approx(part)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v10/channels/1/messages", True),
        ("/api/v10/users/@me", True),
        ("/api/v10/interactions/1/token/callback", False),
        ("/api/v10/webhooks/1/token/messages/@original", False),
        ("/attachments/1/2/video.mp4", False),
    ],
)
def test_the_rate_limiter_counts_what_discord_counts(path: str, expected: bool) -> None:
    assert counts(URL("https://discord.com") / path.lstrip("/")) is expected


async def test_a_process_that_may_not_act_sends_nothing_by_the_bots_token_and_answers_until_it_is_replaced() -> None:
    """It is asked after the wait for a turn, right before the request."""
    asked: list[float] = []
    hours, lease = Hours(), Lease(10)

    def hold() -> None:
        asked.append(hours.now)
        raise NotHeld

    trace = RateLimiter(10, lambda: hours.now, hours.sleep, hold, lease.answer).trace()
    async with (
        serving(says_json(200, {})) as server,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
    ):
        with pytest.raises(TryLater, match="NotHeld"), sorted_errors():
            await session.post(f"{server.url}/api/v10/channels/1/messages")
        assert server.requests == []
        callback = f"{server.url}/api/v10/interactions/1/token/callback"
        async with session.post(callback):
            pass
        lease.end()
        with pytest.raises(TryLater, match="NotHeld"), sorted_errors():
            await session.post(callback)
    assert len(server.requests) == len(asked) == 1


async def test_a_process_that_may_not_act_edits_no_card_by_an_interactions_token() -> None:
    """What it knows of an order may be old: another process has drawn the card since."""
    client: Any = SimpleNamespace(application_id=1)

    class Nothing:
        async def of(self, _: GuildId) -> None: ...

    def hold() -> None:
        raise NotHeld

    messenger = DiscordMessenger(client, Nothing(), Translations(LOCALES), timedelta(0), hold=hold)
    with pytest.raises(TryLater, match="NotHeld"):
        await messenger.redraw(
            record(order(validated()), [generation(0, GenerationState.QUEUED)]), CardToken(secret="a secret")
        )
