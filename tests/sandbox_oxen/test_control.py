"""Keys, memberships, prices and the clock, changed while it runs."""

import re
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from sandbox.oxen.api import control
from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.listening import event, listening, nothing_comes
from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Client, Endless, Start

README = Path(control.__file__).parents[1] / "README.md"
KEYS = {"herd": ("north", "barn"), "flock": ("west", "barn")}
BODY = {"model": IMAGE_MODEL, "prompt": "a fox"}


@pytest.fixture
async def herd(start: Start) -> Client:
    return (await start(keys=KEYS, keep_alive=0.1, dialect="browse")).holding("herd")


async def test_a_key_can_come_change_and_be_revoked(herd: Client) -> None:
    assert (await herd.holding("crew").call("GET", "/api/ai/queue")).status == 401
    added = await herd.call("PUT", "/sandbox/keys/crew", {"namespaces": ["east", "barn"]})
    assert (added.status, added.body) == (200, {"key": "crew", "namespaces": ["east", "barn"]})
    crew = herd.holding("crew")
    (one,) = await crew.enqueue()
    assert (await crew.ended(one))["target_namespace"] == "east"
    await herd.call("PUT", "/sandbox/keys/crew", {"namespaces": ["east"]})
    assert (await crew.call("POST", "/api/ai/queue", {**BODY, "target_namespace": "barn"})).status == 403
    left = await herd.call("DELETE", "/sandbox/keys/crew")
    assert [key["key"] for key in left.body["keys"]] == ["herd", "flock"]
    for method, path in (("GET", "/api/ai/queue"), ("GET", "/api/events"), ("GET", f"/api/ai/generations/{one}")):
        assert (await crew.call(method, path)).status == 401
    assert (await crew.call("POST", "/api/ai/queue", BODY)).status == 401
    assert (await herd.call("DELETE", "/sandbox/keys/crew")).status == 404


async def test_revoking_a_key_ends_its_streams_and_lets_its_work_go_on(start: Start, clock: ManualClock) -> None:
    herd = (await start(keys=KEYS, clock=clock, speed=1, keep_alive=5)).holding("herd")
    (one,) = await herd.enqueue()
    async with listening(herd) as stream, listening(herd.holding("flock")) as other:
        await herd.call("DELETE", "/sandbox/keys/herd")
        assert await stream.read() == b""
        (its,) = await herd.holding("flock").enqueue()
        clock.advance(30)
        assert its in await event(other)
    ended = await herd.sandbox.finished(one)
    assert ended is not None
    assert ended.state == "succeeded"
    assert len(herd.sandbox.ledger.account("north").charges) == 1


async def test_members_of_an_organization_see_its_rows_and_nobody_else_s(herd: Client) -> None:
    flock = herd.holding("flock")
    (own,) = await herd.enqueue()
    (shared,) = await herd.enqueue(target_namespace="barn")
    for one in (own, shared):
        await herd.ended(one)
    assert await flock.rows(status="succeeded") == [shared]
    assert await flock.status_of(own) == 404
    history = (await flock.call("GET", "/api/ai/generations")).body
    assert [row["generation_id"] for row in history["generations"]] == [shared]
    assert history["total_cost"] == "0.04"
    assert (await flock.call("GET", "/api/ai/generations", namespace="north")).status == 403


async def test_a_stream_tells_of_its_own_key_s_work_also_in_a_shared_namespace(herd: Client) -> None:
    async with listening(herd) as stream, listening(herd.holding("flock")) as other:
        (one,) = await herd.enqueue(target_namespace="barn")
        assert one in await event(stream)
        assert await nothing_comes(other)


async def test_each_namespace_pays_for_itself_and_is_counted_by_itself(herd: Client) -> None:
    await herd.call("PUT", "/sandbox/ledger/north", {"balance": "0.05"})
    await herd.ended((await herd.enqueue())[0])
    refused = await herd.call("POST", "/api/ai/queue", BODY)
    assert (refused.status, refused.body) == (400, {"error": {"message": "Insufficient credits"}})
    blocked = await herd.call("POST", "/api/ai/images/generate", BODY)
    assert (blocked.status, blocked.body) == (400, {"error": {"message": "Insufficient credits"}})
    for _ in range(2):
        await herd.ended((await herd.enqueue(target_namespace="barn"))[0])
    for namespace, cost in (("north", "0.04"), ("barn", "0.08"), ("west", "0")):
        reader = herd.holding("flock" if namespace == "west" else "herd")
        page = (await reader.call("GET", "/api/ai/generations", namespace=namespace)).body
        assert Decimal(page["total_cost"]) == Decimal(cost) == herd.sandbox.ledger.account(namespace).total


async def test_a_price_can_change_under_way(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock, speed=1, dialect="browse")
    (one,) = await client.enqueue(VIDEO_MODEL)
    before = (await client.call("GET", f"/api/ai/models/{VIDEO_MODEL}")).body
    answer = await client.call("PUT", f"/sandbox/prices/{VIDEO_MODEL}", {"cost": "0.50"})
    assert answer.body == {"prices": {VIDEO_MODEL: "0.50"}}
    clock.advance(300)
    await client.sandbox.finished(one)
    row = (await client.call("GET", f"/api/ai/generations/{one}")).body["generation"]
    assert Decimal(row["cost"]) == client.sandbox.ledger.account("sandbox").total == Decimal("0.5")
    assert (await client.call("GET", f"/api/ai/models/{VIDEO_MODEL}")).body == before
    await client.call("PUT", f"/sandbox/prices/{VIDEO_MODEL}", {"cost": None})
    assert (await client.call("GET", "/sandbox/prices")).body == {"prices": {}}


async def test_a_price_beyond_the_balance_fails_at_the_end(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock, speed=1)
    await client.call("PUT", "/sandbox/ledger/sandbox", {"balance": "0.40"})
    (one,) = await client.enqueue(VIDEO_MODEL)
    await client.call("PUT", f"/sandbox/prices/{VIDEO_MODEL}", {"cost": "0.41"})
    clock.advance(300)
    row = await client.ended(one)
    assert (row["status"], row["error_message"]) == ("failed", "Insufficient credits")


@pytest.mark.parametrize("dialect", ["ephemeral", "persistent", "browse"])
async def test_a_day_can_pass_at_once(start: Start, dialect: str) -> None:
    client = await start(dialect=dialect, renderer=Endless())
    (one,) = await client.enqueue()
    assert await client.status_of(one) == 200
    now = (await client.call("POST", "/sandbox/clock", {"seconds": 0})).body["now"]
    assert (await client.call("POST", "/sandbox/clock", {"seconds": 86_400})).body["now"] >= now + 86_400
    assert await client.status_of(one) == 404
    assert await client.rows() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/sandbox/keys/crew", {"namespaces": []}),
        ("PUT", "/sandbox/keys/crew", {"namespaces": "east"}),
        ("PUT", "/sandbox/keys/crew", {"namespaces": [7]}),
        ("PUT", "/sandbox/prices/x", {"cost": "much"}),
        ("PUT", "/sandbox/prices/x", {"cost": "-1"}),
        ("POST", "/sandbox/clock", {"seconds": -1}),
        ("POST", "/sandbox/clock", {"seconds": "a day"}),
        ("POST", "/sandbox/clock", {"seconds": True}),
    ],
)
async def test_nonsense_is_refused(start: Start, method: str, path: str, body: dict[str, object]) -> None:
    client = await start()
    answer = await client.call(method, path, body)
    assert answer.status == 400
    assert answer.body["error"]["detail"]


async def test_the_readme_lists_every_call(start: Start) -> None:
    client = await start()
    text = README.read_text(encoding="utf-8")
    for route in control.routes(client.sandbox._parts):
        path = re.sub(r"\{(\w+?)(_id)?\}", r":\1", route.path)
        assert re.search(rf"`[A-Z`, ]*{route.method}[A-Z`, ]* {path}`", text), path


async def test_a_result_may_lie_on_another_host(start: Start) -> None:
    """The client's key must not follow it there."""
    client = await start()
    url = (await client.ended((await client.enqueue())[0]))["result_url"]
    fault = {"on": "result", "kind": "redirect", "times": 1}
    await client.call("PUT", "/sandbox/faults", {"faults": [fault]})
    async with client.session.get(url, allow_redirects=False) as reply:
        assert reply.status == 302
        assert reply.headers["Location"] == url.replace("127.0.0.1", "localhost")
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        assert reply.status == 200
