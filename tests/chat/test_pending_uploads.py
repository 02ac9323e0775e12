"""Stopping while files are on their way into a card: waited for, then broken off, and told."""

import asyncio
from datetime import timedelta

import pytest

from bot.chat.kit.input_files import PendingUploads
from bot.domain.errors import Refusal

AT_ONCE, LONG = timedelta(0), timedelta(hours=1)


async def keep(pending_uploads: PendingUploads, until: asyncio.Event, story: list[str]) -> None:
    try:
        with pending_uploads.keeping():
            story.append("begun")
            await until.wait()
    except Refusal as refusal:
        story.append(refusal.key)
        await asyncio.sleep(0)  # telling it takes a moment
        story.append("told")
    else:
        story.append("kept")


async def test_what_is_nearly_there_is_waited_for() -> None:
    pending_uploads, until, story = PendingUploads(), asyncio.Event(), list[str]()
    task = asyncio.create_task(keep(pending_uploads, until, story))
    await asyncio.sleep(0)
    finishing = asyncio.create_task(pending_uploads.finish(LONG))
    await asyncio.sleep(0)
    until.set()
    await finishing
    assert task.done()
    assert story == ["begun", "kept"]


async def test_what_takes_too_long_is_broken_off_and_told() -> None:
    pending_uploads, story = PendingUploads(), list[str]()
    task = asyncio.create_task(keep(pending_uploads, asyncio.Event(), story))
    await asyncio.sleep(0)
    await pending_uploads.finish(AT_ONCE)
    await task
    assert story == ["begun", "closing", "told"]


async def test_a_task_that_is_cancelled_from_outside_stays_cancelled() -> None:
    task = asyncio.create_task(keep(PendingUploads(), asyncio.Event(), []))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_with_nothing_on_its_way_there_is_nothing_to_wait_for() -> None:
    await PendingUploads().finish(LONG)
