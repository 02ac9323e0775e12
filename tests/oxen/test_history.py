"""What a generation really cost: told by the dialect that keeps a history, asked of no other."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.domain.ids import RemoteId
from bot.oxen.client import OxenClient
from bot.oxen.errors import KeyRefused, Unavailable
from sandbox.oxen.faults import Fault
from sandbox.oxen.server import OxenSandbox
from tests.fakes.orders import KEY, video_plan
from tests.oxen.servers import says_json, serving
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
    [remote_id] = await oxen.enqueue(video_plan(**parameters), 1, "film-club")
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


async def test_before_any_row_was_seen_nothing_is_asked(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen)
    assert await oxen.cost(remote_id) is None
    assert HISTORY not in sandbox.traffic.counts


@pytest.mark.parametrize("dialect", ["persistent", "ephemeral"])
async def test_a_dialect_without_a_history_is_not_asked(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    remote_id = await made(sandbox, oxen)
    await oxen.enqueue(video_plan(), 1, "film-club")
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


@pytest.mark.parametrize(
    ("body", "usd"),
    [
        ({"generation": {"cost": "0.4200000000000000"}}, Decimal("0.42")),
        ({"generation": {"cost": 0.42}}, Decimal("0.42")),
        ({"generation": {"cost": "0"}}, Decimal(0)),
        ({"generation": {"cost": None}}, None),
        ({"generation": {"cost": "-1"}}, None),
        ({"generation": {"cost": "1e30"}}, None),
        ({"generation": {}}, None),
        ({"generation": None}, None),
        ({}, None),
        ([], None),
        ("0.42", None),
    ],
)
async def test_whatever_the_history_says(body: object, usd: Decimal | None) -> None:
    async with serving(says_json(200, body)) as server, OxenClient(server.url, KEY) as oxen:
        oxen._echoes_directory = True
        assert await oxen.cost(GONE) == usd
