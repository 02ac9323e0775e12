"""The catalogue: what can be ordered and what it costs, as values, and the calls that tell of it (API.md, "Calls").

A model comes from outside: what cannot be read of it is left out, and no answer may break a command or hold one up.
"""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, cast, get_args

from pydantic import AliasChoices, BaseModel, Field, ValidationError

from bot.domain.ids import ModelId
from bot.domain.models.catalogue import Catalogue, Model
from bot.domain.money import Pricing
from bot.domain.provider import NotFound
from bot.oxen.calls import Calls, segment
from bot.oxen.schemas import as_sent, parameters
from bot.oxen.wire import Words, amount, mapping, parsed
from bot.validation import body_check

_PATH = "/api/ai/models"
_OLDER = "/api/evaluations/models"  # seed 004; its schema is called `json_request_schema`
_MOST_MODELS = 2_000  # more than anybody has; what is beyond is left out
_LONGEST = 100  # characters of a name or an id: Discord shows no more

DeploymentStatus = Literal["active", "inactive", "deploying", "deactivating", "error", "unknown"]
_STATUSES = frozenset(get_args(DeploymentStatus))
_MOST_DEPLOYMENTS = 20  # deployments of one model that are looked at


# Models.


class _Capabilities(BaseModel):
    output: list[str] = []


class _Model(BaseModel):
    id: str = Field(min_length=1, max_length=_LONGEST)
    display_name: Words = None
    capabilities: _Capabilities = _Capabilities()
    request_schema: dict[str, Any] | None = Field(
        default=None, validation_alias=AliasChoices("request_schema", "json_request_schema")
    )
    pricing: Any = None
    model_type: Any = None
    source_model: Words = None
    deployments: object = None

    def value(self) -> Model:
        return Model(
            id=ModelId(self.id),
            name=(self.display_name or self.id)[:_LONGEST],
            makes=frozenset(self.capabilities.output),
            parameters=parameters(self.request_schema),
            violation=body_check(as_sent(self.request_schema)),
            pricing=pricing(self.pricing),
        )


class _Models(BaseModel):
    data: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteModel:
    """`custom`: trained by somebody from `source`; only such a model has to be activated before it can be used."""

    model: Model
    custom: bool = False
    source: str | None = None
    deployments: tuple[DeploymentStatus, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether an order of it can run now: a base model always, a custom one where a deployment is active."""
        return not self.custom or "active" in self.deployments


def catalogue(payload: object) -> Catalogue:
    """All models, also those that only write or speak: a member who names one is told. Unreadable ones are left out."""
    models: list[Model] = []
    for entry in parsed(_Models, payload).data[:_MOST_MODELS]:
        try:
            model = _Model.model_validate(entry).value()
        except ValidationError:
            continue
        models.append(replace(model, source=json.dumps(entry, ensure_ascii=False)))
    return Catalogue(models)


def restored(sources: Iterable[str]) -> list[Model]:
    """The models that these entries (`Model.source`) describe. What cannot be read any more is left out."""
    entries: list[object] = []
    for source in sources:
        with contextlib.suppress(ValueError):
            entries.append(json.loads(source))
    return list(catalogue({"data": entries}))


def remote_model(payload: object) -> RemoteModel:
    """One model (openapi.json, `Model`), and whether it is up. Raises `ValueError` when it is none."""
    entry = parsed(_Model, payload)
    found = entry.deployments
    deployments = cast("list[object]", found) if isinstance(found, list) else []
    statuses = [mapping(each).get("status") for each in deployments[:_MOST_DEPLOYMENTS]]
    return RemoteModel(
        model=entry.value(),
        custom=entry.model_type == "custom",
        source=entry.source_model,
        deployments=tuple(
            cast("DeploymentStatus", status) if isinstance(status, str) and status in _STATUSES else "unknown"
            for status in statuses
        ),
    )


# Prices (API.md, "Polling, timing, price"). Numbers may arrive as strings.


def pricing(payload: object) -> Pricing | None:
    """The price list, or None when there is none, or none by which an order could be quoted.

    Only the fields of its own method count: a zero in another one would make everything free.
    """
    fields = mapping(payload)
    method = fields.get("method")
    if method == "per_image":
        grid = mapping(fields.get("cost_per_image_grid"))
        return Pricing(
            per_image=amount(fields.get("cost_per_image")),
            image_grid={quality.lower(): _amounts(row, str.upper) for quality, row in grid.items()},
        )
    if method == "per_video_output_second":
        return Pricing(
            per_second=amount(fields.get("cost_per_second")),
            by_resolution=_amounts(fields.get("cost_per_second_by_resolution"), str.lower),
            with_audio=amount(fields.get("cost_per_second_with_audio")),
            high_resolution=amount(fields.get("cost_per_second_high_res")),
        )
    return None  # what the others cost is known after the run


def _amounts(payload: object, fold: Any) -> dict[str, Decimal]:
    amounts = {fold(name): amount(value) for name, value in mapping(payload).items()}
    return {name: usd for name, usd in amounts.items() if usd is not None}


# Calls.


class Models:
    """What can be ordered."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def all(self) -> Catalogue:
        """All models, also those that make neither images nor video. Raises `Unavailable`, `Rejected`."""
        return await self._calls.read("catalogue", "GET", _PATH, catalogue)

    async def search(self, words: str) -> Catalogue:
        """The models that the provider finds for `words`. Raises `Unavailable`, `Rejected`."""
        return await self._calls.read("search", "GET", f"{_PATH}/search", catalogue, {"search": words})

    async def get(self, model_id: str) -> RemoteModel:
        """One model by its id, also where only the older path is known (seed 004).

        Raises `NotFound`, `Unavailable`, `Rejected`.
        """
        name = segment(model_id)
        try:
            return await self._calls.read("model", "GET", f"{_PATH}/{name}", remote_model)
        except NotFound:
            return await self._calls.read("model", "GET", f"{_OLDER}/{name}", remote_model)

    async def activate(self, model_id: str) -> RemoteModel:
        """Brings a custom model up, as it stands then; look at it (`get`) until it is `usable`.

        A model that is up is paid for by its time (openapi.json, `pricing.method`), so this is sent once.
        Raises `Unavailable`, `Rejected`, `KeyRefused` or `Ambiguous`.
        """
        return await self._switch(model_id, "activate")

    async def deactivate(self, model_id: str) -> RemoteModel:
        """Takes a custom model down again. Raises as `activate` does."""
        return await self._switch(model_id, "deactivate")

    async def _switch(self, model_id: str, action: str) -> RemoteModel:
        path = f"{_PATH}/{segment(model_id)}/{action}"
        return await self._calls.post(action, path, None, remote_model, seconds=self._calls.timeouts.enqueue)
