"""The catalogue's rows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.ids import ModelId
from bot.domain.models.catalogue import Gone, Model
from bot.store.catalogue import MOST_GONE, ShelfRows
from tests.store.kit import Look, Store


def models(*names: str) -> list[Model]:
    return [model(name) for name in names]


def model(name: str, source: str | None = None) -> Model:
    return Model(id=ModelId(name), name=name.title(), makes=frozenset({"video"}), source=source or f'{{"id":"{name}"}}')


def gone(names: Iterable[str], at: datetime) -> list[Gone]:
    return [Gone(id=ModelId(name), name=name.title(), at=at) for name in names]


async def kept(shelf: ShelfRows) -> tuple[list[str], list[str]]:
    return await shelf.offered(), [each.id for each in await shelf.gone()]


def sources(offered: Sequence[Model]) -> list[str]:
    return [each.source for each in offered]


async def test_nothing_is_known_before_anything_was_put(store: Store) -> None:
    assert await kept(ShelfRows(store.db)) == ([], [])


async def test_entries_come_back_as_they_were_in_the_providers_order(store: Store) -> None:
    shelf = ShelfRows(store.db)
    offered = [*models("b", "a"), model("c", '{"id": "c", "display_name": "Ä \\u0000 🎬"}')]
    await shelf.put(offered, [])
    assert await shelf.offered() == sources(offered)
    await shelf.put(offered[::-1], [])
    assert await shelf.offered() == sources(offered[::-1])


async def test_what_is_gone_keeps_its_name_and_the_moment(store: Store, look: Look) -> None:
    shelf = ShelfRows(store.db)
    await shelf.put(models("a", "b"), [])
    lost = gone(["b"], store.now)
    await shelf.put(models("a"), lost)
    await shelf.put(models("a"), gone(["b"], store.now + timedelta(days=1)))
    assert await shelf.gone() == lost
    assert await shelf.offered() == sources(models("a"))
    assert [row["entry"] for row in await look("models") if row["id"] == "b"] == [""]


async def test_what_comes_back_is_not_gone(store: Store) -> None:
    shelf = ShelfRows(store.db)
    await shelf.put(models("a", "b"), [])
    await shelf.put(models("a"), gone(["b"], store.now))
    await shelf.put(models("b", "a"), [])
    assert await kept(shelf) == (sources(models("b", "a")), [])


async def test_a_model_that_was_never_kept_cannot_be_gone(store: Store) -> None:
    shelf = ShelfRows(store.db)
    await shelf.put(models("a"), gone(["never"], store.now))
    assert await kept(shelf) == (sources(models("a")), [])


async def test_the_latest_of_the_gone_are_remembered(store: Store) -> None:
    shelf = ShelfRows(store.db)
    old, new = [f"old-{n}" for n in range(50)], [f"new-{n:04}" for n in range(MOST_GONE - 10)]
    await shelf.put(models(*old, *new), [])
    await shelf.put(models(*new), gone(old, store.now))
    await shelf.put([], gone(new, store.now + timedelta(hours=1)))
    remembered = [each.id for each in await shelf.gone()]
    assert remembered == new + sorted(old)[:10]
    assert await shelf.offered() == []


async def test_it_is_one_transaction(store: Store) -> None:
    """A model that cannot be kept undoes the whole of it."""
    shelf = ShelfRows(store.db)
    await shelf.put(models("a"), [])
    with pytest.raises(Exception, match="name"):
        await shelf.put([*models("b"), replace(model("c"), name=None)], [])
    assert await shelf.offered() == sources(models("a"))
