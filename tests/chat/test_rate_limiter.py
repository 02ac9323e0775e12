"""Discord's limit over all routes is kept before Discord has to say so."""

import asyncio

import pytest
from yarl import URL

from bot.chat.kit.rate_limiter import RateLimiter, counts


class Hours:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def test_a_crowd_is_spaced_evenly() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    await asyncio.gather(*(pace.turn() for _ in range(5)))
    assert hours.slept == pytest.approx([0.025, 0.05, 0.075, 0.1])


async def test_who_comes_alone_does_not_wait() -> None:
    hours = Hours()
    pace = RateLimiter(40, lambda: hours.now, hours.sleep)
    for _ in range(3):
        await pace.turn()
        hours.now += 0.5
    assert hours.slept == []


async def test_a_quiet_hour_saves_nothing_up() -> None:
    hours = Hours()
    pace = RateLimiter(10, lambda: hours.now, hours.sleep)
    await pace.turn()
    hours.now += 3600
    await asyncio.gather(*(pace.turn() for _ in range(3)))
    assert hours.slept == pytest.approx([0.1, 0.2])


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
