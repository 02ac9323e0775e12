"""What the front end may ask, in one value that the client is given when it is built."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot.chat.kit.input_files import DiscordInputFiles, PendingUploads
from bot.chat.kit.previews import Previews
from bot.chat.kit.session_store import SessionStore
from bot.domain.ids import GuildId
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
    sessions: SessionStore
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
        sessions: SessionStore,
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
