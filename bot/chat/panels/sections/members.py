"""What one member may order and spend: everybody, and the holders of a role. The most generous applies."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from bot.chat.forms.modal import text_field
from bot.chat.panels.controls import role_picker, row
from bot.chat.panels.forms import FormLayout, Written
from bot.chat.panels.section import Call, Items, Section, Turn, rules_here, saved, text
from bot.domain.errors import Refusal
from bot.domain.ids import RoleId
from bot.domain.rules.limits import usd
from bot.domain.rules.parsing import amount, whole
from bot.domain.rules.policy import Allowance, GuildPolicy, lines

_RULES = ("everyone", "by_role")
_EVERYBODY = "all"
_LONGEST_VIDEO = 3600  # seconds
_LIMITS = ("in_flight", "per_day", "spend_per_day", "spend_per_month")
_SIZES = ("longest", "resolution")
_SHORT = 20  # characters


def resolution(typed: str) -> int | None:
    """Lines of a picture, from "1080p", "4k" or "720"; nothing typed is None. Raises `Refusal`."""
    if not typed.strip():
        return None
    found = lines(typed)
    if not found:
        raise Refusal("resolution", given=typed.strip()[:_SHORT])
    return found


_PARSE: dict[str, Callable[[str], int | Decimal | None]] = {
    "in_flight": whole,
    "per_day": whole,
    "spend_per_day": amount,
    "spend_per_month": amount,
    "longest": lambda typed: whole(typed.strip().removesuffix("s"), _LONGEST_VIDEO),
    "resolution": resolution,
}


class Members(Section):
    """The form of a role, or of everybody: orders and amounts, or the size of what they order (`verb`)."""

    name = "members"

    async def draw(self, call: Call) -> Items:
        texts = call.texts
        return [
            text(rules_here(call, await call.rules(), _RULES)),
            row(
                self.opener(call, "limits", texts("settings-limits-everyone"), _EVERYBODY),
                self.opener(call, "sizes", texts("settings-sizes-everyone"), _EVERYBODY),
            ),
            row(role_picker(self.at(call, "limits"), texts("settings-limits-role"), most=1)),
            row(role_picker(self.at(call, "sizes"), texts("settings-sizes-role"), most=1)),
        ]

    async def form(self, call: Call, given: Written | None) -> FormLayout | None:
        role = _role(call)
        if role is None:
            return None
        said = (await call.rules()).by_role.get(role) if role else (await call.rules()).everyone
        texts = call.texts
        fields = [
            text_field(
                name,
                texts("settings-field-limit", what=name),
                description=texts("settings-hint-limit", what=name),
                value=(given or {}).get(name) if given else _shown(said or Allowance(), name),
                most=_SHORT,
            )
            for name in _asked(call)
        ]
        who = "everyone" if not role else _role_name(call, role)
        return FormLayout(title=texts("settings-form-limits", who=who), fields=fields)

    async def filled(self, call: Call) -> Turn:
        role = _role(call)
        values = {name: _PARSE[name](call.answers.get(name, "")) for name in _asked(call)}

        def change(policy: GuildPolicy) -> GuildPolicy:
            if not role:
                return replace(policy, everyone=replace(policy.everyone, **values))
            said = replace(policy.by_role.get(role, Allowance()), **values)
            others = {each: old for each, old in policy.by_role.items() if each != role}
            return replace(policy, by_role=others if said == Allowance() else {**others, role: said})

        await call.office.rulebook.change(call.guild_id, change, call.user_id)
        return saved(call)


def _role(call: Call) -> RoleId | None:
    """Of whom the form is: a role, 0 for everybody (whose role has the server's id); None where none was chosen."""
    chosen = call.values[0] if call.values else call.arg
    if chosen in {_EVERYBODY, str(call.guild_id)}:
        return RoleId(0)
    return RoleId(int(chosen)) if chosen.isdecimal() else None


def _asked(call: Call) -> tuple[str, ...]:
    return _SIZES if call.address.verb == "sizes" else _LIMITS


def _role_name(call: Call, role: RoleId) -> str:
    guild = call.interaction.guild
    found = guild.get_role(role) if guild is not None else None
    return found.name if found is not None else str(role)


def _shown(said: Allowance, name: str) -> str:
    value = getattr(said, name)
    if value is None:
        return ""
    return usd(value) if isinstance(value, Decimal) else str(value)
