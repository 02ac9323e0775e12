"""JSON to values: all three dialects of the provider's API (API.md, "Three generations of one API").

Nothing is configured: a row tells by its own fields what it is. Unknown fields are passed over, missing ones have
the meaning that the dialect without them gives.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
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

from bot.domain.ids import RemoteId
from bot.domain.provider import Completed, HistoryPage, HistoryRow, MediaType, RemoteGeneration, RemoteStatus

_M = TypeVar("_M", bound=BaseModel)
# More than anybody has; what is beyond is left out, so that no answer holds up everything else for long.
MOST_ROWS = 10_000
_MOST_COUNTED = 10**9  # pages or rows; what is more is no number to go by
_AMOUNT = re.compile(r"\d{1,20}(\.\d+)?([eE][-+]?\d{1,3})?")
_NO_PRICE = Decimal(1_000_000)  # USD; nobody asks as much, and the tables could not hold much more
_LONGEST_LINK = 4096  # characters
_LONGEST_TEXT = 300  # characters of the provider's own words
_NAMED = 5  # fields that a message of ours names
_LINK = re.compile(r"https?://[^/?#]|/(?!/)", re.IGNORECASE)
_MARKUP = frozenset('<>"{}|\\^`[]')  # in no URL unescaped (RFC 3986), but in what Discord makes of a text

# What a row says of the generation itself, or of whoever ordered it; everything else in it was given with the order.
_OF_THE_ROW = frozenset(
    {
        "generation_id", "status", "model", "model_name", "media_type", "prompt", "cost", "result_url", "error_message",
        "enqueued_at", "started_at", "completed_at", "ended_at", "finished_at", "failed_at", "cancelled_at",
        "canceled_at", "expired_at", "target_namespace", "target_repo", "target_directory",
        "user_id", "username", "user_image",
    }
)  # fmt: skip


class Unexpected(ValueError):
    """An answer of another shape. The message names fields, and nothing that was in them."""


# Single values.


def _moment(value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
    """Unix seconds or ISO 8601, in UTC where it does not say; None for what is no moment."""
    try:
        found = datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else read(value)
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


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


def amount(value: object) -> Decimal | None:
    """An amount in USD; None for what is none. Through text, so that 0.07 stays 0.07."""
    text = str(value)
    if not _AMOUNT.fullmatch(text):
        return None
    usd = Decimal(text)
    return usd if usd < _NO_PRICE else None


def told_cost(value: object) -> Decimal | None:
    """What the provider says that something cost, however unlikely: whoever books it judges. None for no number."""
    text = str(value)
    return Decimal(text) if _AMOUNT.fullmatch(text.removeprefix("-")) else None


_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$")]  # a UUID; it becomes part of a path
_Moment = Annotated[datetime | None, WrapValidator(_moment)]
_Text = Annotated[str | None, WrapValidator(_or_none)]
Words = Annotated[str | None, AfterValidator(lambda text: plain(text) if text else text), WrapValidator(_or_none)]
_Link = Annotated[str | None, BeforeValidator(link)]


# What a row's status means, in whatever words: the provider's pages, its schema and its rows do not agree on them. A
# word that is known says what it says. One that is not known is an end where the row shows one: the moment of an end,
# a result, or why there is none. Else the work goes on: a state of tomorrow is no end.

_OPEN = ("queued", "processing")
_OVER = ("succeeded", "failed", "cancelled")
_BETWEEN = re.compile(r"[\s_-]+")
_MEANINGS: dict[RemoteStatus, str] = {
    "queued": "queued pending waiting enqueued scheduled created submitted accepted received in_queue",
    "processing": "processing running started starting in_progress progressing working generating rendering uploading "
    "preparing paused retrying canceling cancelling finishing finalizing saving delayed throttled",
    "succeeded": "succeeded success successful completed complete done finished",
    "failed": "failed failure fail error errored timeout timed_out time_out rejected refused denied expired nsfw "
    "blocked moderated flagged filtered content_filtered invalid crashed dead lost out_of_credits insufficient_credits",
    "cancelled": "cancelled canceled aborted stopped terminated killed revoked deleted removed",
}
_BY_WORD: dict[str, RemoteStatus] = {word: status for status, words in _MEANINGS.items() for word in words.split()}
_PLAIN = frozenset({"failed", "failure", "fail", "error", "errored"})  # they say nothing about why


def _known(word: object) -> RemoteStatus | None:
    """What the word means, whatever its case and its blanks; None for a word that nobody knows."""
    return _BY_WORD.get(_folded(word)) if isinstance(word, str) else None


def _status(word: object, *, ended: bool, result: bool, error: bool) -> RemoteStatus:
    """How the row stands: by its word, else by what it shows of an `ended` work, a `result` or an `error`."""
    meant = _known(word)
    surely = word in _OPEN or not ended  # a word for work that goes on, but not one of the provider's: the end counts
    if meant in _OVER or (meant is not None and surely):
        return meant
    if result:
        return "succeeded"
    named = isinstance(word, str) and bool(word.strip())
    return "failed" if ended or (error and named) else "processing"


def _why(word: object, error: str | None) -> str | None:
    """The provider's words for an end that is no success: its message, with the status where that says more."""
    said = word.strip() if isinstance(word, str) else ""
    if not said or _folded(said) in _PLAIN or _known(said) in {"succeeded", "cancelled"}:
        return error
    if error is None or not error.strip():
        return said
    return error if said.casefold() in error.casefold() else f"{said}: {error}"


def _folded(word: str) -> str:
    return _BETWEEN.sub("_", word.strip().casefold())


# Rows.


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
    error_message: Words = None

    def value(self) -> RemoteGeneration:
        ends = (
            self.completed_at, self.ended_at, self.finished_at, self.failed_at, self.cancelled_at, self.expired_at,
        )  # fmt: skip
        ended_at = next((moment for moment in ends if moment is not None), None)
        status = _status(
            self.status, ended=ended_at is not None, result=self.result_url is not None, error=bool(self.error_message)
        )
        error = _why(self.status, self.error_message) if status == "failed" else self.error_message
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
    status: Annotated[Literal["succeeded", "failed"], BeforeValidator(_known)]
    url: _Link = None
    error: Words = None


def accepted(payload: object) -> list[RemoteId]:
    """The ids in an enqueue reply. Raises `ValueError` when it is none, or one of its rows cannot be read."""
    return [RemoteId(row.generation_id) for row in parsed(_Accepted, payload).generations]


def rows(payload: object) -> list[RemoteGeneration]:
    """The rows of a list; one that cannot be read is left out, not fatal. Raises `ValueError` when it is none."""
    read: list[RemoteGeneration] = []
    for entry in parsed(_Rows, payload).generations[:MOST_ROWS]:
        with suppress(ValidationError):
            read.append(_Row.model_validate(entry).value())
    return read


def cost(payload: object, remote_id: RemoteId) -> Decimal | None:
    """What a row of the history says that `remote_id` cost, in USD; None while it does not."""
    inner = mapping(mapping(payload).get("generation"))
    return told_cost(inner.get("cost")) if inner.get("generation_id", remote_id) == remote_id else None


def row(payload: object) -> RemoteGeneration:
    """One row; also inside a `generation` envelope, as the `browse` dialect's history has it."""
    inner = mapping(payload).get("generation", payload)
    return parsed(_Row, inner).value()


def completed(data: str) -> Completed:
    """The data of a `media_generation_completed` event. Raises `ValueError` when it is something else."""
    try:
        event = _Completed.model_validate_json(data)
    except ValidationError as error:
        raise Unexpected(_where(error)) from None
    return Completed(
        id=RemoteId(event.generation_id),
        succeeded=event.status == "succeeded",
        url=event.url if event.url and not event.url.startswith("/") else None,
        error=event.error,
    )


# Pages of the history.


def history_page(payload: object) -> HistoryPage:
    """A page; a row that cannot be read is left out. Raises `ValueError` when it is none."""
    fields = mapping(payload)
    entries: object = fields.get("generations")
    if not isinstance(entries, list):
        raise Unexpected("unexpected answer at generations")
    read: list[HistoryRow] = []
    for entry in cast("list[object]", entries)[:MOST_ROWS]:
        with suppress(ValueError):
            read.append(history_row({"generation": entry}))
    return HistoryPage(
        rows=tuple(read),
        number=_whole(fields.get("page_number"), 1),
        pages=_whole(fields.get("total_pages"), 1),
        entries=_whole(fields.get("total_entries"), len(read)),
        total_cost=amount(fields.get("total_cost")),
    )


def history_row(payload: object) -> HistoryRow:
    """One row of the history, inside its `generation` envelope or bare. Raises `ValueError`."""
    fields = mapping(mapping(payload).get("generation", payload))
    given = {name: value for name, value in fields.items() if name not in _OF_THE_ROW and value is not None}
    return HistoryRow(generation=row(fields), cost=told_cost(fields.get("cost")), parameters=given)


def _whole(value: object, otherwise: int) -> int:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_COUNTED else otherwise
    )


# Errors.


def no_error(payload: object) -> None:
    """Raises `Unexpected` when a success tells of an error all the same, or is no object. Nothing (None) is fine."""
    outer = mapping(payload)
    if not isinstance(payload, Mapping | None) or outer.get("error") or outer.get("status") == "error":
        raise Unexpected("a success that tells of an error")


def error_text(payload: object) -> str:
    """The best text of an error answer: `error.detail`, `.message`, `.title`, else `status_message`."""
    outer = mapping(payload)
    error = outer.get("error")
    inner = mapping(error)
    texts = (error, inner.get("detail"), inner.get("message"), inner.get("title"), outer.get("status_message"))
    return next((words for text in texts if isinstance(text, str) and (words := plain(text))), "")


def mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def parsed(shape: type[_M], payload: object) -> _M:
    try:
        return shape.model_validate(payload)
    except ValidationError as error:
        raise Unexpected(_where(error)) from None


def _where(error: ValidationError) -> str:
    """Which fields were wrong, without their content: a prompt may be in it."""
    fields = sorted({".".join(str(part) for part in e["loc"]) for e in error.errors(include_input=False)})
    return f"unexpected answer at {', '.join(fields[:_NAMED]) or 'its root'}"
