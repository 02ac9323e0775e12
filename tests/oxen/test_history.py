"""What a generation really cost: told by the dialect that keeps a history, asked of no other."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.domain.ids import RemoteId
from bot.domain.provider import KeyRefused, NotFound, Unavailable
from bot.oxen.client import OxenClient
from sandbox.oxen.faults import Fault
from sandbox.oxen.server import OxenSandbox
from tests.cases import for_each
from tests.fakes.orders import KEY, video_request
from tests.fakes.transport import OXEN, replies, talking
from tests.sandbox_oxen.support import Blank

HISTORY = "GET /api/ai/generations/{generation_id}"
GONE = RemoteId("7cf9b23a-1234-5678-9abc-def012345678")


@pytest.fixture
def dialect() -> str:
    return "browse"


@pytest.fixture
async def sandbox(dialect: str) -> AsyncIterator[OxenSandbox]:
    async with OxenSandbox(speed=1e9, dialect=dialect, renderer=Blank(), keys={KEY: None}) as running:
        yield running


@pytest.fixture
async def oxen(sandbox: OxenSandbox) -> AsyncIterator[OxenClient]:
    async with OxenClient(sandbox.url, KEY) as client:
        yield client


async def made(sandbox: OxenSandbox, oxen: OxenClient, **parameters: int) -> RemoteId:
    [remote_id] = await oxen.enqueue(video_request(**parameters), 1, "film-club")
    await sandbox.finished(remote_id)
    return remote_id


async def test_a_success_has_its_cost(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen, duration=10)
    await oxen.list(None, "succeeded")
    assert await oxen.cost(remote_id) == Decimal("0.7")
    assert await oxen.cost(remote_id) == sandbox.ledger.account("film-club").total


async def test_a_row_looked_at_by_its_id_tells_the_dialect_as_well(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen)
    await oxen.get(remote_id)
    assert await oxen.cost(remote_id) == Decimal("0.35")


async def test_where_no_row_was_seen_yet_its_own_is_asked_for(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen)
    assert await oxen.cost(remote_id) == Decimal("0.35")


@pytest.mark.parametrize("dialect", ["persistent", "ephemeral"])
async def test_a_dialect_without_a_history_is_not_asked(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen)
    await oxen.enqueue(video_request(), 1, "film-club")
    await oxen.list(None, "succeeded")
    assert await oxen.cost(remote_id) is None
    assert not [route for route in sandbox.traffic.counts if "generations" in route]


async def test_what_failed_cost_nothing(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    sandbox.faults.set([Fault(on="generation", kind="fail", value="no", times=1)])
    remote_id = await made(sandbox, oxen)
    await oxen.get(remote_id)
    assert await oxen.cost(remote_id) is None


async def test_what_the_provider_has_forgotten_has_no_cost(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    await oxen.get(await made(sandbox, oxen))
    assert await oxen.cost(GONE) is None


@pytest.mark.parametrize(("status", "error"), [(503, Unavailable), (429, Unavailable), (401, KeyRefused)])
async def test_trouble_is_no_answer(
    sandbox: OxenSandbox, oxen: OxenClient, status: int, error: type[Exception]
) -> None:
    remote_id = await made(sandbox, oxen)
    await oxen.get(remote_id)
    sandbox.faults.set([Fault(on="history", kind="status", value=status, times=1)])
    with pytest.raises(error):
        await oxen.cost(remote_id)
    assert await oxen.cost(remote_id) == Decimal("0.35")


@for_each(
    ("body", "usd"),
    [
        ({"generation": {"cost": "0.4200000000000000"}}, Decimal("0.42")),
        ({"generation": {"cost": 0.42}}, Decimal("0.42")),
        ({"generation": {"cost": "0"}}, Decimal(0)),
        ({"generation": {"cost": None}}, None),
        ({"generation": {"cost": "-1"}}, Decimal(-1)),  # whoever books it judges that
        ({"generation": {"cost": "1e30"}}, Decimal("1e30")),
        ({"generation": {}}, None),
        ({"generation": None}, None),
        ({}, None),
        ([], None),
        ("0.42", None),
    ],
)
async def test_whatever_the_history_says(body: object, usd: Decimal | None) -> None:
    async with talking(replies(200, body)) as (oxen, _):
        oxen._echoes_directory = True
        assert await oxen.cost(GONE) == usd


# Pages.


async def test_a_page_has_rows_with_costs_and_what_all_cost_together(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    ids = [await made(sandbox, oxen, duration=seconds) for seconds in (5, 10, 5)]
    page = await oxen.history_page("film-club", size=2)
    assert [row.generation.id for row in page.rows] == [ids[2], ids[1]]
    assert [row.cost for row in page.rows] == [Decimal("0.35"), Decimal("0.7")]
    assert [row.parameters["duration"] for row in page.rows] == [5, 10]
    assert (page.number, page.pages, page.entries, page.total_cost) == (1, 2, 3, Decimal("1.4"))
    last = await oxen.history_page("film-club", page=2, size=2)
    assert [row.generation.id for row in last.rows] == ids[:1]
    assert last.total_cost == page.total_cost
    assert not (await oxen.history_page("film-club", page=3, size=2)).rows


async def test_a_page_of_what_the_filters_let_through(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    sandbox.faults.set([Fault(on="generation", kind="fail", value="no", times=1)])
    failed, fine = await made(sandbox, oxen), await made(sandbox, oxen)
    for filters, ids in (
        ({"status": "failed"}, [failed]),
        ({"status": "succeeded"}, [fine]),
        ({"model": video_request().model_id, "media_type": "video"}, [fine, failed]),
        ({"media_type": "image"}, []),
        ({"repo": "films"}, []),
        ({"folder": "films"}, []),
    ):
        page = await oxen.history_page(**filters)
        assert [row.generation.id for row in page.rows] == ids
        assert page.total_cost == sum((row.cost or Decimal(0) for row in page.rows), Decimal(0))


async def test_the_stand_in_filters_its_list(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    ids = [await made(sandbox, oxen) for _ in range(2)]
    assert [row.id for row in await oxen.list("film-club", "succeeded", media_type="video")] == ids
    assert await oxen.list("film-club", "succeeded", media_type="image") == []
    assert await oxen.list("film-club", "succeeded", model="another") == []


async def test_one_record_has_its_cost_and_its_parameters(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen, duration=10)
    record = await oxen.record(remote_id)
    assert (record.generation.id, record.generation.status, record.cost) == (remote_id, "succeeded", Decimal("0.7"))
    assert record.generation.media_type == "video"
    assert record.parameters == {"duration": 10}
    with pytest.raises(NotFound):
        await oxen.record(GONE)


@pytest.mark.parametrize("dialect", ["persistent", "ephemeral"])
async def test_a_dialect_without_a_history_says_so(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen)
    with pytest.raises(NotFound):
        await oxen.history_page("film-club")
    with pytest.raises(NotFound):
        await oxen.record(remote_id)


ROW = {"generation_id": GONE, "status": "succeeded", "model_name": "m", "cost": "0.35", "result_url": "/r/1.mp4"}


@for_each(
    ("more", "read"),
    [
        ({}, (1, 1, 1, None)),
        (
            {"page_number": 3, "total_pages": 7, "total_entries": 301, "total_cost": "12.50"},
            (3, 7, 301, Decimal("12.5")),
        ),
        ({"page_number": "3", "total_pages": None, "total_entries": -1, "total_cost": "lots"}, (1, 1, 1, None)),
        ({"page_number": True, "total_pages": 10**400, "total_entries": [], "total_cost": -1}, (1, 1, 1, None)),
    ],
)
async def test_a_page_whose_numbers_are_odd(more: dict[str, object], read: tuple[object, ...]) -> None:
    body = {"generations": [ROW, None, {"generation_id": "../x"}, []]} | more
    async with talking(replies(200, body)) as (oxen, _):
        page = await oxen.history_page()
    assert (page.number, page.pages, page.entries, page.total_cost) == read
    (row,) = page.rows
    assert (row.cost, row.parameters) == (Decimal("0.35"), {})
    assert row.generation.result_url == f"{OXEN}/r/1.mp4"


@for_each("body", [None, [], {}, {"generations": None}, {"generations": {}}, "x"])
async def test_a_malformed_page_is_an_error(body: object) -> None:
    async with talking(replies(200, body)) as (oxen, _):
        with pytest.raises(Unavailable):
            await oxen.history_page()


@for_each("body", [None, [], {}, {"generation": None}, {"generation": ROW | {"generation_id": "other"}}])
async def test_a_malformed_record_and_one_of_another_generation_are_errors(body: object) -> None:
    async with talking(replies(200, body)) as (oxen, _):
        with pytest.raises(Unavailable):
            await oxen.record(GONE)
