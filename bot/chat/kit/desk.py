"""What buttons and orders need of the client, so that they need not know it whole."""

from typing import TYPE_CHECKING, Any, Protocol

import discord
from bot.domain.errors import Refusal
from bot.services.ordering.links import Links
from bot.services.ordering.looking_back import LookingBack
from bot.services.ordering.ordering import Ordering
from bot.services.privacy.privacy import Privacy
from bot.services.queue.moderating import Moderating
from bot.services.queue.queueing import Queueing
from bot.services.reports.reports import Reporting

from bot.chat.kit.translation import Texts, Translations
from bot.chat.orders.pending_uploads import PendingUploads

if TYPE_CHECKING:
    from bot.chat.kit.session import Sheets
    from bot.chat.orders.input_files import DiscordInputFiles
    from bot.chat.settings.board import Panels


class Desk(Protocol):
    """The client, as a control sees it."""

    ordering: Ordering
    queueing: Queueing
    moderating: Moderating
    links: Links
    looking_back: LookingBack
    reporting: Reporting
    privacy: Privacy
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
