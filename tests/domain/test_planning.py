"""From a request to a plan, over the provider's whole catalogue: what is offered is accepted, the rest is refused."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.choices import example, length_choices, ratio_choices, remaining, resolution_choices
from bot.domain.models.parameters import Parameter, Scalar
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import MAX_COUNT, MAX_PROMPT, validate
from tests.cases import for_each
from tests.domain.kit import SCHEMAS, Refused, model, real_catalogue

REAL = real_catalogue()
ALL = [REAL.get(model_id) for model_id in SCHEMAS]
MODELS: list[Model] = [m for m in ALL if m is not None]
ORDERABLE = [(kind, m) for kind in MediaKind for m in REAL.of_kind(kind)]
NOT_ORDERABLE = [(kind, m) for kind in MediaKind for m in MODELS if kind in m.makes and not m.runs_on_prompt(kind)]
SEED = Parameter(name="seed", types=("integer",), minimum=0, maximum=100)


KLING, HAPPY = "kling-video-v2-6-pro-text-to-video", "happyhorse-1.1-t2v"


def video(name: str = KLING, **request: object) -> GenerationRequest:
    return GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model=name, **request)  # type: ignore[arg-type]


def refused(request: GenerationRequest, catalogue: Catalogue) -> Refusal | None:
    try:
        validate(request, catalogue, ())
    except Refusal as refusal:
        return refusal
    return None


def planned(kind: MediaKind, chosen: Model, **request: object) -> ValidatedRequest:
    """The plan for a request with this model, valid against the model's own schema."""
    made = validate(GenerationRequest(kind=kind, prompt="a fox", model=chosen.id, **request), REAL, ())  # type: ignore[arg-type]
    Draft202012Validator(SCHEMAS[chosen.id]).validate({"prompt": made.prompt, **made.parameters})
    assert made.model_id == chosen.id
    return made


@for_each("kind, chosen", ORDERABLE)
def test_everything_that_is_offered_for_a_model_is_accepted_by_its_schema(kind: MediaKind, chosen: Model) -> None:
    lengths, ratios = length_choices(chosen), ratio_choices(chosen)
    for length, ratio in product(lengths or [None], ratios or [None]):
        made = planned(kind, chosen, duration=length, aspect_ratio=ratio)
        assert len(made.parameters) == (length is not None) + (ratio is not None)
    assert all(length > 0 for length in lengths)


@for_each("kind, chosen", ORDERABLE)
def test_a_length_that_is_not_offered_is_refused_or_fits_the_schema(kind: MediaKind, chosen: Model) -> None:
    lengths = length_choices(chosen)
    if chosen.duration is None:
        with Refused("option-unknown", option="duration", model=chosen.name):
            planned(kind, chosen, duration=5)
        return
    for seconds in set(range(1, 61)) - set(lengths):
        refusal = refused(GenerationRequest(kind=kind, prompt="a fox", model=chosen.id, duration=seconds), REAL)
        if refusal is None:
            assert not lengths, f"{seconds} s is possible but not offered"
            planned(kind, chosen, duration=seconds)
        else:
            assert refusal.key == "duration"
            assert int(str(refusal.values["nearest"])) in lengths


@for_each("kind, chosen", ORDERABLE)
def test_an_unknown_ratio_is_refused_with_what_there_is(kind: MediaKind, chosen: Model) -> None:
    ratios = ratio_choices(chosen)
    with pytest.raises(Refusal) as caught:
        planned(kind, chosen, aspect_ratio="7:13")
    refusal = caught.value
    assert refusal.values["option"] == "aspect_ratio"
    if ratios:
        assert refusal.key == "not-a-choice"
        assert all(ratio in str(refusal.values["allowed"]) for ratio in ratios)
    else:
        assert refusal.key == "option-unknown"


@for_each("kind, chosen", ORDERABLE)
def test_a_seed_is_taken_within_the_models_bounds_and_refused_elsewhere(kind: MediaKind, chosen: Model) -> None:
    parameter = chosen.parameters.get("seed")
    if parameter is None:
        with Refused("option-unknown", option="seed", model=chosen.name):
            planned(kind, chosen, seed=1)
        return
    assert planned(kind, chosen, seed=42).parameters == {"seed": 42}
    if parameter.maximum is not None:
        beyond = int(parameter.maximum) + 1
        with Refused("out-of-range", option="seed", given=str(beyond), nearest=str(beyond - 1)):
            planned(kind, chosen, seed=beyond)


@for_each("kind, chosen", ORDERABLE)
def test_sound_is_asked_for_only_where_it_can_be_made(kind: MediaKind, chosen: Model) -> None:
    if "generate_audio" in chosen.parameters:
        assert planned(kind, chosen, audio=True).parameters == {"generate_audio": True}
        assert planned(kind, chosen, audio=False).parameters == {"generate_audio": False}
        return
    assert planned(kind, chosen, audio=False).parameters == {}
    with Refused("option-unknown", option="audio", model=chosen.name):
        planned(kind, chosen, audio=True)


@for_each("kind, chosen", NOT_ORDERABLE)
def test_a_model_that_needs_more_than_a_prompt_is_refused_with_what_it_needs(kind: MediaKind, chosen: Model) -> None:
    refusal = refused(
        GenerationRequest(kind=kind, prompt="a fox" if chosen.takes_prompt else "", model=chosen.id), REAL
    )
    assert refusal is not None
    needed = {slot.option for slot in chosen.slots if slot.required} | set(chosen.needs)
    needed |= {"image", "video"} if chosen.wants else set()
    assert refusal.key in {"input-missing", "input-missing-any", "option-missing"}
    assert refusal.values["option"] in needed


def test_the_two_halves_are_the_whole_catalogue() -> None:
    assert {m.id for _, m in ORDERABLE + NOT_ORDERABLE} == set(SCHEMAS)
    assert len(ORDERABLE) > 50
    assert len(NOT_ORDERABLE) > 40


# What a provider may yet write into a schema.
BOUND = st.none() | st.integers(0, 30) | st.floats(0, 30)
CHOICES = st.lists(
    st.sampled_from((-1, 0, "auto", True))
    | st.integers(1, 40)
    | st.integers(1, 40).map("{}s".format)
    | st.floats(0.5, 40),
    max_size=6,
)


@given(CHOICES, BOUND, BOUND)
def test_every_length_offered_can_be_planned_whatever_the_schema_says(
    choices: list[Scalar], low: float | None, high: float | None
) -> None:
    strange = model("m", Parameter(name="duration", choices=tuple(choices), minimum=low, maximum=high))
    for seconds in length_choices(strange):
        request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="m", duration=seconds)
        assert validate(request, Catalogue([strange]), ()).parameters.keys() == {"duration"}


def test_a_length_that_is_a_number_or_a_word_is_offered_as_numbers() -> None:
    either = (Parameter(name="duration", choices=("auto",)), Parameter(name="duration", minimum=4, maximum=6))
    chosen = model("m", Parameter(name="duration", variants=either))
    assert length_choices(chosen) == [4, 5, 6]
    assert validate(video("m", duration=5), Catalogue([chosen]), ()).parameters == {"duration": 5}
    assert suggestion_of(video("m", duration=9), Catalogue([chosen])) == video("m", duration=6)


@for_each(
    ("choices", "nearest", "suggestion"),
    [(("auto",), "auto", video("m")), ((2.5, 10.5), "10.5", None), (("5s", "10s"), "10", video("m", duration=10))],
)
def test_the_suggestion_for_a_length_is_what_the_refusal_says(
    choices: tuple[Scalar, ...], nearest: str, suggestion: GenerationRequest | None
) -> None:
    """An option for whole seconds cannot give halves of them."""
    strange = Catalogue([model("m", Parameter(name="duration", choices=choices))])
    request = video("m", duration=9)
    refuse("duration", request, strange, nearest=nearest, option="duration")
    assert suggestion_of(request, strange) == suggestion


@given(CHOICES, st.integers(1, 60))
def test_a_refused_length_never_breaks_the_planner(choices: list[Scalar], seconds: int) -> None:
    strange = model("m", Parameter(name="duration", choices=tuple(choices)))
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="m", duration=seconds)
    refusal = refused(request, Catalogue([strange]))
    assert refusal is None or refusal.key == "duration"


# Which model, when none is named.

PLAIN, SEEDED, SOUND = model("plain"), model("seeded", SEED), model("sound", Parameter(name="generate_audio"), SEED)
THREE = Catalogue([SOUND, PLAIN, SEEDED])


@for_each(
    ("options", "chosen"),
    [
        ({}, "plain"),
        ({"seed": 5}, "seeded"),
        ({"audio": True}, "sound"),
        ({"audio": True, "seed": 5}, "sound"),
        ({"audio": False}, "plain"),
    ],
)
def test_without_a_model_the_first_preferred_one_that_can_do_it_all_is_taken(
    options: dict[str, object], chosen: str
) -> None:
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", **options)  # type: ignore[arg-type]
    made = validate(request, THREE, ("plain", "seeded", "sound"))
    assert made.model_id == chosen


def test_when_none_can_the_first_ones_refusal_is_told() -> None:
    with Refused("option-unknown", model="Plain", option="seed"):
        validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", seed=500), THREE, ("plain", "seeded"))


def test_a_preferred_model_that_is_gone_or_of_another_kind_is_passed_over() -> None:
    catalogue = Catalogue([model("flux", makes="image"), PLAIN, SEEDED])
    made = validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox"), catalogue, ("gone", "flux", "seeded"))
    assert made.model_id == "seeded"


def test_without_any_preferred_model_the_providers_first_is_taken() -> None:
    assert validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox"), THREE, ("gone",)).model_id == "sound"


def test_a_catalogue_without_the_kind_is_refused() -> None:
    with Refused("no-models", kind="image"):
        validate(GenerationRequest(kind=MediaKind.IMAGE, prompt="a fox"), THREE, ("plain",))


@for_each("kind", MediaKind)
def test_the_default_settings_name_models_that_can_be_ordered(kind: MediaKind) -> None:
    from bot.settings import Settings

    fields = Settings.model_fields
    for model_id in fields[f"{kind.value}_models"].default:
        found = REAL.get(model_id)
        assert found is not None, model_id
        assert found.runs_on_prompt(kind), model_id


def test_a_seed_is_possible_with_the_default_models() -> None:
    from bot.settings import Settings

    preferred = Settings.model_fields["video_models"].default
    made = validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", seed=42), REAL, preferred)
    assert made.parameters == {"seed": 42}
    assert made.model_id in preferred


# What a member can put right.


def refuse(key: str, request: GenerationRequest, catalogue: Catalogue = REAL, **values: object) -> None:
    with Refused(key, **values):
        validate(request, catalogue, ())


def test_an_unknown_model_is_refused_with_the_one_that_was_meant() -> None:
    refuse(
        "model-unknown",
        GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="plian"),
        THREE,
        given="plian",
        nearest="Plain",
    )


def test_a_model_like_no_other_has_no_suggestion() -> None:
    refuse(
        "model-unknown",
        GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="§" * 500),
        THREE,
        nearest="",
        given="§" * 100,
    )


@for_each("typed", ["plain", " plain ", "Plain", "PLAIN"])
def test_a_model_is_known_by_id_and_by_name(typed: str) -> None:
    assert validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model=typed), THREE, ()).model_id == "plain"


def test_a_model_that_writes_text_is_refused_as_that() -> None:
    catalogue = Catalogue([model("gpt", makes="text")])
    refuse(
        "model-text-only", GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="gpt"), catalogue, model="Gpt"
    )


@for_each("typed", ["flux", "Flux"])
def test_a_model_of_the_other_kind_is_refused_with_what_it_makes(typed: str) -> None:
    catalogue = Catalogue([model("flux", makes="image"), PLAIN])
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model=typed)
    refuse("model-wrong-kind", request, catalogue, model="Flux", makes="image")


def test_a_name_that_two_models_share_means_the_one_that_can_be_ordered() -> None:
    edit = Model(id=model("x").id, name="Plain", makes=frozenset({"video"}), parameters={})
    assert (
        validate(
            GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="plain"), Catalogue([edit, PLAIN]), ()
        ).model_id
        == "plain"
    )


@for_each("count", [-1, 0, 5, 12])
def test_a_count_out_of_bounds_is_refused(count: int) -> None:
    refuse("count", GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", count=count), given=count, max=MAX_COUNT)


@for_each("count", [1, 2, 3, 4])
def test_one_to_four_are_planned(count: int) -> None:
    assert validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", count=count), REAL, ()).count == count


@for_each("prompt", ["", " ", "\n\t ", "\u3000"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    refuse("prompt-or-shots", GenerationRequest(kind=MediaKind.VIDEO, prompt=prompt))
    refuse("prompt-empty", GenerationRequest(kind=MediaKind.IMAGE, prompt=prompt))


def test_a_prompt_of_6000_characters_is_the_longest() -> None:
    assert len(validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="x" * MAX_PROMPT), REAL, ()).prompt) == 6000
    refuse("prompt-long", GenerationRequest(kind=MediaKind.VIDEO, prompt="x" * 6001), length=6001, max=6000)


def test_blanks_around_a_prompt_do_not_count() -> None:
    assert (
        validate(GenerationRequest(kind=MediaKind.VIDEO, prompt=f" \n{'x' * 6000}\n "), REAL, ()).prompt == "x" * 6000
    )


@given(st.text(max_size=50), st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_ends_in_a_plan_or_a_refusal(prompt: str, name: str, ratio: str) -> None:
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt=prompt, model=name or None, aspect_ratio=ratio or None)
    try:
        made = validate(request, REAL, ())
    except Refusal:
        return
    Draft202012Validator(SCHEMAS[made.model_id]).validate({"prompt": made.prompt, **made.parameters})


# What the common options and the model's own have to do with each other.


def suggestion_of(request: GenerationRequest, catalogue: Catalogue = REAL) -> GenerationRequest | None:
    refusal = refused(request, catalogue)
    assert refusal is not None
    if refusal.suggestion is not None:
        validate(refusal.suggestion, catalogue, ())
    return refusal.suggestion


@for_each("kind, chosen", ORDERABLE)
def test_every_resolution_offered_is_accepted_and_another_is_refused(kind: MediaKind, chosen: Model) -> None:
    offered = resolution_choices(chosen)
    for resolution in offered:
        assert list(planned(kind, chosen, resolution=resolution.upper()).parameters.values()) == [resolution]
    refusal = refused(GenerationRequest(kind=kind, prompt="a fox", model=chosen.id, resolution="9000p"), REAL)
    assert refusal is not None
    assert (refusal.key, refusal.values["option"]) == ("not-a-choice" if offered else "option-unknown", "resolution")
    if any(choice.lower().endswith(("p", "k")) for choice in offered):
        assert refusal.values["nearest"] in offered


@for_each(
    ("given", "suggestion"),
    [
        (video(duration=7), video(duration=5)),
        (video(aspect_ratio="7:13"), video(aspect_ratio="9:16")),
        (video(HAPPY, resolution="4k"), video(HAPPY, resolution="1080P")),
        (video(HAPPY, seed=5), video(HAPPY)),
        (video(HAPPY, audio=True), video(HAPPY)),
        (video(count=9), video(count=4)),
        (video("kling-video-v2-6-pro-text-to-vidoe"), video()),
        (GenerationRequest(kind=MediaKind.IMAGE, prompt="a fox", model=KLING), video()),
        (video(more={"cfg_scale": "11"}), video(more={"cfg_scale": 10})),
        (video(more={"negativ_prompt": "rain"}), video(more={"negative_prompt": "rain"})),
        (video(more={"nonsense": "x", "cfg_scale": 1}), video(more={"cfg_scale": 1})),
        (video(duration=5, more={"duration": 10}), video(duration=5)),
        (video("topazlabs-proteus-video"), None),
        (video(duration=7, aspect_ratio="7:13"), video(duration=5, aspect_ratio="9:16")),
        (video("kling-video-v2-6-pro-text-to-vidoe", duration=7, count=9), video(duration=5, count=4)),
        (video(duration=7, more={"nonsense": "x", "cfg_scale": "11"}), video(duration=5, more={"cfg_scale": 10})),
        (video(duration=7, more={"a": 1, "b": 1, "c": 1}), video(duration=5)),
        (video(duration=7, more={"a": 1, "b": 1, "c": 1, "d": 1}), None),
        (video("§" * 500), None),
    ],
)
def test_the_suggestion_is_the_nearest_request_that_runs(
    given: GenerationRequest, suggestion: GenerationRequest | None
) -> None:
    assert suggestion_of(given) == suggestion


def test_a_suggestion_that_mends_more_than_one_thing_comes_with_all_of_them() -> None:
    refusal = refused(video(duration=7, aspect_ratio="7:13"), REAL)
    assert refusal is not None
    said = [(one.values["option"], one.values["nearest"]) for one in (refusal, *refusal.also)]
    assert sorted(said) == [("aspect_ratio", "9:16"), ("duration", "5")]
    alone = refused(video(duration=7), REAL)
    assert alone is not None
    assert alone.also == ()


def test_what_cannot_be_mended_is_said_alone() -> None:
    """As long as one thing has no suggestion, nothing is offered, and nothing else is told as if it were."""
    refusal = refused(video("topazlabs-proteus-vidoe"), REAL)  # the nearest one works on a film, and there is none
    assert refusal is not None
    assert refusal.key == "model-unknown"
    assert (refusal.suggestion, refusal.also) == (None, ())


@for_each("name", ["target_namespace", "num_generations", "model", "target_directory", "response_format"])
def test_the_queues_own_fields_are_nobodys_parameters(name: str) -> None:
    """Not even where a schema had them: a member does not choose who pays."""
    strange = model("m", Parameter(name=name, types=("string",), default="y", required=True))
    assert validate(video("m"), Catalogue([strange]), ()).body() == {"prompt": "a fox"}
    assert remaining(strange) == []
    refuse("option-foreign", video("m", more={name: "x"}), Catalogue([strange]), option=name, models="", nearest="")


def test_a_seed_that_is_no_number_is_refused_as_that() -> None:
    refuse("wrong-type", video("kling", more={"seed": "abc"}), Catalogue([model("kling", SEED)]), option="seed")


@for_each("name", ["xai/grok-imagine-video", "a/b/../c", "x" * 500])
def test_a_name_that_cannot_be_one_is_refused_and_cut(name: str) -> None:
    refuse("model-unknown", video(name), given=name[:100])


def test_a_prompt_among_the_others_is_a_prompt() -> None:
    request = GenerationRequest(kind=MediaKind.VIDEO, model=KLING, more={"prompt": " a fox "})
    assert validate(request, REAL, ()) == validate(video(), REAL, ())
    refuse("option-twice", video(more={"prompt": "a hare"}), option="prompt")
    refuse(
        "wrong-type", GenerationRequest(kind=MediaKind.VIDEO, model=KLING, more={"prompt": {"x": 1}}), option="prompt"
    )


def test_what_a_schema_requires_and_has_a_default_for_is_sent() -> None:
    size = Parameter(name="size", types=("string",), choices=("1K", "2K"), default="2K", required=True)
    assert validate(video("m"), Catalogue([model("m", size)]), ()).body() == {"prompt": "a fox", "size": "2K"}


def test_a_form_asks_for_what_is_left() -> None:
    assert [p.name for p in remaining(REAL.get(KLING) or model("none"))] == ["negative_prompt", "cfg_scale"]


def test_an_example_is_an_order_that_could_be_typed() -> None:
    proteus = REAL.get("topazlabs-proteus-video")
    kling = REAL.get(KLING)
    assert proteus is not None
    assert kling is not None
    assert example(proteus) == "/video model: topazlabs-proteus-video video: …"
    assert example(kling).startswith(f"/video prompt: … model: {KLING} duration: 10 aspect_ratio: ")
