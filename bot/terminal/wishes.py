"""What was asked for on the command line, as a request and then as a plan that its model can fulfil."""

import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.parameters import Json
from bot.domain.orders.inputs import FileProperties
from bot.domain.orders.order import GenerationRequest, Shot, ValidatedRequest
from bot.domain.orders.shots import parse_shots
from bot.domain.orders.validation import validate, with_seed
from bot.settings import Settings
from bot.terminal.endings import Ending, Failed
from bot.terminal.inputs import inputs_for

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of one `drover generate`, as they were typed. `shots` is a path, or "-" for standard input."""

    output: Path
    model: str | None = None
    kind: MediaKind | None = None
    prompt: str = ""
    parameters: Sequence[tuple[str, str]] = ()
    inputs: Sequence[tuple[str, str]] = ()
    shots: str | None = None
    count: int = 1
    namespace: str | None = None
    sync: bool = False
    inline: bool = False


class WithSuggestion(Exception):
    """A refusal, and the change with which it would run."""

    def __init__(self, refusal: Refusal, change: str) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.change = change


def planned(asked: Asked, catalogue: Catalogue, settings: Settings) -> ValidatedRequest:
    """The plan, with a seed of our own where that helps to find it again.

    Raises `Refusal` or `WithRemedy` for what the model cannot do, `Failed` for a file that cannot be read.
    """
    model = _named(asked, catalogue)
    kind = asked.kind or next((k for k in MediaKind if model is not None and k in model.makes), MediaKind.VIDEO)
    request = _request(asked, kind, model)
    preferred = settings.video_models if kind is MediaKind.VIDEO else settings.image_models
    try:
        made = validate(request, catalogue, preferred)
    except Refusal as refusal:
        nearest = change(request, refusal.suggestion) if refusal.suggestion is not None else ""
        if not nearest:
            raise
        raise WithSuggestion(refusal, nearest) from None
    return with_seed(made, catalogue.get(made.model_id), secrets.randbits)


def _named(asked: Asked, catalogue: Catalogue) -> Model | None:
    if asked.model is None:
        return None
    return next((m for kind in MediaKind if (m := catalogue.named(asked.model, kind)) is not None), None)


def _request(asked: Asked, kind: MediaKind, model: Model | None) -> GenerationRequest:
    given: dict[str, Json] = dict(asked.parameters)
    facts: dict[str, FileProperties] = {}
    if model is not None:
        files, facts = inputs_for(model, asked.inputs)
        given |= files
    return GenerationRequest(
        kind=kind,
        prompt=_text(asked.prompt, "--prompt") if asked.prompt == STDIN else asked.prompt,
        model=asked.model,
        count=asked.count,
        more=given,
        facts=facts,
        shots=_shots(asked.shots),
    )


def _shots(source: str | None) -> tuple[Shot, ...]:
    return parse_shots(_text(source, "--shots")) if source is not None else ()


def _text(source: str, option: str) -> str:
    try:
        return sys.stdin.read() if source == STDIN else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(option, source, error) from None


def change(request: GenerationRequest, suggestion: GenerationRequest) -> str:
    """What to type differently so that it runs: "--param seed=0", "no --param wings". No prompt is repeated."""
    parts = [f"--model {suggestion.model}"] if suggestion.model != request.model else []
    parts += [f"--kind {suggestion.kind.value}"] if suggestion.kind is not request.kind and not suggestion.model else []
    parts += [f"--count {suggestion.count}"] if suggestion.count != request.count else []
    parts += ["no --prompt"] if request.prompt and not suggestion.prompt else []
    parts += [
        f"--param {name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in suggestion.more.items()
        if request.more.get(name) != value
    ]
    parts += [f"no --param {name}" for name in request.more if name not in suggestion.more]
    return ", ".join(parts)


def unreadable(option: str, path: str, error: OSError | UnicodeDecodeError) -> Failed:
    why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
    return Failed(f"{option}: {path} cannot be read: {why}", kind="option", ending=Ending.WRONG_OPTION)


def summary(made: ValidatedRequest) -> Mapping[str, Json]:
    """The parameters of a plan as they can be shown: a file that travels inline is cut to what it is."""
    return {name: _shown(value) for name, value in made.parameters.items()}


def _shown(value: Json) -> Json:
    if isinstance(value, str) and value.startswith("data:"):
        return value.partition(",")[0] + ",…"
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return value
