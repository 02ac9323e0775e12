"""The models that can be ordered: what each makes, what it takes, and how a person finds one."""

import difflib
import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.ids import ModelId
from bot.domain.money import Pricing
from bot.domain.parameters import Parameter


class MediaKind(enum.StrEnum):
    """What comes out of a generation."""

    VIDEO = "video"
    IMAGE = "image"


# The names under which models take one and the same wish.
DURATION_NAMES = ("duration", "seconds")
ASPECT_RATIO = "aspect_ratio"
SEED = "seed"
AUDIO = "generate_audio"
PROMPT = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the provider's catalogue, with the parameters of its `request_schema`."""

    id: ModelId
    name: str
    makes: frozenset[str]
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    pricing: Pricing | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The parameters besides the prompt without which it does not run, in the schema's order."""
        return tuple(p.name for p in self.parameters.values() if p.required and p.name != PROMPT)

    @property
    def takes_prompt(self) -> bool:
        return PROMPT in self.parameters

    @property
    def duration(self) -> Parameter | None:
        """The parameter that sets the length of what it makes, whatever the model calls it."""
        return next((self.parameters[n] for n in DURATION_NAMES if n in self.parameters), None)

    def runs_on_prompt(self, kind: MediaKind) -> bool:
        """Whether a prompt is all it needs to make something of `kind`."""
        return kind in self.makes and self.takes_prompt and not self.needs


class Catalogue:
    """All models, in the provider's order. Lives in memory; nothing here asks the provider."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models = {model.id: model for model in models}

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def get(self, model_id: str) -> Model | None:
        return self._models.get(ModelId(model_id))

    def named(self, name: str, kind: MediaKind) -> Model | None:
        """The model with this id or display name; of several, one that can be ordered for `kind`."""
        folded = name.strip().lower()
        by_name = (m for m in (*self.of_kind(kind), *self) if m.name.lower() == folded)
        return self.get(name.strip()) or next(by_name, None)

    def of_kind(self, kind: MediaKind) -> list[Model]:
        """The models that make `kind` from nothing but a prompt."""
        return [m for m in self._models.values() if m.runs_on_prompt(kind)]

    def find(self, words: str, kind: MediaKind, limit: int) -> list[Model]:
        """At most `limit` models of `kind` in which every word occurs; those that begin with it first."""
        wanted = _words(words)
        found = [m for m in self.of_kind(kind) if all(w in _haystack(m) for w in wanted)]
        typed = " ".join(wanted)
        return sorted(found, key=lambda m: (not _haystack(m).startswith(typed), m.name))[:limit]

    def nearest(self, name: str, kind: MediaKind) -> Model | None:
        """The model of `kind` whose id or name looks most like `name`; None if none does."""
        by_text = {text: m for m in self.of_kind(kind) for text in (m.id.lower(), m.name.lower())}
        match = difflib.get_close_matches(name.lower(), by_text, n=1, cutoff=0.4)
        return by_text[match[0]] if match else None


def _haystack(model: Model) -> str:
    return " ".join(_words(f"{model.name} {model.id}"))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9.]+", text.lower())
