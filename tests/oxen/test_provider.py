"""What every `Provider` promises: one suite for the fake and for the client on a real socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import Completed, Connected, Event, NotFound, Rejected, RemoteGeneration
from tests.fakes.orders import PROMPT, video_request
from tests.fakes.oxen import COST, RESULT, VIDEO_MODEL
from tests.oxen.harness import Harness

UNHEARD_OF = RemoteId("7cf9b23a-1234-5678-9abc-def012345678")


def ids(rows: list[RemoteGeneration]) -> set[str]:
    return {row.id for row in rows}


async def one(harness: Harness, namespace: str | None = None) -> RemoteId:
    (remote_id,) = await harness.provider.enqueue(video_request(), 1, namespace)
    return remote_id


async def test_enqueue_returns_an_id_for_each_output(harness: Harness) -> None:
    remote_ids = await harness.provider.enqueue(video_request(), 4, None)
    assert len(set(remote_ids)) == 4


async def test_an_unknown_model_is_rejected_by_name(harness: Harness) -> None:
    with pytest.raises(Rejected) as caught:
        await harness.provider.enqueue(video_request(model="no-such-model"), 1, None)
    assert (caught.value.status, caught.value.detail) == (404, "Model not found: no-such-model")
    assert caught.value.call == "enqueue"


async def test_too_many_outputs_are_rejected(harness: Harness) -> None:
    with pytest.raises(Rejected) as caught:
        await harness.provider.enqueue(video_request(), 5, None)
    assert caught.value.detail == "num_generations must be an integer between 1 and 4"


async def test_the_list_tells_what_was_ordered(harness: Harness) -> None:
    remote_id = await one(harness, "acme")
    (row,) = await harness.provider.list("acme")
    assert (row.id, row.model, row.prompt) == (remote_id, VIDEO_MODEL, PROMPT)
    assert row.enqueued_at is not None
    assert row.enqueued_at.tzinfo is not None
    assert row.result_url is None


async def test_the_list_holds_what_is_open_and_nothing_else(harness: Harness) -> None:
    queued, done, failed, cancelled = await harness.provider.enqueue(video_request(), 4, "acme")
    await harness.finish(done)
    await harness.fail(failed)
    await harness.provider.cancel(cancelled)
    assert ids(await harness.provider.list("acme")) == {queued}


async def test_the_list_by_status(harness: Harness) -> None:
    queued, done, failed, cancelled = await harness.provider.enqueue(video_request(), 4, "acme")
    await harness.working_on(queued)
    await harness.finish(done)
    await harness.fail(failed)
    await harness.provider.cancel(cancelled)
    assert ids(await harness.provider.list("acme", "processing")) == {queued}
    assert ids(await harness.provider.list("acme", "succeeded")) == {done}
    assert ids(await harness.provider.list("acme", "failed")) == {failed}
    assert ids(await harness.provider.list("acme", "cancelled")) == {cancelled}


async def test_the_list_keeps_namespaces_apart(harness: Harness) -> None:
    theirs, ours = await one(harness, "them"), await one(harness, "us")
    assert ids(await harness.provider.list("them")) == {theirs}
    assert ids(await harness.provider.list("us")) == {ours}
    assert await harness.provider.list("nobody") == []


async def test_get_of_an_open_one(harness: Harness) -> None:
    remote_id = await one(harness)
    await harness.working_on(remote_id)
    row = await harness.provider.get(remote_id)
    assert (row.id, row.status, row.result_url, row.error) == (remote_id, "processing", None, None)
    assert row.started_at is not None


async def test_get_of_a_finished_one_has_its_link(harness: Harness) -> None:
    remote_id = await one(harness)
    await harness.finish(remote_id)
    row = await harness.provider.get(remote_id)
    assert row.status == "succeeded"
    assert row.result_url
    assert row.completed_at is not None


async def test_get_of_a_failed_one_has_the_providers_words(harness: Harness) -> None:
    remote_id = await one(harness)
    await harness.fail(remote_id)
    row = await harness.provider.get(remote_id)
    assert (row.status, row.error, row.result_url) == ("failed", "The model provider returned an error.", None)


async def test_get_of_one_that_never_was(harness: Harness) -> None:
    with pytest.raises(NotFound):
        await harness.provider.get(UNHEARD_OF)


async def test_cancel_ends_it(harness: Harness) -> None:
    remote_id = await one(harness)
    await harness.provider.cancel(remote_id)
    assert (await harness.provider.get(remote_id)).status == "cancelled"


async def test_cancel_does_nothing_after_the_end(harness: Harness) -> None:
    remote_id = await one(harness)
    await harness.finish(remote_id)
    await harness.provider.cancel(remote_id)
    assert (await harness.provider.get(remote_id)).status == "succeeded"


async def test_cancel_of_one_that_never_was(harness: Harness) -> None:
    with pytest.raises(NotFound):
        await harness.provider.cancel(UNHEARD_OF)


async def next_completed(events: AsyncGenerator[Event]) -> Completed:
    async with asyncio.timeout(5):
        async for event in events:
            if isinstance(event, Completed):
                return event
    raise AssertionError("the stream ended")


async def test_events_announce_how_it_ended(harness: Harness) -> None:
    done, failed = await harness.provider.enqueue(video_request(), 2, None)
    async with aclosing(harness.provider.events()) as events:
        assert await anext(events) == Connected()
        await harness.finish(done)
        said = await next_completed(events)
        assert (said.id, said.succeeded, said.error) == (done, True, None)
        assert said.url
        await harness.fail(failed)
        said = await next_completed(events)
        assert (said.id, said.succeeded, said.url) == (failed, False, None)
        assert said.error == "The model provider returned an error."


async def test_events_say_nothing_of_what_was_before(harness: Harness) -> None:
    before, after = await harness.provider.enqueue(video_request(), 2, None)
    await harness.finish(before)
    async with aclosing(harness.provider.events()) as events:
        await anext(events)
        await harness.finish(after)
        assert (await next_completed(events)).id == after


async def test_cancelling_is_not_announced(harness: Harness) -> None:
    cancelled, done = await harness.provider.enqueue(video_request(), 2, None)
    async with aclosing(harness.provider.events()) as events:
        await anext(events)
        await harness.provider.cancel(cancelled)
        await harness.finish(done)
        assert (await next_completed(events)).id == done


async def link(harness: Harness) -> str:
    remote_id = await one(harness)
    await harness.finish(remote_id)
    url = (await harness.provider.get(remote_id)).result_url
    assert url is not None
    return url


async def test_download_of_exactly_the_limit(harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "result.mp4"
    assert await harness.provider.download(await link(harness), path, len(RESULT)) == len(RESULT)
    assert path.read_bytes() == RESULT


async def test_download_of_more_than_the_limit_leaves_no_file(harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "result.mp4"
    assert await harness.provider.download(await link(harness), path, len(RESULT) - 1) is None
    assert not path.exists()


async def test_download_of_a_dead_link(harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "result.mp4"
    with pytest.raises((Rejected, NotFound)):
        await harness.provider.download(harness.dead_link, path, 1000)
    assert not path.exists()


async def test_the_catalogue_knows_what_can_be_ordered(harness: Harness) -> None:
    model = (await harness.provider.catalogue()).get(VIDEO_MODEL)
    assert model is not None
    assert model.runs_on_prompt(MediaKind.VIDEO)
    assert model.duration is not None


async def test_a_provider_that_keeps_rows_is_known_by_them(harness: Harness) -> None:
    await one(harness)
    await harness.provider.list(None)
    assert harness.provider.keeps_rows


async def test_the_history_tells_costs_where_the_dialect_has_one(harness: Harness) -> None:
    done, failed, open_ = [await one(harness, "acme") for _ in range(3)]
    await harness.finish(done)
    await harness.fail(failed)
    (row,) = await harness.provider.list("acme")
    if not row.echoes_directory:
        with pytest.raises(NotFound):
            await harness.provider.history_page("acme")
        return
    pages = [await harness.provider.history_page("acme", page=number, size=2) for number in (1, 2, 3)]
    assert [[row.generation.id for row in page.rows] for page in pages] == [[open_, failed], [done], []]
    assert [row.cost for row in pages[0].rows + pages[1].rows] == [None, None, COST]
    assert {(page.pages, page.entries, page.total_cost) for page in pages} == {(2, 3, COST)}
    assert (await harness.provider.history_page("somebody-else")).entries == 0


# The dialect that keeps no rows.


async def test_ephemeral_rows_are_processing_while_they_are_there(ephemeral: Harness) -> None:
    remote_id = await one(ephemeral, "acme")
    (row,) = await ephemeral.provider.list("acme")
    assert (row.id, row.status, row.model, row.prompt) == (remote_id, "processing", VIDEO_MODEL, PROMPT)
    assert (await ephemeral.provider.get(remote_id)).status == "processing"
    assert not ephemeral.provider.keeps_rows


@pytest.mark.parametrize("end", ["finish", "fail", "cancel"])
async def test_ephemeral_rows_are_gone_at_the_end(ephemeral: Harness, end: str) -> None:
    remote_id = await one(ephemeral)
    if end == "cancel":
        await ephemeral.provider.cancel(remote_id)
    else:
        await (ephemeral.finish if end == "finish" else ephemeral.fail)(remote_id)
    assert await ephemeral.provider.list(None) == []
    assert await ephemeral.provider.list(None, "succeeded") == []
    with pytest.raises(NotFound):
        await ephemeral.provider.get(remote_id)
    with pytest.raises(NotFound):
        await ephemeral.provider.cancel(remote_id)


async def test_an_ephemeral_result_is_in_the_event_alone(ephemeral: Harness, tmp_path: Path) -> None:
    remote_id = await one(ephemeral)
    async with aclosing(ephemeral.provider.events()) as events:
        await anext(events)
        await ephemeral.finish(remote_id)
        said = await next_completed(events)
    assert (said.id, said.succeeded) == (remote_id, True)
    assert said.url is not None
    path = tmp_path / "result.mp4"
    assert await ephemeral.provider.download(said.url, path, 1000) == len(RESULT)
