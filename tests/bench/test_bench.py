"""Each measurement once, as small as it goes: that it still measures, not what. Nothing depends on how fast it was."""

import asyncio
import math
from dataclasses import replace

import pytest

from bench import (
    catalogue,
    compare,
    delivering,
    fleet,
    limits,
    pictures,
    queries,
    resting,
    shape,
    shards,
    tracking,
    transcoding,
    wallet,
    words,
)
from bench.figures import Table, number, quantile, verdict
from bench.stage import HERE, Code, hall


@pytest.mark.tool
async def test_requests_waits_and_the_loop() -> None:
    case = tracking.Case(in_flight=60, namespaces=2, seconds=1.5, settle=0.2, late=60.0)
    async with hall(channels=5) as harness:
        bot, lives = await asyncio.gather(tracking.run(harness, case), tracking.loop_lives(harness, 10, speed=300.0))
    assert len(bot.waits) == bot.ended
    assert max(bot.waits, default=0.0) < math.inf
    assert lives > 1
    assert bot.requests < case.in_flight  # and none where nothing is in doubt


@pytest.mark.tool
async def test_deliveries_and_acknowledgements() -> None:
    delivered, acknowledged = await asyncio.gather(
        delivering.deliver(count=20, channels=10, limits=False),
        delivering.acknowledge(in_flight=20, seconds=0.2),
    )
    assert delivered.rate > 0
    # A busy machine lets some wait longer than Discord does.
    assert len(acknowledged.waits) + acknowledged.failed == acknowledged.asked == 10
    assert acknowledged.stall > 0


@pytest.mark.tool
async def test_orders_under_the_limits() -> None:
    done = await limits.orders(rate=20.0, seconds=0.5, channels=10)
    assert (done.posts, done.refused, done.each) == (10, 0, 1.0)
    assert done.stall > 0
    assert limits.imposed([0.0, 0.0, 1.0], pace=10.0) == [0.0, 0.1, 0.0]


@pytest.mark.tool
async def test_memory_and_restart() -> None:
    (idle, peak), (held, highest), (first_list, ready) = await asyncio.gather(
        resting.weigh_a_large_result(size=1_000_000), resting.weigh_many(20, 0.5), resting.restart(20, 50)
    )
    assert 0 < idle <= peak
    assert 0 < held <= highest
    assert min(first_list, ready) > 0


def test_queries() -> None:
    assert all(took > 0 for took in queries.timed(5, 20).values())


def test_blocked_words() -> None:
    assert all(took > 0 for took in words.timed(1).values())


async def test_orders_and_autocomplete_at_a_thousand_models() -> None:
    (table,) = await catalogue.measure(quick=True)
    assert len(catalogue.many(1000)) == 1000
    assert len(table.rows) == 21
    assert all(float(row[1]) > 0 for row in table.rows if "shapes" not in row[0])


async def test_the_wallet_with_little_behind_it() -> None:
    for table in (await wallet.estimates(2000), await wallet.limits(30), await wallet.fairness(100)):
        assert all(float(row[1]) > 0 for row in table.rows)


async def test_numbers_and_pictures() -> None:
    one = await pictures.read(60, 30)
    assert (one.usage.orders, len(one.usage.models), len(one.usage.members)) == (30, 12, 30)
    result = await pictures.drawn(one.usage, quick=True)
    assert min(result.first, *result.again) > 0


async def test_the_shape_of_the_code() -> None:
    one, two = "import b\ndef _once(): ...\n_once()\n", "def f():\n    from a import _once\n    g()\ndef g(): ...\n"
    assert [function.name for function in shape.functions({"a": one, "b": two}) if function.lonely] == ["_once"]
    assert shape.circle({"a": one, "b": two, "c": "import a\n"}) == ["a", "b"]
    found = await shape.shape()
    assert 0 < found.files_entered < found.functions_entered < found.functions
    assert found.loop_passes > 0
    assert 0 < found.reads <= found.select_statements
    assert found.bot_lines < found.bot_and_cogs_lines < found.tests_lines
    assert "| aim |" in shape.table(found).text()


@pytest.mark.tool
async def test_shards() -> None:
    found = await shards.serve(40, [()], settled=0, concurrency=4)
    assert found.seconds > 0
    assert len(found.weights) == 1
    assert found.too_soon == 0


@pytest.mark.tool
async def test_a_fleet() -> None:
    async with fleet.fleet([("run",)], limits=True) as made:
        done = await made.order(0.3, rate=20.0, settled=0)
    assert (done.orders, done.unanswered, done.refused) == (6, 0, 0)
    assert (done.asked, done.of_the_fifty) == (1.0, 1.0)
    assert done.statements > done.units > 1
    assert 0 < made.connections <= 12
    (table, _) = fleet.tables([(done, [done, done], 1)] * 2, done)
    assert "| requests to the provider | 1.00 | 1.00 | at most 1.1 | met |" in table.text()


def test_tables() -> None:
    table = Table(title="T", head=("a", "b"), rows=[("1", verdict(met=False))], notes=("A note.",))
    assert table.text() == "## T\n\n| a | b |\n| --- | --- |\n| 1 | **missed** |\n\nA note."
    assert [quantile([3.0, 1.0, 2.0], share) for share in (0.5, 0.99, 1.0)] == [2.0, 3.0, 3.0]
    assert (number(math.nan), number(math.inf)) == ("–", "later")  # noqa: RUF001


async def test_ratios_to_another_commit() -> None:
    """What both are given, in turn; that a commit cannot run a part is told, and if it is this one, it fails."""
    slow, found = {"there": 2.0, "here": 1.0}, []

    async def measure(code: Code, quick: bool) -> dict[str, float]:
        found.append(code.name)
        if len(found) > 3:
            raise LookupError
        return {"start to ready, s": slow[code.name], "ms of a core for a delivery": slow[code.name]}

    comparison = compare.Comparison(None)
    both = [replace(HERE, name=name) for name in slow]
    await comparison.measure(compare.Part("one", 2, measure), both)
    assert found == ["there", "here"] * 2
    assert comparison.failed
    text = comparison.tables(both)[0].text()
    assert "| start to ready, s | 2 | 1 | 0.50 | at most 0.5 | **missed** |" in text
    assert "| ms of a core for a delivery | 2 | 1 | 0.50 | ratio 0.45 | **missed** |" in text
    assert "Left out: `one` of here (LookupError)." in text


async def test_a_copy_of_a_video() -> None:
    done = await transcoding.copy("libx265", "yuv420p10le", seconds=1, height=144)
    assert done.way == "encoded"
    assert min(done.wall, done.cpu, done.memory) > 0
