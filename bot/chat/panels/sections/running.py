"""The server's own queue: how many generations run at once."""

from dataclasses import replace

from bot.chat.forms.modal import text_field
from bot.chat.guilds.rule_words import rule_lines, rule_name
from bot.chat.panels.controls import row
from bot.chat.panels.forms import FormLayout, Written
from bot.chat.panels.section import Call, Items, Section, Turn, saved, text
from bot.domain.rules.parsing import whole

_MOST = 1000  # generations at once
_SHORT = 10  # characters


class Running(Section):
    name = "queue"

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        states = [state for state in ("paused", "drained") if getattr(policy, state)]
        lines = rule_lines(policy, ("running", *states), texts)
        return [text(lines), row(self.opener(call, "edit", texts("settings-change")))]

    async def form(self, call: Call, given: Written | None) -> FormLayout:
        texts, settled = call.texts, (await call.rules()).running
        field = text_field(
            "running",
            rule_name("running", texts),
            description=texts("settings-hint-running"),
            value=(given or {}).get("running", str(settled) if settled is not None else ""),
            most=_SHORT,
        )
        return FormLayout(title=texts("settings-section-queue"), fields=[field])

    async def filled(self, call: Call) -> Turn:
        running = whole(call.answers.get("running", ""), _MOST)
        await call.office.rulebook.change(call.guild_id, lambda p: replace(p, running=running), call.user_id)
        return saved(call)
