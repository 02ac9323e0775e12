"""Every model of the catalogue: what its schema allows can be ordered, what it forbids is refused by name."""

from dataclasses import replace

import pytest
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.domain.kit import SCHEMAS, real_catalogue

from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from tests import schemas

REAL = real_catalogue()
MODELS = list(REAL)
VALIDATORS = {name: Draft202012Validator(schemas.as_sampled(schema)) for name, schema in SCHEMAS.items()}
few = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)


def valid(request: GenerationRequest) -> ValidatedRequest:
    """The plan for the request; what would be sent is right by the model's own schema, and by nothing else's."""
    made = validate(request, REAL, ())
    body = made.body()
    VALIDATORS[made.model_id].validate(body)
    assert body.keys() <= SCHEMAS[made.model_id]["properties"].keys()
    return made


def refusal_of(request: GenerationRequest) -> Refusal:
    with pytest.raises(Refusal) as caught:
        validate(request, REAL, ())
    return caught.value


def test_all_of_them_are_here() -> None:
    assert len(MODELS) == len(SCHEMAS) == 115


@by_model
def test_the_smallest_order_is_planned(model: Model) -> None:
    @few
    @given(schemas.smallest(model, SCHEMAS[model.id]))
    def planned(request: GenerationRequest) -> None:
        assert len(valid(request).inputs) == sum(slot.required for slot in model.slots) + len(model.wants)

    planned()


@by_model
def test_a_full_order_is_planned_and_every_slot_is_filled(model: Model) -> None:
    """Every parameter that takes a file can be reached by an attachment with the slot's role."""

    @few
    @given(schemas.full(model, SCHEMAS[model.id]))
    def planned(request: GenerationRequest) -> None:
        made = valid(request)
        body = made.body()
        assert {entry.slot for entry in made.inputs} == {slot.parameter for slot in model.slots}
        assert body.keys() == SCHEMAS[model.id]["properties"].keys() - {"multi_prompt"}
        for entry in made.inputs:
            assert entry.attachment.url in str(body[entry.slot])
        for name, value in request.more.items():
            assert body[name] == value, name

    planned()


@by_model
def test_a_full_order_typed_as_text_is_the_same(model: Model) -> None:
    @few
    @given(schemas.full(model, SCHEMAS[model.id]))
    def planned(request: GenerationRequest) -> None:
        typed = {name: str(v).lower() if isinstance(v, bool | int | float) else v for name, v in request.more.items()}
        assert valid(replace(request, more=typed)).body() == valid(request).body()

    planned()


@by_model
def test_each_parameter_wrong_in_turn_is_refused_by_its_name(model: Model) -> None:
    schema = SCHEMAS[model.id]

    @few
    @given(schemas.smallest(model, schema), st.data())
    def refused(request: GenerationRequest, data: st.DataObject) -> None:
        for name, rule in schemas.properties(schema).items():
            value = data.draw(schemas.wrong(rule), label=name)
            prompt = "" if name in {"prompt", "multi_prompt"} else request.prompt
            refusal = refusal_of(replace(request, prompt=prompt, more={**request.more, name: value}))
            assert str(refusal.values["option"]).startswith(name), refusal
            assert refusal.values.get("allowed") is not None or refusal.key in {
                "not-a-link",
                "field-missing",
                "prompt-long",
            }
            if refusal.suggestion is not None:
                valid(refusal.suggestion)
            if refusal.key == "out-of-range":
                assert refusal.values["nearest"] != ""
                assert refusal.suggestion is not None

    refused()


@by_model
def test_two_wrong_at_once_are_both_told_where_one_order_mends_them(model: Model) -> None:
    @few
    @given(schemas.smallest(model, SCHEMAS[model.id]), st.data())
    def refused(request: GenerationRequest, data: st.DataObject) -> None:
        rules = {n: r for n, r in schemas.properties(SCHEMAS[model.id]).items() if n not in {"prompt", "multi_prompt"}}
        if len(rules) < 2:
            return
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

    refused()


@by_model
def test_each_thing_it_needs_left_out_is_refused_by_its_name(model: Model) -> None:
    @few
    @given(schemas.smallest(model, SCHEMAS[model.id]))
    def refused(request: GenerationRequest) -> None:
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


@by_model
def test_a_parameter_of_another_model_is_refused_with_who_has_it(model: Model) -> None:
    kind = next(k for k in MediaKind if k in model.makes)
    for other in MODELS:
        foreign = next((name for name in other.parameters if name not in model.parameters), None)
        if foreign is None:
            continue
        refusal = refusal_of(GenerationRequest(kind=kind, model=model.id, prompt="a fox", more={foreign: "x"}))
        assert (refusal.key, refusal.values["option"]) == ("option-foreign", foreign)
        assert bool(refusal.values["models"]) is any(kind in m.makes and foreign in m.parameters for m in MODELS)


@by_model
def test_every_model_belongs_to_a_group_and_can_be_shown(model: Model) -> None:
    from bot.domain.models.choices import example, remaining

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
        assert made.quote == model.pricing.per_second * sum(s.duration for s in shots)
