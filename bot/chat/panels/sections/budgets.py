"""What the server may spend, and which orders are asked about first."""

from dataclasses import replace

from bot.chat.forms.modal import choice_field, text_field
from bot.chat.guilds.rule_words import rule_lines, rule_name
from bot.chat.panels.controls import row
from bot.chat.panels.forms import FormLayout, Written
from bot.chat.panels.section import Call, Items, Section, Turn, saved, text
from bot.domain.records.spans import Span
from bot.domain.rules.limits import usd
from bot.domain.rules.parsing import amount, threshold
from bot.domain.rules.policy import Unpriced

_RULES = ("month_budget", "day_budget", "confirm_above", "unpriced")
_AMOUNTS = _RULES[:3]
_USUAL = "usual"
_LONGEST = 20  # characters of an amount


class Budgets(Section):
    name = "budgets"

    async def draw(self, call: Call) -> Items:
        lines = rule_lines(await call.rules(), _RULES, call.texts)
        today, month = [await call.office.reporting.spent(call.guild_id, span) for span in (Span.TODAY, Span.MONTH)]
        spent = call.texts("settings-spent", today=f"${usd(today)}", month=f"${usd(month)}")
        return [text(f"{lines}\n{spent}"), row(self.opener(call, "edit", call.texts("settings-change")))]

    async def form(self, call: Call, given: Written | None) -> FormLayout:
        texts, policy = call.texts, await call.rules()
        settled = {name: getattr(policy, name) for name in _AMOUNTS}
        shown = given or {
            **{name: usd(value) if value is not None else "" for name, value in settled.items()},
            "unpriced": policy.unpriced or _USUAL,
        }
        amounts = [
            text_field(
                name,
                rule_name(name, texts),
                description=texts("settings-hint-amount", rule=name),
                value=shown.get(name),
                most=_LONGEST,
            )
            for name in _AMOUNTS
        ]
        choices = [(_USUAL, texts("rule-none", rule="unpriced"))]
        choices += [(each.value, texts("rule-unpriced", choice=each.value)) for each in Unpriced]
        unpriced = choice_field(
            "unpriced", rule_name("unpriced", texts), choices, chosen=[shown.get("unpriced", _USUAL)], required=True
        )
        return FormLayout(title=texts("settings-section-budgets"), fields=[*amounts, unpriced])

    async def filled(self, call: Call) -> Turn:
        said = call.answers
        month, day = amount(said.get("month_budget", "")), amount(said.get("day_budget", ""))
        above, choice = threshold(said.get("confirm_above", "")), said.get("unpriced", _USUAL)
        unpriced = Unpriced(choice) if choice in set(Unpriced) else None
        await call.office.rulebook.change(
            call.guild_id,
            lambda p: replace(p, month_budget=month, day_budget=day, confirm_above=above, unpriced=unpriced),
            call.user_id,
        )
        return saved(call)
