"""Discord's limit over all routes is kept before Discord has to say so."""

import asyncio
from collections.abc import Awaitable

import aiohttp
import pytest
from yarl import URL

from bot.chat.kit.errors import sorted_errors
from bot.chat.kit.rate_limiter import RateLimiter, counts
from bot.domain.messenger import TryLater
from bot.domain.roles import NotHeld
from tests.oxen.servers import says_json, serving


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


async def test_a_crowd_is_spaced_evenly() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    passed = await moments(hours, *(pace.turn() for _ in range(5)))
    assert passed == pytest.approx([0, 0.025, 0.05, 0.075, 0.1])


async def test_who_waited_while_the_process_could_not_go_on_makes_up_for_it() -> None:
    """But a second never has more than it may: each begins a second after the one that was as many before it."""
    hours, stalls = Hours(), iter([0.0] * 20 + [0.1] + [0.0] * 30 + [3.0])

    async def sleep(seconds: float) -> None:
        await hours.sleep(seconds + next(stalls, 0.0))

    pace = RateLimiter(45, lambda: hours.now, sleep)
    passed = await moments(hours, *(pace.turn() for _ in range(150)))
    assert passed[21:26] == pytest.approx([21 / 45 + 0.1] * 5)  # what a tenth of a second held back, and no more lost
    assert passed[26:50] == pytest.approx([n / 45 for n in range(26, 50)], abs=0.012)
    assert passed[53] - passed[52] == pytest.approx(0)
    assert passed[60] - passed[52] == pytest.approx(4 / 45)  # of three seconds, a moment is made up for
    assert all(later - earlier > 0.999 for earlier, later in zip(passed, passed[45:], strict=False))


async def test_a_result_never_waits_behind_a_card() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    passed = await moments(hours, *(pace.turn(can_wait=card) for card in (True, True, True, False, False)))
    assert passed == pytest.approx([0, 0.075, 0.1, 0.025, 0.05])


async def test_who_gives_up_waiting_uses_no_turn() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    await pace.turn()
    impatient = asyncio.create_task(pace.turn())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await moments(hours, pace.turn(), pace.turn()) == pytest.approx([0.025, 0.05], abs=0.026)
    assert hours.now == pytest.approx(100.05, abs=0.026)


async def test_who_comes_alone_does_not_wait() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    for _ in range(3):
        assert await moments(hours, pace.turn()) == [0]
        hours.now += 0.5


async def test_a_quiet_hour_saves_nothing_up() -> None:
    hours = Hours()
    pace = RateLimiter(10, lambda: hours.now, hours.sleep)
    await pace.turn()
    hours.now += 3600
    assert await moments(hours, *(pace.turn() for _ in range(3))) == pytest.approx([0, 0.1, 0.2])


async def test_processes_that_share_the_limit_keep_it_together_also_while_their_number_changes() -> None:
    hours = Hours()
    first, second = RateLimiter(45, lambda: hours.now, hours.sleep), RateLimiter(45, lambda: hours.now, hours.sleep)
    for pace in (first, second):
        pace.share(3)
        assert await moments(hours, pace.turn(), pace.turn(), pace.turn()) == pytest.approx([0, 1 / 15, 2 / 15])
    hours.now += 2
    passed = await moments(hours, *(pace.turn() for pace in (first, second) for _ in range(30)))
    assert all(later - earlier > 0.999 for earlier, later in zip(sorted(passed), sorted(passed)[30:], strict=False))
    first.share(1)  # the others are gone
    passed = await moments(hours, *(first.turn() for _ in range(4)))
    assert passed[1:] == pytest.approx([passed[0] + n / 45 for n in (1, 2, 3)])
    first.share(90)  # and one that has less than one in a second
    hours.now += 3
    assert await moments(hours, first.turn(), first.turn()) == pytest.approx([0, 2])


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
def test_what_counts(path: str, expected: bool) -> None:
    assert counts(URL("https://discord.com") / path.lstrip("/")) is expected


async def test_who_may_not_act_any_more_sends_nothing_by_the_bots_token_and_still_answers() -> None:
    """It is asked after the wait for a turn, right before the request."""
    asked: list[float] = []
    hours = Hours()

    def hold() -> None:
        asked.append(hours.now)
        raise NotHeld

    trace = RateLimiter(10, lambda: hours.now, hours.sleep, hold).trace()
    async with (
        serving(says_json(200, {})) as server,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
    ):
        with pytest.raises(TryLater, match="NotHeld"), sorted_errors():
            await session.post(f"{server.url}/api/v10/channels/1/messages")
        assert server.requests == []
        async with session.post(f"{server.url}/api/v10/interactions/1/token/callback"):
            pass
    assert len(server.requests) == len(asked) == 1
