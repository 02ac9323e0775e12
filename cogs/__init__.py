"""Slash commands, one file per family. A callback translates; it does not decide."""

from collections.abc import Sequence

from discord.ext import commands

from bot import __version__
from bot.chat.client import DroverClient
from cogs.about import About
from cogs.compare import Compare
from cogs.generate import Generate
from cogs.menus import Menus
from cogs.models import Models
from cogs.moderation import Moderation
from cogs.privacy import Privacy
from cogs.queue import Queue
from cogs.reports import Reports
from cogs.rights import Rights
from cogs.settings import Settings
from cogs.storyboard import Storyboards
from cogs.styles import Styles


def make_cogs(client: DroverClient) -> Sequence[commands.Cog]:
    """All that members can use, and what hears of changes in servers."""
    return (
        *(Generate(client), Models(client), Storyboards(client), Menus(client), Queue(client), Moderation(client)),
        *(
            Compare(),
            Styles(),
            Reports(),
            Settings(client),
            Privacy(client),
            Rights(client),
            About(client, __version__),
        ),
    )
