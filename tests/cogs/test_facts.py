"""What a server's rules ask of an interaction: the channel and what it is in, roles, age restriction; the offers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.ids import ChannelId, RoleId
from sandbox.discord.conformance import Conformance
from tests.e2e.kit import Harness, Stages
from tests.e2e.rules import settle

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLUB, NIGHT, LAB = 1150000000000000109, 1150000000000000114, 1150000000000000111
FILMMAKER = 1150000000000000102
WAN, KLING = "wan-v2-7-text-to-video", "kling-video-v2-6-pro-text-to-video"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory, schema: Conformance) -> AsyncIterator[Harness]:
    """Two models, one of them for grown-ups; the channels of a category and one for the night; one role."""
    async with Stages(tmp_path_factory.mktemp("facts"), schema) as made:
        harness = await made(start=False)
        settle(
            harness,
            models=frozenset({WAN, KLING}),
            restricted_models=frozenset({KLING}),
            channels=frozenset({ChannelId(CLUB), ChannelId(NIGHT)}),
            roles=frozenset({RoleId(FILMMAKER)}),
        )
        await harness.start()
        yield harness


async def offers(harness: Harness, channel: str, command: str = "video") -> set[str]:
    found = await harness.community.autocomplete(
        user="Bo", channel=channel, command=command, focused="model", value="", options={}
    )
    return {str(choice.value) for choice in found}


async def test_only_allowed_models_are_offered_and_restricted_ones_where_they_may_be(harness: Harness) -> None:
    assert await offers(harness, "video-lab") == {WAN}
    assert await offers(harness, "night-screening") == {WAN, KLING}
    assert await offers(harness, "video-lab", "image") == set()
    assert await offers(harness, "video-lab", "storyboard") == {WAN}


async def test_without_a_model_an_allowed_one_is_taken(harness: Harness) -> None:
    asked = await harness.order("a fox by what is allowed")
    assert (await harness.result(asked)).attachments
    [sent] = harness.ordered("a fox by what is allowed")
    assert sent["request"]["model"] == WAN


async def test_a_restricted_model_is_refused_in_daylight_and_taken_at_night(harness: Harness) -> None:
    refused = await harness.order("a fox", model=KLING)
    assert "age-restricted channels only" in await harness.refusal(refused)
    asked = await harness.order("a fox at night", model=KLING, channel="night-screening")
    assert (await harness.result(asked)).attachments


async def test_a_thread_is_as_its_channel_and_category_are(harness: Harness) -> None:
    thread = await harness.community.open_thread(user="Bo", channel="video-lab", name="foxes")
    asked = await harness.order("a fox in a thread", channel=thread)
    assert (await harness.result(asked)).attachments
    dark = await harness.community.open_thread(user="Bo", channel="night-screening", name="dark foxes")
    asked = await harness.order("a fox in a dark thread", model=KLING, channel=dark)
    assert (await harness.result(asked)).attachments
    refused = await harness.order("a fox in a bright thread", model=KLING, channel=thread)
    assert "age-restricted" in await harness.refusal(refused)


async def test_elsewhere_and_without_the_role_it_is_refused_with_where_and_who(harness: Harness) -> None:
    other = await harness.community.open_channel("lounge", guild="Film Club")
    text = await harness.refusal(await harness.order("a fox in the lounge", channel=other))
    assert f"You can order in <#{CLUB}> <#{NIGHT}>." in text
    text = await harness.refusal(await harness.order("a fox of Dev's", user="Dev"), user="Dev")
    assert f"<@&{FILMMAKER}>" in text


async def test_a_role_that_is_given_counts_at_once(harness: Harness) -> None:
    await harness.community.give_roles("Dev", "Filmmaker", guild="Film Club")
    asked = await harness.order("a fox of a filmmaker", user="Dev")
    assert (await harness.result(asked)).attachments
