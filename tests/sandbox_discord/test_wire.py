"""Bodies and headers: what a library may send, and what it is told of rate limits."""

from typing import Any

import aiohttp
import pytest

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest


@pytest.fixture
def messages(sandbox: DiscordSandbox) -> str:
    return f"/channels/{sandbox.world.channel_named('general').id}/messages"


@pytest.mark.parametrize(
    "fields",
    [
        {"payload_json": '{"content": "1", "flags": 4, "tts": true}'},
        {"content": "1", "flags": "4", "tts": "true"},
    ],
)
@pytest.mark.parametrize("multipart", [False, True])
async def test_forms_are_read_like_json(
    rest: Rest, messages: str, session: aiohttp.ClientSession, fields: dict[str, str], multipart: bool
) -> None:
    form = aiohttp.FormData(fields, default_to_multipart=multipart)
    async with session.post(f"{rest.base}{messages}", data=form, headers=rest.headers) as response:
        made = await response.json()
    assert (response.status, made["content"], made["flags"], made["tts"]) == (200, "1", 4, True)


async def test_a_form_with_broken_json_in_it(rest: Rest, messages: str, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{rest.base}{messages}", data={"payload_json": "{"}, headers=rest.headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)


async def _refused(rest: Rest, community: Community, path: str, **fault: Any) -> tuple[dict[str, str], dict[str, Any]]:
    await community.fault("/channels/*/messages", method="POST", status=429, **fault)
    answer = await rest.whole("POST", path, {"content": "hello"})
    assert answer.status == 429
    return {name.lower(): value for name, value in answer.headers.items()}, answer.body


async def test_a_429_on_demand_says_what_a_real_one_says(
    rest: Rest, community: Community, sandbox: DiscordSandbox, messages: str
) -> None:
    first = (await rest.whole("POST", messages, {"content": "hello"})).headers
    headers, body = await _refused(rest, community, messages, retry_after=64.57)
    assert headers["retry-after"] == "65"
    assert body["retry_after"] == pytest.approx(64.57, abs=0.01)
    assert (body["global"], body["message"]) == (False, "You are being rate limited.")
    assert headers["x-ratelimit-scope"] == "user"
    assert headers["x-ratelimit-limit"] == first["X-RateLimit-Limit"] == "5"
    assert headers["x-ratelimit-bucket"] == first["X-RateLimit-Bucket"]
    assert headers["x-ratelimit-remaining"] == "0"
    assert headers["x-ratelimit-reset-after"] == "64.570"
    assert float(headers["x-ratelimit-reset"]) == pytest.approx(sandbox.clock.now() + 64.57, abs=5)
    assert "via" in headers
    assert "x-ratelimit-global" not in headers


async def test_scopes_of_a_429(rest: Rest, community: Community, messages: str) -> None:
    headers, body = await _refused(rest, community, messages, retry_after=0.2, scope="global")
    assert (headers["x-ratelimit-global"], headers["x-ratelimit-scope"], body["global"]) == ("true", "global", True)
    assert (headers["retry-after"], "x-ratelimit-bucket" in headers) == ("1", False)
    invalid = (await community.requests())["invalid"]
    headers, body = await _refused(rest, community, messages, retry_after=1336.57, scope="shared")
    assert body["message"] == "The resource is being rate limited."
    assert (headers["x-ratelimit-scope"], headers["retry-after"]) == ("shared", "1337")
    assert headers["x-ratelimit-remaining"] != "0"
    assert (await community.requests())["invalid"] == invalid


async def test_interaction_callbacks_have_no_bucket(rest: Rest, community: Community, sandbox: DiscordSandbox) -> None:
    form = {"name": "hello", "description": "Say hello"}
    await rest("POST", f"/applications/{sandbox.application_id}/commands", form)
    for _ in range(8):
        asked = await community.invoke(user="Bo", channel="general", command="hello", wait=0)
        path = f"/interactions/{asked.id}/{sandbox.world.interactions[int(asked.id)].token}/callback"
        answer = await rest.whole("POST", path, {"type": 5})
        assert answer.status == 204
        assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]
    await community.fault("/interactions/*", status=429, retry_after=2.5)
    answer = await rest.whole("POST", path, {"type": 5})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")


async def test_fifty_requests_a_second_and_five_in_two_for_a_webhook(
    rest: Rest, community: Community, sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interactions and their webhooks do not count towards the fifty; all requests of a webhook share its five."""
    stopped = sandbox.clock.now()
    monkeypatch.setattr(sandbox.clock, "now", lambda: stopped)  # a second is long enough for all of it
    form = {"name": "hello", "description": "Say hello"}
    await rest("POST", f"/applications/{sandbox.application_id}/commands", form)
    asked = await community.invoke(user="Bo", channel="general", command="hello", wait=0)
    token = sandbox.world.interactions[int(asked.id)].token
    await rest("POST", f"/interactions/{asked.id}/{token}/callback", {"type": 4, "data": {"content": "hello"}})
    webhook = f"/webhooks/{sandbox.application_id}/{token}"
    edits = [
        await rest.whole("PATCH", f"{webhook}/messages/@original", {"content": str(number)}) for number in range(4)
    ]
    further = [await rest.whole("POST", webhook, {"content": "more"}) for _ in range(2)]
    assert [one.status for one in (*edits, *further)] == [200] * 5 + [429]
    assert further[-1].headers["X-RateLimit-Scope"] == "user"
    assert further[-1].headers["X-RateLimit-Bucket"] == edits[0].headers["X-RateLimit-Bucket"]
    statuses = [(await rest.whole("GET", "/users/@me")).status for _ in range(50)]
    assert statuses == [200] * 49 + [429]  # the first of the fifty registered the command
    told = await community.requests()
    assert told["by_limit"] == {"global": 51, "webhook": 6, "none": 1}
    assert told["log"][-1]["limit"] == "global"
    assert told["refused"] == {"user": 1, "global": 1}
