"""Real kills: twenty rounds. `python -m tests.chaos.run --rounds N` plays more, and others."""

from contextlib import aclosing

import pytest

from tests.chaos.rounds import play

ROUNDS = 5


@pytest.mark.timeout(ROUNDS * 60)
@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_doubled_or_overpaid(seed: int) -> None:
    async with aclosing(play(seed, ROUNDS)) as played:
        async for one in played:
            assert not one.violations, one.report
