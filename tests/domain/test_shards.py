"""Ranges of shards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.shards import Shards


@given(
    st.integers(1, 64).flatmap(lambda count: st.tuples(st.integers(0, count - 1), st.just(count))),
    st.integers(0, 2**63),
)
def test_each_guild_is_in_exactly_one_shard_and_all_are_in_the_default(at: tuple[int, int], guild_id: int) -> None:
    cut, count = at
    parts = [Shards(first, last, count) for first, last in ((0, cut), (cut + 1, count - 1)) if first <= last]
    assert sum(guild_id in part for part in parts) == 1
    assert guild_id in Shards()
    assert [Shards.parse(str(part)) for part in parts] == parts
    assert not parts[0].overlaps(parts[-1]) or len(parts) == 1


@pytest.mark.parametrize("text", ["", "4/4", "3-2/4", "0-4/4", "-1/4", "0/0", "0-3", "a/4", "0-3/16/2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no range of shards"):
        Shards.parse(text)


def test_one_shard_is_a_range_and_other_counts_overlap() -> None:
    assert Shards.parse(" 3/16") == Shards(3, 3, 16)
    assert Shards(0, 1, 16).overlaps(Shards(8, 9, 15))
