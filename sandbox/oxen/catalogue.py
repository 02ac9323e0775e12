"""The models on offer, from the provider's public per-model pages (`data/README.md`)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

MODELS_FILE = Path(__file__).parent / "data" / "models.json"
# 2026-01-01. The provider's schema requires `created`; its pages do not show it.
CREATED = 1_767_225_600

MediaType = Literal["image", "video"]


@dataclass(frozen=True)
class Model:
    """One row of the catalogue; `row` is what `GET /api/ai/models/:id` answers."""

    row: Mapping[str, Any]

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
        """Empty when the price is not public."""
        return self.row.get("pricing") or {}


class Catalogue:
    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._models = {row["id"]: Model({"created": CREATED, **row}) for row in rows}

    @classmethod
    def from_file(cls, path: Path = MODELS_FILE) -> "Catalogue":
        return cls(json.loads(path.read_text(encoding="utf-8"))["data"])

    def get(self, model_id: str) -> Model | None:
        return self._models.get(model_id)

    def all(self) -> list[Model]:
        return list(self._models.values())

    def search(self, text: str) -> list[Model]:
        """Models whose id or display name holds every word of the text, case aside."""
        words = text.casefold().split()
        return [model for model in self.all() if all(word in _searchable(model) for word in words)]


def _searchable(model: Model) -> str:
    return f"{model.id} {model.row.get('display_name', '')}".casefold()
