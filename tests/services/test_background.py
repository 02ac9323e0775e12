"""The loops as a whole: the page that lists them lists all, and one that dies is not missed in silence."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.services.kit import Services

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_page_has_every_loop(services: Services) -> None:
    _, _, after = PAGE.read_text(encoding="utf-8").partition("## The loops")
    table, _, _ = after.partition("\n## ")
    rows = re.findall(r"^\| ([\w ]+) \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(["loop", *services.background.loops])


async def test_a_loop_that_dies_ends_all_and_is_raised(services: Services) -> None:
    """No step can do that, nor does the tracker's here: it is the pause that fails."""
    begun = 0

    async def pause(event: asyncio.Event, limit: timedelta) -> None:
        nonlocal begun
        begun += 1
        if begun == 3:
            raise LookupError(limit)
        await event.wait()

    again = services.again(pause=pause)
    with pytest.RaisesGroup(LookupError):
        await again.background.run(["tracking", "costs", "comparing"])
