"""Words that the server does not want in prompts, or in age-restricted channels only."""

from dataclasses import replace

from bot.domain.errors import Refusal
from bot.domain.rules.patterns import Patterns, parse_patterns

from bot.chat.kit.modal import text_field
from bot.chat.kit.words import escape_markdown
from bot.chat.settings.controls import row
from bot.chat.settings.forms import FormLayout, Written
from bot.chat.settings.rule_words import rule_lines, rule_name
from bot.chat.settings.section import Call, Items, Section, Turn, saved, text

_RULES = ("blocked", "restricted")
_FIELD = 4000  # characters of a form's field: what does not fit could not be changed later
_SHOWN = 600  # characters of the words in the panel


class WordsSection(Section):
    name = "words"

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        lists = "\n".join(_listed(rule_lines(policy, (name,), texts), getattr(policy, name)) for name in _RULES)
        return [text(lists), row(self.opener(call, "edit", texts("settings-change")))]

    async def form(self, call: Call, given: Written | None) -> FormLayout:
        texts, policy = call.texts, await call.rules()
        fields = [
            text_field(
                name,
                rule_name(name, texts),
                description=texts("settings-hint-words"),
                value=(given or {}).get(name) if given else _as_text(getattr(policy, name)),
                long=True,
            )
            for name in _RULES
        ]
        return FormLayout(title=texts("settings-section-words"), fields=fields)

    async def filled(self, call: Call) -> Turn:
        found = {name: _parsed(call.answers.get(name, "")) for name in _RULES}
        await call.office.rulebook.change(call.guild_id, lambda p: replace(p, **found), call.user_id)
        return saved(call)


def _parsed(typed: str) -> Patterns:
    patterns = parse_patterns(typed)
    length = len(_as_text(patterns))
    if length > _FIELD:
        raise Refusal("rule-words-long", length=length, max=_FIELD)
    return patterns


def _as_text(patterns: Patterns) -> str:
    return "\n".join(patterns.texts)


def _listed(line: str, patterns: Patterns) -> str:
    """Behind a spoiler: not everybody who looks over a shoulder wants to read them."""
    return f"{line}\n-# ||{escape_markdown(', '.join(patterns.texts), _SHOWN)}||" if patterns.texts else line
