"""The files against the code: every text that is asked for exists and gets its values, and none is left over."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache

from bot.chat.kit.context import missing_rights
from bot.chat.orders.fields import FILE_ROLES
from bot.chat.settings.controls import SECTIONS
from bot.chat.settings.setup import STEPS
from bot.domain.models.catalogue import ModelGroup
from bot.domain.models.slots import Role
from bot.domain.orders.generation import GenerationState, Reason
from bot.domain.orders.markup import Words
from bot.domain.orders.taking_back import Verdict, Wrong
from bot.domain.records.guild_log import ActKind
from bot.oxen import catalogue as provider_catalogue
from tests.architecture.kit import sources
from tests.locales.kit import ENGLISH, FILES, ROOT, discord, messages, written
from tests.locales.tree import key_of_name, payloads

# A cancelled generation says who cancelled it (result-cancelled-by) in place of a reason.
TOLD_OTHERWISE = {Reason.CANCELLED}
RIGHTS = [
    node.value
    for node in ast.walk(ast.parse((ROOT / "bot" / "chat" / "kit" / "context.py").read_text(encoding="utf-8")))
    if isinstance(node, ast.Constant) and node.value in discord.Permissions.VALID_FLAGS
]


def beginning(start: str) -> list[str]:
    """How the names of such texts go on; each process collects the tests, and parses no texts for that."""
    return [name for file in FILES for name in re.findall(rf"^{start}([\w-]+) =", written(ENGLISH, file), re.MULTILINE)]


MODELS = ROOT / "sandbox" / "oxen" / "data" / "models.json"
# What an f-string that begins like this can become.
FAMILIES = {
    "state-": [state.value for state in GenerationState],
    "reason-": [reason.value for reason in Reason if reason not in TOLD_OTHERWISE],
    "right-": sorted(set(RIGHTS)),
    "role-": [role.value for role in Role],
    "group-": [group.value for group in ModelGroup],
    "settings-section-": sorted({*SECTIONS, *STEPS}),
    "settings-about-": sorted({*SECTIONS, *STEPS}),
    "act-": [kind.value for kind in ActKind],
    "notice-": [
        "above",
        "agreement",
        "budget",
        "deleted",
        "difference",
        "key-refused",
        "showcase-lost",
        "untold",
        "weekly",
    ],
    "file-field-": [role.value for role in FILE_ROLES],
    "markup-": [each.name for each in fields(Words)],
    "parameter-": beginning("parameter-"),
    "wrong-": [wrong.value for wrong in Wrong],
    "verdict-": [verdict.value for verdict in Verdict],
    "case-": ["delete", "cover", "dismiss"],
    "refusal-": [],  # every Refusal is looked at by itself
    "name-": [],  # and so is every command
    "terminal-": beginning("terminal-"),
}


@dataclass(frozen=True)
class Asked:
    """One place in the code that asks for texts. `values` is None where they are not all written there."""

    where: str
    keys: tuple[str, ...]
    values: frozenset[str] | None


@cache
def calls() -> list[tuple[str, ast.Call]]:
    return [
        (source.at(node), node)
        for source in sources("bot", "cogs")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
    ]


def speaks(function: ast.expr) -> bool:
    """`texts(…)`, `self._texts(…)`, `context.texts(…)`, `services.texts(interaction)(…)`, `translations.of(…)(…)`."""
    if isinstance(function, ast.Name):
        return function.id == "texts"
    if isinstance(function, ast.Call) and isinstance(function.func, ast.Attribute):
        return function.func.attr in {"texts", "of"}
    return isinstance(function, ast.Attribute) and ast.unparse(function).endswith(
        ("._texts", "call.texts", "context.texts", "context.public", "press.texts", "translations.words")
    )


def keys(expression: ast.expr) -> list[str] | None:
    """What the expression can be; None when that cannot be read from it."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return [expression.value]
    if isinstance(expression, ast.IfExp):
        found = [keys(expression.body), keys(expression.orelse)]
        return None if None in found else [key for each in found for key in each or []]
    if isinstance(expression, ast.JoinedStr) and isinstance(expression.values[0], ast.Constant):
        prefix = str(expression.values[0].value)
        return [f"{prefix}{end}" for end in FAMILIES[prefix]] if prefix in FAMILIES else None
    return None


def given(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name.replace("_", "-") for name in names if name)


def asked() -> Iterator[Asked]:
    for where, call in calls():
        if speaks(call.func) and call.args and not where.startswith("bot/chat/registration.py"):
            found = keys(call.args[0])
            assert found is not None, f"{where}: which text is this?"
            one = isinstance(call.args[0], ast.Constant)
            yield Asked(where, tuple(found), given(call) if one else None)


def refusals() -> Iterator[Asked]:
    for where, call in calls():
        if isinstance(call.func, ast.Name) and call.func.id in {"Refusal", "InvalidValue"}:
            found = keys(call.args[0])
            assert found is not None, f"{where}: which refusal is this?"
            values = given(call)
            if values is not None and call.func.id == "InvalidValue":  # which always says what is nearest
                values |= {"nearest"}
            yield Asked(where, tuple(f"refusal-{key}" for key in found), values)


@cache
def everything() -> list[Asked]:
    return [*asked(), *refusals()]


def in_the_tree() -> set[str]:
    """The keys of all names and descriptions of commands, options and choices."""
    return {key for payload in payloads(raw=True) for key in _keys_of(payload)}


def _keys_of(payload: dict[str, object]) -> Iterator[str]:
    yield key_of_name(payload)
    if payload.get("description"):
        yield str(payload["description"])
    for nested in ("options", "choices"):
        for each in payload.get(nested) or []:  # type: ignore[attr-defined]
            yield from _keys_of(each)


def test_the_code_was_read() -> None:
    assert len(list(asked())) > 25
    assert len(list(refusals())) > 20
    assert len(in_the_tree()) > 30
    assert missing_rights.__name__ in (ROOT / "bot" / "chat" / "kit" / "context.py").read_text(encoding="utf-8")
    assert len(set(RIGHTS)) >= 5


def test_every_text_that_is_asked_for_exists() -> None:
    english = messages(ENGLISH)
    missing = {(each.where, key) for each in everything() for key in each.keys if key not in english}
    assert missing == set()


def test_every_name_and_description_in_the_tree_exists() -> None:
    assert in_the_tree() - messages(ENGLISH).keys() == set()


def test_every_text_gets_the_values_it_is_made_for() -> None:
    english = messages(ENGLISH)
    wanting = [
        f"{each.where}: {key} without {', '.join(sorted(lacking))}"
        for each in everything()
        if each.values is not None
        for key in each.keys
        if (lacking := english[key].variables - each.values)
    ]
    assert wanting == []


def test_no_text_is_left_over() -> None:
    used = {key for each in everything() for key in each.keys} | in_the_tree()
    assert messages(ENGLISH).keys() - used == set()


def test_every_state_has_a_text() -> None:
    assert {f"state-{state.value}" for state in GenerationState} - messages(ENGLISH).keys() == set()


def test_every_reason_has_a_text_that_needs_no_more_than_a_post_has() -> None:
    english = messages(ENGLISH)
    reasons = [f"reason-{reason.value}" for reason in set(Reason) - TOLD_OTHERWISE]
    assert [key for key in reasons if not english[key].variables <= {"detail", "namespace"}] == []


def test_what_the_command_line_says_is_said_in_place_of_a_refusal() -> None:
    english = messages(ENGLISH)
    keys = FAMILIES["terminal-"]
    assert [
        key for key in keys if not english[f"terminal-{key}"].variables <= english[f"refusal-{key}"].variables
    ] == []


def test_every_setting_with_a_plainer_name_is_one_of_some_model() -> None:
    catalogue = provider_catalogue.catalogue(json.loads(MODELS.read_text(encoding="utf-8")))
    known = {name for model in catalogue for name in model.parameters}
    assert set(FAMILIES["parameter-"]) - known == set()
