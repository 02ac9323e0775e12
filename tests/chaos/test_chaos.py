"""Real kills: twenty rounds, and one with several processes. `python -m tests.chaos.run` plays more, and others."""

import asyncio
from contextlib import aclosing

import pytest

from tests.chaos.harness import Crew
from tests.chaos.rounds import play

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
