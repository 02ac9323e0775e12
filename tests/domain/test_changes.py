"""What is different between two catalogues, and a price list on one line."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ModelId
from bot.domain.models.catalogue import Catalogue, Changes, Gone, Model, compare, price_list
from bot.domain.money import Pricing
from tests.cases import for_each


def model(name: str, usd: int | None = None, source: str = "") -> Model:
    price = Pricing(per_second=Decimal(usd)) if usd is not None else None
    return Model(id=ModelId(name), name=name, makes=frozenset({"video"}), pricing=price, source=source)


offers = st.dictionaries(st.sampled_from("abcdef"), st.none() | st.integers(0, 2))


@given(before=offers, after=offers)
def test_every_difference_is_one_change(before: dict[str, int | None], after: dict[str, int | None]) -> None:
    old, new = (Catalogue(model(*each) for each in offer.items()) for offer in (before, after))
    changes = compare(old, new)
    assert [each.id for each in changes.new] == [name for name in after if name not in before]
    assert [each.id for each in changes.gone] == [name for name in before if name not in after]
    assert [(a, b) for a, b in changes.repriced] == [
        (model(name, before[name]), model(name, usd))
        for name, usd in after.items()
        if name in before and before[name] != usd
    ]
    assert (changes == Changes()) == (before == after)


def test_other_words_for_the_same_are_no_change() -> None:
    old, new = (Catalogue([model("a", 1, source)]) for source in ('{"id": "a"}', '{"id":"a"}'))
    assert compare(old, new) == Changes()


@for_each(
    ("pricing", "line"),
    [
        (None, ""),
        (Pricing(), ""),
        (Pricing(per_image=Decimal("0.04")), "image=0.04"),
        (Pricing(per_second=Decimal("0.070"), with_audio=Decimal("0.14")), "second=0.070 audio=0.14"),
        (Pricing(by_resolution={"720p": Decimal("0.1")}, high_resolution=Decimal(1)), "high=1 720p=0.1"),
        (Pricing(image_grid={"low": {"1K": Decimal("0.01")}}), "low/1K=0.01"),
    ],
)
def test_a_price_list_on_one_line(pricing: Pricing | None, line: str) -> None:
    assert price_list(pricing) == line


def test_a_price_list_without_end_is_cut() -> None:
    assert len(price_list(Pricing(by_resolution={f"{n}p": Decimal(n) for n in range(10_000)}))) == 300


def test_what_is_gone_is_found_by_id_and_by_name_the_latest_first() -> None:
    first, second = (
        Gone(id=ModelId(name), name="Kling Pro", at=datetime(2026, month, 1, tzinfo=UTC))
        for name, month in (("kling-2", 5), ("kling-1", 4))
    )
    catalogue = Catalogue([model("kling-3")], [first, second])
    assert catalogue.gone(" KLING-1 ") is second
    assert catalogue.gone("kling pro") is first
    assert catalogue.gone("kling-3") is None
    assert catalogue.gone("") is None
