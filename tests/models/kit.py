"""What the proofs of whole models share: requests drawn ahead of time, made small, and their files served nearby."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.models.catalogue import Model
from bot.domain.models.slots import InputKind
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from bot.oxen.client import OxenClient
from sandbox.oxen.server import OxenSandbox
from tests.domain.kit import SCHEMAS, real_catalogue
from tests.sandbox_oxen.files import Cdn

# Full orders for each model; with more than one, the others are of any size, and take their time.
EXAMPLES = int(os.environ.get("EXAMPLES", "1"))
CATALOGUE = real_catalogue()
MODELS = list(CATALOGUE)
MAKES: Mapping[str, str] = {model.id: min(model.makes & {"image", "video"}) for model in MODELS}
FILES = {InputKind.IMAGE: "tall.png", InputKind.VIDEO: "film.mp4", InputKind.AUDIO: "sound.wav"}
Drawn = TypeVar("Drawn")
LARGEST = 200 * 1024 * 1024
LENGTHS = ("duration", "seconds")
_MODEST: Mapping[str, Any] = {
    "num_frames": 24,
    "frames_per_second": 12,
    "output_fps": 12,
    "max_frames": 0,
    "width": 320,
    "height": 240,
    "source_position": {"x": 0, "y": 0},  # the one undescribed object that is no file
}
_SIZES = ("resolution", "target_resolution", "size")
_FEW = settings(
    max_examples=max(6, EXAMPLES),
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def drawn(strategy: st.SearchStrategy[Drawn], position: int = -1) -> Drawn:
    """One of a few that hypothesis draws, the same each time: an await has no place inside `@given`."""
    found: list[Drawn] = []

    @_FEW
    @given(strategy)
    def draw(value: Drawn) -> None:
        found.append(value)

    draw()
    return found[position % len(found)]


def rules(model: Model) -> Mapping[str, Any]:
    return SCHEMAS[model.id]["properties"]


def modest(request: GenerationRequest, model: Model) -> GenerationRequest:
    """The same, but nothing without bounds, and nothing that makes no sense: a film of a few frames and a minute."""
    more = dict(request.more)
    for name, rule in rules(model).items():
        if name in _MODEST:
            more[name] = _MODEST[name]
        elif name in LENGTHS and "enum" not in rule and "maximum" not in rule:
            more[name] = _least(rule)
    return replace(request, more=more)


def small(request: GenerationRequest, model: Model) -> GenerationRequest:
    """The same, as short and as small as the model makes it: what is rendered is looked at, and takes time."""
    more = dict(modest(request, model).more)
    for name, rule in rules(model).items():
        if name in LENGTHS:
            more[name] = _least(rule)
        elif name in _SIZES and "enum" in rule:
            more[name] = min(rule["enum"], key=_lines)
    return replace(request, more=more)


def by_options(request: GenerationRequest, model: Model) -> GenerationRequest:
    """The same, as a member gives it: by the options of the commands what these cover, the rest behind `more:`."""
    more = dict(request.more)
    length = next((more.pop(name) for name in LENGTHS if name in more), None)
    seconds = re.search(r"\d+(\.\d+)?", str(length))
    size = next((name for name in _SIZES if name in rules(model)), "")
    return replace(
        request,
        duration=int(float(seconds[0])) if seconds else None,
        resolution=more.pop(size, None),
        aspect_ratio=more.pop("aspect_ratio", None),
        seed=more.pop("seed", None),
        audio=more.pop("generate_audio", None),
        more=more,
    )


def _least(rule: Mapping[str, Any]) -> int | float | str:
    if "enum" in rule:
        return min(rule["enum"], key=_seconds)
    return max(rule.get("minimum", 2), 1)


def _seconds(choice: object) -> float:
    """What leaves it to the model comes last."""
    digits = re.fullmatch(r"(\d+)s?", str(choice))
    return float(digits[1]) or 1e6 if digits else 1e6


def _lines(choice: object) -> float:
    number = re.match(r"[\d.]+", str(choice))
    if number is None:
        return {"auto": 1e6, "square": 1.0}.get(str(choice), 1e5)
    return float(number[0]) * (1000 if str(choice).lower().endswith("k") else 1)


def served(files: tuple[Attachment, ...], cdn: Cdn) -> dict[str, str]:
    """Where each attachment can be had: the links of a request are made up."""
    return {each.url: cdn.url(f"{FILES[each.kind]}?{number}") for number, each in enumerate(files)}


@dataclass(frozen=True, slots=True)
class Harness:
    """From a request to the file that came of it, over real sockets."""

    sandbox: OxenSandbox
    oxen: OxenClient
    cdn: Cdn
    folder: Path

    async def ordered(self, request: GenerationRequest) -> tuple[ValidatedRequest, Path]:
        """Raises `Refusal`; fails when it does not succeed, or costs something else than was quoted."""
        planned = validate(request, CATALOGUE, ())
        (remote_id,) = await self.oxen.enqueue(planned, 1, None, urls=served(request.attachments, self.cdn))
        await self.sandbox.finished(remote_id)
        row = await self.oxen.get(remote_id)
        assert row.status == "succeeded", (row, planned.body())
        charged = await self.oxen.cost(remote_id)
        assert charged is not None
        if planned.estimate is not None:
            assert planned.estimate.usd == charged, planned.model_id
        return planned, await self.downloaded(row.result_url, remote_id)

    async def downloaded(self, url: str | None, name: str) -> Path:
        path = self.folder / name
        assert url is not None
        assert await self.oxen.download(url, path, LARGEST)
        return path

    @property
    def orders(self) -> int:
        """How many reached the stand-in, accepted or not."""
        counts = self.sandbox.traffic.counts
        return sum(counts[call] for call in counts if call.startswith("POST"))


def sent(planned: ValidatedRequest) -> dict[str, Any]:
    """The parameters as the provider gets them."""
    return json.loads(json.dumps(planned.body(), allow_nan=False))
