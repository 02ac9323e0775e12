"""Channel messages with the bot token: limits, permissions, nonces, replies, mentions, history."""

from typing import Any

import aiohttp
import pytest

from sandbox.discord.client import Community
from sandbox.discord.clock import Clock
from sandbox.discord.conformance import Conformance
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest

MIB = 1024 * 1024


def channel(sandbox: DiscordSandbox, name: str) -> str:
    return f"/channels/{sandbox.world.channel_named(name).id}"


@pytest.fixture
def general(sandbox: DiscordSandbox) -> str:
    return f"{channel(sandbox, 'general')}/messages"


async def test_a_nonce_makes_one_message_for_five_minutes(
    rest: Rest, general: str, community: Community, sandbox: DiscordSandbox
) -> None:
    wish = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    _, first = await rest("POST", general, wish)
    assert first["nonce"] == "n1"
    await community.advance(299)
    assert (await rest("POST", general, wish))[1]["id"] == first["id"]
    assert (await rest("POST", general, {**wish, "enforce_nonce": False}))[1]["id"] != first["id"]
    await community.advance(302)
    _, third = await rest("POST", general, wish)
    assert third["id"] != first["id"]
    await rest("DELETE", f"{general}/{third['id']}")
    assert (await rest("POST", general, wish))[1]["code"] == 10008
    assert (await rest("POST", general, {"content": "x", "nonce": "n" * 26}))[1]["code"] == 50035
    await community.rate_limits(enabled=False)
    film = {"content": "film", "nonce": "n2", "enforce_nonce": True}
    _, one = await rest("POST", general, film, files={"a.mp4": b"a"})
    assert (await rest("POST", general, film, files={"a.mp4": b"a"}))[1]["id"] == one["id"]
    assert len(list(sandbox.world.files.iterdir())) == 1


async def test_five_messages_in_five_seconds(rest: Rest, general: str, community: Community) -> None:
    answers = [await rest.whole("POST", general, {"content": str(n)}) for n in range(6)]
    assert [one.headers["X-RateLimit-Remaining"] for one in answers[:5]] == ["4", "3", "2", "1", "0"]
    refused = answers[5]
    body = refused.body
    assert refused.status == 429
    assert body["global"] is False
    assert 4 < body["retry_after"] <= 5.01
    assert refused.headers["Retry-After"] == "5"
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert refused.headers["Via"]
    assert refused.headers["Content-Type"] == "application/json"
    await community.advance(body["retry_after"])
    assert (await rest("POST", general, {"content": "later"}))[0] == 200


async def test_fifty_requests_in_a_second_over_all(session: aiohttp.ClientSession) -> None:
    standing_still = Clock(now=lambda: 1_800_000_000.0)
    async with DiscordSandbox(clock=standing_still) as sandbox:
        rest = Rest(session, sandbox)
        answers = [await rest.whole("GET", f"/users/{n}") for n in range(40)]
        answers += [await rest.whole("GET", "/users/@me") for _ in range(11)]
        assert [one.status for one in answers] == [404] * 40 + [200] * 10 + [429]
        assert answers[-1].body["global"] is True
        assert answers[-1].headers["X-RateLimit-Global"] == "true"
        unlimited = await rest("POST", "/interactions/5/token/callback", {"type": 5})
        assert unlimited[1]["code"] == 10062
        standing_still.advance(1)
        assert (await rest("GET", "/users/@me"))[0] == 200


async def test_the_guilds_tier_limits_uploads(
    rest: Rest, general: str, sandbox: DiscordSandbox, community: Community
) -> None:
    status, body = await rest("POST", general, {}, files={"big.mp4": bytes(20 * MIB + 1)})
    assert (status, body) == (413, {"message": "Request entity too large", "code": 40005})
    assert not list(sandbox.world.files.iterdir())
    assert (await rest("POST", general, {}, files={"fits.mp4": bytes(20 * MIB)}))[0] == 200
    together = {"a.mp4": bytes(13 * MIB), "b.mp4": bytes(13 * MIB)}
    assert (await rest("POST", general, {}, files=together))[0] == 413
    await community.change_guild("Film Club", premium_tier=2)
    assert (await rest("POST", general, {}, files={"big.mp4": bytes(20 * MIB + 1)}))[0] == 200
    assert (await rest("POST", general, {}, files={f"{n}.txt": b"x" for n in range(11)}))[1]["code"] == 30015


@pytest.mark.parametrize(
    ("denied", "wish", "files", "code"),
    [
        ("VIEW_CHANNEL", {"content": "x"}, None, 50001),
        ("SEND_MESSAGES", {"content": "x"}, None, 50013),
        ("ATTACH_FILES", {"content": "x"}, {"a.txt": b"x"}, 50013),
        ("EMBED_LINKS", {"embeds": [{"title": "x"}]}, None, 50013),
        ("READ_MESSAGE_HISTORY", {"content": "x", "message_reference": {"message_id": "5"}}, None, 160002),
    ],
)
async def test_permissions_a_post_needs(
    rest: Rest, general: str, community: Community, denied: str, wish: Any, files: Any, code: int
) -> None:
    await community.permit(channel="general", deny=[denied])
    status, refused = await rest("POST", general, wish, files=files)
    assert (status, refused["code"]) == (403, code)
    await community.permit(channel="general")
    assert (await rest("POST", general, {"content": "x"}))[0] == 200


async def test_places_the_bot_cannot_write(rest: Rest, sandbox: DiscordSandbox, community: Community) -> None:
    async def post(name: str) -> int:
        return (await rest("POST", f"{name}/messages", {"content": "x"}))[1]["code"]

    assert await post(channel(sandbox, "announcements")) == 50013
    assert await post(channel(sandbox, "backstage")) == 50001
    assert await post(channel(sandbox, "square")) == 50001
    assert await post(channel(sandbox, "Club")) == 50008
    assert await post("/channels/5") == 10003
    gone = channel(sandbox, "general")
    await community.delete_channel("general")
    assert await post(gone) == 10003
    eli = next(user for user in sandbox.world.users.values() if user.name == "Eli")
    _, direct = await rest("POST", "/users/@me/channels", {"recipient_id": str(eli.id)})
    assert await post(f"/channels/{direct['id']}") == 50007
    eli.installed_app = False
    assert await post(f"/channels/{direct['id']}") == 50278


async def test_replies(rest: Rest, general: str, community: Community) -> None:
    asked = await community.write(user="Bo", channel="general", content="hello?")
    _, reply = await rest("POST", general, {"content": "yes", "message_reference": {"message_id": asked.id}})
    assert reply["type"] == 19
    assert reply["referenced_message"]["content"] == "hello?"
    assert [user["global_name"] for user in reply["mentions"]] == ["Bo"]
    await community.delete_message(asked.id)
    lost = {"content": "yes", "message_reference": {"message_id": asked.id}}
    assert (await rest("POST", general, lost))[1]["code"] == 50035
    lost["message_reference"]["fail_if_not_exists"] = False
    _, posted = await rest("POST", general, lost)
    assert posted["type"] == 0
    _, old = await rest("GET", f"{general}/{reply['id']}")
    assert old["referenced_message"] is None


@pytest.mark.parametrize(
    ("allowed", "pinged"),
    [
        (None, {"Bo", "Cleo"}),
        ({"parse": []}, set()),
        ({"parse": ["users"]}, {"Bo"}),
        ({"parse": ["roles"]}, {"Cleo"}),
        ({"users": ["1150000000000000012"]}, {"Bo"}),
        ({"parse": ["users", "everyone"]}, {"Bo"}),
    ],
)
async def test_allowed_mentions_decide_for_whom_it_rings(
    rest: Rest, general: str, community: Community, allowed: Any, pinged: set[str]
) -> None:
    content = "<@1150000000000000012> <@&1150000000000000101> @everyone"
    wish = {"content": content} if allowed is None else {"content": content, "allowed_mentions": allowed}
    assert (await rest("POST", general, wish))[0] == 200
    (shown,) = await community.messages(channel="general")
    assert set(shown.pinged) == pinged


async def test_an_edit_rings_for_nobody(rest: Rest, general: str, community: Community) -> None:
    _, message = await rest("POST", general, {"content": "soon"})
    _, edited = await rest("PATCH", f"{general}/{message['id']}", {"content": "<@1150000000000000012> done"})
    assert [user["global_name"] for user in edited["mentions"]] == ["Bo"]
    (shown,) = await community.messages(channel="general")
    assert shown.pinged == ()


async def test_everyone_needs_the_permission(rest: Rest, general: str, community: Community) -> None:
    await community.permit(channel="general", allow=["MENTION_EVERYONE"])
    _, message = await rest("POST", general, {"content": "@everyone"})
    assert message["mention_everyone"] is True
    (shown,) = await community.messages(channel="general")
    assert set(shown.pinged) == {"Ada", "Bo", "Cleo", "Dev"}


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({"content": "x" * 2001}, ["content"]),
        ({"embeds": [{"title": "x" * 257}]}, ["embeds", "0", "title"]),
        ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, ["embeds"]),
        ({"embeds": [{}]}, ["embeds", "0", "description"]),
        ({"embeds": [{"fields": [{"name": "n"}]}]}, ["embeds", "0", "fields", "0", "value"]),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, ["allowed_mentions", "parse"]),
        ({"content": "x", "components": [{"type": 10, "content": "v2"}]}, ["components", "0", "type"]),
        ({"embeds": [{"title": "x", "url": "foo"}]}, ["embeds", "0", "url"]),
        ({"embeds": [{"author": {"name": "x", "url": ""}}]}, ["embeds", "0", "author", "url"]),
        ({"embeds": [{"author": {"name": "x", "icon_url": "foo"}}]}, ["embeds", "0", "author", "icon_url"]),
        ({"embeds": [{"footer": {"text": "x", "icon_url": "ftp://a/b"}}]}, ["embeds", "0", "footer", "icon_url"]),
        ({"embeds": [{"image": {"url": "ftp://a/b.png"}}]}, ["embeds", "0", "image", "url"]),
        ({"embeds": [{"thumbnail": {"url": "http:/a"}}]}, ["embeds", "0", "thumbnail", "url"]),
        ({"embeds": [{"title": "x", "timestamp": "yesterday"}]}, ["embeds", "0", "timestamp"]),
        ({"embeds": [{"title": "x", "timestamp": True}]}, ["embeds", "0", "timestamp"]),
    ],
)
async def test_what_breaks_a_limit_is_named_in_the_error_tree(
    rest: Rest, general: str, wish: Any, path: list[str]
) -> None:
    status, body = await rest("POST", general, wish)
    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    node = body["errors"]
    for step in path:
        node = node[step]
    assert node["_errors"][0]["code"]


async def test_what_is_said_of_a_link_and_of_a_moment(rest: Rest, general: str) -> None:
    embed = {"title": "x", "url": "UCN0_smg", "timestamp": "yesterday"}
    found = (await rest("POST", general, {"embeds": [embed]}))[1]["errors"]["embeds"]["0"]
    scheme = "Scheme \"ucn0_smg\" is not supported. Scheme must be one of ('http', 'https')."
    assert found["url"]["_errors"] == [
        {"code": "URL_TYPE_INVALID_SCHEME", "message": scheme},
        {"code": "URL_TYPE_INVALID_URL", "message": "Not a well formed URL."},
    ]
    said = {"code": "DATE_TIME_TYPE_PARSE", "message": "Could not parse yesterday. Should be ISO8601."}
    assert found["timestamp"]["_errors"] == [said]
    good = {"title": "x", "url": "https://oxen.ai/a?b#c", "timestamp": "2026-11-28T20:00:00.000Z"}
    good |= {"image": {"url": "http://127.0.0.1:8080/a.png"}, "thumbnail": {"url": "attachment://a.png"}}
    assert (await rest("POST", general, {"embeds": [good]}, files={"a.png": b"a"}))[0] == 200


async def test_a_wrong_method_is_not_an_unknown_path(rest: Rest, general: str, conformance: Conformance) -> None:
    refused = (405, {"message": "405: Method Not Allowed", "code": 0})
    assert await rest("PUT", general) == refused
    assert await rest("DELETE", "/users/@me") == refused
    unknown = "not in the public schema"
    assert conformance.violations == [f"PUT {general}: {unknown}", f"DELETE /users/@me: {unknown}"]
    conformance.violations.clear()


async def test_an_empty_message_and_a_malformed_body(rest: Rest, general: str, conformance: Conformance) -> None:
    assert (await rest("POST", general, {"content": "  "}))[1]["code"] == 50006
    async with rest.session.post(f"{rest.base}{general}", data=b"{", headers=rest.headers) as response:
        assert (await response.json())["code"] == 50109
    assert await rest("GET", "/nowhere") == (404, {"message": "404: Not Found", "code": 0})
    assert conformance.violations.pop() == "GET /nowhere: not in the public schema"


async def test_history_goes_back_from_the_newest(
    rest: Rest, general: str, community: Community, sandbox: DiscordSandbox
) -> None:
    await community.rate_limits(enabled=False)
    ids = [(await rest("POST", general, {"content": str(n)}))[1]["id"] for n in range(6)]

    async def contents(query: str) -> list[str]:
        return [one["content"] for one in (await rest("GET", f"{general}{query}"))[1]]

    assert await contents("") == ["5", "4", "3", "2", "1", "0"]
    assert await contents("?limit=2") == ["5", "4"]
    assert await contents(f"?before={ids[2]}") == ["1", "0"]
    assert await contents(f"?after={ids[2]}&limit=2") == ["4", "3"]
    assert await contents(f"?around={ids[3]}&limit=3") == ["4", "3", "2"]
    assert (await rest("GET", f"{general}?limit=101"))[1]["code"] == 50035
    assert (await rest("GET", f"{general}/{ids[0]}"))[1]["content"] == "0"
    theirs = await community.write(user="Bo", channel="general", content="secret")
    # Without the message content intent others' words stay hidden over REST too.
    assert (await rest("GET", f"{general}/{theirs.id}"))[1]["content"] == ""
    mine = await community.write(user="Bo", channel="general", content=f"<@{sandbox.application_id}> hello")
    assert (await rest("GET", f"{general}/{mine.id}"))[1]["content"].endswith("hello")
    await community.permit(channel="general", deny=["READ_MESSAGE_HISTORY"])
    assert await contents("") == []
    assert (await rest("GET", f"{general}/{ids[0]}"))[1]["code"] == 50013


async def test_edits_keep_listed_attachments_and_nothing_else(rest: Rest, general: str) -> None:
    files = {"a.png": b"a", "b.txt": b"b"}
    about = [{"id": 0, "filename": "a.png", "description": "an a"}, {"id": 1, "filename": "b.txt"}]
    _, message = await rest("POST", general, {"attachments": about}, files=files)
    first, second = message["attachments"]
    assert (first["description"], first["content_type"]) == ("an a", "image/png")
    assert second["content_type"] == "text/plain; charset=utf-8"
    path = f"{general}/{message['id']}"
    assert len((await rest("PATCH", path, {"content": "kept"}))[1]["attachments"]) == 2
    _, edited = await rest("PATCH", path, {"attachments": [{"id": second["id"]}, {"id": 0}]}, files={"c.txt": b"c"})
    assert [one["filename"] for one in edited["attachments"]] == ["b.txt", "c.txt"]
    assert edited["edited_timestamp"]
    _, replaced = await rest("PATCH", path, {}, files={"d.txt": b"d"})
    assert [one["filename"] for one in replaced["attachments"]] == ["d.txt"]
    assert (await rest("PATCH", path, {"attachments": [], "content": None}))[1]["code"] == 50006


async def test_a_bot_needs_manage_messages_for_messages_of_others(
    rest: Rest, general: str, community: Community
) -> None:
    theirs = await community.write(user="Bo", channel="general", content="mine")
    assert (await rest("PATCH", f"{general}/{theirs.id}", {"content": "x"}))[1]["code"] == 50005
    assert (await rest("DELETE", f"{general}/{theirs.id}"))[1]["code"] == 50013
    await community.permit(channel="general", allow=["MANAGE_MESSAGES"])
    assert (await rest("DELETE", f"{general}/{theirs.id}"))[0] == 204


async def test_edits_of_old_messages_run_out(rest: Rest, general: str, community: Community) -> None:
    _, message = await rest("POST", general, {"content": "old"})
    await community.advance(3700)
    answers = [await rest("PATCH", f"{general}/{message['id']}", {"content": str(n)}) for n in range(4)]
    assert [status for status, _ in answers] == [200, 200, 200, 429]
    refused = answers[3][1]
    assert refused["code"] == 30046
    assert 0 < refused["retry_after"] <= 20
    await community.advance(refused["retry_after"])
    assert (await rest("PATCH", f"{general}/{message['id']}", {"content": "again"}))[0] == 200


async def test_threads_archived_and_locked(rest: Rest, community: Community) -> None:
    thread = await community.open_thread(user="Bo", channel="general", name="takes")
    path = f"/channels/{thread}/messages"
    _, message = await rest("POST", path, {"content": "one"})
    await community.change_channel(thread, archived=True)
    assert (await rest("PATCH", f"{path}/{message['id']}", {"content": "x"}))[1]["code"] == 50083
    assert (await rest("POST", path, {"content": "two"}))[0] == 200
    assert (await rest("GET", f"/channels/{thread}"))[1]["thread_metadata"]["archived"] is False
    await community.change_channel(thread, locked=True)
    assert (await rest("POST", path, {"content": "three"}))[1]["code"] == 160005


async def test_a_poll_and_a_channel_of_its_own(rest: Rest, general: str, community: Community) -> None:
    answers = [{"poll_media": {"text": text}} for text in ("yes", "no")]
    await community.permit(channel="general", allow=["SEND_POLLS", "MANAGE_CHANNELS", "CREATE_PUBLIC_THREADS"])
    _, message = await rest("POST", general, {"poll": {"question": {"text": "Again?"}, "answers": answers}})
    assert message["poll"]["answers"][1]["poll_media"]["text"] == "no"
    place = general.removesuffix("/messages")
    _, thread = await rest("POST", f"{general}/{message['id']}/threads", {"name": "takes"})
    assert thread["id"] == message["id"]
    assert (await rest("PATCH", place, {"topic": "New"}))[1]["topic"] == "New"
    assert (await rest("DELETE", place))[0] == 200
    assert (await rest("GET", f"/channels/{thread['id']}"))[1]["code"] == 10003


async def test_a_poll_is_made_once_and_stays_as_it_is(rest: Rest, general: str, community: Community) -> None:
    """A poll in the edit of a message that is none means nothing to Discord."""
    await community.permit(channel="general", allow=["SEND_POLLS"])
    poll = {"question": {"text": "Again?"}, "answers": [{"poll_media": {"text": "yes"}}]}
    _, plain = await rest("POST", general, {"content": "plain"})
    _, edited = await rest("PATCH", f"{general}/{plain['id']}", {"content": "changed", "poll": poll})
    assert (edited["content"], "poll" in edited) == ("changed", False)
    assert (await rest("PATCH", f"{general}/{plain['id']}", {"content": None, "poll": poll}))[1]["code"] == 50006
    _, asking = await rest("POST", general, {"poll": poll})
    assert (await rest("PATCH", f"{general}/{asking['id']}", {"content": "x"}))[1]["code"] == 520003


async def test_a_bot_forwards(rest: Rest, general: str, sandbox: DiscordSandbox, community: Community) -> None:
    lab = f"{channel(sandbox, 'video-lab')}/messages"
    _, film = await rest("POST", general, {"content": "a film"}, files={"fox.mp4": b"fox"})
    wish = {"type": 1, "message_id": film["id"], "channel_id": film["channel_id"]}
    status, forwarded = await rest("POST", lab, {"message_reference": wish})
    assert (status, forwarded["content"], forwarded["flags"]) == (200, "", 1 << 14)
    assert forwarded["message_reference"]["type"] == 1
    (snapshot,) = forwarded["message_snapshots"]
    assert (snapshot["message"]["content"], len(snapshot["message"]["attachments"])) == ("a film", 1)
    await rest("DELETE", f"{general}/{film['id']}")
    async with rest.session.get(snapshot["message"]["attachments"][0]["url"]) as response:
        assert await response.read() == b"fox"
    await community.rate_limits(enabled=False)

    async def code(reference: Any = None, **more: Any) -> int:
        return (await rest("POST", lab, {"message_reference": {**wish, **(reference or {})}, **more}))[1]["code"]

    assert await code() == 160008
    theirs = await community.write(user="Bo", channel="general", content="unreadable without the intent")
    assert await code({"message_id": theirs.id}) == 160014
    called = await community.write(user="Bo", channel="general", content=f"<@{sandbox.application_id}>")
    assert await code({"message_id": called.id}, content="look") == 160011
    assert await code({"message_id": called.id, "channel_id": None}) == 50035
    assert await code({"channel_id": str(sandbox.world.channel_named("backstage").id)}) == 50001
    await community.permit(channel="general", deny=["READ_MESSAGE_HISTORY"])
    assert await code({"message_id": called.id}) == 160014
    reply = {"message_reference": {"message_id": called.id}}
    assert (await rest("POST", general.replace(film["channel_id"], called.channel_id), reply))[1]["code"] == 160002


async def test_the_bot_leaves_a_guild(rest: Rest, sandbox: DiscordSandbox, general: str) -> None:
    guild = sandbox.world.channel_named("general").guild_id
    assert (await rest("GET", f"/guilds/{guild}/threads/active"))[1]["threads"] == []
    assert (await rest("GET", f"/guilds/{guild}/roles/5"))[1]["code"] == 10011
    assert (await rest("DELETE", f"/users/@me/guilds/{guild}"))[0] == 204
    assert (await rest("GET", f"/guilds/{guild}"))[1]["code"] == 10004
    assert (await rest("POST", general, {"content": "x"}))[1]["code"] == 50001
    assert (await rest("GET", "/users/5"))[1]["code"] == 10013
    assert (await rest("POST", "/users/@me/channels", {"recipient_id": "5"}))[1]["code"] == 10013
    assert (await rest("POST", "/users/@me/channels", {}))[1]["code"] == 50035


async def test_a_moderating_bot_deletes_many(rest: Rest, general: str, community: Community) -> None:
    ids = [(await community.write(user="Bo", channel="general", content=str(n))).id for n in range(3)]
    assert (await rest("POST", f"{general}/bulk-delete", {"messages": ids[:2]}))[1]["code"] == 50013
    await community.permit(channel="general", allow=["MANAGE_MESSAGES"])
    assert (await rest("POST", f"{general}/bulk-delete", {"messages": ids[:2]}))[0] == 204
    assert [one.id for one in await community.messages(channel="general")] == ids[2:]
    few = (await rest("POST", f"{general}/bulk-delete", {"messages": ids[2:]}))[1]
    assert (few["code"], few["message"].split(".")[0]) == (50016, "Provided too few or too many messages to delete")
    many = [str(n) for n in range(5, 106)]
    assert (await rest("POST", f"{general}/bulk-delete", {"messages": many}))[1]["code"] == 50016
    twice = (await rest("POST", f"{general}/bulk-delete", {"messages": [ids[2], ids[2]]}))[1]
    assert twice["errors"]["messages"]["1"]["_errors"][0]["code"] == "SET_TYPE_ALREADY_CONTAINS_VALUE"
    assert (await rest("POST", f"{general}/bulk-delete", {"messages": [ids[2], "5"]}))[1]["code"] == 50034
    assert (await rest("POST", f"{general}/bulk-delete", {}))[1]["errors"]["messages"]["_errors"]
    thread = await rest("POST", f"{general}/{ids[2]}/threads", {"name": ""})
    assert thread[1]["code"] == 50035
    await community.permit(channel="general", deny=["CREATE_PUBLIC_THREADS", "SEND_MESSAGES"])
    assert (await rest("POST", f"{general}/{ids[2]}/threads", {"name": "x"}))[1]["code"] == 50013
    assert (await rest("POST", general.replace("messages", "typing")))[1]["code"] == 50013
    assert (await rest("PATCH", general.removesuffix("/messages"), {"topic": "x"}))[1]["code"] == 50013
    assert (await rest("DELETE", general.removesuffix("/messages")))[1]["code"] == 50013


async def test_reads_of_guild_channel_and_member(rest: Rest, sandbox: DiscordSandbox, general: str) -> None:
    guild = sandbox.world.channel_named("general").guild_id
    assert (await rest("GET", f"/guilds/{guild}?with_counts=true"))[1]["approximate_member_count"] == 5
    assert {one["name"] for one in (await rest("GET", f"/guilds/{guild}/channels"))[1]} >= {"general", "video-lab"}
    roles = (await rest("GET", f"/guilds/{guild}/roles"))[1]
    assert (await rest("GET", f"/guilds/{guild}/roles/{roles[1]['id']}"))[1]["name"] == "Moderator"
    member = (await rest("GET", f"/guilds/{guild}/members/1150000000000000013"))[1]
    assert member["roles"] == [roles[1]["id"]]
    assert (await rest("GET", f"/guilds/{guild}/members/5"))[1]["code"] == 10007
    assert (await rest("GET", "/guilds/5"))[1]["code"] == 10004
    assert (await rest("GET", f"/users/@me/guilds/{guild}/member"))[1]["user"]["bot"] is True
    assert len((await rest("GET", "/users/@me/guilds"))[1]) == 2
    assert (await rest("GET", "/applications/@me"))[1]["id"] == str(sandbox.application_id)
    assert (await rest("POST", general.replace("messages", "typing")))[0] == 204
    assert (await rest("GET", "/channels/notanumber"))[1]["code"] == 50035
