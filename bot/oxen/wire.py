"""JSON to values: all three dialects of the provider's API (API.md, "Three generations of one API").

Nothing is configured: a row tells by its own fields what it is. Unknown fields are passed over, missing ones have
the meaning that the dialect without them gives.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from yarl import URL

from bot.domain.ids import ModelId, RemoteId
from bot.domain.models.catalogue import Catalogue, Model
from bot.oxen import states
from bot.oxen.prices import amount, pricing
from bot.oxen.schemas import as_sent, parameters
from bot.oxen.states import RemoteStatus
from bot.validation import body_check

_M = TypeVar("_M", bound=BaseModel)
MediaType = Literal["image", "video"]
# More than anybody has; what is beyond is left out, so that no answer holds up everything else for long.
MOST_ROWS, _MOST_MODELS = 10_000, 2_000
_LONGEST = 100  # characters of a name or an id of a model: Discord shows no more
_LONGEST_LINK = 4096  # characters
_LONGEST_TEXT = 300  # characters of the provider's own words
_NAMED = 5  # fields that a message of ours names
_LINK = re.compile(r"https?://[^/?#]|/(?!/)", re.IGNORECASE)
_MARKUP = frozenset('<>"{}|\\^`[]')  # in no URL unescaped (RFC 3986), but in what Discord makes of a text


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteGeneration:
    """One row of the provider's queue. `status` is `processing` where the dialect has no status."""

    id: RemoteId
    status: RemoteStatus
    model: str = ""
    media_type: MediaType | None = None
    prompt: str = ""
    seed: int | None = None
    namespace: str | None = None  # what was given as `target_namespace`, where it is told
    repo: str | None = None  # what was given as `target_repo`
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


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """An id and a status make a row; whatever else cannot be read is as good as not there."""
    try:
        return read(value)
    except ValueError:
        return None


def plain(text: str) -> str:
    """The provider's words as one line of at most 300 printable characters."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 10 * _LONGEST_TEXT])
    return " ".join(shown.split())[:_LONGEST_TEXT]


def link(value: object) -> str | None:
    """A link as it can be followed and shown, to a host or from its root; None for anything else."""
    if not isinstance(value, str) or len(value) > _LONGEST_LINK or not _LINK.match(value):
        return None
    if not value.isprintable() or " " in value or _MARKUP & set(value):
        return None
    try:
        parts, _ = urlsplit(value), URL(value)  # whoever follows it uses the one or the other
    except ValueError:
        return None
    return value if "@" not in parts.netloc else None


_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$")]  # a UUID; it becomes part of a path
_Moment = Annotated[datetime | None, BeforeValidator(_unix), AfterValidator(_in_utc), WrapValidator(_or_none)]
_Text = Annotated[str | None, WrapValidator(_or_none)]
_Words = Annotated[str | None, AfterValidator(lambda text: plain(text) if text else text), WrapValidator(_or_none)]
_Link = Annotated[str | None, BeforeValidator(link)]


class _Row(BaseModel):
    generation_id: _Id
    status: Any = None
    model: _Text = Field(default=None, validation_alias=AliasChoices("model_name", "model"))
    media_type: Annotated[MediaType | None, WrapValidator(_or_none)] = None
    prompt: _Text = None
    seed: Annotated[int | None, WrapValidator(_or_none)] = None
    target_namespace: _Text = None
    target_repo: _Text = None
    target_directory: _Text = None
    enqueued_at: _Moment = None
    started_at: _Moment = None
    completed_at: _Moment = None
    ended_at: _Moment = None
    finished_at: _Moment = None
    failed_at: _Moment = None
    cancelled_at: _Moment = Field(default=None, validation_alias=AliasChoices("cancelled_at", "canceled_at"))
    expired_at: _Moment = None
    result_url: _Link = None
    error_message: _Words = None

    def value(self) -> RemoteGeneration:
        ends = (
            self.completed_at, self.ended_at, self.finished_at, self.failed_at, self.cancelled_at, self.expired_at,
        )  # fmt: skip
        ended_at = next((moment for moment in ends if moment is not None), None)
        status = states.read(
            self.status, ended=ended_at is not None, result=self.result_url is not None, error=bool(self.error_message)
        )
        error = states.why(self.status, self.error_message) if status == "failed" else self.error_message
        return RemoteGeneration(
            id=RemoteId(self.generation_id),
            status=status,
            model=self.model or "",
            media_type=self.media_type,
            prompt=self.prompt or "",
            seed=self.seed,
            namespace=self.target_namespace,
            repo=self.target_repo,
            directory=self.target_directory,
            echoes_directory="target_directory" in self.model_fields_set,
            has_status="status" in self.model_fields_set,
            enqueued_at=self.enqueued_at,
            started_at=self.started_at,
            completed_at=ended_at,
            result_url=self.result_url,
            error=plain(error) if error else error,
        )


class _Rows(BaseModel):
    generations: list[Any]


class _Ticket(BaseModel):
    generation_id: _Id


class _Accepted(BaseModel):
    generations: list[_Ticket]


class _Completed(BaseModel):
    generation_id: _Id
    status: Annotated[Literal["succeeded", "failed"], BeforeValidator(states.known)]
    url: _Link = None
    error: _Words = None


class _Capabilities(BaseModel):
    output: list[str] = []


class _Model(BaseModel):
    id: str = Field(min_length=1, max_length=_LONGEST)
    display_name: _Words = None
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
    for entry in _parse(_Rows, payload).generations[:MOST_ROWS]:
        try:
            read.append(_Row.model_validate(entry).value())
        except ValidationError:
            continue
    return read


def cost(payload: object, remote_id: RemoteId) -> Decimal | None:
    """What a row of the history says that `remote_id` cost, in USD; None while it does not."""
    inner = _mapping(_mapping(payload).get("generation"))
    return amount(inner.get("cost")) if inner.get("generation_id", remote_id) == remote_id else None


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
        url=event.url if event.url and not event.url.startswith("/") else None,
        error=event.error,
    )


def catalogue(payload: object) -> Catalogue:
    """All models, also those that only write or speak: a member who names one is told. Unreadable ones are left out."""
    models: list[Model] = []
    for entry in _parse(_Models, payload).data[:_MOST_MODELS]:
        try:
            parsed = _Model.model_validate(entry)
        except ValidationError:
            continue
        models.append(replace(_to_model(parsed), source=json.dumps(entry, ensure_ascii=False)))
    return Catalogue(models)


def restored(sources: Iterable[str]) -> list[Model]:
    """The models that these entries (`Model.source`) describe. What cannot be read any more is left out."""
    return list(catalogue({"data": [_entry(source) for source in sources]}))


def _entry(source: str) -> object:
    try:
        return json.loads(source)
    except ValueError:
        return None


def model(payload: object) -> Model:
    """One model, whichever of the two names its schema has. Raises `ValueError` when it is none."""
    return _to_model(_parse(_Model, payload))


def is_error(payload: object) -> bool:
    """Whether an answer, with whatever status, tells of an error, or is none at all. Nothing (None) is one."""
    outer = _mapping(payload)
    return not isinstance(payload, Mapping | None) or bool(outer.get("error")) or outer.get("status") == "error"


def error_text(payload: object) -> str:
    """The best text of an error answer: `error.detail`, `.message`, `.title`, else `status_message`."""
    outer = _mapping(payload)
    error = outer.get("error")
    inner = _mapping(error)
    texts = (error, inner.get("detail"), inner.get("message"), inner.get("title"), outer.get("status_message"))
    return next((words for text in texts if isinstance(text, str) and (words := plain(text))), "")


def _to_model(model: _Model) -> Model:
    return Model(
        id=ModelId(model.id),
        name=(model.display_name or model.id)[:_LONGEST],
        makes=frozenset(model.capabilities.output),
        parameters=parameters(model.request_schema),
        pricing=pricing(model.pricing),
        violation=body_check(as_sent(model.request_schema)),
    )


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
    return f"unexpected answer at {', '.join(fields[:_NAMED]) or 'its root'}"
