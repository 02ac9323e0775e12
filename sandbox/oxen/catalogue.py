"""The models on offer: the provider's public ones (`data/README.md`), and whatever is added to them while it runs.

A custom model (the provider's word for one that somebody trained) belongs to a namespace, is shown to the keys that
may bill it, and works once it is activated. None comes with the catalogue; the control API adds them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from sandbox.oxen.keys import ApiKey

MODELS_FILE = Path(__file__).parent / "data" / "models.json"
# 2026-01-01. What the provider's schema or its sample of a model has, and the models' own pages do not show.
UNSAID: Mapping[str, Any] = {
    "created": 1_767_225_600,
    "description": None,
    "fine_tuning": None,
    "deployments": [],
    "source_model": None,
    "image_url": None,
    "released_at": "2026-01-01T00:00:00Z",
}
CUSTOM = "custom"

MediaType = Literal["image", "video"]


@dataclass(frozen=True)
class Model:
    """One row of the catalogue. `active_from`: unix seconds, None for one that is not deployed."""

    row: Mapping[str, Any]
    active_from: float | None = 0.0

    @property
    def id(self) -> str:
        return self.row["id"]

    @cached_property
    def media_type(self) -> MediaType | None:
        """What it makes, or None for a text-only model."""
        output: list[str] = self.row.get("capabilities", {}).get("output", [])
        if "video" in output:
            return "video"
        return "image" if "image" in output else None

    @property
    def request_schema(self) -> Mapping[str, Any]:
        return self.row.get("request_schema") or {}

    @cached_property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        return self.request_schema.get("properties", {})

    @property
    def required(self) -> list[str]:
        return self.request_schema.get("required", [])

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        return {name: rule["default"] for name, rule in self.properties.items() if "default" in rule}

    @property
    def pricing(self) -> Mapping[str, Any]:
        """Empty for a model without a price."""
        return self.row.get("pricing") or {}

    @property
    def developer(self) -> str:
        """Who trained it."""
        developer: Mapping[str, Any] = self.row.get("developer") or {}
        return str(developer.get("name", ""))

    @property
    def actions(self) -> list[str]:
        """What fine-tuning it offers."""
        tuning: Mapping[str, Any] = self.row.get("fine_tuning") or {}
        return tuning.get("actions", [])

    @property
    def is_custom(self) -> bool:
        return self.row.get("model_type") == CUSTOM

    def shown_to(self, key: ApiKey) -> bool:
        return not self.is_custom or key.may_bill(str(self.row.get("owned_by")))

    def is_active(self, now: float) -> bool:
        return self.active_from is not None and now >= self.active_from

    def body(self, now: float) -> dict[str, Any]:
        """What `GET /api/ai/models/:id` answers."""
        if not self.is_custom:
            return dict(self.row)
        waits = "inactive" if self.active_from is None else "deploying"
        return {**self.row, "deployments": [{"status": "active" if self.is_active(now) else waits}]}


class Catalogue:
    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._models = {row["id"]: Model({**UNSAID, **row}) for row in rows}

    @classmethod
    def from_file(cls, path: Path = MODELS_FILE) -> "Catalogue":
        return cls(_rows(path.read_text(encoding="utf-8")))

    def get(self, model_id: str) -> Model | None:
        return self._models.get(model_id)

    def all(self) -> list[Model]:
        return list(self._models.values())

    def search(self, text: str) -> list[Model]:
        """Models whose id or display name holds every word of the text, case aside."""
        words = text.casefold().split()
        return [model for model in self.all() if all(word in _searchable(model) for word in words)]

    def put(self, row: Mapping[str, Any]) -> Model:
        """Adds the model or changes the one of this id. A new custom model starts undeployed."""
        known = self._models.get(row["id"])
        model = Model({**UNSAID, "object": "model", **(known.row if known else {}), **row})
        active_from = known.active_from if known else None if model.is_custom else 0.0
        self._models[model.id] = replace(model, active_from=active_from)
        return self._models[model.id]

    def deploy(self, model_id: str, active_from: float | None) -> Model:
        """From when on it works; None takes it down. Raises KeyError."""
        self._models[model_id] = replace(self._models[model_id], active_from=active_from)
        return self._models[model_id]

    def remove(self, model_id: str) -> None:
        """Whatever runs with it goes on."""
        self._models.pop(model_id, None)


@cache
def _rows(text: str) -> list[dict[str, Any]]:
    """Read once in a process: nothing changes a row."""
    return json.loads(text)["data"]


def _searchable(model: Model) -> str:
    return f"{model.id} {model.row.get('display_name', '')}".casefold()
