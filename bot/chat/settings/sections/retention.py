"""For how long prompts are kept."""

from dataclasses import replace

import discord

from bot.chat.settings.controls import picker, row
from bot.chat.settings.rule_words import rule_lines, rule_value
from bot.chat.settings.section import Call, Items, Section, Turn, saved, text

_CHOICES = (1, 7, 30, 90, 365)  # days
_FOR_GOOD = "0"


class Retention(Section):
    name = "privacy"

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        settled = policy.retention
        days = sorted({*_CHOICES, *([settled] if settled is not None else [])})
        options = [
            discord.SelectOption(label=rule_value("retention", n, texts), value=str(n), default=n == settled)
            for n in days
        ]
        for_good = discord.SelectOption(
            label=texts("rule-none", rule="retention"), value=_FOR_GOOD, default=settled is None
        )
        return [
            text(rule_lines(policy, ("retention",), texts)),
            row(picker(self.at(call, "days"), texts("settings-pick-retention"), [for_good, *options])),
        ]

    async def act(self, call: Call) -> Turn:
        chosen = call.values[0] if call.values else ""
        if chosen == _FOR_GOOD or (chosen.isdecimal() and int(chosen) in _CHOICES):
            days = int(chosen) or None
            await call.office.rulebook.change(call.guild_id, lambda p: replace(p, retention=days), call.user_id)
        return saved(call)
