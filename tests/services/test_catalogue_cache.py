"""The catalogue: an old one is better than none, and what changes in it is told."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.clock import to_millis
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind
from bot.domain.orders.order import GenerationRequest
from bot.domain.provider import KeyRefused, NotFound, Unavailable
from bot.oxen.catalogue import catalogue
from bot.oxen.client import OxenClient
from bot.services.catalogue_cache import CatalogueCache
from bot.store.database import Database
from bot.store.installation import CatalogueRepository
from tests.fakes.clock import ManualClock
from tests.fakes.oxen import VIDEO_MODEL, FakeOxen, small_catalogue
from tests.oxen.servers import says_json, serving
from tests.services.kit import S, Services

REFRESH = timedelta(hours=1)
SOON = timedelta(minutes=1)


def entry(model_id: str, *, usd: float | None = None, makes: str = "video", **more: object) -> dict[str, Any]:
    price = {"method": "per_video_output_second", "cost_per_second": usd} if usd is not None else None
    schema = {"properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}
    return {
        "id": model_id,
        "display_name": f"The {model_id}",
        "capabilities": {"output": [makes]},
        "request_schema": schema,
        "pricing": price,
        **more,
    }


def offering(*entries: dict[str, Any]) -> Catalogue:
    return catalogue({"data": list(entries)})


def ids(catalogue_cache: CatalogueCache) -> list[str]:
    return [model.id for model in catalogue_cache.require()]


@pytest.fixture
def catalogue_cache(db: Database, clock: ManualClock, oxen: FakeOxen) -> CatalogueCache:
    return CatalogueCache(oxen, CatalogueRepository(db), clock, REFRESH)


@pytest.fixture
async def later(catalogue_cache: CatalogueCache, db: Database, clock: ManualClock, oxen: FakeOxen) -> CatalogueCache:
    """The catalogue cache of the next process, on the rows of the one before. It has not asked the provider."""
    del catalogue_cache
    return CatalogueCache(oxen, CatalogueRepository(db), clock, REFRESH)


async def test_it_is_fetched_again_and_the_old_one_is_kept_when_no_new_one_can_be_had(
    catalogue_cache: CatalogueCache, oxen: FakeOxen
) -> None:
    assert catalogue_cache.catalogue is None
    assert await catalogue_cache.step() == REFRESH
    old = catalogue_cache.require()
    assert old is oxen.models
    for error in (Unavailable("502"), KeyRefused(401, "no"), NotFound("gone")):
        oxen.faults.fail("catalogue", error)
        assert await catalogue_cache.step() <= SOON
    oxen.models = Catalogue([])
    for _ in range(3):
        assert await catalogue_cache.step() <= SOON
        assert catalogue_cache.require() is old
    oxen.models = small_catalogue()
    assert await catalogue_cache.step() == REFRESH
    assert catalogue_cache.require() is oxen.models


@pytest.mark.parametrize("empty", [False, True])
async def test_before_it_is_there_nothing_can_be_ordered(
    catalogue_cache: CatalogueCache, oxen: FakeOxen, empty: bool
) -> None:
    await catalogue_cache.load()
    with pytest.raises(Refusal, match="catalogue-missing"):
        catalogue_cache.require()
    models = oxen.models
    if empty:
        oxen.models = Catalogue([])
    else:
        oxen.faults.fail("catalogue", Unavailable("refused"))
    assert await catalogue_cache.step() <= SOON
    oxen.models = models
    assert await catalogue_cache.step() == REFRESH
    assert catalogue_cache.require() is models


# A start without the provider.


async def test_the_next_process_knows_the_models_without_asking(
    catalogue_cache: CatalogueCache, later: CatalogueCache, oxen: FakeOxen
) -> None:
    oxen.models = offering(entry("b", usd=0.07), entry("a"), entry("words", makes="text"))
    await catalogue_cache.step()
    oxen.faults.fail("catalogue", Unavailable("refused"))
    await later.load()
    assert list(later.require()) == list(catalogue_cache.require())
    assert await later.step() <= SOON
    assert ids(later) == ["b", "a", "words"]


async def test_what_the_provider_says_now_counts_more_than_the_rows(
    catalogue_cache: CatalogueCache, later: CatalogueCache, oxen: FakeOxen, caplog: pytest.LogCaptureFixture
) -> None:
    """And what changed while nobody ran is logged."""
    oxen.models = offering(entry("a", usd=1), entry("b"), entry("c"))
    await catalogue_cache.step()
    await later.load()
    oxen.models = offering(entry("b"), entry("a", usd=2))
    await later.step()
    assert told(caplog) == [("model gone", "c"), ("model price changed", "a", "second=1", "second=2")]
    await catalogue_cache.load()
    assert list(catalogue_cache.require()) == list(oxen.models)
    assert ids(catalogue_cache) == ["b", "a"]


async def test_rows_that_cannot_be_read_any_more_are_as_good_as_none(
    db: Database, catalogue_cache: CatalogueCache, later: CatalogueCache, oxen: FakeOxen
) -> None:
    await catalogue_cache.step()
    await db.write(lambda tx: tx.execute("UPDATE models SET entry = '{'"))
    await later.load()
    assert later.catalogue is None
    await later.step()
    assert later.require() is oxen.models


async def test_an_unchanged_catalogue_is_not_written_again(db: Database, catalogue_cache: CatalogueCache) -> None:
    await catalogue_cache.step()
    await db.write(lambda tx: tx.execute("UPDATE models SET name = 'untouched'"))
    await catalogue_cache.step()
    rows = await db.read(lambda reader: reader.execute("SELECT DISTINCT name FROM models").fetchall())
    assert [row["name"] for row in rows] == ["untouched"]


async def test_rows_that_could_not_be_written_are_written_the_next_time(
    db: Database, clock: ManualClock, oxen: FakeOxen, later: CatalogueCache
) -> None:
    class Failing(CatalogueRepository):
        fails = False

        async def put(self, *given: Any) -> None:
            if self.fails:
                raise OSError("the disk is full")
            await super().put(*given)

    rows = Failing(db)
    catalogue_cache = CatalogueCache(oxen, rows, clock, REFRESH)
    oxen.models = offering(entry("a"), entry("b"))
    await catalogue_cache.step()
    oxen.models = offering(entry("a"), entry("c"))
    rows.fails = True
    with pytest.raises(OSError, match="full"):
        await catalogue_cache.step()
    assert ids(catalogue_cache) == ["a", "c"]
    rows.fails = False
    await catalogue_cache.step()
    await later.load()
    assert ids(later) == ["a", "c"]
    assert later.require().gone("b") is not None


# What changed.


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, ...]]:
    fields = ("model", "price", "before", "after")
    changes = [record for record in caplog.records if record.getMessage().startswith("model ")]
    return [
        (record.getMessage(), *(str(vars(record)[name]) for name in fields if name in vars(record)))
        for record in changes
    ]


async def test_changes_are_logged(
    catalogue_cache: CatalogueCache, oxen: FakeOxen, caplog: pytest.LogCaptureFixture
) -> None:
    oxen.models = offering(entry("stays"), entry("goes"), entry("rises", usd=0.07))
    await catalogue_cache.step()
    assert told(caplog) == []
    oxen.models = offering(entry("stays"), entry("rises", usd=0.1), entry("comes", usd=0.5))
    await catalogue_cache.step()
    assert told(caplog) == [
        ("model new", "comes", "second=0.5"),
        ("model gone", "goes"),
        ("model price changed", "rises", "second=0.07", "second=0.1"),
    ]
    caplog.clear()
    await catalogue_cache.step()
    assert told(caplog) == []


async def test_a_catalogue_that_is_another_one_each_time_does_not_fill_the_log(
    catalogue_cache: CatalogueCache, oxen: FakeOxen, caplog: pytest.LogCaptureFixture
) -> None:
    oxen.models = offering(*(entry(f"a{n}") for n in range(500)))
    await catalogue_cache.step()
    oxen.models = offering(*(entry(f"b{n}") for n in range(500)))
    caplog.clear()
    await catalogue_cache.step()
    assert len(caplog.records) < 50
    (summary,) = [record for record in caplog.records if record.getMessage() == "catalogue changed"]
    assert (vars(summary)["new"], vars(summary)["gone"]) == (500, 500)


# A model that is gone.


async def refused(services: Services, model: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        services.order_service.validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model=model))
    return caught.value


async def test_a_model_that_is_gone_says_since_when_and_what_is_near(services: Services, oxen: FakeOxen) -> None:
    oxen.models = offering(entry("kling-video-v2"), entry("kling-video-v3"))
    await services.catalogue_cache.step()
    services.clock.advance(timedelta(days=1))
    oxen.models = offering(entry("kling-video-v3"))
    await services.catalogue_cache.step()
    for name in ("kling-video-v2", "The KLING-video-v2 "):
        refusal = await refused(services, name)
        assert refusal.key == "model-gone"
        assert refusal.values == {
            "model": "The kling-video-v2",
            "since": services.clock.now().date().isoformat(),
            "nearest": "The kling-video-v3",
        }
    again = await services.killed()
    await again.catalogue_cache.load()
    assert (await refused(again, "kling-video-v2")).key == "model-gone"


async def test_a_model_that_comes_back_can_be_ordered_and_goes_anew(services: Services, oxen: FakeOxen) -> None:
    both, one = offering(entry("a"), entry("b")), offering(entry("a"))
    for oxen.models in (both, one, both):
        await services.catalogue_cache.step()
    assert (
        services.order_service.validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="b")).model_id
        == "b"
    )
    assert services.catalogue_cache.require().gone("b") is None
    services.clock.advance(timedelta(days=30))
    oxen.models = one
    await services.catalogue_cache.step()
    again = await services.killed()
    await again.catalogue_cache.load()
    for catalogue_cache in (services.catalogue_cache, again.catalogue_cache):
        gone = catalogue_cache.require().gone("b")
        assert gone is not None
        assert to_millis(gone.at) == to_millis(services.clock.now())


async def test_orders_under_way_do_not_notice(services: Services, oxen: FakeOxen) -> None:
    await services.catalogue_cache.step()
    waiting, running = await services.order(), await services.sent()
    oxen.models = offering(entry("another"))
    await services.catalogue_cache.step()
    assert services.catalogue_cache.require().get(VIDEO_MODEL) is None
    await services.send()
    for record in (waiting, running):
        oxen.finish(await services.remote_id(record))
        await services.poll()
        assert await services.states(record) == [S.SUCCEEDED]
        assert await services.announce(record)


@pytest.mark.parametrize(("makes", "key"), [("text", "model-text-only"), ("audio", "model-audio-only")])
async def test_a_model_that_makes_nothing_to_look_at_is_not_offered_and_says_so(
    services: Services, oxen: FakeOxen, makes: str, key: str
) -> None:
    oxen.models = offering(entry("films"), entry("other", makes=makes))
    await services.catalogue_cache.step()
    assert (await refused(services, "other")).key == key
    assert [model.id for model in services.catalogue_cache.require().find("", None)] == ["films"]


# Speed.


async def test_a_thousand_models_hold_nobody_up(db: Database, clock: ManualClock) -> None:
    """Read in threads and kept in one transaction, over a real socket; meanwhile the loop turns."""
    properties = {f"p{n}": {"type": "string", "enum": ["a", "b"]} for n in range(10)}
    rows = [entry(f"m{n}", request_schema={"properties": properties}) for n in range(1000)]
    longest, turning = 0.0, True

    async def turn() -> None:
        nonlocal longest
        while turning:
            before = time.thread_time()
            await asyncio.sleep(0.001)  # a turn that leaves the threads their time; nothing waits for it
            longest = max(longest, time.thread_time() - before)

    async with serving(says_json(200, {"data": rows})) as server, OxenClient(server.url, "key") as oxen:
        catalogue_cache, later = (CatalogueCache(oxen, CatalogueRepository(db), clock, REFRESH) for _ in range(2))
        turns = asyncio.create_task(turn())
        for _ in range(2):
            await catalogue_cache.step()
        await later.load()
        turning = False
        await turns
    assert len(later.require()) == 1000
    assert longest < 0.1, "seconds of this thread's own work between two turns"
