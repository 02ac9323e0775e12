"""What one output costs, by every rule of a price list; what cannot be known is None and never a guess."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.parameters import Json, Parameter, Scalar
from bot.domain.money import Pricing, cheapest, from_micro, quote, to_micro
from bot.oxen.catalogue import pricing as read
from tests.cases import for_each

usd = Decimal
GRID = {"high": {"1K": usd("0.13"), "4K": usd("1.13")}, "low": {"1K": usd("0.004")}}
PER_SECOND = Pricing(per_second=usd("0.07"))
BY_RESOLUTION = Pricing(per_second=usd("0.2"), by_resolution={"480p": usd("0.1"), "720p": usd("0.2")})
WITH_AUDIO = Pricing(per_second=usd("0.1"), with_audio=usd("0.25"))
VIDEO = {"method": "per_video_output_second"}
IMAGE_GRID = {
    "method": "per_image",
    "cost_per_image": None,
    "cost_per_image_grid": {"high": {"2K": "0.29"}, "low": {"1K": 0.004}},
}
ONE_ROW = {"method": "per_image", "cost_per_image_grid": {"standard": {"1K": 0.03, "4K": "0.04"}}}
BY_SIZE = VIDEO | {"cost_per_second": 0.1, "cost_per_second_by_resolution": {"720P": "0.14", "1080P": 0.28}}
SOUND = VIDEO | {"cost_per_second": "0.20", "cost_per_second_with_audio": "0.40"}
LARGE = VIDEO | {"cost_per_second": 0.12, "cost_per_second_high_res": 0.24}
HIGH = Pricing(per_second=usd("0.1"), high_resolution=usd("0.3"))


def schema(**defaults: Scalar | None) -> dict[str, Parameter]:
    return {name: Parameter(name=name, default=default) for name, default in defaults.items()}


def priced(pricing: Pricing | None, defaults: dict[str, Scalar | None], **given: Scalar) -> Decimal | None:
    return quote(pricing, schema(**defaults), given)


def test_without_a_price_list_nothing_is_known() -> None:
    assert priced(None, {"duration": 5}) is None
    assert priced(Pricing(), {"duration": 5}) is None


def test_an_image_has_one_price_whatever_is_asked_of_it() -> None:
    assert priced(Pricing(per_image=usd("0.04")), {"duration": 5}, seed=1) == usd("0.04")


@for_each(
    ("given", "cost"),
    [
        ({}, "0.13"),
        ({"quality": "high", "resolution": "4K"}, "1.13"),
        ({"quality": "LOW"}, "0.004"),
        ({"resolution": "4k"}, "1.13"),
        ({"quality": "low", "resolution": "4K"}, None),
        ({"quality": "best"}, None),
        ({"resolution": "8K"}, None),
    ],
)
def test_an_image_by_quality_and_resolution(given: dict[str, Scalar], cost: str | None) -> None:
    defaults: dict[str, Scalar | None] = {"quality": "high", "resolution": "1K"}
    assert priced(Pricing(image_grid=GRID), defaults, **given) == (usd(cost) if cost else None)


@for_each(
    ("shots", "cost"),
    [
        ([{"prompt": "a", "duration": 5}, {"prompt": "b", "duration": 7}], "0.84"),
        ([{"prompt": "a", "duration": 5}, {"prompt": "b"}], None),
        ([{"prompt": "a", "duration": "auto"}], None),
        (["a"], None),
        ([], "0.35"),
        ("a", "0.35"),
    ],
)
def test_a_storyboard_costs_its_shots_together(shots: Json, cost: str | None) -> None:
    """What is no list of shots is none, and the model's own length counts."""
    parameters = schema(duration=5)
    assert quote(PER_SECOND, parameters, {"multi_prompt": shots}) == (usd(cost) if cost else None)


def test_a_resolution_may_be_called_size() -> None:
    assert priced(Pricing(image_grid=GRID), {"quality": "low", "size": "1k"}) == usd("0.004")
    assert priced(Pricing(image_grid=GRID), {"quality": "low"}) is None
    assert priced(BY_RESOLUTION, {"duration": 5}, target_resolution="480p") == usd("0.5")


@for_each(
    ("default", "given", "cost"),
    [
        (5, {}, "0.35"),
        (5, {"duration": 10}, "0.7"),
        ("5s", {}, "0.35"),
        ("5", {"duration": "8s"}, "0.56"),
        (None, {"duration": 2.5}, "0.175"),
        (None, {}, None),
        ("auto", {}, None),
        (-1, {}, None),
        (0, {}, None),
        (5, {"duration": "auto"}, None),
        (5, {"duration": -1}, None),
    ],
)
def test_a_video_by_its_length(default: Scalar | None, given: dict[str, Scalar], cost: str | None) -> None:
    assert priced(PER_SECOND, {"duration": default}, **given) == (usd(cost) if cost else None)


def test_a_length_may_be_called_seconds() -> None:
    assert priced(PER_SECOND, {"seconds": 4}) == usd("0.28")
    assert priced(PER_SECOND, {}, seconds="6") == usd("0.42")


@for_each(
    ("given", "cost"),
    [({"resolution": "480p"}, "0.5"), ({"resolution": "720P"}, "1"), ({"resolution": "1080p"}, "1"), ({}, "0.5")],
)
def test_a_video_by_its_resolution(given: dict[str, Scalar], cost: str) -> None:
    assert priced(BY_RESOLUTION, {"duration": 5, "resolution": "480p"}, **given) == usd(cost)


def test_a_video_has_no_price_where_its_resolution_has_none() -> None:
    only_small = Pricing(by_resolution={"480p": usd("0.1")})
    assert priced(only_small, {"duration": 5}, resolution="480p") == usd("0.5")
    assert priced(only_small, {"duration": 5}, resolution="720p") is None


@for_each(("sound", "cost"), [(True, "1.25"), (False, "0.5"), (None, "0.5")])
def test_sound_has_a_price_of_its_own(sound: bool | None, cost: str) -> None:
    assert priced(WITH_AUDIO, {"duration": 5, "generate_audio": sound}) == usd(cost)
    given = {} if sound is None else {"generate_audio": sound}
    assert priced(WITH_AUDIO, {"duration": 5}, **given) == usd(cost)


def test_sound_that_the_schema_has_by_default_is_paid_for_unless_declined() -> None:
    assert priced(WITH_AUDIO, {"duration": 5, "generate_audio": True}, generate_audio=False) == usd("0.5")
    assert priced(PER_SECOND, {"duration": 5, "generate_audio": True}) == usd("0.35")


@for_each(
    ("resolution", "cost"),
    [("720p", "0.5"), ("1080p", "1.5"), ("1440P", "1.5"), ("2K", "1.5"), ("4k", "1.5"), (None, "0.5")],
)
def test_high_resolutions_have_a_price_of_their_own(resolution: str | None, cost: str) -> None:
    assert priced(HIGH, {"duration": 5, "resolution": resolution}) == usd(cost)


@given(
    seconds=st.integers(1, 60),
    micro=st.integers(0, 10_000_000),
    given_it=st.booleans(),
    spelling=st.sampled_from([int, str, "{}s".format]),
)
def test_a_length_costs_the_same_however_it_is_spelled(
    seconds: int, micro: int, given_it: bool, spelling: type[int]
) -> None:
    length = {"duration": spelling(seconds)}
    cost = quote(
        Pricing(per_second=from_micro(micro)), {} if given_it else schema(**length), length if given_it else {}
    )
    assert cost is not None
    assert to_micro(cost) == micro * seconds


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_amount_of_the_tables_comes_back(micro: int) -> None:
    assert to_micro(from_micro(micro)) == micro


@given(st.decimals(0, 10**6, places=6))
def test_every_price_to_the_micro_dollar_survives_the_tables(amount: Decimal) -> None:
    assert from_micro(to_micro(amount)) == amount


@for_each(("amount", "micro"), [("0.0000005", 0), ("0.0000015", 2), ("0.00000051", 1), ("1E+1", 10**7)])
def test_less_than_a_micro_dollar_is_rounded(amount: str, micro: int) -> None:
    assert to_micro(usd(amount)) == micro


@for_each(
    "pricing",
    [
        Pricing(per_second=Decimal("0.0033333333")),
        Pricing(per_image=Decimal("0.0416666667")),
        Pricing(image_grid={"": {"": Decimal("0.0000004")}}),
    ],
)
def test_a_quote_is_what_the_tables_keep_so_that_sums_of_it_are_exact(pricing: Pricing) -> None:
    """Else four outputs would reserve another sum than was checked, and a yes would not cover its price."""
    price = quote(pricing, {}, {"duration": 5})
    assert price is not None
    assert price == from_micro(to_micro(price))
    assert to_micro(price * 4) == to_micro(price) * 4


def test_the_cheapest_settings_are_found_among_the_choices() -> None:
    quality = Parameter(name="quality", choices=("low", "high"), default="high")
    size = Parameter(name="size", choices=("1K", "4K"), default="4K")
    schema = {"quality": quality, "size": size}
    assert cheapest(Pricing(image_grid=GRID), schema) == (usd("0.004"), {"quality": "low", "size": "1K"})
    assert quote(Pricing(image_grid=GRID), schema, {"quality": "low", "size": "1K"}) == usd("0.004")
    assert cheapest(Pricing(per_image=usd("0.04")), {}) == (usd("0.04"), {})
    assert cheapest(None, schema) is None


@for_each(
    ("payload", "defaults", "given", "cost"),
    [
        ({"method": "per_image", "cost_per_image": "0.039"}, {}, {}, "0.039"),
        ({"method": "per_image", "cost_per_image": None}, {}, {}, None),
        (IMAGE_GRID, {"quality": "high", "resolution": "2K"}, {}, "0.29"),
        (IMAGE_GRID, {"quality": "high", "resolution": "2K"}, {"quality": "low", "resolution": "1k"}, "0.004"),
        (IMAGE_GRID, {"quality": "high", "resolution": "auto"}, {}, None),
        (IMAGE_GRID | {"cost_per_image": "0.3"}, {"quality": "high", "resolution": "auto"}, {}, "0.3"),
        (ONE_ROW, {"size": "2K"}, {"size": "4K"}, "0.04"),
        (ONE_ROW, {}, {}, None),
        ({"method": "per_image", "cost_per_image_grid": {"standard": {"1K": 0.02}}}, {}, {}, "0.02"),
        (VIDEO | {"cost_per_second": "0.07"}, {"duration": 5}, {}, "0.35"),
        (VIDEO | {"cost_per_second": None}, {"duration": 5}, {}, None),
        (BY_SIZE, {"duration": 5, "resolution": "720P"}, {}, "0.7"),
        (BY_SIZE, {"duration": 5, "resolution": "720P"}, {"resolution": "1080p"}, "1.4"),
        (BY_SIZE, {"duration": 5, "resolution": "auto"}, {}, None),
        (BY_SIZE, {"duration": 5}, {}, "0.5"),
        (SOUND, {"duration": 4, "generate_audio": True}, {}, "1.6"),
        (SOUND, {"duration": 4, "generate_audio": True}, {"generate_audio": False}, "0.8"),
        (SOUND | {"cost_per_second_with_audio": None}, {"duration": 4, "generate_audio": True}, {}, "0.8"),
        (LARGE, {"duration": 5, "resolution": "720p"}, {}, "0.6"),
        (LARGE, {"duration": 5, "resolution": "2160p"}, {}, "1.2"),
        (LARGE, {"duration": 5, "resolution": "high"}, {}, "1.2"),
        (LARGE, {"duration": 5, "resolution": "auto"}, {}, None),
        ({"method": "time", "cost_per_second": "0.0012"}, {"duration": 5}, {}, None),
        ({"method": "token", "output_cost_per_token": 1.75e-5}, {"duration": 5}, {}, None),
        ({"method": "per_audio_output_second", "cost_per_second": 0.01}, {"duration": 5}, {}, None),
        (None, {"duration": 5}, {}, None),
    ],
)
def test_every_shape_of_the_price_list_is_quoted(
    payload: object, defaults: dict[str, Scalar | None], given: dict[str, Scalar], cost: str | None
) -> None:
    """The shapes of API.md, "Polling, timing, price"; numbers arrive as such, as strings, and as null."""
    assert priced(read(payload), defaults, **given) == (usd(cost) if cost else None)


def test_where_a_film_is_worked_on_a_second_has_a_price_and_the_whole_has_none() -> None:
    assert quote(PER_SECOND, schema(duration=5), {"duration": 5}, reworks=True) is None
    assert quote(Pricing(per_image=usd("0.1")), {}, {}, reworks=True) == usd("0.1")
