"""What is offered while a member types an option: from memory, at most 25, fitting what is filled in already."""

from collections.abc import Iterable, Iterator, Mapping

from discord.app_commands import Choice

from bot.chat.prices import model_price
from bot.chat.translation import Texts
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model, ModelGroup
from bot.domain.models.choices import length_choices, ratio_choices, resolution_choices
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.slot_assignment import assign
from bot.domain.orders.validation import Offered
from bot.services.ordering.ordering import Ordering

MOST = 25  # Discord shows no more
_NAME = 100  # characters of a choice
_EVERYTHING = 100_000
# The options that take a file: which kind it has to be, and what it is for.
ATTACHED: Mapping[str, tuple[InputKind, Role]] = {
    "image": (InputKind.IMAGE, Role.START),
    "last_frame": (InputKind.IMAGE, Role.END),
    "video": (InputKind.VIDEO, Role.SOURCE),
    "sound": (InputKind.AUDIO, Role.SOUND),
    "reference": (InputKind.IMAGE, Role.REFERENCE),
}


def offered_files(options: Iterable[tuple[str, object]]) -> tuple[Attachment, ...]:
    """Stand-ins for the files that are filled in: while somebody types, nothing is known of a file but its option."""
    names = {name for name, value in options if value is not None}
    return tuple(
        Attachment(kind=kind, role=role, name=name, media_type="", size=1, url="")
        for name, (kind, role) in ATTACHED.items()
        if name in names
    )


def model_choices(
    catalogue: Catalogue | None,
    kind: MediaKind,
    typed: str,
    texts: Texts,
    files: tuple[Attachment, ...],
    offered: Offered,
    *,
    references: bool = False,
) -> list[Choice[str]]:
    """The models that make `kind` of these files, need no further one, and are `offered` here, with their prices."""
    found = catalogue.find(typed, kind, limit=_EVERYTHING) if catalogue is not None else []
    fitting = _fitting(filter(offered, found), kind, files, references=references)
    return [_choice(model, texts) for model, _ in zip(fitting, range(MOST), strict=False)]


def model_offers(models: Iterable[Model], typed: str, texts: Texts) -> list[Choice[str]]:
    """Those of `models` in whose name or id `typed` occurs, with their prices."""
    folded = typed.strip().lower()
    found = [model for model in models if folded in f"{model.name} {model.id}".lower()]
    return [_choice(model, texts) for model in found[:MOST]]


def _choice(model: Model, texts: Texts) -> Choice[str]:
    price = model_price(model, texts)
    told = f" · {price}" if price is not None else ""
    return Choice(name=model.name[: _NAME - len(told)] + told, value=model.id)


def _fitting(
    models: Iterable[Model], kind: MediaKind, files: tuple[Attachment, ...], *, references: bool
) -> Iterator[Model]:
    for model in models:
        if references:
            if takes_references(model):
                yield model
        elif files:
            if takes(model, files):
                yield model
        elif model.runs_on_prompt(kind):
            yield model


def takes(model: Model, files: tuple[Attachment, ...]) -> bool:
    """Whether the model takes these files, and no other has to be given."""
    if not {file.kind for file in files} <= {slot.kind for slot in model.slots}:  # the usual reason, and the quickest
        return False
    try:
        assign(files, model)
    except Refusal:
        return False
    return True


def takes_references(model: Model) -> bool:
    return any(slot.many for slot in model.slots)


def chosen_model(
    ordering: Ordering, catalogue: Catalogue | None, request: GenerationRequest, offered: Offered
) -> Model | None:
    """The model that is named, or else the one that would be taken as things stand; None when there is none."""
    if catalogue is None:
        return None
    if request.model:
        return catalogue.named(request.model, request.kind)
    try:
        return catalogue.get(ordering.validate(request, offered).model_id)
    except Refusal:
        return None


def length_offers(model: Model | None, typed: str, texts: Texts) -> list[Choice[int]]:
    found = [s for s in length_choices(model) if str(s).startswith(typed.strip())] if model else []
    return [Choice(name=texts("setting-seconds", seconds=str(s)), value=s) for s in found[:MOST]]


def ratio_offers(model: Model | None, typed: str) -> list[Choice[str]]:
    return _among(ratio_choices(model) if model else [], typed)


def resolution_offers(model: Model | None, typed: str) -> list[Choice[str]]:
    return _among(resolution_choices(model) if model else [], typed)


def _among(possible: Iterable[str], typed: str) -> list[Choice[str]]:
    found = [value for value in possible if typed.strip().lower() in value.lower()]
    return [Choice(name=value[:_NAME], value=value[:_NAME]) for value in found[:MOST]]


def group_models(catalogue: Catalogue, group: ModelGroup, kinds: Iterable[InputKind], offered: Offered) -> list[Model]:
    """The `offered` models of `group` that take a file of each of `kinds`, those first that need no more."""
    wanted = set(kinds)
    found = [
        model
        for model in catalogue.find("", group=group, limit=_EVERYTHING)
        if wanted <= {slot.kind for slot in model.slots} and offered(model)
    ]
    return sorted(found, key=lambda model: len(model.needs))
