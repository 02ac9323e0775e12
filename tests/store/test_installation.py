"""The catalogue's rows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.ids import ModelId
from bot.domain.models.catalogue import Gone, Model
from bot.store.installation import MOST_GONE, CatalogueRepository
from tests.store.kit import MediaInfo, Store


def models(*names: str) -> list[Model]:
    return [model(name) for name in names]


def model(name: str, source: str | None = None) -> Model:
    return Model(id=ModelId(name), name=name.title(), makes=frozenset({"video"}), source=source or f'{{"id":"{name}"}}')


def gone(names: Iterable[str], at: datetime) -> list[Gone]:
    return [Gone(id=ModelId(name), name=name.title(), at=at) for name in names]


async def kept(catalogue_cache: CatalogueRepository) -> tuple[list[str], list[str]]:
    return await catalogue_cache.offered(), [each.id for each in await catalogue_cache.gone()]


def sources(offered: Sequence[Model]) -> list[str]:
    return [each.source for each in offered]


async def test_nothing_is_known_before_anything_was_put(store: Store) -> None:
    assert await kept(CatalogueRepository(store.db)) == ([], [])


async def test_entries_come_back_as_they_were_in_the_providers_order(store: Store) -> None:
    catalogue_cache = CatalogueRepository(store.db)
    offered = [*models("b", "a"), model("c", '{"id": "c", "display_name": "Ä \\u0000 🎬"}')]
    await catalogue_cache.put(offered, [])
    assert await catalogue_cache.offered() == sources(offered)
    await catalogue_cache.put(offered[::-1], [])
    assert await catalogue_cache.offered() == sources(offered[::-1])


async def test_what_is_gone_keeps_its_name_and_the_moment(store: Store, look: MediaInfo) -> None:
    catalogue_cache = CatalogueRepository(store.db)
    await catalogue_cache.put(models("a", "b"), [])
    lost = gone(["b"], store.now)
    await catalogue_cache.put(models("a"), lost)
    await catalogue_cache.put(models("a"), gone(["b"], store.now + timedelta(days=1)))
    assert await catalogue_cache.gone() == lost
    assert await catalogue_cache.offered() == sources(models("a"))
    assert [row["entry"] for row in await look("models") if row["id"] == "b"] == [""]


async def test_what_comes_back_is_not_gone(store: Store) -> None:
    catalogue_cache = CatalogueRepository(store.db)
    await catalogue_cache.put(models("a", "b"), [])
    await catalogue_cache.put(models("a"), gone(["b"], store.now))
    await catalogue_cache.put(models("b", "a"), [])
    assert await kept(catalogue_cache) == (sources(models("b", "a")), [])


async def test_a_model_that_was_never_kept_cannot_be_gone(store: Store) -> None:
    catalogue_cache = CatalogueRepository(store.db)
    await catalogue_cache.put(models("a"), gone(["never"], store.now))
    assert await kept(catalogue_cache) == (sources(models("a")), [])


async def test_the_latest_of_the_gone_are_remembered(store: Store) -> None:
    catalogue_cache = CatalogueRepository(store.db)
    old, new = [f"old-{n}" for n in range(50)], [f"new-{n:04}" for n in range(MOST_GONE - 10)]
    await catalogue_cache.put(models(*old, *new), [])
    await catalogue_cache.put(models(*new), gone(old, store.now))
    await catalogue_cache.put([], gone(new, store.now + timedelta(hours=1)))
    remembered = [each.id for each in await catalogue_cache.gone()]
    assert remembered == new + sorted(old)[:10]
    assert await catalogue_cache.offered() == []


async def test_it_is_one_transaction(store: Store) -> None:
    """A model that cannot be kept undoes the whole of it."""
    catalogue_cache = CatalogueRepository(store.db)
    await catalogue_cache.put(models("a"), [])
    with pytest.raises(Exception, match="name"):
        await catalogue_cache.put([*models("b"), replace(model("c"), name=None)], [])
    assert await catalogue_cache.offered() == sources(models("a"))


async def test_a_value_is_remembered_until_it_changes(store: Store) -> None:
    assert await store.key_values.get("commands") is None
    await store.key_values.put("commands", "one")
    await store.key_values.put("commands", "two")
    await store.key_values.put("other", "")
    assert await store.key_values.get("commands") == "two"
    assert await store.key_values.get("other") == ""
