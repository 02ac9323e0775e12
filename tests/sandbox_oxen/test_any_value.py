"""Any JSON at all as a parameter: judged as a JSON Schema validator judges it, and nothing else goes wrong."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sandbox.oxen.catalogue import Catalogue, Model
from sandbox.oxen.inputs.slots import wanted
from sandbox.oxen.parameters import Refused, checked
from sandbox.oxen.pricing import price
from sandbox.oxen.render.plan import plan
from sandbox.oxen.schema import URI_FORMATS, URI_SCHEMES, violation

MODELS = Catalogue.from_file().all()
PLAIN = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["https://x/a.png", "data:,x", "auto", "5", "5s", "16:9", "", 5, -1, 0, 10, 1e308, 10**400])
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)
RULES = [(model.id, name, rule) for model in MODELS for name, rule in model.properties.items()]


@given(case=st.sampled_from(RULES), value=VALUES)
def test_a_value_fits_exactly_when_the_schema_says_so(case: tuple[str, str, dict[str, Any]], value: Any) -> None:
    _, name, rule = case
    problem = violation(rule, value, name)
    assert problem is None or problem.startswith(name)
    if is_judged_otherwise(rule, value):
        return
    assert (problem is None) == Draft202012Validator(rule).is_valid(value)


def is_judged_otherwise(rule: dict[str, Any], value: Any) -> bool:
    """Infinity is no JSON; a URI has to look like one; of two types, the number is as good as its digits."""
    text = str(value)
    if "inf" in text or "nan" in text or (isinstance(value, float) and not math.isfinite(value)):
        return True
    if isinstance(rule.get("type"), list):
        return True
    uris = rule.get("format") in URI_FORMATS or "items" in rule or "properties" in rule
    return uris and not (isinstance(value, str) and value.startswith(URI_SCHEMES))


@pytest.mark.parametrize(
    "model", [each for each in MODELS if "prompt" not in each.properties][:3], ids=lambda each: each.id
)
def test_a_prompt_is_text_also_where_the_schema_knows_none(model: Model) -> None:
    asked: dict[str, Any] = dict.fromkeys(model.required, "https://x/y")
    with pytest.raises(Refused, match="prompt must be of type string"):
        checked(model, asked | {"prompt": [False]})


@given(model=st.sampled_from(MODELS), data=st.data())
def test_whatever_is_asked_is_planned_priced_or_refused(model: Model, data: st.DataObject) -> None:
    names = st.sampled_from([*sorted(model.properties), "duration", "prompt", "multi_prompt", "no such parameter"])
    asked = {"prompt": "a fox", **data.draw(st.dictionaries(names, VALUES | st.none(), max_size=4))}
    asked |= {name: "https://x/y" for name in model.required if "url" in name or name.startswith("input_")}
    try:
        values = checked(model, asked)
        made = plan(model, asked, 0)
    except Refused:
        return
    assert all(each.uri.startswith(URI_SCHEMES) for each in wanted(model, values))
    assert 0 < made.width * made.height <= 7680 * 4320
    assert model.media_type == "image" or 0 < made.seconds <= 60
    assert price(model, asked, made, 10) > 0


@pytest.mark.parametrize("seconds", [math.inf, 10**400, 61])
def test_a_film_longer_than_a_minute_is_refused(seconds: float) -> None:
    model = Catalogue.from_file().get("ltx-2-3-pro-extend-video")
    assert model is not None
    with pytest.raises(Refused, match=r"^duration must be"):
        plan(model, {"input_video": "https://x/y", "duration": seconds}, 0)
