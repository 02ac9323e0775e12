"""Who changed what, and who did what to the queue."""

import discord

from bot.chat.settings.controls import button, row
from bot.chat.settings.news import act_line
from bot.chat.settings.section import Call, Items, Section, Turn, text

_PAGE = 10  # acts
_LINE = 300  # characters; the panel as a whole may have 4000


class AuditLog(Section):
    """The argument is the ordinal of the act above which the page ends."""

    name = "audit"

    async def draw(self, call: Call) -> Items:
        texts = call.texts
        below = int(call.arg) if call.arg.isdecimal() else None
        page = await call.office.rulebook.acts(call.guild_id, below=below, size=_PAGE)
        lines = [
            f"{discord.utils.format_dt(one.at, 'f')} · {act_line(one.act, texts)}".replace("\n", " ")[:_LINE]
            for one in page.acts
        ]
        shown: Items = [text("\n".join(lines) or texts("settings-audit-none"))]
        buttons: Items = []
        if below is not None:
            buttons.append(button(self.at(call, "newest"), texts("settings-audit-newest")))
        if page.older is not None:
            buttons.append(button(self.at(call, "older", str(page.older)), texts("settings-audit-older")))
        return [*shown, row(*buttons)] if buttons else shown

    async def act(self, call: Call) -> Turn:
        return Turn(arg=call.arg)
