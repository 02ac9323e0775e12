"""What members do with styles: save, find, share and delete them. Who may touch whose is decided here."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, StyleId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.styles import PLACEHOLDER, Style, read_name, read_template
from bot.services.catalogue_cache import CatalogueCache
from bot.services.ordering.order_service import OrderService
from bot.store.records.styles import Styles

log = logging.getLogger(__name__)

_SHOWN = 100  # characters of a name that no style has
_ANYTHING = "…"  # a prompt, while there is none
# Another order may bring the files that the model wants; and it may be shorter.
_OF_THE_ORDER = frozenset({"input-missing", "input-missing-any", "option-missing", "prompt-long"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleDraft:
    """A style as somebody wrote it down; nothing in it has been checked. See `Style` for what it holds."""

    name: str
    template: str = PLACEHOLDER
    model: str | None = None
    settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    more: Mapping[str, Json] = field(default_factory=dict[str, Json])
    pictures: tuple[Attachment, ...] = ()


class StyleService:
    def __init__(
        self,
        styles: Styles,
        order_service: OrderService,
        catalogue_cache: CatalogueCache,
        new_id: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._styles = styles
        self._order_service = order_service
        self._catalogue_cache = catalogue_cache
        self._new_id = new_id
        self._clock = clock

    def read(self, draft: StyleDraft, guild_id: GuildId, user_id: UserId) -> Style:
        """The member's style as it will be kept. From memory. Raises `Refusal` for what its model would not take."""
        style = Style(
            id=StyleId(self._new_id()),
            guild_id=guild_id,
            owner_id=user_id,
            saved_by=user_id,
            name=read_name(draft.name),
            saved_at=self._clock.now(),
            template=read_template(draft.template),
            settings=draft.settings,
            more=draft.more,
            pictures=draft.pictures,
        )
        if draft.model is None:
            if draft.more:
                raise Refusal("style-parameters-alone")
            return style
        catalogue = self._catalogue_cache.require()
        model = catalogue.named(draft.model)
        kind = next((kind for kind in MediaKind if model is not None and kind in model.makes), MediaKind.VIDEO)
        style = replace(style, model=model.id if model is not None else draft.model)
        try:
            validated = self._order_service.validate(style.applied(GenerationRequest(kind=kind, prompt=_ANYTHING)))
        except Refusal as refusal:
            if refusal.key not in _OF_THE_ORDER:
                refusal.suggestion = refusal.validated = None  # that would be an order
                raise
            return replace(style, model_name=model.name if model is not None else None)
        return replace(style, model=validated.model_id, model_name=validated.model_name)

    async def save(self, style: Style) -> Style | None:
        """Keeps it; the one of its owner's whose place it takes. Raises `Refusal` where there are too many."""
        before = await self._styles.save(style)
        log.info("style saved", extra={"guild": style.guild_id, "user": style.saved_by, "style": style.id})
        return before

    async def find(self, guild_id: GuildId, user_id: UserId, name: str) -> Style:
        """The style of that name, the member's own before the server's. Raises `Refusal` where there is none."""
        style = await self._styles.get(guild_id, user_id, name)
        if style is None:
            raise Refusal("style-unknown", given=name.strip()[:_SHOWN])
        return style

    async def page(self, guild_id: GuildId, user_id: UserId, number: int, size: int) -> tuple[Sequence[Style], int]:
        """A page of those that the member can use, counted from 1, and how many styles there are in all."""
        count = await self._styles.count(guild_id, user_id)
        skipped = min(number - 1, max(count - 1, 0) // size) * size
        return await self._styles.page(guild_id, user_id, skipped=max(skipped, 0), limit=size), count

    async def offers(self, guild_id: GuildId, user_id: UserId, typed: str, most: int) -> Sequence[Style]:
        """Those that the member can use and that are called as they typed."""
        return await self._styles.page(guild_id, user_id, typed, limit=most)

    async def share(self, guild_id: GuildId, user_id: UserId, name: str, *, manager: bool) -> Style:
        """Makes a manager's own style the server's. Raises `Refusal`."""
        if not manager:
            raise Refusal("manage-server")
        style = await self.find(guild_id, user_id, name)
        if style.shared:
            raise Refusal("style-shared", style=style.name)
        return await self._styles.share(style, user_id, self._clock.now())

    async def delete(self, guild_id: GuildId, user_id: UserId, name: str, *, manager: bool) -> Style:
        """The member's own goes, or for managers the server's; the style as it was. Raises `Refusal`."""
        style = await self.find(guild_id, user_id, name)
        if style.shared and not manager:
            raise Refusal("manage-server")
        if not await self._styles.delete(style.id):
            raise Refusal("style-unknown", given=style.name)
        return style
