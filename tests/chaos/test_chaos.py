"""Real kills: twenty rounds, and one with several processes. `python -m tests.chaos.run` plays more, and others.

And a crowd of orders at once for one guild: `python -m tests.chaos.crowd` has a thousand.
"""

import asyncio
from contextlib import aclosing

import pytest

from tests.chaos import crowd
from tests.chaos.harness import Crew
from tests.chaos.rounds import play
from tests.postgres import Postgres

ROUNDS = 5
SEEDS = range(4)
CREW = Crew(4, lapse=2.0)


@pytest.mark.waits
@pytest.mark.timeout(ROUNDS * 60)
async def test_nothing_is_lost_doubled_or_overpaid() -> None:
    """Each seed on a stage of its own, side by side: killing is mostly waiting."""

    async def violations(seed: int, rounds: int, crew: Crew | None = None) -> list[str]:
        async with aclosing(play(seed, rounds, crew=crew)) as played:
            return [one.report async for one in played if one.violations]

    async with asyncio.TaskGroup() as group:
        seeds = [group.create_task(violations(seed, ROUNDS)) for seed in SEEDS]
        seeds.append(group.create_task(violations(1, 1, CREW)))
    found = [report for seed in seeds for report in seed.result()]
    assert not found, "\n".join(found)


async def test_a_crowd_of_orders_takes_no_more_than_there_is_and_each_in_its_turn(postgres: Postgres) -> None:
    some = crowd.Crowd(orders=40, processes=4, members=5, held=24, running=3)
    seen = await crowd.play(postgres.url, some)
    assert seen.wrong(some) == []
    assert (seen.spent, seen.running) == (crowd.EACH * some.held, some.running)
