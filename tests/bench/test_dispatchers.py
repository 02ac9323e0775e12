"""The trial of roles and dispatchers measures what it says; the dispatchers themselves are not installed here."""

import pytest

from bench import dispatchers
from bench.contestants import CONTESTANTS


def test_lines_with_code_are_counted() -> None:
    source = """
"Says."  # what


def double(of: int) -> int:
    '''Twice
    it.'''

    # why
    return (
        of * 2  # so
    )
"""
    assert dispatchers.code_lines(source) == 4
    lines = dispatchers.own_lines()
    assert set(CONTESTANTS) <= set(lines)
    assert (
        lines["pgqueuer and leases"] - lines["pgqueuer"]
        == lines["procrastinate and leases"] - lines["procrastinate"]
        > 0
    )


def test_what_users_have_is_not_brought() -> None:
    assert dispatchers.brings(["aiohttp"]) == []
    brought = dispatchers.brings(["pytest", "aiohttp"])
    assert {"pytest", "pluggy"} <= set(brought)
    assert "yarl" not in brought


@pytest.mark.tool
async def test_a_kill_is_seen_by_the_outside() -> None:
    """Whether the call that its process did not outlive was counted, decides whether it is made again."""
    async with dispatchers.trial("roles", processes=2) as made:
        for counted in (True, False):
            await made.add(5)
            struck = await made.outside.kill_the_next(counted=counted)
            assert await made.until_sent()
            by = [call.pid == struck.pid for call in made.outside.calls if call.id == struck.id]
            assert by == [counted]
    assert made.ended == 0
