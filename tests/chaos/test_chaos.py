"""Real kills: twenty rounds. `python -m tests.chaos.run --rounds N` plays more, and others."""

import asyncio
from contextlib import aclosing

import pytest

from tests.chaos.rounds import play

ROUNDS = 5
SEEDS = range(4)


@pytest.mark.waits
@pytest.mark.timeout(ROUNDS * 60)
async def test_nothing_is_lost_doubled_or_overpaid() -> None:
    """Each seed on a stage of its own, side by side: killing is mostly waiting."""

    async def violations(seed: int) -> list[str]:
        async with aclosing(play(seed, ROUNDS)) as rounds:
            return [one.report async for one in rounds if one.violations]

    async with asyncio.TaskGroup() as group:
        seeds = [group.create_task(violations(seed)) for seed in SEEDS]
    found = [report for seed in seeds for report in seed.result()]
    assert not found, "\n".join(found)
