"""What the front end may ask, in one value that the client is given when it is built."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot.chat.kit.input_files import DiscordInputFiles, PendingUploads
from bot.chat.kit.previews import Previews
from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, UserId
from bot.services.catalogue_cache import CatalogueCache
from bot.services.delivery.card_editor import CardEditor
from bot.services.delivery.takeback import TakeBackService
from bot.services.engine import Engine
from bot.services.ordering.history import OrderHistory
from bot.services.ordering.links import Links
from bot.services.ordering.order_service import OrderService
from bot.services.ordering.stars import StarService
from bot.services.ordering.styles import StyleService
from bot.services.ordering.voting import Voting
from bot.services.privacy.membership import GuildMembership
from bot.services.privacy.privacy import PrivacyService
from bot.services.queue.policy_service import ModerationService, PolicyService
from bot.services.queue.queue_service import QueueService
from bot.services.reports.limits import LimitsService
from bot.services.reports.reports import ReportService
from bot.services.wallet.accounts import Accounts
from bot.services.wallet.billing import Billing
from bot.services.wallet.costs import UnclearMoney
from bot.services.wallet.estimator import Estimator
from bot.texts import Texts, Translations

Interaction = discord.Interaction[Any]

LASTS = 15 * 60.0  # seconds: the token by which a private panel can be changed lives no longer
MOST = 5_000  # sessions at a time; then the oldest goes


@dataclass(slots=True, kw_only=True)
class _Open:
    """A value since `at` (monotonic seconds)."""

    at: float
    of: UserId
    value: object
    consumed: bool = False


class Sessions:
    """What members are filling in, each for one member: kept in memory for a quarter of an hour.

    Nothing was ordered yet, so a session that is lost with the process loses nothing that a row would have to keep.
    """

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._open: dict[str, _Open] = {}

    def open(self, value: object, of: UserId) -> str:
        """Keeps the value for `of`; returns its id."""
        now = self._clock.monotonic()
        while self._open:
            oldest = next(iter(self._open))
            if len(self._open) < MOST and now - self._open[oldest].at < LASTS:
                break
            del self._open[oldest]
        session_id = self._new_id()
        self._open[session_id] = _Open(at=now, of=of, value=value)
        return session_id

    def find(self, session_id: str, by: UserId) -> Any:
        """The value. Raises `Refusal` when it is consumed, too old, somebody else's, or from before a restart."""
        one = self._open.get(session_id)
        if one is None or one.consumed or one.of != by or self._clock.monotonic() - one.at >= LASTS:
            raise Refusal("lapsed")
        return one.value

    def consume(self, session_id: str) -> None:
        """What the session was for is done: it is found no more. Raises `Refusal` when it was consumed before."""
        one = self._open.get(session_id)
        if one is None or one.consumed:
            raise Refusal("lapsed")
        one.consumed = True

    def restore(self, session_id: str) -> None:
        """It came to nothing: the session is found again, for as long as it would have been."""
        one = self._open.get(session_id)
        if one is not None:
            one.consumed = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every service behind commands, buttons and forms.

    `own_pays`: the operator pays for servers that have settled nothing. `rights_changed` has results tried again that
    nobody could be told of in a guild. `closing` is set once the bot stops: commands, buttons and forms are refused.
    `engine` has all of them and the loops: it is for who runs the bot.
    """

    engine: Engine
    translations: Translations
    order_service: OrderService
    queue_service: QueueService
    moderation_service: ModerationService
    links: Links
    order_history: OrderHistory
    report_service: ReportService
    voting: Voting
    limits_service: LimitsService
    style_service: StyleService
    star_service: StarService
    takeback: TakeBackService
    privacy: PrivacyService
    membership: GuildMembership
    policy_service: PolicyService
    billing: Billing
    estimator: Estimator
    unclear_money: UnclearMoney
    accounts: Accounts
    catalogue_cache: CatalogueCache
    input_files: DiscordInputFiles
    previews: Previews
    card_editor: CardEditor
    pending_uploads: PendingUploads
    sessions: Sessions
    rights_changed: Callable[[GuildId], Awaitable[None]]
    own_pays: bool
    closing: asyncio.Event

    @classmethod
    def of(
        cls,
        engine: Engine,
        *,
        translations: Translations,
        input_files: DiscordInputFiles,
        previews: Previews,
        sessions: Sessions,
        own_pays: bool,
    ) -> "Services":
        return cls(
            engine=engine,
            translations=translations,
            order_service=engine.order_service,
            queue_service=engine.queue_service,
            moderation_service=engine.moderation_service,
            links=engine.links,
            order_history=engine.order_history,
            report_service=engine.report_service,
            voting=engine.voting,
            limits_service=engine.limits_service,
            style_service=engine.style_service,
            star_service=engine.star_service,
            takeback=engine.background.takeback,
            privacy=engine.privacy,
            membership=engine.membership,
            policy_service=engine.policy_service,
            billing=engine.billing,
            estimator=engine.estimator,
            unclear_money=engine.unclear_money,
            accounts=engine.accounts,
            catalogue_cache=engine.catalogue_cache,
            input_files=input_files,
            previews=previews,
            card_editor=engine.background.card_editor,
            pending_uploads=PendingUploads(),
            sessions=sessions,
            rights_changed=engine.background.delivery.rights_changed,
            own_pays=own_pays,
            closing=asyncio.Event(),
        )

    def texts(self, interaction: Interaction) -> Texts:
        """The texts in the language of whoever is behind the interaction."""
        return self.translations.of(interaction.locale)


def services_of(interaction: Interaction) -> Services:
    """The services of the client that got the interaction."""
    services: Services = interaction.client.services
    return services
