"""A role or a channel that a server's rules name is deleted, while the bot runs and while it is away."""

from bot.domain.rules.policy import Allowance
from sandbox.discord.client import Interaction
from tests.cogs.panels import Manager
from tests.e2e.kit import ENQUEUE, Harness, Stages
from tests.e2e.rules import settle
from tests.e2e.test_log_channel import told

CLUB, GENERAL, VIDEO_LAB = 1150000000000000109, 1150000000000000110, 1150000000000000111
MODERATOR, FILMMAKER = 1150000000000000101, 1150000000000000102
NEVER_THERE = 1150000000000009999
GUILD = "Film Club"


async def refused(harness: Harness, **options: str) -> str:
    asked: Interaction = await harness.order("a fox", **options)
    text = await harness.refusal(asked)
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    return text


async def test_the_only_role_that_may_order_is_deleted(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, roles=frozenset({FILMMAKER}), log_channel=GENERAL)
    await harness.start()
    await harness.community.remove_role("Filmmaker", guild=GUILD)
    news = await told(harness, "A role that could order was deleted")
    assert "It was the last one, so nobody can order" in news.text
    text = await refused(harness)
    assert "The role that could order here has been deleted" in text
    assert "<@&" not in text
    panel = await Manager(harness).open("access")
    assert "a role that was deleted" in panel.text
    assert f"<@&{FILMMAKER}>" not in panel.text


async def test_a_role_that_was_deleted_while_the_bot_was_away_is_noticed(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, roles=frozenset({MODERATOR, NEVER_THERE}), log_channel=GENERAL)
    await harness.start()
    await told(harness, "The others still can")
    assert f"you need one of these roles: <@&{MODERATOR}>. Please" in await refused(harness)
    mark = len(harness.log.records)
    await harness.stop()
    await harness.start()
    await harness.stop()
    assert not harness.log.find("notice delivered", after=mark)  # it was told


async def test_the_channel_for_orders_and_a_role_with_limits_are_deleted(stages: Stages) -> None:
    harness = await stages(start=False)
    limits = {FILMMAKER: Allowance(per_day=3)}
    settle(harness, channels=frozenset({GENERAL}), by_role=limits, log_channel=VIDEO_LAB)
    await harness.start()
    await harness.community.remove_role("Filmmaker", guild=GUILD)
    await told(harness, "those limits apply to nobody now")
    await harness.community.delete_channel("general", guild=GUILD)
    await told(harness, "A channel in which orders were taken was deleted")
    assert "The channels where orders were taken here have been deleted" in await refused(harness)
    assert "a channel that was deleted" in (await Manager(harness).open()).text
    assert "a role that was deleted" in (await Manager(harness).open("members")).text


async def test_the_category_for_orders_is_deleted(stages: Stages) -> None:
    """Its channels stay, outside of any."""
    harness = await stages(start=False)
    settle(harness, channels=frozenset({CLUB}), log_channel=GENERAL)
    await harness.start()
    await harness.result(await harness.order("a heron"))
    await harness.community.delete_channel("Club", guild=GUILD)
    await told(harness, "It was the last one, so nobody can order")
    asked = await harness.order("a fox", locale="de")
    assert "Die Kanäle, in denen hier bestellt werden konnte, wurden gelöscht" in await harness.refusal(asked)


async def test_a_model_that_only_the_rules_still_name(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, models=frozenset({"a-model-of-yesterday", "nano-banana-2"}))
    await harness.start()
    panel = await Manager(harness).open("models")
    assert "Oxen.ai does not offer these any more: a-model-of-yesterday" in panel.text
    assert harness.log.troubles() == []
