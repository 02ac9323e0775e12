"""All at a glance: who pays, what may be spent, where the news go."""

from bot.chat.settings.section import Call, Items, Section, rules_here, text
from bot.chat.settings.sections.billing import pays
from bot.chat.settings.sections.log import lost

_RULES = ("month_budget", "day_budget", "confirm_above", "roles", "channels", "running", "log_channel")


class Overview(Section):
    name = "overview"

    async def draw(self, call: Call) -> Items:
        return await summary(call)


async def summary(call: Call) -> Items:
    """What matters most of all that is settled."""
    policy = await call.rules()
    account = await call.office.accounts.of(call.guild_id)
    lines = [*await pays(call, account), rules_here(call, policy, _RULES)]
    return [*lost(call, policy), text("\n".join(lines))]
