"""Where members order: posts, threads, the text of voice and stage channels, slow mode; and what goes wrong there."""

import pytest

from sandbox.discord.client import Interaction, Refused
from tests.e2e.kit import Harness, Stages

CLUB = "Film Club"


async def place(harness: Harness, kind: str) -> str:
    """A channel of that kind in which Bo can write and the bot can answer."""
    community = harness.community
    if kind in {"forum", "media"}:
        await community.open_channel("ideas", guild=CLUB, type=kind, tags=[{"name": "idea"}], require_tag=True)
        return await community.open_thread(user="Bo", channel="ideas", name="Heist", content="a heist", tags=["idea"])
    if kind.endswith("thread"):
        parent = "general"
        if kind.startswith("announcement"):
            parent = await community.open_channel("news", guild=CLUB, type="announcement")
        named = "private" if kind.startswith("private") else "public"
        thread = await community.open_thread(user="Bo", channel=parent, name="takes", kind=named)
        if named == "private":
            await community.join_thread(thread, "Sandbox Bot", by="Bo")
        return thread
    slow = {"slowmode": 21_600} if kind == "slow" else {}
    return await community.open_channel("place", guild=CLUB, type="text" if slow else kind, **slow)


async def made(harness: Harness, prompt: str, channel: str) -> Interaction:
    """An order that is being made."""
    harness.renderer.hold(prompt)
    asked = await harness.order(prompt, channel=channel)
    await harness.card(asked, lambda card: "being made" in card.text)
    return asked


@pytest.mark.parametrize(
    "kind", ["forum", "media", "private thread", "public thread", "announcement thread", "voice", "stage", "slow"]
)
async def test_the_result_comes_to_where_it_was_ordered(stages: Stages, kind: str) -> None:
    harness = await stages()
    channel = await place(harness, kind)
    if kind == "slow":
        await harness.community.write(user="Bo", channel=channel, content="from now on Bo waits")
        with pytest.raises(Refused):
            await harness.community.write(user="Bo", channel=channel, content="for six hours")
    asked = [await harness.order(f"fox {n}", channel=channel) for n in range(2)]
    for one in asked:
        result = await harness.result(one)
        assert (result.channel_id, len(result.attachments)) == (one.channel_id, 1)
        await harness.card(one, lambda card: not card.buttons)
    assert not harness.log.troubles()


async def test_a_private_thread_that_the_bot_is_not_in(stages: Stages) -> None:
    """Its answer would be seen there, and nothing after it: so it says first how it is brought in."""
    harness = await stages()
    community = harness.community
    thread = await community.open_thread(user="Bo", channel="general", name="secret", kind="private")
    text = await harness.refusal(await harness.order("a fox", channel=thread))
    assert "I am not in this private thread" in text
    assert "Mention me" in text
    assert harness.ordered("a fox") == []
    await community.write(user="Bo", channel=thread, content=f"<@{harness.discord.application_id}>, come in")
    assert (await harness.result(await harness.order("a fox", channel=thread))).attachments
    await community.leave_thread(thread, "Sandbox Bot", by="Bo")
    assert "Mention me" in await harness.refusal(await harness.order("a hare", channel=thread))
    # A moderator sees it without being in it, and so can the bot where it is one.
    await community.permit(channel="general", allow=["MANAGE_THREADS"])
    assert (await harness.result(await harness.order("a hare", channel=thread))).attachments


async def test_taken_out_of_a_private_thread_meanwhile(stages: Stages) -> None:
    harness = await stages()
    thread = await place(harness, "private thread")
    await made(harness, "a fox", thread)
    await harness.community.leave_thread(thread, "Sandbox Bot", by="Bo")
    harness.renderer.release("a fox")
    await harness.log.wait("result delivered")
    (told,) = await harness.community.messages(channel="dm", user="Bo")
    assert len(told.attachments) == 1
    assert not harness.log.troubles()


@pytest.mark.parametrize("kind", ["voice", "stage"])
async def test_a_voice_channel_that_the_bot_may_not_connect_to(stages: Stages, kind: str) -> None:
    harness = await stages()
    channel = await place(harness, kind)
    await harness.community.permit(channel=channel, deny=["CONNECT"])
    assert "missing the right to connect" in await harness.refusal(await harness.order("a fox", channel=channel))
    assert harness.ordered("a fox") == []


async def test_a_moderator_orders_in_a_locked_thread(stages: Stages) -> None:
    """Who manages threads may write there, and the bot may not."""
    harness = await stages()
    thread = await place(harness, "public thread")
    await harness.community.change_channel(thread, locked=True)
    asked = await harness.order("a fox", channel=thread, user="Ada")
    assert "missing the right to manage threads" in await harness.refusal(asked, user="Ada")
    await harness.community.permit(channel="general", allow=["MANAGE_THREADS"])
    assert (await harness.result(await harness.order("a fox", channel=thread, user="Ada"))).attachments


async def test_a_thread_is_archived_while_its_order_is_made(stages: Stages) -> None:
    """The result takes it out of the archive, and the card says at last that it is over."""
    harness = await stages()
    thread = await place(harness, "public thread")
    asked = await made(harness, "a fox", thread)
    await harness.community.change_channel(thread, archived=True)
    await harness.community.fault("/channels/*/messages", method="POST", latency=1.0)  # the card is drawn before it
    harness.renderer.release("a fox")
    assert (await harness.result(asked)).channel_id == thread
    await harness.card(asked, lambda card: not card.buttons)
    assert not harness.log.troubles()


async def test_a_thread_is_closed_while_its_order_is_made(stages: Stages) -> None:
    harness = await stages()
    thread = await place(harness, "forum")
    await made(harness, "a fox", thread)
    await harness.community.change_channel(thread, archived=True, locked=True)
    harness.renderer.release("a fox")
    await harness.log.wait("result delivered")
    (told,) = await harness.community.messages(channel="dm", user="Bo")
    assert len(told.attachments) == 1
    assert not harness.log.troubles()


async def test_what_is_ordered_in_a_private_thread_stays_there(stages: Stages) -> None:
    """The bot is not told who is in a thread: elsewhere, only moderators and whose order it is see the words."""
    harness = await stages()
    thread = await place(harness, "private thread")
    await made(harness, "a fox in secret", thread)

    async def listed(user: str, channel: str) -> str:
        return (await harness.use("queue", user=user, channel=channel, options={"scope": "server"})).text

    assert "a fox in secret" in await listed("Bo", thread)
    assert "a fox in secret" not in await listed("Dev", "video-lab")
    for user in ("Bo", "Cleo"):  # whose order it is, and a moderator
        assert "a fox in secret" in await listed(user, "video-lab")
    harness.renderer.release("a fox in secret")
    await harness.log.wait("result delivered")
