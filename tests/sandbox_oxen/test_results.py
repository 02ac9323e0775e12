"""Signed result URLs."""

from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Client, Start


async def finished_row(client: Client, clock: ManualClock, model: str = IMAGE_MODEL) -> dict[str, str]:
    (one,) = await client.enqueue(model)
    clock.advance(300)
    return await client.ended(one)


@pytest.mark.parametrize(
    ("model", "content_type"), [(IMAGE_MODEL, "image/png"), (VIDEO_MODEL, "video/mp4"), ("flux-2-pro", "image/webp")]
)
async def test_a_signed_url_opens_without_a_key(
    start: Start, clock: ManualClock, model: str, content_type: str
) -> None:
    client = await start(clock=clock)
    row = await finished_row(client, clock, model)
    answer = await client.holding(None).call("GET", row["result_url"])
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
    assert int(answer.headers["Content-Length"]) == len(answer.body) > 0


async def test_a_signed_url_expires_and_the_row_has_a_fresh_one(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock, url_lifetime=60)
    old = (row := await finished_row(client, clock))["result_url"]
    clock.advance(60)
    assert (await client.call("GET", old)).status == 200
    clock.advance(1)
    assert (await client.call("GET", old)).status == 403
    fresh = (await client.row(row["generation_id"]))["result_url"]
    assert fresh != old
    assert (await client.call("GET", fresh)).status == 200


async def test_a_signature_opens_its_own_file_until_its_own_hour(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock)
    rows = [await finished_row(client, clock) for _ in range(2)]
    first, second = (urlsplit(row["result_url"]) for row in rows)
    query = {name: values[0] for name, values in parse_qs(first.query).items()}
    later = str(int(query["expires"]) + 1)
    assert (await client.call("GET", second.path, **query)).status == 403
    assert (await client.call("GET", first.path, **(query | {"expires": later}))).status == 403
    assert (await client.call("GET", first.path, **(query | {"signature": "é"}))).status == 403
    assert (await client.call("GET", first.path, **(query | {"expires": "²"}))).status == 403
    assert (await client.call("GET", first.path)).status == 403
    assert (await client.call("GET", first.path, **query)).status == 200


async def test_an_expired_generation_takes_its_file_along(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock, url_lifetime=10**6)
    row = await finished_row(client, clock)
    clock.advance(24 * 60 * 60)
    assert (await client.call("GET", row["result_url"])).status == 404
