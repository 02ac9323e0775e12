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
    violations: list[str] = []

    async def played(seed: int) -> None:
        async with aclosing(play(seed, ROUNDS)) as rounds:
            async for one in rounds:
                if one.violations:
                    violations.append(one.report)

    async with asyncio.TaskGroup() as group:
        for seed in SEEDS:
            group.create_task(played(seed))
    assert not violations, "\n".join(violations)
