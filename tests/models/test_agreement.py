"""What may be ordered, by the bot's reading of the schemas and by the stand-in's: the two were written apart.

An order that is let through must not fail for its parameters when it runs, since nobody would be told why ("the
generation fails silently", seed 001); what is refused must be something that would have failed.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Model
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.parameters import Refused, checked
from sandbox.oxen.pricing import price
from sandbox.oxen.render.plan import plan as rendered
from tests import schemas
from tests.domain.kit import SCHEMAS
from tests.models.kit import CATALOGUE, EXAMPLES, MODELS, rules, sent

STAND_INS = Catalogue.from_file()
PLAIN = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "https://x/a.png",
            "data:,x",
            "auto",
            "5",
            "5s",
            "16:9",
            "4K",
            "720P",
            "1e999",
            "[1e999]",
            '{"url": 1e999}',
            10**400,
        ]
    )
)
FIELDS = st.sampled_from(["url", "prompt", "duration", "frontal_image_url", "x"])
ANY = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3), max_leaves=6
)
many = settings(max_examples=200 * EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


def wild(rule: schemas.Schema) -> st.SearchStrategy[Any]:
    """Right, wrong, right but typed, or anything at all."""
    return schemas.values(rule) | schemas.wrong(rule) | schemas.values(rule).map(str) | ANY


def failing(model: Model, body: dict[str, Any]) -> str:
    """What the stand-in says when the order runs; "" for a good one."""
    stand_in = STAND_INS.get(model.id)
    assert stand_in is not None
    try:
        checked(stand_in, body)
    except Refused as refused:
        return refused.message
    return ""


def charge(model: Model, body: dict[str, Any]) -> Decimal | None:
    """What the stand-in charges; None for a film that is too long for it."""
    stand_in = STAND_INS.get(model.id)
    assert stand_in is not None
    try:
        return price(stand_in, body, rendered(stand_in, body, 0), run_seconds=10)
    except Refused:
        return None


def planned(request: GenerationRequest) -> ValidatedRequest | None:
    try:
        return validate(request, CATALOGUE, ())
    except Refusal:
        return None


@many
@given(model=st.sampled_from(MODELS), data=st.data())
def test_what_may_be_ordered_never_fails_for_its_parameters(model: Model, data: st.DataObject) -> None:
    schema = SCHEMAS[model.id]
    request = data.draw(schemas.smallest(model, schema) | schemas.full(model, schema))
    names = data.draw(st.lists(st.sampled_from(sorted(rules(model))), max_size=3, unique=True))
    more = {**request.more, **{name: data.draw(wild(rules(model)[name]), label=name) for name in names}}
    prompt = data.draw(st.sampled_from([request.prompt, ""]))
    ordered = planned(replace(request, prompt=prompt, more=more))
    assume(ordered is not None)
    assert ordered is not None
    assert failing(model, sent(ordered)) == ""


PRICED = [model for model in MODELS if model.pricing is not None]


@many
@given(model=st.sampled_from(PRICED), data=st.data())
def test_what_is_quoted_is_what_is_charged(model: Model, data: st.DataObject) -> None:
    ordered = planned(data.draw(schemas.smallest(model, SCHEMAS[model.id]) | schemas.full(model, SCHEMAS[model.id])))
    assert ordered is not None
    assume(ordered.estimate is not None)
    assert ordered.estimate is not None
    assert charge(model, sent(ordered)) in {None, ordered.estimate.usd}


@many
@given(model=st.sampled_from(MODELS), data=st.data())
def test_what_is_refused_would_have_failed(model: Model, data: st.DataObject) -> None:
    schema = SCHEMAS[model.id]
    request = data.draw(schemas.smallest(model, schema))
    good = planned(request)
    assert good is not None
    filled = {entry.slot for entry in good.inputs}
    name = data.draw(st.sampled_from(sorted(rules(model).keys() - filled) or [""]))
    assume(name != "")
    value = data.draw(schemas.wrong(rules(model)[name]) | ANY)
    prompt = "" if name == "prompt" else request.prompt
    assume(planned(replace(request, prompt=prompt, more={**request.more, name: value})) is None)
    assert failing(model, {**sent(good), name: value}) != ""
