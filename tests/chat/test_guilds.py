"""What comes in crowds is done in batches."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.chat.kit.guilds import Gathering


async def test_what_comes_while_a_batch_waits_or_is_worked_on_is_gathered() -> None:
    batches: list[list[int]] = []
    pauses: list[float] = []
    at_work, goes_on = asyncio.Event(), asyncio.Event()

    async def work(items: Sequence[int]) -> None:
        batches.append(list(items))
        at_work.set()
        if len(batches) == 1:
            await goes_on.wait()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        for _ in range(5):
            await asyncio.sleep(0)

    gathering = Gathering(work, 0.3, sleep)
    first = [asyncio.create_task(gathering.add(number)) for number in range(3)]
    await at_work.wait()
    second = [asyncio.create_task(gathering.add(number)) for number in range(3, 1000)]
    await asyncio.sleep(0)
    assert not any(each.done() for each in (*first, *second))
    goes_on.set()
    await asyncio.gather(*first, *second)
    assert batches == [[0, 1, 2], list(range(3, 1000))]
    assert pauses == [0.3, 0.3]


async def test_a_batch_that_fails_is_not_done_again() -> None:
    seen: list[int] = []

    async def work(items: Sequence[int]) -> None:
        seen.extend(items)
        if items[0] == 1:
            raise LookupError

    async def sleep(_: float) -> None: ...

    gathering = Gathering(work, 0.0, sleep)
    with pytest.raises(LookupError):
        await gathering.add(1)
    await gathering.add(2)
    assert seen == [1, 2]
