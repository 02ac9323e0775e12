"""Every model of the catalogue: what its schema allows can be ordered, what it forbids is refused by name."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.choices import example, remaining
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from tests import schemas
from tests.cases import for_each
from tests.domain.kit import SCHEMAS, real_catalogue

REAL = real_catalogue()
MODELS = list(REAL)
VALIDATORS = {name: Draft202012Validator(schemas.as_sampled(schema)) for name, schema in SCHEMAS.items()}
few = settings(max_examples=2, suppress_health_check=[HealthCheck.too_slow])
in_parts = pytest.mark.parametrize("part", range(5))  # each takes seconds


def valid(request: GenerationRequest) -> ValidatedRequest:
    """The request as its model takes it: what would be sent is right by the model's own schema."""
    made = validate(request, REAL, ())
    body = made.body()
    VALIDATORS[made.model_id].validate(body)
    assert body.keys() <= SCHEMAS[made.model_id]["properties"].keys()
    return made


def refusal_of(request: GenerationRequest) -> Refusal:
    with pytest.raises(Refusal) as caught:
        validate(request, REAL, ())
    return caught.value


def test_the_catalogue_has_all_models() -> None:
    assert len(MODELS) == len(SCHEMAS) == 115


@in_parts
def test_what_it_takes_can_be_ordered(part: int) -> None:
    for model in MODELS[part::5]:
        can_be_ordered(model)


def can_be_ordered(model: Model) -> None:
    """The smallest order, and a full one: every parameter that takes a file is reached by an attachment with its role.

    What is typed as text is the same.
    """
    schema = SCHEMAS[model.id]

    @few
    @given(schemas.smallest(model, schema), schemas.full(model, schema))
    def planned(smallest: GenerationRequest, full: GenerationRequest) -> None:
        assert len(valid(smallest).inputs) == sum(slot.required for slot in model.slots) + len(model.wants)
        made = valid(full)
        body = made.body()
        assert {entry.slot for entry in made.inputs} == {slot.parameter for slot in model.slots}
        assert body.keys() == schema["properties"].keys() - {"multi_prompt"}
        for entry in made.inputs:
            assert entry.attachment.url in str(body[entry.slot])
        for name, value in full.more.items():
            assert body[name] == value, name
        typed = {name: str(v).lower() if isinstance(v, bool | int | float) else v for name, v in full.more.items()}
        assert valid(replace(full, more=typed)).body() == body

    planned()


@in_parts
def test_what_it_does_not_take_is_refused_by_its_name(part: int) -> None:
    for model in MODELS[part::5]:
        is_refused_by_its_name(model)


def is_refused_by_its_name(model: Model) -> None:
    """Each parameter wrong in turn, two at once, each thing that it needs left out."""
    schema = SCHEMAS[model.id]

    @few
    @given(schemas.smallest(model, schema), st.data())
    def refused(request: GenerationRequest, data: st.DataObject) -> None:
        for name, rule in schemas.properties(schema).items():
            value = data.draw(schemas.wrong(rule), label=name)
            prompt = "" if name in {"prompt", "multi_prompt"} else request.prompt
            refusal = refusal_of(replace(request, prompt=prompt, more={**request.more, name: value}))
            assert str(refusal.values["option"]).startswith(name), refusal
            may_be = refusal.values.get("allowed")
            assert may_be is not None or refusal.key in {"not-a-link", "field-missing", "prompt-long"}
            if refusal.suggestion is not None:
                valid(refusal.suggestion)
            if refusal.key == "out-of-range":
                assert refusal.values["nearest"] != ""
                assert refusal.suggestion is not None

        rules = {n: r for n, r in schemas.properties(schema).items() if n not in {"prompt", "multi_prompt"}}
        if len(rules) > 1:
            names = data.draw(st.lists(st.sampled_from(sorted(rules)), min_size=2, max_size=2, unique=True))
            wrong = {name: data.draw(schemas.wrong(rules[name]), label=name) for name in names}
            alone = [refusal_of(replace(request, more={**request.more, name: value})) for name, value in wrong.items()]
            refusal = refusal_of(replace(request, more={**request.more, **wrong}))
            told = [str(one.values["option"]) for one in (refusal, *refusal.also)]
            assert len(told) == len(set(told))
            assert all(any(option.startswith(name) for name in names) for option in told)
            if refusal.suggestion is not None:
                valid(refusal.suggestion)
                assert len(told) == 2
            assert (refusal.suggestion is not None) >= all(one.suggestion is not None for one in alone)

        for slot in (slot for slot in model.slots if slot.required):
            rest = tuple(a for a in request.attachments if a.role is not slot.role or a.kind is not slot.kind)
            refusal = refusal_of(replace(request, attachments=rest))
            assert (refusal.key, refusal.values["option"]) == ("input-missing", slot.option)
        for name in request.more:
            rest_of = {n: v for n, v in request.more.items() if n != name}
            refusal = refusal_of(replace(request, more=rest_of))
            assert (refusal.key, refusal.values["option"]) == ("option-missing", name)
            assert refusal.suggestion is not None

    refused()


@for_each("model, other", zip(MODELS, MODELS[1:] + MODELS[:1], strict=True))
def test_a_parameter_of_another_model_is_refused_with_who_has_it(model: Model, other: Model) -> None:
    kind = next(k for k in MediaKind if k in model.makes)
    for foreign in [name for name in other.parameters if name not in model.parameters][:2]:
        refusal = refusal_of(GenerationRequest(kind=kind, model=model.id, prompt="a fox", more={foreign: "x"}))
        assert (refusal.key, refusal.values["option"]) == ("option-foreign", foreign)
        assert bool(refusal.values["models"]) is any(kind in m.makes and foreign in m.parameters for m in MODELS)


@for_each("model", MODELS)
def test_every_model_belongs_to_a_group_and_can_be_shown(model: Model) -> None:
    assert model.groups
    assert model.id in example(model)
    asked = {p.name for p in remaining(model)}
    assert not asked & {slot.parameter for slot in model.slots}
    assert not asked & {"prompt", "multi_prompt", "duration", "seed", "aspect_ratio", "resolution"}
    assert asked <= model.parameters.keys()


STORYBOARDS = [m for m in MODELS if "multi_prompt" in m.parameters]


@given(st.sampled_from(STORYBOARDS), schemas.storyboard())
def test_a_storyboard_is_planned_without_a_prompt(model: Model, shots: tuple[schemas.Shot, ...]) -> None:
    made = valid(GenerationRequest(kind=MediaKind.VIDEO, model=model.id, shots=shots))
    body = made.body()
    assert "prompt" not in body
    assert body["multi_prompt"] == [{"prompt": s.prompt, "duration": s.duration} for s in shots]
    if model.pricing is not None and model.pricing.per_second is not None:
        assert made.estimate is not None
        assert made.estimate.usd == model.pricing.per_second * sum(s.duration for s in shots)
