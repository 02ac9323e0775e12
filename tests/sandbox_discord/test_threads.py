"""Threads and posts over REST: what is made of what, who is in them, what the archive does, what the gateway tells."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.discord.client import Community, File, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, Rest, RunBot, Socket, discord

BO, CLEO = "1150000000000000012", "1150000000000000013"
CLUB = "Film Club"
HAS_THREAD = 1 << 5


def place(sandbox: DiscordSandbox, name: str) -> str:
    return f"/channels/{sandbox.world.channel_named(name).id}"


@pytest.fixture
def general(sandbox: DiscordSandbox) -> str:
    return place(sandbox, "general")


@pytest.fixture(autouse=True)
async def unhurried(community: Community) -> None:
    await community.rate_limits(enabled=False)


@pytest.fixture
async def listening(sandbox: DiscordSandbox, gateway: Callable[..., Awaitable[Socket]]) -> Socket:
    """The gateway with the intent for guilds only, ready."""
    socket = await gateway()
    await socket.identify(sandbox.token, intents=1)
    for _ in range(2):
        await socket.until("GUILD_CREATE")
    return socket


async def test_a_message_has_one_thread(rest: Rest, general: str, community: Community, listening: Socket) -> None:
    _, message = await rest("POST", f"{general}/messages", {"content": "scene one"})
    path = f"{general}/messages/{message['id']}"
    status, thread = await rest("POST", f"{path}/threads", {"name": "takes", "auto_archive_duration": 60})
    assert (status, thread["id"], thread["type"]) == (201, message["id"], 11)
    assert thread["thread_metadata"]["auto_archive_duration"] == 60
    assert (await listening.until("THREAD_CREATE"))["newly_created"] is True
    again = await rest("POST", f"{path}/threads", {"name": "more"})
    assert again == (400, {"message": "A thread has already been created for this message", "code": 160004})
    _, starter = await rest("GET", path)
    assert starter["flags"] & HAS_THREAD
    assert starter["thread"]["name"] == "takes"
    _, (pointer,) = await rest("GET", f"/channels/{thread['id']}/messages")
    assert (pointer["type"], pointer["referenced_message"]["id"]) == (21, message["id"])
    _, counted = await rest("GET", f"/channels/{thread['id']}")
    assert (counted["message_count"], counted["member_count"]) == (0, 1)
    await community.delete_channel(thread["id"])
    assert set(await listening.until("THREAD_DELETE")) == {"id", "guild_id", "parent_id", "type"}
    assert not (await rest("GET", path))[1]["flags"] & HAS_THREAD
    assert (await rest("POST", f"{path}/threads", {"name": "more"}))[0] == 201


@pytest.mark.parametrize(
    ("channel", "wish", "kind"),
    [
        ("text", {}, 12),
        ("text", {"type": 11}, 11),
        ("text", {"type": 12, "invitable": False}, 12),
        ("announcement", {"type": 10}, 10),
        ("text", {"type": 10}, 50035),
        ("announcement", {"type": 12}, 50035),
        ("text", {"type": 11, "auto_archive_duration": 61}, 50035),
        ("voice", {"type": 11}, 50024),
        ("stage", {"type": 11}, 50024),
        ("category", {"type": 11}, 50024),
    ],
)
async def test_which_threads_a_channel_takes(
    rest: Rest, community: Community, channel: str, wish: Any, kind: int
) -> None:
    parent = await community.open_channel("place", guild=CLUB, type=channel)
    _, made = await rest("POST", f"/channels/{parent}/threads", {"name": "x", **wish})
    assert kind == made.get("type", made.get("code"))
    if wish.get("invitable") is False:
        assert made["thread_metadata"]["invitable"] is False


@pytest.mark.parametrize(("kind", "number"), [("public", 11), ("private", 12)])
async def test_rights_to_open_threads(rest: Rest, general: str, community: Community, kind: str, number: int) -> None:
    denied = f"CREATE_{kind.upper()}_THREADS"
    await community.permit(channel="general", deny=[denied])
    assert (await rest("POST", f"{general}/threads", {"name": "x", "type": number}))[1]["code"] == 50013
    await community.permit(channel="general", target="@everyone", deny=[denied])
    with pytest.raises(Refused):
        await community.open_thread(user="Bo", channel="general", name="x", kind=kind)


async def test_a_private_thread_is_there_for_who_is_in_it(
    rest: Rest, community: Community, listening: Socket, sandbox: DiscordSandbox
) -> None:
    bo, dev = (community.member(name, channel="general") for name in ("Bo", "Dev"))
    thread = await bo.open_thread("secrets", kind="private")
    path = f"/channels/{thread}"
    for attempt in (
        rest("GET", path),
        rest("POST", f"{path}/messages", {"content": "x"}),
        rest("PUT", f"{path}/thread-members/@me"),
    ):
        assert (await attempt)[1]["code"] == 50001
    with pytest.raises(Refused):
        await dev.at(thread).messages()
    # Ada owns the server, and sees it all the same.
    assert await community.member("Ada", channel=thread).messages() == []

    await bo.at(thread).write(f"<@{sandbox.application_id}> and <@1150000000000000014>, come in")
    created = await listening.until("THREAD_CREATE")
    assert (created["id"], created["member"]["user_id"]) == (thread, str(sandbox.application_id))
    assert "newly_created" not in created
    assert [one["user_id"] for one in (await listening.until("THREAD_MEMBERS_UPDATE"))["added_members"]] == [
        str(sandbox.application_id)
    ]
    assert len(await dev.at(thread).messages()) == 1
    assert (await rest("POST", f"{path}/messages", {"content": "here"}))[0] == 200

    await community.leave_thread(thread, "Sandbox Bot", by="Bo")
    gone = await listening.until("THREAD_MEMBERS_UPDATE")
    assert gone["removed_member_ids"] == [str(sandbox.application_id)]
    assert (await rest("GET", path))[1]["code"] == 50001
    await community.permit(channel="general", allow=["MANAGE_THREADS"])
    assert (await rest("GET", path))[0] == 200


async def test_who_brings_others_into_a_private_thread(rest: Rest, general: str, community: Community) -> None:
    _, open_one = await rest("POST", f"{general}/threads", {"name": "open"})
    _, closed = await rest("POST", f"{general}/threads", {"name": "closed", "invitable": False})
    for thread in (open_one, closed):
        assert (await rest("PUT", f"/channels/{thread['id']}/thread-members/{BO}"))[0] == 204
    await community.join_thread(open_one["id"], "Cleo", by="Bo")
    with pytest.raises(Refused):
        await community.join_thread(closed["id"], "Cleo", by="Bo")
    with pytest.raises(Refused):
        await community.leave_thread(closed["id"], "Sandbox Bot", by="Bo")
    path = f"/channels/{open_one['id']}/thread-members"
    assert (await rest("GET", f"{path}/{CLEO}?with_member=true"))[1]["member"]["user"]["global_name"] == "Cleo"
    assert (await rest("DELETE", f"{path}/{CLEO}"))[0] == 204
    assert (await rest("GET", f"{path}/{CLEO}"))[1]["code"] == 10007
    assert (await rest("DELETE", f"{path}/{CLEO}"))[1]["code"] == 10007
    assert (await rest("GET", f"{path}/@me"))[0] == 200
    assert (await rest("GET", path))[1]["code"] == 50001
    assert (await rest("PUT", f"{path}/5"))[1]["code"] == 10013
    assert (await rest("DELETE", f"{path}/@me"))[0] == 204
    assert (await rest("GET", f"/channels/{open_one['id']}"))[1]["code"] == 50001
    theirs = await community.open_thread(user="Bo", channel="general", name="theirs")
    assert (await rest("DELETE", f"/channels/{theirs}/thread-members/{BO}"))[1]["code"] == 50013
    assert (await rest("PUT", f"{general}/thread-members/@me"))[1]["code"] == 50024


async def test_members_are_listed_with_the_members_intent(
    rest: Rest, community: Community, sandbox: DiscordSandbox
) -> None:
    sandbox.world.application = replace(sandbox.world.application, privileged_intents=1 << 1)
    thread = await community.open_thread(user="Bo", channel="general", name="talk")
    await community.join_thread(thread, "Cleo")
    assert [one["user_id"] for one in (await rest("GET", f"/channels/{thread}/thread-members"))[1]] == [BO, CLEO]
    _, page = await rest("GET", f"/channels/{thread}/thread-members?with_member=1&limit=1&after={BO}")
    assert [one["member"]["user"]["id"] for one in page] == [CLEO]


async def test_joins_of_others_are_told_with_the_members_intent(
    community: Community, sandbox: DiscordSandbox, gateway: Callable[..., Awaitable[Socket]], listening: Socket
) -> None:
    sandbox.world.application = replace(sandbox.world.application, privileged_intents=1 << 1)
    told = await gateway()
    await told.identify(sandbox.token, intents=1 | 1 << 1)
    await told.until("READY")
    thread = await community.open_thread(user="Bo", channel="general", name="talk")
    await community.join_thread(thread, "Cleo")
    (added,) = (await told.until("THREAD_MEMBERS_UPDATE"))["added_members"]
    assert (added["member"]["user"]["id"], added["presence"]) == (CLEO, None)
    await community.leave("Cleo", CLUB)
    assert (await told.until("THREAD_MEMBERS_UPDATE"))["removed_member_ids"] == [CLEO]
    await community.join_thread(thread, "Sandbox Bot", by="Bo")
    (alone,) = (await listening.until("THREAD_MEMBERS_UPDATE"))["added_members"]
    assert alone["user_id"] == str(sandbox.application_id)


async def test_who_writes_or_is_mentioned_is_in_a_thread(rest: Rest, community: Community) -> None:
    thread = await community.open_thread(user="Bo", channel="general", name="talk")
    await rest("POST", f"/channels/{thread}/messages", {"content": f"<@{CLEO}>"})
    _, about = await rest("GET", f"/channels/{thread}")
    assert (about["member_count"], about["message_count"], "member" in about) == (3, 1, True)


async def test_the_archive(rest: Rest, general: str, community: Community, listening: Socket) -> None:
    _, thread = await rest("POST", f"{general}/threads", {"name": "x", "type": 11, "auto_archive_duration": 60})
    path = f"/channels/{thread['id']}"
    await rest("POST", f"{path}/messages", {"content": "one"})
    await community.advance(59 * 60)
    _, second = await rest("POST", f"{path}/messages", {"content": "two"})
    await community.advance(59 * 60)
    assert (await rest("GET", path))[1]["thread_metadata"]["archived"] is False
    await community.advance(61)
    assert (await rest("GET", path))[1]["thread_metadata"]["archived"] is True
    assert (await listening.until("THREAD_UPDATE"))["thread_metadata"]["archived"] is True

    assert (await rest("PATCH", f"{path}/messages/{second['id']}", {"content": "x"}))[1]["code"] == 50083
    assert (await rest("PUT", f"{path}/thread-members/{BO}"))[1]["code"] == 50083
    assert (await rest("DELETE", f"{path}/thread-members/@me"))[1]["code"] == 50083
    assert (await rest("PUT", f"{path}/messages/{second['id']}/reactions/👍/@me"))[1]["code"] == 50083
    assert (await rest("PATCH", path, {"name": "y"}))[1]["code"] == 50083
    assert (await rest("DELETE", f"{path}/messages/{second['id']}"))[0] == 204
    with pytest.raises(Refused):
        await community.invoke(user="Bo", channel=thread["id"], command="go")

    assert (await rest("POST", f"{path}/messages", {"content": "three"}))[0] == 200
    assert (await listening.until("THREAD_UPDATE"))["thread_metadata"]["archived"] is False
    assert (await listening.until("THREAD_MEMBER_UPDATE"))["id"] == thread["id"]
    assert (await rest("PATCH", path, {"archived": True, "name": "y"}))[1]["name"] == "y"
    assert (await rest("PATCH", path, {"archived": False}))[0] == 200
    await community.change_channel(thread["id"], archived=True, locked=True)
    assert (await rest("POST", f"{path}/messages", {"content": "four"}))[1]["code"] == 160005
    assert (await rest("PATCH", path, {"archived": False}))[1]["code"] == 50013
    await community.permit(channel="general", allow=["MANAGE_THREADS"])
    assert (await rest("POST", f"{path}/messages", {"content": "four"}))[0] == 200


async def test_a_locked_thread(rest: Rest, general: str, community: Community) -> None:
    _, thread = await rest("POST", f"{general}/threads", {"name": "x", "type": 11})
    path = f"/channels/{thread['id']}"
    _, message = await rest("POST", f"{path}/messages", {"content": "one"})
    _, other = await rest("POST", f"{path}/messages", {"content": "two"})
    await community.change_channel(thread["id"], locked=True)
    assert (await rest("PATCH", f"{path}/messages/{message['id']}", {"content": "x"}))[1]["code"] == 160005
    assert (await rest("PATCH", path, {"name": "y"}))[1]["code"] == 50013
    with pytest.raises(Refused):
        await community.write(user="Bo", channel=thread["id"], content="x")
    with pytest.raises(Refused, match="locked"):
        await community.invoke(user="Bo", channel=thread["id"], command="go")
    assert (await rest("DELETE", f"{path}/messages/{message['id']}"))[0] == 204
    await community.change_channel(thread["id"], archived=True)
    assert (await rest("DELETE", f"{path}/messages/{other['id']}"))[1]["code"] == 50083
    await community.permit(channel="general", allow=["MANAGE_THREADS"])
    assert (await rest("DELETE", f"{path}/messages/{other['id']}"))[0] == 204


async def test_an_owner_may_change_some_settings_of_a_thread(rest: Rest, general: str, community: Community) -> None:
    _, mine = await rest("POST", f"{general}/threads", {"name": "mine"})
    theirs = await community.open_thread(user="Bo", channel="general", name="theirs")
    _, changed = await rest("PATCH", f"/channels/{mine['id']}", {"name": "y", "auto_archive_duration": 10080})
    assert (changed["name"], changed["thread_metadata"]["auto_archive_duration"]) == ("y", 10080)
    for key, value in (("locked", True), ("rate_limit_per_user", 5), ("invitable", False)):
        assert (await rest("PATCH", f"/channels/{mine['id']}", {key: value}))[1]["code"] == 50013
    assert (await rest("PATCH", f"/channels/{theirs}", {"name": "y"}))[1]["code"] == 50013
    await community.permit(channel="general", allow=["MANAGE_THREADS"])
    _, changed = await rest("PATCH", f"/channels/{theirs}", {"rate_limit_per_user": 5, "locked": True})
    assert (changed["rate_limit_per_user"], changed["thread_metadata"]["locked"]) == (5, True)
    assert (await rest("PATCH", f"/channels/{theirs}", {"rate_limit_per_user": 0}))[1]["rate_limit_per_user"] == 0


async def test_lists_of_threads(rest: Rest, general: str, community: Community, sandbox: DiscordSandbox) -> None:
    made = [(await rest("POST", f"{general}/threads", {"name": str(n), "type": 11}))[1]["id"] for n in range(3)]
    made += [(await rest("POST", f"{general}/threads", {"name": str(n), "type": 12}))[1]["id"] for n in range(2)]
    hidden = await community.open_thread(user="Bo", channel="general", name="hidden", kind="private")
    guild = sandbox.world.channel_named("general").guild_id
    _, active = await rest("GET", f"/guilds/{guild}/threads/active")
    assert [one["id"] for one in active["threads"]] == made
    assert [one["id"] for one in active["members"]] == made
    for thread in (made[1], made[0], made[2], made[3], made[4], hidden):
        await community.advance(1)
        await community.change_channel(thread, archived=True)
    assert (await rest("GET", f"/guilds/{guild}/threads/active"))[1]["threads"] == []

    async def listed(query: str) -> tuple[list[str], bool]:
        _, page = await rest("GET", f"{general}/{query}")
        return [one["id"] for one in page["threads"]], page["has_more"]

    assert await listed("threads/archived/public") == ([made[2], made[0], made[1]], False)
    assert await listed("threads/archived/public?limit=2") == ([made[2], made[0]], True)
    _, last = await rest("GET", f"/channels/{made[0]}")
    before = last["thread_metadata"]["archive_timestamp"].replace("+00:00", "Z")
    assert await listed(f"threads/archived/public?before={before}") == ([made[1]], False)
    assert await listed("users/@me/threads/archived/private") == ([made[4], made[3]], False)
    assert await listed(f"users/@me/threads/archived/private?before={made[4]}") == ([made[3]], False)
    assert (await rest("GET", f"{general}/threads/archived/private"))[1]["code"] == 50013
    assert (await rest("GET", f"{general}/threads/archived/public?before=soon"))[1]["code"] == 50035
    await community.permit(channel="general", allow=["MANAGE_THREADS"])
    assert await listed("threads/archived/private") == ([hidden, made[4], made[3]], False)
    await community.permit(channel="general", deny=["READ_MESSAGE_HISTORY"])
    assert (await rest("GET", f"{general}/threads/archived/public"))[1]["code"] == 50013


async def test_a_post_is_a_thread_with_its_first_message(rest: Rest, community: Community, listening: Socket) -> None:
    tags = [{"name": "idea"}, {"name": "done", "moderated": True}]
    forum = await community.open_channel("ideas", guild=CLUB, type="forum", tags=tags, require_tag=True)
    _, about = await rest("GET", f"/channels/{forum}")
    idea, done = (one["id"] for one in about["available_tags"])
    assert (about["type"], about["flags"]) == (15, 1 << 4)
    path, words = f"/channels/{forum}/threads", {"content": "A heist, on the moon"}
    assert (await rest("POST", path, {"name": "Heist"}))[1]["errors"]["message"]
    assert (await rest("POST", path, {"name": "Heist", "message": {}, "applied_tags": [idea]}))[1]["code"] == 50006
    assert (await rest("POST", path, {"name": "Heist", "message": words})) == (
        400,
        {"message": "A tag is required to create a forum post in this channel", "code": 40067},
    )
    assert (await rest("POST", path, {"name": "x", "message": words, "applied_tags": [done]}))[1]["code"] == 50013
    too_long = {"name": "x", "message": {"content": "x" * 2001}, "applied_tags": [idea]}
    assert (await rest("POST", path, too_long))[1]["errors"]["message"]["content"]
    wish = {"name": "Heist", "message": words, "applied_tags": [idea]}
    status, post = await rest("POST", path, wish, files={"moon.png": b"moon"})
    assert (status, post["type"], post["parent_id"], post["applied_tags"]) == (201, 11, forum, [idea])
    assert (post["message"]["id"], post["message"]["channel_id"]) == (post["id"], post["id"])
    assert post["message"]["attachments"][0]["filename"] == "moon.png"
    assert (post["message_count"], post["total_message_sent"]) == (0, 0)
    assert (await listening.until("THREAD_CREATE"))["id"] == post["id"]
    assert (await rest("GET", f"/channels/{forum}"))[1]["last_message_id"] == post["id"]
    assert (await rest("POST", f"/channels/{forum}/messages", words))[1]["code"] == 50008
    assert (await rest("POST", f"/channels/{post['id']}/messages", words))[0] == 200
    assert (await rest("POST", f"/channels/{post['id']}/threads", wish))[1]["code"] == 50024
    await community.permit(channel="ideas", deny=["SEND_MESSAGES"], allow=["CREATE_PUBLIC_THREADS"])
    assert (await rest("POST", path, wish))[1]["code"] == 50013
    assert (await rest("POST", f"/channels/{post['id']}/messages", words))[0] == 200


async def test_a_member_posts(community: Community) -> None:
    await community.open_channel("ideas", guild=CLUB, type="media", tags=[{"name": "idea"}], require_tag=True)
    bo = community.member("Bo", channel="ideas")
    with pytest.raises(Refused):
        await bo.write("hello")
    with pytest.raises(Refused):
        await bo.open_thread("Heist", content="no tag")
    with pytest.raises(Refused):
        await bo.open_thread("Heist", tags=["idea"])
    post = await bo.open_thread("Heist", content="with a picture", attachments=[File("moon.png", b"m")], tags=["idea"])
    (first,) = await bo.at(post).messages()
    assert (first.id, first.text, first.attachments[0].filename) == (post, "with a picture", "moon.png")


async def test_a_pinned_post_is_not_archived_by_time(rest: Rest, community: Community) -> None:
    forum = await community.open_channel("ideas", guild=CLUB, type="forum")
    _, post = await rest("POST", f"/channels/{forum}/threads", {"name": "Rules", "message": {"content": "Be kind"}})
    await community.permit(channel="ideas", allow=["MANAGE_THREADS"])
    assert (await rest("PATCH", f"/channels/{post['id']}", {"flags": 2}))[1]["flags"] == 2
    await community.advance(10 * 24 * 3600)
    assert (await rest("GET", f"/channels/{post['id']}"))[1]["thread_metadata"]["archived"] is False
    assert (await rest("PATCH", f"/channels/{post['id']}", {"archived": True}))[1]["flags"] == 0


async def test_the_bot_gains_a_channel_and_its_threads(
    community: Community, listening: Socket, sandbox: DiscordSandbox
) -> None:
    thread = await community.open_thread(user="Cleo", channel="backstage", name="plans")
    await community.member("Cleo", channel=thread).write("nobody tells the bot")
    await community.permit(channel="backstage", allow=["VIEW_CHANNEL"])
    synced = await listening.until("THREAD_LIST_SYNC")
    backstage = str(sandbox.world.channel_named("backstage").id)
    assert (synced["channel_ids"], [one["id"] for one in synced["threads"]]) == ([backstage], [thread])


@pytest.mark.parametrize("kind", ["voice", "stage"])
async def test_the_text_of_voice_and_stage_channels(rest: Rest, community: Community, kind: str) -> None:
    channel = await community.open_channel("talk", guild=CLUB, type=kind)
    assert (await rest("POST", f"/channels/{channel}/messages", {"content": "x"}))[0] == 200
    await community.member("Bo", channel="talk").write("y")
    await community.permit(channel="talk", target="@everyone", deny=["CONNECT"])
    assert (await rest("POST", f"/channels/{channel}/messages", {"content": "x"}))[1]["code"] == 50013
    with pytest.raises(Refused):
        await community.member("Bo", channel="talk").write("y")


async def test_slow_mode_holds_members_and_no_bots(rest: Rest, community: Community) -> None:
    channel = await community.open_channel("slow", guild=CLUB, slowmode=30)
    bo, cleo = (community.member(name, channel="slow") for name in ("Bo", "Cleo"))
    for n in range(3):
        assert (await rest("POST", f"/channels/{channel}/messages", {"content": str(n)}))[0] == 200
    await bo.write("one")
    thread = await bo.open_thread("a thread counts by itself")
    for attempt in (bo.write("two"), bo.open_thread("another")):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.status == 429
        assert refused.value.problems["code"] == "20016"
        assert 29 < float(refused.value.problems["retry_after"]) <= 30
    await bo.at(thread).write("a thread has a slow mode of its own")
    await cleo.write("each waits alone")
    await community.advance(30)
    await bo.write("two")
    await community.permit(channel="slow", target="Bo", allow=["MANAGE_MESSAGES"])
    with pytest.raises(Refused):
        await bo.write("that right is not enough any more")
    await community.permit(channel="slow", target="Bo", allow=["BYPASS_SLOWMODE"])
    await bo.write("three")
    await community.change_channel("slow", slowmode=0)
    await cleo.write("none left")


async def test_discord_py_opens_joins_and_archives(run_bot: RunBot, bot: Bot, community: Community) -> None:
    forum = await community.open_channel("ideas", guild=CLUB, type="forum", tags=[{"name": "idea"}])
    async with run_bot(bot):
        ideas = bot.get_channel(int(forum))
        assert isinstance(ideas, discord.ForumChannel)
        made = await ideas.create_thread(name="Heist", content="on the moon", applied_tags=[ideas.available_tags[0]])
        assert made.message.content == "on the moon"
        await made.thread.edit(archived=True)
        assert [one.id async for one in ideas.archived_threads()] == [made.thread.id]
        general = discord.utils.get(bot.get_all_channels(), name="general")
        assert isinstance(general, discord.TextChannel)
        message = await general.send("scene one")
        thread = await message.create_thread(name="takes")
        await thread.add_user(discord.Object(int(BO)))
        assert {one.id for one in await general.guild.active_threads()} == {thread.id}
        with pytest.raises(discord.HTTPException, match="already been created"):
            await message.create_thread(name="takes")
        secret = await community.open_thread(user="Bo", channel="general", name="secret", kind="private")
        assert general.guild.get_thread(int(secret)) is None
        joined = asyncio.create_task(bot.wait_for("thread_join", timeout=5))
        await asyncio.sleep(0)
        await community.join_thread(secret, "Sandbox Bot", by="Bo")
        assert (await joined).id == int(secret)
        assert general.guild.get_thread(int(secret)) is not None
