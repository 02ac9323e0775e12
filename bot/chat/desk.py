"""What buttons and orders need of the client, so that they need not know it whole."""

from typing import TYPE_CHECKING, Any, Protocol

import discord

from bot.chat.ordering.pending_uploads import PendingUploads
from bot.chat.translation import Texts, Translations
from bot.domain.errors import Refusal
from bot.services.ordering.links import Links
from bot.services.ordering.history import OrderHistory
from bot.services.ordering.order_service import OrderService
from bot.services.privacy.privacy import PrivacyService
from bot.services.queue.policy_service import ModerationService
from bot.services.queue.queue_service import QueueService
from bot.services.reports.reports import ReportService

if TYPE_CHECKING:
    from bot.chat.forms.sheets import Sheets
    from bot.chat.inputs.input_files import DiscordInputFiles
    from bot.chat.panels.board import Panels


class Desk(Protocol):
    """The client, as a control sees it."""

    ordering: OrderService
    queueing: QueueService
    moderating: ModerationService
    links: Links
    looking_back: OrderHistory
    reporting: ReportService
    privacy: PrivacyService
    input_files: "DiscordInputFiles"
    sheets: "Sheets"
    pending_uploads: PendingUploads
    panels: "Panels"
    translations: Translations

    def texts(self, interaction: discord.Interaction[Any]) -> Texts:
        """The texts in the language of whoever is behind the interaction."""
        ...

    async def explain(self, interaction: discord.Interaction[Any], error: BaseException, *, command: str) -> None:
        """One reply to whatever went wrong."""
        ...

    async def refuse(self, interaction: discord.Interaction[Any], refusal: Refusal, *, further: bool = False) -> None:
        """Tells the person alone what they can change; `further`: in a message beside the answer."""
        ...
