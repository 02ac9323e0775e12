"""Ids: short enough for a nonce, sortable by time, unguessable."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ID_LENGTH, IdMaker, short
from tests.domain.kit import FixedClock

DISCORD_NONCE = 25  # characters
LETTERS = set("0123456789abcdefghjkmnpqrstvwxyz")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(3000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have none
BITS = st.integers(0, 2**70 - 1)


@given(MOMENTS, BITS)
def test_an_id_has_24_characters_that_nobody_misreads_and_fits_a_nonce(moment: datetime, bits: int) -> None:
    an_id = IdMaker(FixedClock(moment), lambda _: bits)()
    assert len(an_id) == ID_LENGTH == 24
    assert len(an_id) <= DISCORD_NONCE
    assert set(an_id) <= LETTERS


@given(MOMENTS, st.integers(1, 10**9), BITS, BITS)
def test_ids_sort_by_the_time_they_were_made_whatever_the_dice_say(
    moment: datetime, later: int, first: int, second: int
) -> None:
    clock = FixedClock(moment)
    dice = iter((first, second))
    new_id = IdMaker(clock, lambda _: next(dice))
    early = new_id()
    clock.moment += timedelta(milliseconds=later)
    assert early < new_id()


@given(MOMENTS, st.lists(BITS, min_size=2, max_size=50, unique=True))
def test_different_dice_make_different_ids_at_one_moment(moment: datetime, throws: list[int]) -> None:
    dice = iter(throws)
    new_id = IdMaker(FixedClock(moment), lambda _: next(dice))
    assert len({new_id() for _ in throws}) == len(throws)


def test_ids_made_at_one_moment_are_random_in_all_their_bits() -> None:
    asked: list[int] = []

    def randbits(count: int) -> int:
        asked.append(count)
        return 0

    IdMaker(FixedClock(datetime(2026, 1, 1, tzinfo=UTC)), randbits)()
    assert asked == [70]


def test_ids_made_in_a_row_are_unique_with_the_machines_dice() -> None:
    new_id = IdMaker(FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == len(made)


def test_ids_of_two_years_keep_their_order_across_every_digit() -> None:
    """A carry from the last digit to the first is where an alphabet out of order shows."""
    clock = FixedClock(datetime(2024, 1, 1, tzinfo=UTC))
    new_id = IdMaker(clock, lambda _: 0)
    made: list[str] = []
    for step in range(40):
        clock.moment += timedelta(milliseconds=2**step % 10**9 + 1)
        made.append(new_id())
    assert all(a < b for a, b in pairwise(made))


def test_the_short_form_is_the_random_end() -> None:
    assert short("0123456789abcdefghjkmnpq") == "hjkmnpq"[-6:]
