"""One parameter against one value: spelled as the schema wants it, or refused with what would be right."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Refusal
from bot.domain.models.checks import check, check_seconds
from bot.domain.models.parameters import Parameter, Scalar, allowed, as_seconds
from tests.cases import for_each
from tests.domain.kit import Refused


def length(*choices: Scalar, low: float | None = None, high: float | None = None) -> Parameter:
    return Parameter(name="duration", choices=choices, minimum=low, maximum=high)


@for_each(
    ("choice", "seconds"),
    [
        (5, 5.0),
        (5.0, 5.0),
        ("5", 5.0),
        ("5s", 5.0),
        ("5 s", 5.0),
        ("2.5s", 2.5),
        ("auto", None),
        (-1, None),
        ("-1", None),
        (0, None),
        ("0s", None),
        (True, None),
        ("", None),
        ("5m", None),
        ("s", None),
    ],
)
def test_the_length_behind_a_choice(choice: Scalar, seconds: float | None) -> None:
    assert as_seconds(choice) == seconds


@for_each(
    ("choices", "spelled"),
    [((5, 10), 10), (("5", "10"), "10"), (("5s", "10s"), "10s"), (("auto", "4", "10"), "10"), ((-1, 4, 10), 10)],
)
def test_a_length_is_spelled_as_the_model_spells_it(choices: tuple[Scalar, ...], spelled: Scalar) -> None:
    found = check_seconds(length(*choices), 10)
    assert (found, type(found)) == (spelled, type(spelled))


@for_each(
    ("parameter", "asked", "nearest"),
    [
        (length("5s", "10s"), 7, "5"),
        (length("5s", "10s"), 8, "10"),
        (length("auto", "4", "5"), 60, "5"),
        (length(-1, 4, 5), 1, "4"),
        (length(0, 2, 3), 0, "2"),
        (length(low=3, high=15), 2, "3"),
        (length(low=3, high=15), 16, "15"),
    ],
)
def test_an_impossible_length_is_refused_with_the_nearest_one(parameter: Parameter, asked: int, nearest: str) -> None:
    with Refused("duration", given=asked, nearest=nearest):
        check_seconds(parameter, asked)


@for_each(
    ("parameter", "named"),
    [
        (length("auto", "4", "5"), "4, 5"),
        (length(0, 2, 3), "2, 3"),
        (length("5s", "10s"), "5, 10"),
        (length(-1, 10, 5), "5, 10"),
        (length(low=3, high=15), "3 - 15"),
    ],
)
def test_the_lengths_named_in_a_refusal_are_those_a_member_can_type(parameter: Parameter, named: str) -> None:
    with Refused("duration", allowed=named):
        check_seconds(parameter, 99)


def test_a_model_that_chooses_the_length_itself_refuses_every_length() -> None:
    with Refused("duration", allowed="auto", nearest="auto"):
        check_seconds(length("auto"), 5)


def test_every_length_within_bounds_is_taken_as_it_is() -> None:
    assert [check_seconds(length(low=3, high=15), s) for s in (3, 9, 15)] == [3, 9, 15]
    assert check_seconds(length(), 7) == 7


@given(st.lists(st.integers(1, 60), min_size=1, unique=True), st.integers(1, 120), st.sampled_from((int, str, "{}s")))
def test_the_nearest_length_is_one_the_model_takes(lengths: list[int], asked: int, spelling: object) -> None:
    choices: list[Scalar] = [spelling.format(s) if isinstance(spelling, str) else spelling(s) for s in lengths]  # type: ignore[operator]
    parameter = length("auto", *choices)
    try:
        assert as_seconds(check_seconds(parameter, asked)) == asked
    except Refusal as refusal:
        nearest = int(refusal.values["nearest"])
        assert nearest in lengths
        assert abs(nearest - asked) == min(abs(s - asked) for s in lengths)
        check_seconds(parameter, nearest)
    else:
        assert asked in lengths


@for_each(("typed", "choice"), [("16:9", "16:9"), (" 16:9 ", "16:9"), ("AUTO", "auto"), ("Square", "square")])
def test_case_and_blanks_of_a_choice_are_forgiven(typed: str, choice: str) -> None:
    parameter = Parameter(name="aspect_ratio", choices=("16:9", "auto", "square"))
    assert check(parameter, typed) == choice


def test_an_invalid_choice_is_refused_with_all_valid_ones() -> None:
    parameter = Parameter(name="aspect_ratio", choices=("16:9", "9:16"))
    with Refused("not-a-choice", option="aspect_ratio", given="4:3", allowed="16:9, 9:16"):
        check(parameter, "4:3")


def test_without_choices_anything_goes() -> None:
    assert check(Parameter(name="aspect_ratio"), "4:3") == "4:3"


BIG = 2**63 - 1  # what many models take as a seed


@for_each(
    ("low", "high", "asked", "may_be", "nearest"),
    [
        (0, 10, 11, "0 - 10", "10"),
        (0, 10, -1, "0 - 10", "0"),
        (5, None, 4, "≥ 5", "5"),
        (None, 5, 6, "≤ 5", "5"),
        (0, BIG, -1, f"0 - {BIG}", "0"),
        (0, 2**32 - 1, 2**32, "0 - 4294967295", "4294967295"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_the_bounds(
    low: int | None, high: int | None, asked: int, may_be: str, nearest: str
) -> None:
    parameter = Parameter(name="seed", minimum=low, maximum=high)
    with Refused("out-of-range", option="seed", given=str(asked), allowed=may_be, nearest=nearest):
        check(parameter, asked)


@given(st.integers(-(2**70), 2**70), st.integers(-(2**65), 2**65), st.integers(0, 2**65))
def test_a_number_is_taken_exactly_when_it_lies_within_the_bounds(asked: int, low: int, width: int) -> None:
    parameter = Parameter(name="seed", minimum=low, maximum=low + width)
    try:
        assert check(parameter, asked) == asked
    except Refusal as refusal:
        assert not low <= asked <= low + width
        nearest = int(str(refusal.values["nearest"]))
        assert check(parameter, nearest) == nearest
        assert nearest in (low, low + width)
    else:
        assert low <= asked <= low + width


def test_a_number_without_bounds_is_taken() -> None:
    assert check(Parameter(name="seed"), -5) == -5


def test_what_is_allowed_leaves_out_the_models_own_choice() -> None:
    assert allowed(Parameter(name="duration", choices=(-1, 4, 5))) == "4, 5"
    assert allowed(Parameter(name="guidance", minimum=0.5, maximum=2.0)) == "0.5 - 2"
    assert allowed(Parameter(name="anything")) == ""
