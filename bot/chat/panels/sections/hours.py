"""The server's time zone, and the hours in which nothing is ordered."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.chat.forms.modal import text_field
from bot.chat.guilds.rule_words import rule_lines, rule_name
from bot.chat.panels.controls import row
from bot.chat.panels.forms import FormLayout, Written
from bot.chat.panels.section import Call, Items, Section, Turn, saved, text
from bot.domain.rules.parsing import quiet_hours, time_zone
from bot.domain.rules.policy import QuietHours

_RULES = ("time_zone", "quiet")
_SHORT = 60  # characters


class Hours(Section):
    name = "hours"

    async def draw(self, call: Call) -> Items:
        policy = await call.rules()
        local = call.interaction.created_at.astimezone(ZoneInfo(policy.time_zone))  # a mistake in the zone shows here
        now = call.texts("settings-now-there", time=f"{local:%H:%M}")
        time_zone_line, quiet_line = (rule_lines(policy, [rule], call.texts) for rule in _RULES)
        return [
            text(f"{time_zone_line} · {now}\n{quiet_line}"),
            row(self.opener(call, "edit", call.texts("settings-change"))),
        ]

    async def form(self, call: Call, given: Written | None) -> FormLayout:
        texts, policy = call.texts, await call.rules()
        shown = given or {"time_zone": policy.time_zone, "quiet": _typed(policy.quiet)}
        fields = [
            text_field(
                name,
                rule_name(name, texts),
                description=texts("settings-hint-hours", rule=name),
                value=shown.get(name),
                most=_SHORT,
            )
            for name in _RULES
        ]
        return FormLayout(title=texts("settings-section-hours"), fields=fields)

    async def filled(self, call: Call) -> Turn:
        zone, quiet = time_zone(call.answers.get("time_zone", "")), quiet_hours(call.answers.get("quiet", ""))
        await call.office.rulebook.change(
            call.guild_id, lambda p: replace(p, time_zone=zone, quiet=quiet), call.user_id
        )
        return saved(call)


def _typed(quiet: QuietHours | None) -> str:
    """As `policy_input.quiet_hours` reads it."""
    if quiet is None:
        return ""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (quiet.start, quiet.end))
