"""Styles and characters: what a member, or a server, puts around a prompt, under a name.

A template is a prompt with `{prompt}` where each order's own goes; `{{` and `}}` stand for braces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.domain.errors import Refusal
from bot.domain.ids import NOBODY, GuildId, StyleId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.markup import MOST_NAME, tame
from bot.domain.orders.order import GenerationRequest

PLACEHOLDER = "{prompt}"
MOST_TEMPLATE = 2000  # characters
MOST_OWN, MOST_SHARED = 100, 500  # styles: of one member in one server, and of the server
_PIECE = re.compile(r"\{\{|\}\}|\{\s*([^{}]*?)\s*\}|[{}]")
_DOUBLED = {"{{": "{", "}}": "}"}
_EXAMPLES = {"prompt": PLACEHOLDER, "open": "{{", "close": "}}"}  # for refusals
_SHOWN = 50  # characters of a placeholder that a refusal repeats
_BETWEEN = " ,;:\n\t"  # what is left around a prompt that is not there
_OF_VIDEO = frozenset({"duration", "audio"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """`owner_id` is `NOBODY` where it is the server's.

    `settings` are fields of a request (`duration`, `resolution`, `aspect_ratio`, `audio`) that the style fills in where
    an order leaves them open, `more` are the model's own. `model_name` is what the model was called then.
    """

    id: StyleId
    guild_id: GuildId
    owner_id: UserId
    saved_by: UserId
    name: str
    saved_at: datetime
    template: str = PLACEHOLDER
    model: str | None = None
    model_name: str | None = None
    settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    more: Mapping[str, Json] = field(default_factory=dict[str, Json])
    pictures: tuple[Attachment, ...] = ()

    @property
    def shared(self) -> bool:
        return self.owner_id == NOBODY

    def applied(self, request: GenerationRequest) -> GenerationRequest:
        """The request in this style. What the member set holds; with another model, its settings are the member's."""
        prompt = fill(self.template, request.prompt.strip())
        attachments = (*request.attachments, *self.pictures)
        styled = replace(request, prompt=prompt, model=request.model or self.model, attachments=attachments)
        if request.model not in (None, self.model, self.model_name):
            return styled
        fitting = {n: v for n, v in self.settings.items() if n not in _OF_VIDEO or request.kind is MediaKind.VIDEO}
        given: dict[str, Any] = {name: value for name, value in fitting.items() if getattr(request, name) is None}
        return replace(styled, more={**self.more, **request.more}, **given)


def read_name(text: str) -> str:
    """What a style is called: one line of plain letters. Raises `Refusal` where nothing is left of it."""
    name = tame(text)
    if not name:
        raise Refusal("style-name", max=MOST_NAME)
    return name


def name_key(name: str) -> str:
    """By what a style of that name is found, however it is written."""
    return tame(name).casefold()


def read_template(text: str) -> str:
    """The template; with the prompt before it where it says nowhere where that goes.

    Raises `Refusal` for a placeholder that nobody knows, for a single brace, and where it is too long.
    """
    template = text.strip()
    pieces = list(_PIECE.finditer(template))
    for piece in pieces:
        if piece[0] in _DOUBLED:
            continue
        if piece[1] is None:
            raise Refusal("style-brace", given=piece[0], **_EXAMPLES)
        if piece[1].lower() != "prompt":
            raise Refusal("style-placeholder", given=piece[1][:_SHOWN], **_EXAMPLES)
    if all(piece[0] in _DOUBLED for piece in pieces):
        template = f"{PLACEHOLDER}, {template}" if template else PLACEHOLDER
    if len(template) > MOST_TEMPLATE:
        raise Refusal("style-template-long", length=len(template), max=MOST_TEMPLATE)
    return template


def fill(template: str, prompt: str) -> str:
    """What `read_template` returned, with the prompt in its places, as it was written."""
    filled = _PIECE.sub(lambda piece: _DOUBLED.get(piece[0], prompt), template)
    return filled if prompt else filled.strip(_BETWEEN)
