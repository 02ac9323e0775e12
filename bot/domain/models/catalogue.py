"""The models that can be ordered: what each makes, what it takes, and how a person finds one."""

import difflib
import enum
import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from bot.domain.ids import ModelId
from bot.domain.models.parameters import BodyCheck, Json, Parameter
from bot.domain.models.slots import InputKind, Role, Slot, slots_of, wants_of
from bot.domain.models.spelling import Spelling, words_of
from bot.domain.money import Pricing, prices, quote


class MediaKind(enum.StrEnum):
    """What comes out of a generation."""

    VIDEO = "video"
    IMAGE = "image"


class ModelGroup(enum.StrEnum):
    """What a model does, as a person looks for one."""

    TEXT_TO_VIDEO = "text-to-video"
    IMAGE_TO_VIDEO = "image-to-video"
    REFERENCE_TO_VIDEO = "reference-to-video"
    VIDEO_TO_VIDEO = "video-to-video"
    UPSCALE = "upscale"
    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_EDITING = "image-editing"


# The names under which models take one and the same request.
DURATION_NAMES = ("duration", "seconds")
ASPECT_RATIO = "aspect_ratio"
RESOLUTION_NAMES = ("resolution", "target_resolution", "size")
SEED = "seed"
AUDIO = "generate_audio"
QUALITY = "quality"
_FAST = frozenset({"fast", "turbo", "flash", "lite", "mini", "lightning", "schnell", "instant", "rapid", "express"})
PROMPT = "prompt"
MULTI_PROMPT = "multi_prompt"
# The queue's own fields: who pays, how many, where to. No schema makes a member their master.
QUEUES_OWN = frozenset(
    {"model", "num_generations", "target_namespace", "target_repo", "target_directory", "response_format"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the provider's catalogue, with the parameters of its `request_schema`.

    `needs` are the parameters besides the prompt without which it does not run, `slots` those that take files, both
    in the schema's order; `wants` are groups of slots, of each of which it has to have one filled because of what it is
    for (`purpose`); `groups` what it does, none if that is something else altogether; `words` is what a search looks
    at.
    """

    id: ModelId
    name: str
    makes: frozenset[str]
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    pricing: Pricing | None = None
    source: str = field(default="", repr=False, compare=False)  # the provider's own entry (JSON), to be kept
    violation: BodyCheck = field(default=lambda _: None, repr=False, compare=False)  # by the provider's own schema
    # What follows from the above, worked out once: a catalogue is searched at every keystroke.
    needs: tuple[str, ...] = field(init=False, repr=False, compare=False)
    slots: tuple[Slot, ...] = field(init=False, repr=False, compare=False)
    wants: tuple[tuple[Slot, ...], ...] = field(init=False, repr=False, compare=False)
    groups: frozenset[ModelGroup] = field(init=False, repr=False, compare=False)
    words: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        derive = object.__setattr__
        derive(self, "needs", tuple(p.name for p in self.parameters.values() if p.needed and p.name != PROMPT))
        derive(self, "slots", slots_of(self.parameters, self.makes))
        derive(self, "words", " ".join(_words(f"{self.name} {self.id}")))
        storyboards = MULTI_PROMPT in self.parameters
        wants = wants_of(self.words, self.slots, self.makes, prompted=self.takes_prompt, storyboards=storyboards)
        derive(self, "wants", wants)
        derive(self, "groups", frozenset(_groups(self)))

    @property
    def fast(self) -> bool:
        """Whether it is made for speed, as its name says."""
        return not _FAST.isdisjoint(self.words.split())

    @property
    def takes_prompt(self) -> bool:
        return PROMPT in self.parameters

    @property
    def duration(self) -> Parameter | None:
        """The parameter that sets the length of what it makes, whatever the model calls it."""
        return next((self.parameters[n] for n in DURATION_NAMES if n in self.parameters), None)

    @property
    def resolution(self) -> Parameter | None:
        """The parameter that sets how large what it makes is, whatever the model calls it."""
        return next((self.parameters[n] for n in RESOLUTION_NAMES if n in self.parameters), None)

    def quote(self, given: Mapping[str, Json], files: Iterable[str] = ()) -> Decimal | None:
        """What one output costs in USD with these parameters, and files in these slots; None when nobody can know."""
        filled = {*given, *files}
        reworks = any(s.role is Role.SOURCE and (s.required or s.parameter in filled) for s in self.slots)
        return quote(self.pricing, self.parameters, given, reworks=reworks)

    def runs_on_prompt(self, kind: MediaKind) -> bool:
        """Whether a prompt is all it needs to make something of `kind`."""
        return kind in self.makes and self.takes_prompt and not self.needs and not self.wants

    def has_to_have(self, slot: Slot) -> bool:
        """Whether it does not run without a file in this very slot."""
        return slot.required or any(group == (slot,) for group in self.wants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A model that the provider offered, and since `at` does not any more."""

    id: ModelId
    name: str
    at: datetime


class Catalogue:
    """All models, in the provider's order. Lives in memory; nothing here asks the provider.

    `gone` are those that it offered once, the latest first.
    """

    def __init__(self, models: Iterable[Model], gone: Iterable[Gone] = ()) -> None:
        self._models = {model.id: model for model in models}
        self._gone = tuple(gone)

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def get(self, model_id: str) -> Model | None:
        return self._models.get(ModelId(model_id))

    def named(self, name: str, kind: MediaKind | None = None) -> Model | None:
        """The model with this id or display name, however its words are joined; of several, one that runs on a prompt
        alone, or makes `kind`.
        """
        found = self.get(name.strip())
        if found is not None:
            return found
        kinds = tuple(MediaKind) if kind is None else (kind,)
        same = self._same.get(words_of(name), ())
        return min(same, key=lambda m: (not any(map(m.runs_on_prompt, kinds)), kind not in m.makes), default=None)

    def gone(self, name: str) -> Gone | None:
        """The model with this id or display name that the provider offers no longer."""
        folded = name.strip().lower()
        return next((each for each in self._gone if folded in {each.id.lower(), each.name.lower()}), None)

    def made_by_all(self, names: Iterable[str]) -> MediaKind | None:
        """What each of these models makes, videos before images; None: they have nothing in common."""
        models = [model for name in names if (model := self.named(name)) is not None]
        return next((kind for kind in MediaKind if all(kind in model.makes for model in models)), None)

    def of_kind(self, kind: MediaKind) -> list[Model]:
        """The models that make `kind` from nothing but a prompt."""
        return [m for m in self._models.values() if m.runs_on_prompt(kind)]

    def find(
        self,
        words: str,
        kind: MediaKind | None = None,
        group: ModelGroup | None = None,
        limit: int = 25,
        rank: Callable[[Model], int] = lambda _: 0,
    ) -> list[Model]:
        """At most `limit` models of `kind` and `group` in which every word occurs; those that begin with it first, and
        of these the ones of the lowest `rank`.

        Where no model at all has them, those that are spelled like it, the likeliest first.
        """
        wanted = _words(words)
        spelled = [m for m in self if all(w in m.words for w in wanted)]
        meant = spelled or [self._models[model_id] for model_id, _ in self._spelling.nearest(words)]
        found = [m for m in meant if _makes(m, kind) and (group is None or group in m.groups)]
        if spelled:
            typed = " ".join(wanted)
            found.sort(key=lambda m: (not m.words.startswith(typed), rank(m), m.name))
        return found[:limit]

    def nearest(
        self, name: str, kind: MediaKind | None = None, fits: Callable[[Model], bool] = lambda _: True
    ) -> Model | None:
        """The model that is likeliest meant by a misspelled id or name, whatever it makes; None if none is like it.

        Of several that are as likely, one that makes `kind` and `fits`, if any does.
        """
        found = self._spelling.nearest(name)
        close = [self._models[model_id] for model_id, likeness in found if likeness > found[0][1] - _AS_LIKELY]
        return min(close, key=lambda m: (kind is not None and kind not in m.makes, not fits(m)), default=None)

    def family(self, model: Model) -> list[Model]:
        """The other models of its family, the nearest first: the same in all but what they begin with, then relatives.

        A family is told by how ids or names begin: two words have to be the same.
        """
        stem = _stem(model.id)
        ranked: list[tuple[tuple[bool, int, float], Model]] = []
        for other in self:
            if other.id == model.id:
                continue
            theirs = _stem(other.id)
            shared = max(_shared(stem, theirs), _shared(_words(model.name), _words(other.name)))
            if stem == theirs or shared >= _KIN:
                alike = difflib.SequenceMatcher(None, " ".join(stem), " ".join(theirs)).ratio()
                ranked.append(((stem == theirs, shared, alike), other))
        return [other for _, other in sorted(ranked, key=lambda entry: entry[0], reverse=True)]

    @functools.cached_property
    def _same(self) -> Mapping[tuple[str, ...], Sequence[Model]]:
        """The models by the words of their names and ids."""
        found: defaultdict[tuple[str, ...], list[Model]] = defaultdict(list)
        for model in self:
            for words in dict.fromkeys((words_of(model.name), words_of(model.id))):
                found[words].append(model)
        return found

    @functools.cached_property
    def by_group(self) -> Mapping[ModelGroup, Sequence[Model]]:
        """The models of each group that make something, by name."""
        named = sorted((model for model in self if _makes(model, None)), key=lambda model: model.name)
        return {group: [model for model in named if group in model.groups] for group in ModelGroup}

    @functools.cached_property
    def _spelling(self) -> Spelling:
        return Spelling({model.id: (model.name, model.id) for model in self if _makes(model, None)})


_AS_LIKELY = 0.01
_KIN = 2  # words with which the ids or names of relatives begin
# What an id says of what its model begins with, beside the family's own name.
_PURPOSE = re.compile(
    r"(?:text|image|reference|video|audio)-to-(?:video|image)|(?<![a-z0-9])[tirva]2[vi](?![a-z0-9])"
    r"|(?<=-)(?:video-edit|edit-video|edit)(?![a-z])"
)


def _stem(model_id: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", _PURPOSE.sub("", model_id.lower()))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """With how many of the same words they begin."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _makes(model: Model, kind: MediaKind | None) -> bool:
    return kind in model.makes if kind is not None else any(k in model.makes for k in MediaKind)


# Whose names say it; Topaz makes nothing else, but for Hyperion, which changes a video's colours.
_UPSCALERS, _NO_UPSCALER = ("upscale", "topaz"), "hyperion"
_NAMED = {
    "text to video": ModelGroup.TEXT_TO_VIDEO,
    "t2v": ModelGroup.TEXT_TO_VIDEO,
    "image to video": ModelGroup.IMAGE_TO_VIDEO,
    "i2v": ModelGroup.IMAGE_TO_VIDEO,
    "reference to video": ModelGroup.REFERENCE_TO_VIDEO,
    "r2v": ModelGroup.REFERENCE_TO_VIDEO,
    "video to video": ModelGroup.VIDEO_TO_VIDEO,
}
_REFERRING = frozenset({Role.REFERENCE, Role.FACE, Role.ELEMENT})


def _groups(model: Model) -> Iterator[ModelGroup]:
    """By what it takes and makes; its name counts where it says more than the schema does."""
    named = {group for words, group in _NAMED.items() if f" {words} " in f" {model.words} "}
    yield from named
    if any(word in model.words for word in _UPSCALERS) and _NO_UPSCALER not in model.words:
        yield ModelGroup.UPSCALE
        return
    if MediaKind.IMAGE in model.makes:
        if model.runs_on_prompt(MediaKind.IMAGE):
            yield ModelGroup.TEXT_TO_IMAGE
        if any(slot.kind is InputKind.IMAGE and slot.role is Role.START for slot in model.slots):
            yield ModelGroup.IMAGE_EDITING
    if MediaKind.VIDEO not in model.makes:
        return
    if model.runs_on_prompt(MediaKind.VIDEO) and not named:
        yield ModelGroup.TEXT_TO_VIDEO
    roles = {slot.role for slot in model.slots}
    if Role.SOURCE in roles:
        yield ModelGroup.VIDEO_TO_VIDEO
    if any(slot.role is Role.SOURCE and slot.required for slot in model.slots):
        return  # whatever else it takes, only along with a video
    if Role.START in roles:
        yield ModelGroup.IMAGE_TO_VIDEO
    if roles & _REFERRING:
        yield ModelGroup.REFERENCE_TO_VIDEO


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9.]+", text.lower())


_LONGEST_PRICES = 300  # characters of a price list


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """`repriced` has each model as it was and as it is."""

    new: tuple[Model, ...] = ()
    gone: tuple[Model, ...] = ()
    repriced: tuple[tuple[Model, Model], ...] = ()


def compare(before: Catalogue, after: Catalogue) -> Changes:
    """What changed from `before` to `after`, in the provider's order."""
    both = ((old, model) for model in after if (old := before.get(model.id)) is not None)
    return Changes(
        new=tuple(model for model in after if before.get(model.id) is None),
        gone=tuple(model for model in before if after.get(model.id) is None),
        repriced=tuple((old, model) for old, model in both if old.pricing != model.pricing),
    )


def price_list(pricing: Pricing | None) -> str:
    """All amounts (USD) on one line, for whoever reads the log: `second=0.07 720p=0.1`; "" for none."""
    if pricing is None:
        return ""
    return " ".join(f"{name}={usd}" for name, usd in prices(pricing).items())[:_LONGEST_PRICES]
