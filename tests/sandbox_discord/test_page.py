"""What the page in the browser stands on: one person's view and news, files ahead, and who may ask at all."""

import asyncio
import io
from typing import Any

import aiohttp
import pytest

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, RunBot

API = "/sandbox/api"


class Person:
    """Asks as the page of that person does."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: DiscordSandbox, name: str) -> None:
        self._session, self._sandbox, self.name = session, sandbox, name

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        url = f"{self._sandbox.url}{API}{path}"
        params = {"user": self.name, **{key: str(value) for key, value in query.items()}}
        async with self._session.request(method, url, json=body, params=params) as answer:
            return answer.status, await answer.json()

    async def sees(self, path: str, **query: Any) -> Any:
        status, found = await self.ask("GET", path, **query)
        assert status == 200, found
        return found


@pytest.fixture
def ada(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> Person:
    return Person(session, sandbox, "Ada")


@pytest.fixture
def bo(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> Person:
    return Person(session, sandbox, "Bo")


async def test_a_view_is_one_persons(ada: Person, bo: Person) -> None:
    seen = await bo.sees("/view")
    film_club = next(one for one in seen["guilds"] if one["name"] == "Film Club")
    named = {one["name"]: one for one in film_club["channels"]}
    assert "backstage" not in named  # moderators only
    assert "SEND_MESSAGES" not in named["announcements"]["permissions"]
    assert "SEND_MESSAGES" in named["general"]["permissions"]
    assert (seen["person"]["name"], film_club["manages"]) == ("Bo", False)
    assert "backstage" in str(await ada.sees("/view"))
    assert "Elsewhere" not in str((await ada.sees("/view"))["guilds"])
    assert {one["name"] for one in seen["people"]} == {"Ada", "Bo", "Cleo", "Dev", "Eli"}


async def test_news_are_one_persons(ada: Person, bo: Person, community: Community, run_bot: RunBot, bot: Bot) -> None:
    after = (await ada.sees("/view"))["feed"]

    @bot.tree.command(name="quiet", description="Answers in private")
    async def quiet(interaction: Any) -> None:
        await interaction.response.send_message("psst", ephemeral=True)

    async with run_bot(bot):
        await community.member("Bo", channel="general").slash("quiet")
        await community.member("Ada", channel="backstage").write("for moderators")
        await community.member("Bo", channel="general").write("for all")
        told = [one.get("message", {}).get("content") for one in (await bo.sees("/feed", after=after))["entries"]]
        assert {"psst", "for all"} <= set(told)
        assert "for moderators" not in told
        entries = (await ada.sees("/feed", after=after))["entries"]
        told = [one.get("message", {}).get("content") for one in entries]
        assert {"for moderators", "for all"} <= set(told)
        assert "psst" not in told
        assert not [one for one in entries if one["kind"].startswith("interaction")]


async def test_news_wait_for_what_reaches_one(bo: Person, community: Community) -> None:
    after = (await bo.sees("/view"))["feed"]
    waiting = asyncio.create_task(bo.sees("/feed", after=after, wait=10))
    await community.member("Ada", channel="backstage").write("for moderators")
    await community.permit(channel="general", deny=["SEND_MESSAGES"])
    found = await waiting
    assert [one["kind"] for one in found["entries"]] == ["community_changed"]
    assert found["complete"]


async def test_news_of_another_run_are_known_as_such(bo: Person, sandbox: DiscordSandbox) -> None:
    found = await bo.sees("/feed", after=99_999, wait=30)
    assert (found["complete"], found["entries"], found["run"]) == (False, [], sandbox.world.run)


async def test_older_and_newer_messages(bo: Person, community: Community) -> None:
    wrote = [await community.member("Ada", channel="general").write(str(n)) for n in range(9)]
    older = await bo.sees("/channels/general/messages", before=wrote[5].id, limit=2)
    newer = await bo.sees("/channels/general/messages", after=wrote[5].id, limit=2)
    assert [one["content"] for one in (*older, *newer)] == ["3", "4", "6", "7"]


async def test_who_may_delete_a_message(ada: Person, bo: Person, community: Community) -> None:
    by_ada = await community.member("Ada", channel="general").write("mine")
    by_bo = await community.member("Bo", channel="general").write("his")
    status, said = await bo.ask("DELETE", f"/messages/{by_ada.id}", {"user": "Bo"})
    assert (status, said["error"]) == (403, "Bo cannot delete that message")
    assert (await bo.ask("DELETE", f"/messages/{by_bo.id}", {"user": "Bo"}))[0] == 200
    assert (await ada.ask("DELETE", f"/messages/{by_ada.id}", {"user": "Ada"}))[0] == 200
    assert await bo.sees("/channels/general/messages") == []


async def sent(session: aiohttp.ClientSession, url: str, content: Any, **query: str) -> tuple[int, Any]:
    async with session.post(f"{url}{API}/uploads", params=query, data=content) as answer:
        return answer.status, await answer.json()


async def test_a_file_goes_ahead_once(session: aiohttp.ClientSession, sandbox: DiscordSandbox, bo: Person) -> None:
    status, said = await sent(session, sandbox.url, b"words", user="Bo", guild="Film Club", filename="a.txt")
    assert status == 200
    form = {"user": "Bo", "channel": "general", "content": "", "attachments": [{"filename": "a.txt", **said}]}
    _, message = await bo.ask("POST", "/messages", form)
    async with session.get(message["attachments"][0]["url"]) as answer:
        assert await answer.read() == b"words"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert (await bo.ask("POST", "/messages", form))[0] == 404


async def test_a_file_that_is_too_large_leaves_nothing(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> None:
    status, said = await sent(session, sandbox.url, io.BytesIO(bytes(20 * 2**20 + 1)), user="Bo", filename="film.mp4")
    assert (status, said["error"]) == (413, "film.mp4 is too large to upload here")
    assert not list(sandbox.world.files.iterdir())


async def test_a_file_nobody_uses_goes(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> None:
    await sent(session, sandbox.url, b"words", user="Bo", filename="a.txt")
    sandbox.clock.advance(3601)
    assert not sandbox.world.uploads
    assert not list(sandbox.world.files.iterdir())


FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "evil.example:80"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
]


@pytest.mark.parametrize("path", ["/", f"{API}/state", "/gateway", "/api/v10/gateway/bot", "/sandbox/page/page.js"])
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_other_sites_are_refused(
    session: aiohttp.ClientSession, sandbox: DiscordSandbox, path: str, headers: dict[str, str]
) -> None:
    async with session.get(f"{sandbox.url}{path}", headers=headers) as answer:
        assert answer.status == 403


async def test_the_page_itself(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> None:
    follows = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for path, kind in (("/", "text/html"), ("/sandbox/page/page.js", "text/javascript")):
        async with session.get(f"{sandbox.url}{path}", headers=follows) as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for path in ("/sandbox/page/make.py", "/sandbox/page/..%2Fmake.py", "/sandbox/backstage/"):
        async with session.get(f"{sandbox.url}{path}") as answer:
            assert answer.status == 404
