"""JSON to values, in every dialect; and no shape whatever that breaks more than the answer it came in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.provider import Completed
from bot.oxen import catalogue as provider_catalogue
from bot.oxen import wire
from tests.cases import for_each
from tests.fakes.orders import PROMPT

AT = datetime(2026, 4, 2, 0, 57, 11, tzinfo=UTC)
EPOCH = 1775091431  # `AT`, as the provider writes it
MODELS = Path(__file__).parents[2] / "sandbox" / "oxen" / "data" / "models.json"

EPHEMERAL = {
    "generation_id": "7cf9b23a",
    "model": "kling",
    "prompt": PROMPT,
    "media_type": "video",
    "enqueued_at": EPOCH,
    "aspect_ratio": "16:9",
    "duration": 10,
}
PERSISTENT = {
    "generation_id": "7cf9b23a",
    "model_name": "kling",
    "prompt": PROMPT,
    "media_type": "video",
    "status": "succeeded",
    "enqueued_at": EPOCH,
    "started_at": EPOCH,
    "completed_at": EPOCH,
    "target_namespace": "acme",
    "result_url": "https://hub.oxen.ai/x.mp4",
    "error_message": None,
}
BROWSE = PERSISTENT | {
    "target_repo": None,
    "target_directory": "drover/1",
    "cost": "0.4200000000000000",
    "prompt": None,
}


def row(**changes: Any) -> dict[str, Any]:
    return PERSISTENT | changes


# Rows.


def test_an_ephemeral_row_is_processing_as_long_as_it_is_there() -> None:
    (read,) = wire.rows({"count": 1, "generations": [EPHEMERAL]})
    assert (read.id, read.status, read.model, read.prompt) == ("7cf9b23a", "processing", "kling", PROMPT)
    assert (read.enqueued_at, read.started_at, read.result_url) == (AT, None, None)


@for_each(("source", "prompt"), [(PERSISTENT, PROMPT), (BROWSE, "")])
def test_a_row_with_a_status(source: dict[str, Any], prompt: str) -> None:
    read = wire.row(source)
    assert (read.id, read.status, read.model, read.prompt) == ("7cf9b23a", "succeeded", "kling", prompt)
    assert (read.enqueued_at, read.started_at, read.completed_at) == (AT, AT, AT)
    assert (read.result_url, read.error) == ("https://hub.oxen.ai/x.mp4", None)


def test_a_row_in_an_envelope() -> None:
    assert wire.row({"status": "success", "generation": PERSISTENT}) == wire.row(PERSISTENT)


@for_each("status", ["queued", "processing", "a state of tomorrow"])
def test_an_enqueue_reply(status: str) -> None:
    reply = {"generations": [{"generation_id": "a", "status": status}, {"generation_id": "b", "status": status}]}
    assert wire.accepted(reply) == ["a", "b"]


@for_each("moment", [EPOCH, str(EPOCH), float(EPOCH), f"{EPOCH}.0", "2026-04-02T00:57:11Z"])
def test_moments(moment: object) -> None:
    assert wire.row(row(enqueued_at=moment)).enqueued_at == AT


def test_a_moment_without_a_zone_is_utc() -> None:
    read = wire.row(row(enqueued_at="2026-04-02T00:57:11", started_at="2026-04-02 00:57:11"))
    assert (read.enqueued_at, read.started_at) == (AT, AT)


@for_each("moment", [1e20, 10**30, float("inf"), float("nan"), "soon", [], {}])
def test_an_invalid_moment_is_read_as_unknown(moment: object) -> None:
    read = wire.row(row(enqueued_at=moment))
    assert (read.id, read.enqueued_at, read.started_at) == ("7cf9b23a", None, AT)


NO_LIST: list[object] = [None, [], "x", 7, {}, {"generations": None}, {"generations": {}}]
ODD_ROWS: list[object] = [None, "a", {}, {"generation_id": ""}, {"generation_id": None}, {"generation_id": 7}]


@for_each("payload", NO_LIST)
def test_what_is_no_list_of_rows(payload: object) -> None:
    for parse in (wire.rows, wire.accepted):
        with pytest.raises(ValueError, match="unexpected answer at"):
            parse(payload)


UNENDED = {"completed_at": None, "result_url": None}


@for_each("status", ["paused", "a state of tomorrow", "", None, 7, ["succeeded"], {}])
def test_a_state_that_is_not_known_is_no_end(status: object) -> None:
    read = wire.row(row(status=status, **UNENDED))
    assert (read.status, read.has_status) == ("processing", True)


@for_each(
    ("spelled", "status"),
    [
        *((word, "queued") for word in ("QUEUED", "pending", " Waiting ", "in queue")),
        *((word, "processing") for word in ("Running", "in-progress", "IN_PROGRESS", "started", "canceling")),
        *((word, "succeeded") for word in ("Succeeded", "success", "SUCCESSFUL", "completed", "complete", "done")),
        *((word, "failed") for word in ("FAILED", "error", "errored", "failure", "timeout", "timed_out", "Timed Out")),
        *((word, "failed") for word in ("rejected", "expired", "nsfw", "NSFW", "blocked", "moderated")),
        *((word, "cancelled") for word in ("canceled", "CANCELLED", "Canceled", "aborted", "stopped")),
    ],
)
def test_a_state_is_read_by_its_meaning(spelled: str, status: str) -> None:
    assert wire.row(row(status=spelled, **UNENDED)).status == status


@for_each("name", ["completed_at", "ended_at", "finished_at", "failed_at", "cancelled_at", "canceled_at"])
@for_each("status", ["evicted", "paused", None])
def test_an_unknown_state_with_the_moment_of_its_end_is_an_end(status: object, name: str) -> None:
    over = row(status=status, **UNENDED) | {name: EPOCH}
    read = wire.row(over)
    assert (read.status, read.completed_at, read.error) == ("failed", AT, status)
    assert wire.row(over | {"error_message": "no GPU"}).error == (f"{status}: no GPU" if status else "no GPU")
    assert wire.row(over | {"result_url": "https://x/y.mp4"}).status == "succeeded"


def test_an_unknown_state_with_a_result_or_the_reason_for_none_is_an_end() -> None:
    assert wire.row(row(status="delivered", completed_at=None)).status == "succeeded"
    read = wire.row(row(status="evicted", **UNENDED) | {"error_message": "no GPU"})
    assert (read.status, read.error) == ("failed", "evicted: no GPU")


@for_each("status", ["queued", "processing"])
def test_the_providers_own_word_for_work_that_goes_on_counts_more_than_what_looks_like_an_end(status: str) -> None:
    assert wire.row(row(status=status)).status == status


@for_each(
    ("status", "message", "told"),
    [
        ("failed", "Insufficient credits", "Insufficient credits"),
        ("error", "no GPU", "no GPU"),
        ("timed_out", None, "timed_out"),
        ("nsfw", "Look elsewhere", "nsfw: Look elsewhere"),
        ("blocked", "It was blocked.", "It was blocked."),
        ("canceled", "by an admin", "by an admin"),
    ],
)
def test_an_end_has_the_providers_words(status: str, message: str | None, told: str) -> None:
    assert wire.row(row(status=status, **UNENDED) | {"error_message": message}).error == told


def test_a_row_with_nothing_but_nulls_is_one_as_long_as_it_has_an_id() -> None:
    read = wire.row(dict.fromkeys(PERSISTENT) | {"generation_id": "a"})
    assert (read.id, read.status, read.model, read.prompt) == ("a", "processing", "", "")
    assert (read.result_url, read.error, read.enqueued_at, read.namespace) == (None, None, None, None)


@for_each("odd", [row(generation_id=odd) for odd in ("..", "a/b", "a?b", "x" * 201, "é", "a\n")])
def test_a_row_whose_id_would_lead_elsewhere_is_left_out(odd: dict[str, Any]) -> None:
    assert wire.rows({"generations": [odd]}) == []


@for_each("odd", ODD_ROWS)
def test_an_odd_row_does_not_hide_the_others(odd: object) -> None:
    assert [r.id for r in wire.rows({"generations": [odd, row(generation_id="good")]})] == ["good"]


@for_each("odd", ODD_ROWS)
def test_an_enqueue_reply_is_understood_as_a_whole_or_not_at_all(odd: object) -> None:
    with pytest.raises(ValueError, match=r"unexpected answer at generations\.1"):
        wire.accepted({"generations": [{"generation_id": "a"}, odd]})


def test_what_is_wrong_is_named_without_its_content() -> None:
    with pytest.raises(ValueError, match="unexpected answer") as caught:
        wire.row(row(generation_id=[PROMPT]))
    assert str(caught.value) == "unexpected answer at generation_id"
    assert caught.value.__cause__ is None


# The event.


def test_an_event_of_success() -> None:
    data = {"generation_id": "a", "status": "succeeded", "media_type": "video", "model": "kling", "url": "https://x"}
    assert wire.completed(json.dumps(data)) == Completed(id=RemoteId("a"), succeeded=True, url="https://x")


def test_an_event_of_failure() -> None:
    data = {"generation_id": "a", "status": "failed", "media_type": "video", "error": "Insufficient credits"}
    assert wire.completed(json.dumps(data)) == Completed(
        id=RemoteId("a"), succeeded=False, error="Insufficient credits"
    )


@for_each(("status", "succeeded"), [("completed", True), ("SUCCESS", True), ("error", False), ("timed_out", False)])
def test_an_events_state_is_read_by_its_meaning(status: str, succeeded: bool) -> None:
    assert wire.completed(json.dumps({"generation_id": "a", "status": status})).succeeded is succeeded


@for_each(
    "data", ["", "x", "null", "[]", "{}", '{"generation_id":"a","status":"cancelled"}', '{"generation_id":"a","st']
)
def test_what_is_no_event(data: str) -> None:
    with pytest.raises(ValueError, match="unexpected answer"):
        wire.completed(data)


def test_a_broken_event_is_not_quoted() -> None:
    with pytest.raises(ValueError, match="unexpected answer") as caught:
        wire.completed(json.dumps({"generation_id": "a", "status": PROMPT, "error": [PROMPT]}))
    assert PROMPT not in str(caught.value)


# The catalogue.


def models(*entries: object) -> list[Model]:
    return provider_catalogue.catalogue({"object": "list", "data": list(entries)}).of_kind(MediaKind.VIDEO)


def entry(schema: object = None, name: str = "request_schema", **changes: object) -> dict[str, object]:
    plain = {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}
    capabilities = {"input": ["text"], "output": ["video"]}
    return {"id": "m", "display_name": "M", "capabilities": capabilities, name: schema or plain} | changes


def parameter(**prop: object) -> Any:
    (model,) = models(entry({"properties": {"prompt": {"type": "string"}, "duration": prop}}))
    return model.duration


@for_each("name", ["request_schema", "json_request_schema"])
def test_both_names_of_the_schema(name: str) -> None:
    (model,) = models(entry(name=name))
    assert (model.id, model.name, model.takes_prompt, model.needs) == ("m", "M", True, ())


def test_a_parameter() -> None:
    read = parameter(type="integer", minimum=3, maximum=15, default=5)
    assert (read.types, read.minimum, read.maximum, read.default) == (("integer",), 3, 15, 5)
    assert parameter(type=["integer", "null"], enum=[5, 10]).types == ("integer", "null")
    assert parameter(enum=["5s", "10s"]).choices == ("5s", "10s")
    assert parameter(maxLength=512).max_length == 512


def test_numbers_that_arrive_as_strings() -> None:
    read = parameter(type="integer", minimum="3", maximum="15.5", maxLength="512")
    assert (read.minimum, read.maximum, read.max_length) == (3, 15.5, 512)


@for_each("bound", ["many", "", [], {}, True, "nan", float("inf")])
def test_a_bound_that_is_no_number_bounds_nothing(bound: object) -> None:
    read = parameter(type="integer", minimum=bound, maximum=bound, maxLength=bound)
    assert (read.minimum, read.maximum, read.max_length) == (None, None, None)


def test_a_required_parameter_with_a_default_is_not_needed() -> None:
    schema = {"properties": {"prompt": {}, "a": {"default": 1}, "b": {}}, "required": ["prompt", "a", "b"]}
    read = provider_catalogue.catalogue({"data": [entry(schema)]}).get("m")
    assert read is not None
    assert read.needs == ("b",)


def test_what_makes_neither_image_nor_video_is_left_out() -> None:
    catalogue = provider_catalogue.catalogue(
        {"data": [entry(capabilities={"output": ["text"]}), entry(id="mute", capabilities={})]}
    )
    assert [catalogue.of_kind(kind) for kind in MediaKind] == [[], []]
    assert len(catalogue) == 2


ODD_ENTRIES: list[object] = [
    None,
    "x",
    {},
    {"id": ""},
    entry(id=None),
    entry(capabilities=None),
    entry(capabilities={"output": "video"}),
    entry(request_schema="x"),
    entry({"properties": {"prompt": {"type": None}}}),
    entry({"properties": {"prompt": {"type": 7}}}),
    entry({"properties": {"prompt": {"enum": 7}}}),
    entry({"properties": {"prompt": {"enum": True}}}),
    entry({"properties": {"prompt": {}}, "required": True}),
    entry({"properties": {"prompt": {}}, "required": 7}),
    entry({"properties": []}),
    entry({"properties": {"prompt": 7}}),
]


@for_each("odd", ODD_ENTRIES)
def test_an_odd_model_does_not_hide_the_others(odd: object) -> None:
    assert provider_catalogue.catalogue({"data": [odd, entry(id="good")]}).get("good") is not None


@for_each("payload", [None, [], {}, {"data": None}, {"data": {"m": {}}}])
def test_what_is_no_catalogue(payload: object) -> None:
    with pytest.raises(ValueError, match="unexpected answer"):
        provider_catalogue.catalogue(payload)


def test_the_published_catalogue() -> None:
    catalogue = provider_catalogue.catalogue(json.loads(MODELS.read_text(encoding="utf-8")))
    assert len(catalogue) > 50
    kling = catalogue.get("kling-video-v2-6-pro-text-to-video")
    assert kling is not None
    assert kling.runs_on_prompt(MediaKind.VIDEO)


# The words of an error.


@for_each(
    ("payload", "text"),
    [
        ({"error": {"type": "t", "title": "T", "detail": "D"}, "status": "error", "status_message": "S"}, "D"),
        ({"error": {"type": "t", "title": "T"}, "status": "error", "status_message": "S"}, "T"),
        ({"error": {"type": "t"}, "status": "error", "status_message": "S"}, "S"),
        ({"error": {"message": "M"}}, "M"),
        ({"error": {"message": "M", "title": "T"}}, "M"),
        ({"error": {"detail": "", "message": "M"}}, "M"),
        ({"error": {"detail": ["D"], "message": {"x": 1}, "title": "T"}}, "T"),
        ({"error": "E"}, "E"),
        ({"error": "", "status_message": "S"}, "S"),
        ({"status_message": "S"}, "S"),
        ({}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_the_best_words(payload: object, text: str) -> None:
    assert wire.error_text(payload) == text


# Whatever comes.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SCHEMA = st.fixed_dictionaries(
    {},
    optional={
        "required": JSON | st.lists(st.sampled_from(["prompt", "duration"])),
        "properties": JSON
        | st.dictionaries(
            st.sampled_from(["prompt", "duration", "seed"]),
            JSON
            | st.fixed_dictionaries(
                {},
                optional=dict.fromkeys(("type", "enum", "minimum", "maximum", "maxLength", "default", "title"), JSON),
            ),
        ),
    },
)
ENTRY = JSON | st.fixed_dictionaries(
    {"id": JSON | st.just("m")},
    optional={
        "display_name": JSON,
        "capabilities": JSON | st.just({"output": ["video"]}),
        "request_schema": JSON | SCHEMA,
        "json_request_schema": JSON | SCHEMA,
    },
)
FIELDS = ("status", "model", "model_name", "prompt", "enqueued_at", "started_at", "result_url", "error_message")
ROWS = JSON | st.fixed_dictionaries({"generation_id": JSON | st.just("a")}, optional=dict.fromkeys(FIELDS, JSON))


def only_value_errors(parse: Callable[[Any], object], payload: object) -> None:
    try:
        parse(payload)
    except ValueError as error:
        assert str(error).startswith("unexpected answer at ")  # noqa: PT017 - either way is fine, nothing else is


@given(entries=st.lists(ENTRY, max_size=4))
def test_no_catalogue_breaks_the_parser(entries: list[object]) -> None:
    read = provider_catalogue.catalogue({"data": entries})
    for kind in MediaKind:
        read.of_kind(kind)


@given(payload=JSON | ROWS | st.fixed_dictionaries({"generations": JSON | st.lists(ROWS, max_size=3)}))
def test_no_answer_breaks_the_parser(payload: object) -> None:
    only_value_errors(wire.rows, payload)
    only_value_errors(wire.accepted, payload)
    only_value_errors(wire.row, payload)
    only_value_errors(wire.row, {"generation": payload})
    only_value_errors(provider_catalogue.catalogue, payload)
    assert isinstance(wire.error_text(payload), str)


@given(data=st.text() | JSON.map(json.dumps) | ROWS.map(json.dumps))
def test_no_event_breaks_the_parser(data: str) -> None:
    only_value_errors(wire.completed, data)


@for_each(
    ("given", "read"),
    [
        ("https://hub.oxen.ai/x.mp4?a=b%2Fc&d=1,2(3)#e", True),
        ("HTTP://x.invalid/films/ü.mp4", True),
        ("/api/files/x.mp4", True),
        ("https://key:secret@x.invalid/x.mp4", False),
        ("https://key@x.invalid", False),
        ("https://x.invalid/@user/x.mp4", True),
        ("//x.invalid/x.mp4", False),
        ("x.mp4", False),
        ("https:x.mp4", False),
        ("https://x.invalid/a b", False),
        ("https://x.invalid/a\u2028b", False),
        ("https://x.invalid/a)[b](https://y.invalid", False),
    ],
)
def test_a_link_is_one_or_none(given: str, *, read: bool) -> None:
    assert wire.link(given) == (given if read else None)
