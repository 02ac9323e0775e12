"""What the tests of the domain share: a clock that stands still, and the provider's real catalogue."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import ModelId
from bot.domain.models.catalogue import Catalogue, Model
from bot.domain.models.parameters import Parameter
from bot.oxen.catalogue import catalogue

MODELS_FILE = Path(__file__).parents[2] / "sandbox" / "oxen" / "data" / "models.json"
PAYLOAD: dict[str, Any] = json.loads(MODELS_FILE.read_text(encoding="utf-8"))
SCHEMAS: Mapping[str, Mapping[str, Any]] = {row["id"]: row.get("request_schema") or {} for row in PAYLOAD["data"]}


@dataclass
class FixedClock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@functools.cache
def real_catalogue() -> Catalogue:
    """The 115 models of the provider's public pages, read as the bot reads them."""
    return catalogue(PAYLOAD)


def model(name: str, *parameters: Parameter, makes: str = "video") -> Model:
    """A model that takes a prompt and these parameters."""
    all_of_them = (Parameter(name="prompt", types=("string",), required=True), *parameters)
    return Model(
        id=ModelId(name), name=name.title(), makes=frozenset({makes}), parameters={p.name: p for p in all_of_them}
    )


class Refused:
    """`with Refused("duration", nearest="5"):` the block is refused for that, with at least these values."""

    def __init__(self, key: str, **values: object) -> None:
        self._key = key
        self._values = values
        self._raises = pytest.raises(Refusal)

    def __enter__(self) -> None:
        self._caught = self._raises.__enter__()

    def __exit__(self, *error: object) -> bool:
        swallowed = bool(self._raises.__exit__(*error))
        refusal = self._caught.value
        assert refusal.key == self._key
        assert {name: refusal.values.get(name) for name in self._values} == self._values
        return swallowed
