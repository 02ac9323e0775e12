"""The provider's `pricing` to values: strings are numbers, and what is no price is none."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.parameters import Parameter
from bot.domain.money import Pricing, quote, to_micro
from bot.oxen.catalogue import pricing
from bot.oxen.wire import amount
from tests.cases import for_each

BIGINT = 2**63
DURATION = {"duration": Parameter(name="duration", default=5)}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def video(**fields: Any) -> dict[str, Any]:
    return {"method": "per_video_output_second", **fields}


def image(**fields: Any) -> dict[str, Any]:
    return {"method": "per_image", **fields}


@for_each(
    ("value", "usd"),
    [
        (0.07, "0.07"),
        ("0.07", "0.07"),
        (1, "1"),
        ("1", "1"),
        (0, "0"),
        (1e-05, "0.00001"),
        ("2.5E-3", "0.0025"),
        ("0.4200000000000000", "0.42"),
        (None, None),
        (True, None),
        ("", None),
        (" 1", None),
        ("-1", None),
        (-0.5, None),
        ("free", None),
        ("NaN", None),
        (float("nan"), None),
        (float("inf"), None),
        ("1,5", None),
        ([], None),
        ({}, None),
    ],
)
def test_an_amount(value: object, usd: str | None) -> None:
    assert amount(value) == (Decimal(usd) if usd is not None else None)


@for_each("value", ["1e999999999", "9" * 40, 1e300, 10**13])
def test_an_amount_that_no_table_could_hold_is_ignored(value: object) -> None:
    assert amount(value) is None


@given(json_values)
def test_whatever_an_amount_is_the_tables_can_hold_it(value: object) -> None:
    usd = amount(value)
    assert usd is None or 0 <= to_micro(usd) < BIGINT


def test_every_field_as_a_number_and_as_a_string() -> None:
    numbers = {
        "cost_per_second": 0.1,
        "cost_per_second_by_resolution": {"480P": 0.05, "720p": 0.1},
        "cost_per_second_with_audio": 0.2,
        "cost_per_second_high_res": 0.3,
    }
    strings = {
        "cost_per_second": "0.1",
        "cost_per_second_by_resolution": {"480p": "0.05", "720P": "0.1"},
        "cost_per_second_with_audio": "0.2",
        "cost_per_second_high_res": "0.3",
    }
    expected = Pricing(
        per_second=Decimal("0.1"),
        by_resolution={"480p": Decimal("0.05"), "720p": Decimal("0.1")},
        with_audio=Decimal("0.2"),
        high_resolution=Decimal("0.3"),
    )
    assert pricing(video(**numbers)) == pricing(video(**strings)) == expected


def test_images() -> None:
    assert pricing(image(cost_per_image="0.04")) == Pricing(per_image=Decimal("0.04"))
    grid = {"High": {"1k": "0.13", "4K": 1.13}, "low": {"1K": None}}
    assert pricing(image(cost_per_image=None, cost_per_image_grid=grid)) == Pricing(
        image_grid={"high": {"1K": Decimal("0.13"), "4K": Decimal("1.13")}, "low": {}}
    )


@for_each("method", ["token", "time", "per_audio_output_second", "per_moon", None, 5, ["per_image"]])
def test_a_price_that_only_the_run_tells_is_unknown(method: object) -> None:
    fields = {"cost_per_second": 0.1, "cost_per_image": 0.04, "output_cost_per_token": 0.01}
    assert pricing({"method": method, **fields}) is None


def test_what_belongs_to_another_method_counts_for_nothing() -> None:
    """One zero in a field that does not apply would make every video free."""
    film = pricing(video(cost_per_second=0.1, cost_per_image=0, cost_per_image_grid={"high": {"1K": 1}}))
    assert quote(film, DURATION, {}) == Decimal("0.5")
    still = pricing(image(cost_per_image=0.04, cost_per_second=0.1))
    assert quote(still, DURATION, {}) == Decimal("0.04")
    assert quote(pricing(image(cost_per_second=0.1)), DURATION, {}) is None


@for_each("payload", [None, 5, "free", [], {}, {"cost_per_image": 1}])
def test_no_price_list(payload: object) -> None:
    assert pricing(payload) is None


@given(
    st.fixed_dictionaries(
        {"method": st.sampled_from(["per_image", "per_video_output_second"])},
        optional=dict.fromkeys(
            (
                "cost_per_image",
                "cost_per_image_grid",
                "cost_per_second",
                "cost_per_second_by_resolution",
                "cost_per_second_with_audio",
                "cost_per_second_high_res",
            ),
            json_values,
        ),
    )
)
def test_whatever_is_in_a_price_list_it_is_read(payload: dict[str, Any]) -> None:
    cost = quote(pricing(payload), DURATION, {"quality": "high", "resolution": "1K"})
    assert cost is None or cost >= 0
