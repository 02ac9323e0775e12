"""Files that were given with an order: asked for right before the POST, and what becomes of the order without them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.messenger import TryLater
from bot.domain.models.slots import InputKind
from bot.domain.orders.generation import Reason
from bot.domain.orders.inputs import Attachment, Input, InputGone
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import Unavailable
from bot.services.ordering.submitter import GIVE_UP_UNSENT, LONGEST_PAUSE
from tests.fakes.orders import video_request
from tests.services.kit import S, Services

URL = "https://cdn.discordapp.com/attachments/1/2/heron.png?ex=1"


def with_a_picture() -> ValidatedRequest:
    picture = Attachment(kind=InputKind.IMAGE, name="heron.png", media_type="image/png", size=9, url=URL)
    return replace(video_request(), inputs=(Input(slot="input_image", attachment=picture),))


async def test_the_link_that_is_sent_is_the_one_that_is_valid_now(services: Services) -> None:
    await services.sent(with_a_picture())
    (job,) = services.oxen.jobs.values()
    assert job.body["input_image"] == f"{URL}&fresh=1"


async def test_an_order_without_files_asks_for_none(services: Services) -> None:
    await services.sent()
    assert services.input_files.asked == 0


async def test_each_attempt_asks_anew(services: Services) -> None:
    services.oxen.faults.fail("enqueue", Unavailable("refused"))
    record = await services.order(with_a_picture())
    services.clock.advance(await services.send() or timedelta())
    services.clock.advance(minutes=1)
    await services.send()
    assert await services.states(record) == [S.QUEUED]
    (job,) = services.oxen.jobs.values()
    assert job.body["input_image"] == f"{URL}&fresh=2"


async def test_a_file_that_is_gone_ends_the_order_unsent(services: Services) -> None:
    services.input_files.faults.fail("fresh", InputGone(1))
    record = await services.sent(with_a_picture())
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.INPUT_GONE)
    assert services.oxen.calls == []
    assert len(await services.announce(record)) == 1


async def test_a_file_that_cannot_be_reached_now_is_waited_for(services: Services) -> None:
    services.input_files.faults.fail("fresh", TryLater("503", timedelta(seconds=30)))
    record = await services.sent(with_a_picture())
    assert await services.states(record) == [S.INTENDED]
    assert await services.send() == timedelta(seconds=30)
    services.clock.advance(seconds=30)
    await services.send()
    assert await services.states(record) == [S.QUEUED]


async def test_a_file_that_cannot_be_reached_for_long_ends_the_order_unsent(services: Services) -> None:
    services.input_files.faults.fail("fresh", TryLater("503"), times=1000)
    record = await services.sent(with_a_picture())
    for _ in range(2 * int(GIVE_UP_UNSENT / timedelta(seconds=10))):
        services.clock.advance(seconds=10)
        await services.send()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.INPUT_UNREACHABLE)
    assert services.oxen.calls == []


async def test_a_crash_while_a_file_is_asked_for_leaves_the_order_to_be_sent(services: Services) -> None:
    held = services.input_files.faults.hold("fresh")
    record = await services.order(with_a_picture())
    await services.submitter.step()
    await held.reached.wait()
    again = await services.killed()
    assert await again.states(record) == [S.INTENDED]
    await again.send()
    assert await again.states(record) == [S.QUEUED]


@pytest.mark.parametrize("error", [RuntimeError("nobody thought of it")])
async def test_what_nobody_thought_of_is_tried_again_but_not_at_once(services: Services, error: Exception) -> None:
    services.input_files.faults.fail("fresh", error)
    record = await services.sent(with_a_picture())
    assert await services.states(record) == [S.INTENDED]
    assert await services.send() == LONGEST_PAUSE
    services.clock.advance(LONGEST_PAUSE)
    await services.send()
    assert await services.states(record) == [S.QUEUED]
