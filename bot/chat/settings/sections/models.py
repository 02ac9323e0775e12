"""What may be ordered: groups of models, single models, and models for age-restricted channels only."""

import re
from dataclasses import replace

import discord
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, ModelGroup

from bot.chat.kit.modal import text_field
from bot.chat.kit.words import escape_markdown
from bot.chat.settings.controls import picker, row
from bot.chat.settings.forms import FormLayout, Written
from bot.chat.settings.rule_words import rule_lines, rule_name
from bot.chat.settings.section import Call, Items, Section, Turn, saved, text

_NAMED = ("models", "restricted_models")
_MOST = 100  # models by name; who allows more allows groups
_SHOWN = 60  # characters
_LISTED = 10


class ModelsSection(Section):
    name = "models"

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        options = [
            discord.SelectOption(
                label=texts(f"group-{group.value}"), value=group.value, default=group.value in policy.groups
            )
            for group in ModelGroup
        ]
        groups = picker(self.at(call, "groups"), texts("settings-pick-groups"), options, least=0, most=len(options))
        lines = rule_lines(policy, ("groups", *_NAMED), texts)
        catalogue = call.office.catalogue_cache.catalogue
        named = policy.models | policy.restricted_models
        gone = [name for name in named if catalogue is not None and catalogue.get(name) is None]
        if gone:
            shown = ", ".join(escape_markdown(name, _SHOWN) for name in sorted(gone)[:_LISTED])
            lines += "\n" + texts("settings-models-gone", models=shown)
        return [
            text(lines),
            row(groups),
            row(self.opener(call, "names", texts("settings-models-name"))),
        ]

    async def form(self, call: Call, given: Written | None) -> FormLayout | None:
        if call.address.verb != "names":
            return None
        texts, policy = call.texts, await call.rules()
        fields = [
            text_field(
                name,
                rule_name(name, texts),
                description=texts("settings-hint-models"),
                value=(given or {}).get(name) if given else "\n".join(sorted(getattr(policy, name))),
                long=True,
            )
            for name in _NAMED
        ]
        return FormLayout(title=texts("settings-models-name"), fields=fields)

    async def filled(self, call: Call) -> Turn:
        catalogue = call.office.catalogue_cache.require()
        policy = await call.rules()
        found = {name: named_models(call.answers.get(name, ""), catalogue, getattr(policy, name)) for name in _NAMED}
        await call.office.rulebook.change(call.guild_id, lambda p: replace(p, **found), call.user_id)
        return saved(call)

    async def act(self, call: Call) -> Turn:
        groups = frozenset(value for value in call.values if value in set(ModelGroup))
        await call.office.rulebook.change(call.guild_id, lambda p: replace(p, groups=groups), call.user_id)
        return saved(call)


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
    if len(found) > _MOST:
        raise Refusal("rule-models-many", count=len(found), max=_MOST)
    return frozenset(found)
