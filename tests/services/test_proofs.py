"""An event with its result in hand settles at once; whatever else it says is asked of the row."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.ids import GuildId, RemoteId
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.payer import fingerprint
from bot.domain.provider import Completed, Rejected, Unavailable
from bot.services.tracking.settler import MISSING_FOR
from bot.services.tracking.tracker import Polling
from sandbox.oxen.timing import Timing
from tests.fakes.orders import KEY, PROMPT, image_request, video_request
from tests.fakes.oxen import RESULT, Dialect
from tests.services.kit import BROWSE, GUILD, POLL_QUIET, WITH_AND_WITHOUT_ROWS, S, Services, priced
from tests.simulation.oxen import PICTURE
from tests.store.kit import balance_of

ASKED = {"list", "get", "history", "history_page"}
PERSISTENT = pytest.mark.parametrize("dialect", [Dialect.PERSISTENT])


def said(services: Services, remote_id: RemoteId, url: str | None = None) -> None:
    """The stream calls it a success, with `url` or its own link."""
    services.inbox.add(Completed(id=remote_id, succeeded=True, url=url or services.oxen.url(remote_id)))


def requests(services: Services) -> list[str]:
    told = {"cost", "costs"} if services.oxen.tells_costs else set[str]()  # else nothing leaves the client
    return [call for call, _ in services.oxen.calls if call in ASKED | told]


async def sent(services: Services, prompt: str = PROMPT) -> tuple[OrderRecord, RemoteId]:
    record = await services.sent(priced(1) if prompt == PROMPT else replace(priced(1), prompt=prompt))
    return record, await services.remote_id(record)


@WITH_AND_WITHOUT_ROWS
async def test_a_result_in_hand_is_settled_and_posted_without_a_request_and_fetched_once(services: Services) -> None:
    record, remote_id = await sent(services)
    services.oxen.calls.clear()
    services.oxen.finish(remote_id, announce=False)
    said(services, remote_id)
    await services.track()
    (message,) = await services.announce(record)
    assert list(message.contents.values()) == [RESULT]
    assert [call for call, _ in services.oxen.calls] == ["download"]
    assert list(services.work_dir.iterdir()) == []


@PERSISTENT
async def test_an_event_and_a_look_at_once_settle_it_once_and_break_nothing(services: Services) -> None:
    record, remote_id = await sent(services)
    services.oxen.finish(remote_id, announce=False)
    event = Completed(id=remote_id, succeeded=True, url=services.oxen.url(remote_id))
    settler = services.settler
    proved = await asyncio.gather(*(settler.prove(event, None) for _ in range(4)))
    assert sorted(proved) == [False, False, False, True]
    (message,) = await services.announce(record)
    assert list(message.contents.values()) == [RESULT]


@PERSISTENT
async def test_a_file_that_is_cleared_away_at_once_proves_nothing(services: Services) -> None:
    _, remote_id = await sent(services)
    services.oxen.finish(remote_id, announce=False)
    download = services.oxen.download

    async def cleared(url: str, path: Path, limit: int) -> int | None:
        size = await download(url, path, limit)
        await asyncio.to_thread(path.unlink)
        return size

    services.oxen.download = cleared  # type: ignore[method-assign]
    event = Completed(id=remote_id, succeeded=True, url=services.oxen.url(remote_id))
    assert not await services.settler.prove(event, None)


@PERSISTENT
@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed"])
async def test_a_process_that_dies_with_the_result_in_hand_loses_nothing(services: Services, killed: bool) -> None:
    record, remote_id = await sent(services)
    services.oxen.finish(remote_id, announce=False)
    said(services, remote_id)
    await (services.tracker.step() if killed else services.track())
    services = await services.killed()
    await services.poll()
    assert len(await services.announce(record)) == 1


LINKS = ["its own, which leads nowhere yet", "a page", "cut short", "of another kind", "a running order's"]
LINKS += ["an earlier result's", "an earlier result's, signed anew", "two events name it", "none"]


@PERSISTENT
@pytest.mark.parametrize("link", LINKS)
async def test_a_success_of_what_still_runs_settles_nothing(services: Services, link: str) -> None:
    """Nothing is posted, nothing is booked, and the row is asked; what comes of it in the end is told as it is."""
    record, remote_id = await sent(services)
    _, other = await sent(services, "another")
    earlier = await services.made(video_request("an earlier one"))
    url = f"https://elsewhere.invalid/files/{link.replace(' ', '-')}.mp4"
    services.oxen.files = {url: RESULT}
    if link.startswith("an earlier"):
        (row,) = await services.rows(earlier)
        url = str(row.result_url).partition("?")[0] + ("?age=0" if "anew" not in link else "?signature=2")
        services.oxen.files = {url: RESULT}
    elif link == "its own, which leads nowhere yet":
        url = services.oxen.url(remote_id)
    elif link == "a running order's":
        url = f"https://elsewhere.invalid/{other}/result.mp4"
        services.oxen.files = {url: RESULT}
    elif link == "two events name it":
        said(services, other, url)
    else:
        wrong = {"a page": Rejected(200, "no"), "cut short": Unavailable("cut"), "of another kind": PICTURE}
        services.oxen.files = {url: wrong[link]} if link in wrong else {}
    services.oxen.calls.clear()
    before = await balance_of(services.db, GUILD)
    services.inbox.add(Completed(id=remote_id, succeeded=True, url=None if link == "none" else url))
    await services.track()
    assert ("get", remote_id) in services.oxen.calls
    assert await services.states(record) in ([S.QUEUED], [S.PROCESSING])
    assert await balance_of(services.db, GUILD) == before
    services.oxen.fail(remote_id, announce=False)
    await services.poll()
    assert await services.states(record) == [S.FAILED]
    assert [m.contents for m in await services.announce(record)] == [{}]


@PERSISTENT
async def test_what_another_key_says_is_not_believed(services: Services) -> None:
    services, _ = await services.with_key(GuildId(200))
    record, remote_id = await sent(services)
    services.oxen.finish(remote_id, announce=False)
    event = Completed(id=remote_id, succeeded=True, url=services.oxen.url(remote_id))
    services.inbox.add(event, fingerprint(KEY))
    services.oxen.calls.clear()
    await services.track()
    assert await services.states(record) == [S.QUEUED]
    assert requests(services) == []


@WITH_AND_WITHOUT_ROWS
@pytest.mark.parametrize("settled_between", [False, True])
async def test_a_success_and_then_a_failure_is_a_success(services: Services, settled_between: bool) -> None:
    record, remote_id = await sent(services)
    services.oxen.finish(remote_id, announce=False)
    said(services, remote_id)
    if settled_between:
        await services.track()
    services.inbox.add(Completed(id=remote_id, succeeded=False, error="Insufficient credits"))
    await services.track()
    assert await services.states(record) == [S.SUCCEEDED]
    assert len(await services.announce(record)) == 1
    assert len(services.inbox) == 0


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
@pytest.mark.parametrize("late", [False, True], ids=["in flight", "given up"])
async def test_a_result_of_another_kind_is_a_result_where_no_row_tells(services: Services, late: bool) -> None:
    """It is over, and its link says whose it is: a video that came as a picture is paid for, and delivered."""
    record, remote_id = await sent(services)
    services.oxen.finish(remote_id, content=PICTURE, announce=False)
    if late:
        await services.poll()
        services.clock.advance(MISSING_FOR)
        await services.poll()
        assert await services.states(record) == [S.FAILED]
        await services.announce(record)
    said(services, remote_id)
    await services.track()
    assert await services.states(record) == [S.SUCCEEDED]
    await services.deliver()
    assert list(services.posted(record)[-1].contents.values()) == [PICTURE]


@WITH_AND_WITHOUT_ROWS
async def test_an_event_that_names_a_foreign_picture_does_not_hide_one_that_names_the_result(
    services: Services,
) -> None:
    record, remote_id = await sent(services)
    services.oxen.finish(remote_id, announce=False)
    said(services, remote_id)
    services.oxen.files["https://elsewhere.invalid/picture.png"] = PICTURE
    said(services, remote_id, "https://elsewhere.invalid/picture.png")
    await services.track()
    assert [list(message.contents.values()) for message in await services.announce(record)] == [[RESULT]]


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
async def test_a_picture_behind_any_link_is_not_taken_for_a_video(services: Services) -> None:
    record, remote_id = await sent(services)
    services.oxen.finish(remote_id, announce=False)
    services.oxen.files["https://elsewhere.invalid/picture.png"] = PICTURE
    said(services, remote_id, "https://elsewhere.invalid/picture.png")
    await services.track()
    assert await services.states(record) == [S.QUEUED]


# What the provider's rows say afterwards.


async def believed(services: Services) -> tuple[OrderRecord, RemoteId]:
    """A success that only an event and a good file of nobody's tell of: the work goes on."""
    record, remote_id = await sent(services)
    services.oxen.start(remote_id)
    services.oxen.files = {"https://elsewhere.invalid/x.mp4": RESULT}
    said(services, remote_id, "https://elsewhere.invalid/x.mp4")
    await services.track()
    assert await services.states(record) == [S.SUCCEEDED]
    return record, remote_id


async def unconfirmed(services: Services) -> int:
    return sum(len(each) for each in (await services.generations.unconfirmed()).values())


def contradicted(caplog: pytest.LogCaptureFixture) -> int:
    """How many events the rows contradicted, by the log, from which `/metrics` counts them."""
    return caplog.messages.count("event contradicted")


@PERSISTENT
@pytest.mark.parametrize("end", ["finish", "fail", "cancel"])
async def test_an_event_that_the_rows_contradict_is_counted_and_the_books_follow_the_row(
    services: Services, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    record, remote_id = await believed(services)
    services.clock.advance(MISSING_FOR)
    await services.poll()
    assert (contradicted(caplog), await unconfirmed(services)) == (1, 1)
    if end == "cancel":
        await services.oxen.cancel(remote_id)
    else:
        (services.oxen.finish if end == "finish" else services.oxen.fail)(remote_id, announce=False)
    services.clock.advance(minutes=20)
    await services.poll()
    assert await unconfirmed(services) == 0
    spent = (await balance_of(services.db, GUILD)).spent
    assert spent == (Decimal("0.5") if end == "finish" else 0)
    assert await services.states(record) == [S.SUCCEEDED]
    assert len(await services.announce(record)) == 1


@PERSISTENT
async def test_one_list_of_what_failed_confirms_many(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(5):
        record, remote_id = await sent(services, f"take {number}")
        services.oxen.finish(remote_id, announce=False)
        said(services, remote_id)
    await services.track()
    await services.oxen.list(None)
    services.oxen.jobs[remote_id] = replace(services.oxen.jobs[remote_id], status="failed")
    services.oxen.calls.clear()
    await services.poll()
    assert await unconfirmed(services) == 0
    assert requests(services) == ["list", "list"]
    assert contradicted(caplog) == 1
    assert (await balance_of(services.db, GUILD)).spent == Decimal("0.5") * 4
    assert await services.states(record) == [S.SUCCEEDED]


@BROWSE
async def test_a_cost_confirms_an_event_and_what_came_to_nothing_costs_nothing(services: Services) -> None:
    _, remote_id = await believed(services)
    services.oxen.fail(remote_id, announce=False)
    await services.cost_collector.step()
    assert await unconfirmed(services) == 0
    assert (await balance_of(services.db, GUILD)).spent == 0


# Requests.


@pytest.mark.parametrize(
    ("dialect", "in_flight", "namespaces"), [(Dialect.PERSISTENT, 10, 1), (Dialect.BROWSE, 60, 10)]
)
async def test_requests_for_each_end_stay_few_at_any_load(
    services: Services, dialect: Dialect, in_flight: int, namespaces: int
) -> None:
    """A steady load, half images and half video, whose ends the stream tells: what is asked beyond the enqueue."""
    services = services.again(polling=Polling())
    oxen, times = services.oxen, Timing(1)
    for number in range(namespaces):
        await services.pays(GuildId(300 + number), f"space-{number}")
    ends: list[tuple[float, RemoteId]] = []
    turn = 0

    async def order() -> None:
        nonlocal turn
        turn += 1
        kind = "image" if turn % 2 else "video"
        asked = (image_request if kind == "image" else video_request)(f"take {turn}")
        record = await services.sent(asked, GuildId(300 + turn % namespaces))
        remote_id = await services.remote_id(record)
        ends.append((services.clock.monotonic() + times.draw(kind), remote_id))

    async with services.listen():
        for _ in range(in_flight):
            await order()
        began, over, first = services.clock.monotonic(), 0, True
        minutes = 60 * (12 if dialect is Dialect.BROWSE else 6) / in_flight  # few costs are asked for after an hour
        while services.clock.monotonic() < began + 60 * minutes:
            services.clock.advance(seconds=2)
            for end in [each for each in ends if each[0] <= services.clock.monotonic()]:
                ends.remove(end)
                oxen.finish(end[1], content=PICTURE if "image" in oxen.jobs[end[1]].request.kind else RESULT)
                over += 1
                await order()
            for _ in range(3):
                await services.db.read(lambda _: None)
            await services.track()
            await services.cost_collector.step()
            if first and services.clock.monotonic() > began + 60:
                first, over = False, 0
                oxen.calls.clear()
    assert over > 20
    assert len(requests(services)) / over <= 0.1, (len(requests(services)), over)


@PERSISTENT
async def test_an_event_that_is_lost_is_made_up_for(services: Services) -> None:
    """An image is listed once it takes longer than a minute, whatever ends."""
    services.inbox.set_up(up=True)
    await services.poll()
    await services.made(image_request("the first of all"))
    record = await services.sent(image_request())
    services.oxen.finish(await services.remote_id(record), announce=False)
    for _ in range(2):
        services.clock.advance(POLL_QUIET + timedelta(seconds=1))
        await services.track()
    assert await services.states(record) == [S.SUCCEEDED]
