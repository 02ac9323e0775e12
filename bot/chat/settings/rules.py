"""The sections of a server's rules: what may be spent, and who may order what, where and when."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord import ui

from bot.chat.kit.components import MOST_CHOSEN, TEXT_CHANNELS, channel_select, role_select, row, select, user_select
from bot.chat.kit.modal import Answers, Field, text_field, text_of
from bot.chat.kit.words import ago, escape_markdown
from bot.chat.settings.section import LONG, SETUP, Call, Items, RuleField, RuleSection, Section, Turn
from bot.chat.settings.views import rule_lines, rule_name
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.models.catalogue import Catalogue, ModelGroup
from bot.domain.rules.limits import rounded
from bot.domain.rules.parsing import amount, quiet_hours, threshold, time_zone, typed_amount, whole
from bot.domain.rules.patterns import Patterns, parse_patterns
from bot.domain.rules.policy import STANDARD, Allowance, GuildPolicy, QuietHours, Unpriced, lines
from bot.domain.rules.prices import read_prices, write_prices
from bot.texts import Texts

# No threads: what is said of a channel holds in them too.
PLACES = (*TEXT_CHANNELS, *(discord.ChannelType.category, discord.ChannelType.forum, discord.ChannelType.voice))
_SHORT = 20  # characters
_SHOWN = 60  # characters of a model's name
_MOST_MODELS = 100  # by name; who allows more allows groups
_LISTED = 10  # models
_WORDS_SHOWN = 600  # characters of the words in the panel
_LONGEST_VIDEO = 3600  # seconds
_MOST_AT_ONCE = 1000  # outputs
_EVERYBODY = "all"


class Budgets(RuleSection):
    """What the server may spend, and which orders are asked about first."""

    def __init__(self) -> None:
        def hint(rule: str) -> Callable[[Texts], str]:
            return lambda texts: texts("settings-hint-amount", rule=rule)

        super().__init__(
            "budgets",
            RuleField(rule="month_budget", parse=amount, show=typed_amount, hint=hint("month_budget")),
            RuleField(rule="day_budget", parse=amount, show=typed_amount, hint=hint("day_budget")),
            RuleField(rule="confirm_above", parse=threshold, show=typed_amount, hint=hint("confirm_above")),
        )

    async def lines(self, call: Call, policy: GuildPolicy) -> str:
        return f"{await super().lines(call, policy)}\n{await spent_lines(call)}"


async def spent_lines(call: Call) -> str:
    """What was charged, is reserved and is unclear of today and this month, and what that leaves of each budget."""

    def part(amount: Decimal) -> Decimal | str:
        return amount or "none"

    lines: list[str] = []
    for standing in await call.services.report_service.budgets(call.guild_id):
        left = rounded(standing.left, ROUND_FLOOR) if standing.left is not None else "none"
        lines.append(
            call.texts(
                "settings-spent",
                span=standing.span.value,
                charged=standing.charged,
                reserved=part(standing.reserved),
                unclear=part(standing.unclear),
                left=left,
                budget=standing.budget or "none",
                resets=ago(standing.resets),
            )
        )
    return "\n".join(lines)


class Prices(RuleSection):
    """What is set aside for an order of whose price nothing is known, and prices that the server knows itself."""

    def __init__(self) -> None:
        def choices(texts: Texts) -> list[tuple[str, str]]:
            return [(each.value, texts("rule-unpriced", choice=each.value)) for each in Unpriced]

        def ceiling(rule: str) -> RuleField:
            default: Decimal = getattr(STANDARD, rule)
            return RuleField(
                rule=rule,
                parse=lambda typed: amount(typed) or default,
                show=typed_amount,
                hint=lambda texts: texts("settings-hint-ceiling"),
            )

        super().__init__(
            "prices",
            ceiling("ceiling_image"),
            ceiling("ceiling_second"),
            RuleField(rule="unpriced", parse=Unpriced, choices=choices),
            RuleField(
                rule="prices",
                parse=lambda typed: read_prices(typed).prices,
                show=write_prices,
                hint=lambda texts: texts("settings-hint-prices"),
                size=LONG,
            ),
        )

    async def filled(self, call: Call) -> Turn:
        """Lines that cannot be taken are named, and the others are."""
        listed = read_prices(call.written("prices"), call.services.catalogue_cache.require())
        values = {one.rule: one.parse(call.written(one.rule)) for one in self.fields if one.rule != "prices"}
        turn = await call.change(**values, prices=listed.prices)
        if not listed.complaints:
            return turn
        left_out = [
            call.texts("price-line", number=str(each.number), line=escape_markdown(each.line, _SHOWN), why=each.why)
            for each in listed.complaints[:_LISTED]
        ]
        return replace(turn, news="\n".join([call.texts("settings-prices-left-out"), *left_out]))


def resolution(typed: str) -> int | None:
    """Lines of a picture, from "1080p", "4k" or "720"; nothing typed is None. Raises `Refusal`."""
    if not typed.strip():
        return None
    found = lines(typed)
    if not found:
        raise Refusal("resolution", given=typed.strip()[:_SHORT])
    return found


_LIMITS: Mapping[str, Mapping[str, Callable[[str], int | Decimal | None]]] = {
    "limits": {"in_flight": whole, "per_day": whole, "spend_per_day": amount, "spend_per_month": amount},
    "sizes": {
        "longest": lambda typed: whole(typed.strip().removesuffix("s"), _LONGEST_VIDEO),
        "resolution": resolution,
    },
}


class Members(Section):
    """What one member may order and spend: everybody, and the holders of a role. The most generous applies.

    There is a form for orders and amounts, and one for the size of what is ordered: of a role, or of everybody.
    """

    name = "members"
    opens = ("limits", "sizes")

    async def draw(self, call: Call) -> Items:
        texts = call.texts
        return [
            ui.TextDisplay(call.lines(await call.rules(), "everyone", "by_role")),
            row(
                self.opener(call, "limits", texts("settings-limits-everyone"), _EVERYBODY),
                self.opener(call, "sizes", texts("settings-sizes-everyone"), _EVERYBODY),
            ),
            row(role_select(self.at(call, "limits"), texts("settings-limits-role"), most=1)),
            row(role_select(self.at(call, "sizes"), texts("settings-sizes-role"), most=1)),
        ]

    def _role(self, call: Call) -> RoleId | None:
        """Of whom the form is: a role, 0 for everybody (whose role has the server's id); None where none was chosen."""
        chosen = call.values[0] if call.values else call.arg
        if chosen in {_EVERYBODY, str(call.guild_id)}:
            return RoleId(0)
        return RoleId(int(chosen)) if chosen.isdecimal() else None

    async def form(self, call: Call, given: Answers | None) -> ui.Modal | None:
        texts, policy, role = call.texts, await call.rules(), self._role(call)
        if role is None:
            return None
        said = (policy.by_role.get(role) if role else policy.everyone) or Allowance()
        fields: list[Field] = []
        for name in _LIMITS[call.address.verb]:
            label, hint = texts("settings-field-limit", what=name), texts("settings-hint-limit", what=name)
            settled: int | Decimal | None = getattr(said, name)
            typed = typed_amount(settled) if isinstance(settled, Decimal) else "" if settled is None else str(settled)
            value = text_of(given, name) if given is not None else typed
            fields.append(text_field(name, label, description=hint, value=value, most=_SHORT))
        guild = call.guild
        found = guild.get_role(role) if guild is not None and role else None
        who = "everyone" if not role else found.name if found is not None else str(role)
        return call.form(texts("settings-form-limits", who=who), fields)

    async def filled(self, call: Call) -> Turn:
        role = self._role(call)
        parsers = _LIMITS.get(call.address.verb, {})
        values: dict[str, Any] = {name: parse(call.written(name)) for name, parse in parsers.items()}

        def change(policy: GuildPolicy) -> GuildPolicy:
            if not role:
                return replace(policy, everyone=replace(policy.everyone, **values))
            said = replace(policy.by_role.get(role, Allowance()), **values)
            others = {each: old for each, old in policy.by_role.items() if each != role}
            return replace(policy, by_role=others if said == Allowance() else {**others, role: said})

        return await call.change_by(change)


class Access(Section):
    """Who may order, and where: roles, channels, categories; and those who may not. A choice of nothing allows all."""

    name = "access"
    acts = ("roles", "channels", "banned")

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        roles = role_select(self.at(call, "roles"), texts("settings-pick-roles"), call.present(policy.roles))
        channels = channel_select(
            self.at(call, "channels"), texts("settings-pick-channels"), PLACES, call.present(policy.channels)
        )
        shown: Items = [ui.TextDisplay(call.lines(policy, "roles", "channels")), row(roles), row(channels)]
        if call.address.frame == SETUP:
            return shown
        shown.append(ui.TextDisplay(call.lines(policy, "banned")))
        if len(policy.banned) <= MOST_CHOSEN:
            shown.append(row(user_select(self.at(call, "banned"), texts("settings-pick-banned"), policy.banned)))
        return shown

    async def act(self, call: Call) -> Turn:
        ids = [int(value) for value in call.values if value.isdecimal()]
        match call.address.verb:
            case "roles":  # everybody has the role that is called like the server: nobody is left out
                roles = frozenset(RoleId(each) for each in ids)
                return await call.change(roles=frozenset() if call.guild_id in roles else roles)
            case "channels":
                return await call.change(channels=frozenset(ChannelId(each) for each in ids))
            case _:
                return await call.change(banned=frozenset(UserId(each) for each in ids))


class Models(Section):
    """What may be ordered: groups of models, single models, and models for age-restricted channels only."""

    name = "models"
    acts = ("groups",)
    opens = ("names",)
    _named = ("models", "restricted_models")

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        shown = rule_lines(policy, ("groups", *self._named), texts)
        catalogue = call.services.catalogue_cache.catalogue
        named = policy.models | policy.restricted_models
        gone = [name for name in named if catalogue is not None and catalogue.get(name) is None]
        if gone:
            listed = ", ".join(escape_markdown(name, _SHOWN) for name in sorted(gone)[:_LISTED])
            shown += "\n" + texts("settings-models-gone", models=listed)
        options = [
            discord.SelectOption(
                label=texts(f"group-{group.value}"), value=group.value, default=group.value in policy.groups
            )
            for group in ModelGroup
        ]
        groups = select(self.at(call, "groups"), texts("settings-pick-groups"), options, least=0, most=len(options))
        return [ui.TextDisplay(shown), row(groups), row(self.opener(call, "names", texts("settings-models-name")))]

    async def form(self, call: Call, given: Answers | None) -> ui.Modal | None:
        texts, policy = call.texts, await call.rules()
        fields = [
            text_field(
                name,
                rule_name(name, texts),
                description=texts("settings-hint-models"),
                value=text_of(given, name) if given is not None else "\n".join(sorted(getattr(policy, name))),
                long=True,
            )
            for name in self._named
        ]
        return call.form(texts("settings-models-name"), fields)

    async def filled(self, call: Call) -> Turn:
        catalogue, policy = call.services.catalogue_cache.require(), await call.rules()
        found: dict[str, Any] = {
            name: named_models(call.written(name), catalogue, getattr(policy, name)) for name in self._named
        }
        return await call.change(**found)

    async def act(self, call: Call) -> Turn:
        return await call.change(groups=frozenset(value for value in call.values if value in set(ModelGroup)))


def named_models(typed: str, catalogue: Catalogue, settled: frozenset[str]) -> frozenset[str]:
    """The ids of the models that somebody wrote down by id or name, one a line.

    What is `settled` already may stay, also when the provider does not offer it at the moment. Raises `Refusal`.
    """
    found: set[str] = set()
    for name in (line.strip() for line in re.split(r"[\n,;]+", typed)):
        model = catalogue.named(name) if name else None
        if model is not None:
            found.add(model.id)
        elif name in settled:
            found.add(name)
        elif name:
            nearest = catalogue.nearest(name)
            raise Refusal("rule-model", given=name[:_SHOWN], nearest=nearest.name if nearest is not None else "")
    if len(found) > _MOST_MODELS:
        raise Refusal("rule-models-many", count=len(found), max=_MOST_MODELS)
    return frozenset(found)


class Words(RuleSection):
    """Words that the server does not want in prompts, or in age-restricted channels only."""

    def __init__(self) -> None:
        def parse(typed: str) -> Patterns:
            patterns = parse_patterns(typed)
            length = len("\n".join(patterns.texts))
            if length > LONG:  # more than a form's field holds could not be changed later
                raise Refusal("rule-words-long", length=length, max=LONG)
            return patterns

        fields = [
            RuleField(
                rule=rule,
                parse=parse,
                hint=lambda texts: texts("settings-hint-words"),
                show=lambda patterns: "\n".join(patterns.texts),
                size=LONG,
            )
            for rule in ("blocked", "restricted")
        ]
        super().__init__("words", *fields)

    async def lines(self, call: Call, policy: GuildPolicy) -> str:
        """The words are behind a spoiler: not everybody who looks over a shoulder wants to read them."""
        shown: list[str] = []
        for one in self.fields:
            patterns: Patterns = getattr(policy, one.rule)
            shown.append(rule_lines(policy, (one.rule,), call.texts))
            if patterns.texts:
                shown.append(f"-# ||{escape_markdown(', '.join(patterns.texts), _WORDS_SHOWN)}||")
        return "\n".join(shown)


class Hours(RuleSection):
    """The server's time zone, and the hours in which nothing is ordered."""

    def __init__(self) -> None:
        def show(quiet: QuietHours) -> str:
            """As `parsing.quiet_hours` reads it."""
            return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (quiet.start, quiet.end))

        super().__init__(
            "hours",
            RuleField(
                rule="time_zone",
                parse=time_zone,
                hint=lambda texts: texts("settings-hint-hours", rule="time_zone"),
                size=_SHOWN,
            ),
            RuleField(
                rule="quiet",
                parse=quiet_hours,
                hint=lambda texts: texts("settings-hint-hours", rule="quiet"),
                show=show,
                size=_SHOWN,
            ),
        )

    async def lines(self, call: Call, policy: GuildPolicy) -> str:
        """With the time that it is there: a mistake in the zone shows by it."""
        local = call.context.interaction.created_at.astimezone(ZoneInfo(policy.time_zone))
        now = call.texts("settings-now-there", time=f"{local:%H:%M}")
        zone, quiet = (rule_lines(policy, (one.rule,), call.texts) for one in self.fields)
        return f"{zone} · {now}\n{quiet}"


class Queue(RuleSection):
    """The server's own queue: how many outputs are made at once, and whether it stands still."""

    def __init__(self) -> None:
        super().__init__(
            "queue",
            RuleField(
                rule="running",
                parse=lambda typed: whole(typed, _MOST_AT_ONCE),
                hint=lambda texts: texts("settings-hint-running"),
                size=10,
            ),
        )

    async def lines(self, call: Call, policy: GuildPolicy) -> str:
        stopped = [state for state in ("paused", "drained") if getattr(policy, state)]
        return rule_lines(policy, ("running", *stopped), call.texts)
