"""JSON to values: all three dialects of the provider's API (API.md, "Three generations of one API").

Nothing is configured: a row tells by its own fields what it is. Unknown fields are passed over, missing ones have
the meaning that the dialect without them gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from bot.domain.catalogue import Catalogue, Model
from bot.domain.ids import ModelId, RemoteId
from bot.domain.parameters import Parameter, Scalar
from bot.oxen.prices import amount, pricing

_M = TypeVar("_M", bound=BaseModel)
_BEYOND = float("inf")
RemoteStatus = Literal["queued", "processing", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteGeneration:
    """One row of the provider's queue. `status` is `processing` where the dialect has no status."""

    id: RemoteId
    status: RemoteStatus
    model: str = ""
    prompt: str = ""
    seed: int | None = None
    directory: str | None = None  # what was given as `target_directory`
    echoes_directory: bool = False  # whether the dialect has such a field at all
    has_status: bool = True  # a dialect without it forgets what is over
    enqueued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    result_url: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What the event stream says of a generation. A hint: the row decides."""

    id: RemoteId
    succeeded: bool
    url: str | None = None
    error: str | None = None


def _unix(value: object) -> object:
    if not isinstance(value, int | float):
        return value
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("no moment") from error


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


_Moment = Annotated[datetime | None, BeforeValidator(_unix), AfterValidator(_in_utc)]


class _Row(BaseModel):
    generation_id: str = Field(min_length=1)
    status: RemoteStatus = "processing"
    model: str = Field(default="", validation_alias=AliasChoices("model_name", "model"))
    prompt: str | None = None
    seed: int | None = None
    target_directory: str | None = None
    enqueued_at: _Moment = None
    started_at: _Moment = None
    completed_at: _Moment = None
    result_url: str | None = None
    error_message: str | None = None

    def value(self) -> RemoteGeneration:
        return RemoteGeneration(
            id=RemoteId(self.generation_id),
            status=self.status,
            model=self.model,
            prompt=self.prompt or "",
            seed=self.seed,
            directory=self.target_directory,
            echoes_directory="target_directory" in self.model_fields_set,
            has_status="status" in self.model_fields_set,
            enqueued_at=self.enqueued_at,
            started_at=self.started_at,
            completed_at=self.completed_at,
            result_url=self.result_url,
            error=self.error_message,
        )


class _Rows(BaseModel):
    generations: list[Any]


class _Ticket(BaseModel):
    generation_id: str = Field(min_length=1)


class _Accepted(BaseModel):
    generations: list[_Ticket]


class _Completed(BaseModel):
    generation_id: str = Field(min_length=1)
    status: Literal["succeeded", "failed"]
    url: str | None = None
    error: str | None = None


class _Capabilities(BaseModel):
    output: list[str] = []


class _Model(BaseModel):
    id: str = Field(min_length=1)
    display_name: str | None = None
    capabilities: _Capabilities = _Capabilities()
    request_schema: dict[str, Any] | None = Field(
        default=None, validation_alias=AliasChoices("request_schema", "json_request_schema")
    )
    pricing: Any = None


class _Models(BaseModel):
    data: list[Any]


def accepted(payload: object) -> list[RemoteId]:
    """The ids in an enqueue reply. Raises `ValueError` when it is none, or one of its rows cannot be read."""
    return [RemoteId(row.generation_id) for row in _parse(_Accepted, payload).generations]


def rows(payload: object) -> list[RemoteGeneration]:
    """The rows of a list; one that cannot be read is left out, not fatal. Raises `ValueError` when it is none."""
    read: list[RemoteGeneration] = []
    for entry in _parse(_Rows, payload).generations:
        try:
            read.append(_Row.model_validate(entry).value())
        except ValidationError:
            continue
    return read


def cost(payload: object) -> Decimal | None:
    """What a row of the history says it cost, in USD; None while it does not."""
    return amount(_mapping(_mapping(payload).get("generation")).get("cost"))


def row(payload: object) -> RemoteGeneration:
    """One row; also inside a `generation` envelope, as the `browse` dialect's history has it."""
    inner = _mapping(payload).get("generation", payload)
    return _parse(_Row, inner).value()


def completed(data: str) -> Completed:
    """The data of a `media_generation_completed` event. Raises `ValueError` when it is something else."""
    try:
        event = _Completed.model_validate_json(data)
    except ValidationError as error:
        raise ValueError(_where(error)) from None
    return Completed(
        id=RemoteId(event.generation_id),
        succeeded=event.status == "succeeded",
        url=event.url,
        error=event.error,
    )


def catalogue(payload: object) -> Catalogue:
    """All models, also those that only write or speak: a member who names one is told so. Unreadable ones are left out."""
    models: list[Model] = []
    for entry in _parse(_Models, payload).data:
        try:
            parsed = _Model.model_validate(entry)
        except ValidationError:
            continue
        models.append(_to_model(parsed))
    return Catalogue(models)


def error_text(payload: object) -> str:
    """The best text of an error answer: `error.detail`, `.message`, `.title`, else `status_message`."""
    outer = _mapping(payload)
    error = outer.get("error")
    if isinstance(error, str) and error:
        return error
    inner = _mapping(error)
    texts = (inner.get("detail"), inner.get("message"), inner.get("title"), outer.get("status_message"))
    return next((text for text in texts if isinstance(text, str) and text), "")


def _to_model(model: _Model) -> Model:
    schema = model.request_schema or {}
    required = _list(schema.get("required"))
    properties = _mapping(schema.get("properties"))
    return Model(
        id=ModelId(model.id),
        name=model.display_name or model.id,
        makes=frozenset(model.capabilities.output),
        parameters={
            name: _to_parameter(name, _mapping(prop), required=name in required) for name, prop in properties.items()
        },
        pricing=pricing(model.pricing),
    )


def _to_parameter(name: str, prop: Mapping[str, Any], *, required: bool) -> Parameter:
    types = prop.get("type")
    longest = _number(prop.get("maxLength"))
    return Parameter(
        name=name,
        types=tuple(t for t in (_list(types) or [types]) if isinstance(t, str)),
        choices=tuple(c for c in _list(prop.get("enum")) if isinstance(c, Scalar)),
        minimum=_number(prop.get("minimum")),
        maximum=_number(prop.get("maximum")),
        max_length=int(longest) if longest is not None else None,
        default=prop.get("default"),
        required=required and prop.get("default") is None,
    )


def _number(value: object) -> float | None:
    """Numbers may arrive as strings (API.md, "Polling, timing, price"); what is none bounds nothing."""
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return None
    if not isinstance(number, int | float) or isinstance(number, bool):
        return None
    return number if abs(number) < _BEYOND else None


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _parse(shape: type[_M], payload: object) -> _M:
    try:
        return shape.model_validate(payload)
    except ValidationError as error:
        raise ValueError(_where(error)) from None


def _where(error: ValidationError) -> str:
    """Which fields were wrong, without their content: a prompt may be in it."""
    fields = sorted({".".join(str(part) for part in e["loc"]) for e in error.errors(include_input=False)})
    return f"unexpected answer at {', '.join(fields) or 'its root'}"
