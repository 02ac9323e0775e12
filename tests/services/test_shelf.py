"""The catalogue in memory: an old one is better than none."""

from datetime import timedelta

import pytest

from bot.domain.errors import Refusal
from bot.oxen.errors import KeyRefused, NotFound, OxenError, Unavailable
from bot.services.shelf import Shelf
from tests.fakes.oxen import FakeOxen, small_catalogue

REFRESH = timedelta(hours=1)
SOON = timedelta(minutes=1)


@pytest.fixture
def shelf(oxen: FakeOxen) -> Shelf:
    return Shelf(oxen, REFRESH)


async def test_it_is_fetched_and_fetched_again(shelf: Shelf, oxen: FakeOxen) -> None:
    assert shelf.catalogue is None
    assert await shelf.step() == REFRESH
    assert shelf.require() is oxen.models
    oxen.models = small_catalogue()
    assert await shelf.step() == REFRESH
    assert shelf.require() is oxen.models


async def test_before_it_is_there_nothing_can_be_ordered(shelf: Shelf, oxen: FakeOxen) -> None:
    oxen.faults.fail("catalogue", Unavailable("refused"))
    assert await shelf.step() <= SOON
    with pytest.raises(Refusal, match="catalogue-missing"):
        shelf.require()
    await shelf.step()
    assert shelf.require() is oxen.models


@pytest.mark.parametrize("error", [Unavailable("502"), KeyRefused(401, "no"), NotFound("gone")])
async def test_the_old_one_is_kept_when_a_new_one_cannot_be_had(shelf: Shelf, oxen: FakeOxen, error: OxenError) -> None:
    await shelf.step()
    old = shelf.catalogue
    oxen.faults.fail("catalogue", error)
    assert await shelf.step() <= SOON
    assert shelf.catalogue is old
