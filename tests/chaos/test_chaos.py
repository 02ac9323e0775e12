"""Real kills: twenty rounds, and a short campaign with several processes. `make chaos` plays more, and others.

And a crowd of orders at once for one guild: `python -m tests.chaos.crowd` has a thousand.
"""

import asyncio
from contextlib import aclosing

import pytest

from tests.chaos import campaign, crowd
from tests.chaos.campaign import Campaign
from tests.chaos.harness import Crew
from tests.chaos.rounds import play
from tests.postgres import Postgres

ROUNDS = 5
SEEDS = range(4)
CREW = Crew(4, lapse=2.0)
CAMPAIGN = Campaign(orders=15, kills=3, rate=1.5, guilds=4, wait=False)


@pytest.mark.waits
@pytest.mark.timeout(ROUNDS * 60)
async def test_nothing_is_lost_doubled_or_overpaid() -> None:
    """Each seed on a stage of its own, side by side: killing is mostly waiting."""

    async def violations(seed: int) -> list[str]:
        async with aclosing(play(seed, ROUNDS)) as played:
            return [one.report async for one in played if one.violations]

    async def misses() -> list[str]:
        table = await campaign.play(CAMPAIGN, CREW)
        missed = [line for line in table.lines if line.met is False]
        busy = all(line.what.endswith(", s") for line in missed)  # with other tests
        return [] if busy and not table.violations else [str(table)]

    async with asyncio.TaskGroup() as group:
        played = [*(group.create_task(violations(seed)) for seed in SEEDS), group.create_task(misses())]
    found = [report for each in played for report in each.result()]
    assert not found, "\n".join(found)


async def test_a_crowd_of_orders_takes_no_more_than_there_is_and_each_in_its_turn(postgres: Postgres) -> None:
    some = crowd.Crowd(orders=40, processes=4, members=5, held=24, running=3)
    seen = await crowd.play(postgres.url, some)
    assert seen.wrong(some) == []
    assert (seen.spent, seen.running) == (crowd.EACH * some.held, some.running)
