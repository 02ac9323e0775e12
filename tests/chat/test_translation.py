"""The texts: every key that is used exists, every language is complete and well formed, the commands fit Discord."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fluent.runtime import FluentResource
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.chat.client import DroverClient
from bot.domain.models.catalogue import ModelGroup
from bot.domain.models.slots import Role
from bot.domain.orders.generation import GenerationState, Reason
from bot.settings import LOCALES
from bot.texts import ENGLISH, FILES, Translations
from cogs import make_cogs
from sandbox.discord.conformance import Conformance
from sandbox.discord.rest.pipeline import Exchange
from tests.e2e.kit import SCHEMA
from tests.locales.kit import no_front_end

ROOT = Path(__file__).parents[2]
LANGUAGES = Translations(LOCALES).languages
NAME = re.compile(r"^[-_'\w]{1,32}$")
RIGHTS = (
    *("view_channel", "send_messages", "send_messages_in_threads", "attach_files", "read_message_history"),
    *("connect", "manage_threads"),
)


class _Variables(Visitor):  # type: ignore[misc]
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 - the library's name
        self.found.add(node.id.name)


@functools.cache
def messages(language: str) -> dict[str, ftl.Message]:
    found: dict[str, ftl.Message] = {}
    for name in FILES:
        path = LOCALES / language / name
        if path.exists():
            for entry in FluentResource(path.read_text(encoding="utf-8")).body:
                assert not isinstance(entry, ftl.Junk), f"{path}: {entry.content}"
                if isinstance(entry, ftl.Message):
                    assert entry.id.name not in found, f"{path}: {entry.id.name} stands there twice"
                    found[entry.id.name] = entry
    return found


def variables(message: ftl.Message) -> set[str]:
    visitor = _Variables()
    visitor.visit(message)
    return visitor.found


def literals(*folders: str) -> Iterator[str]:
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") in {"Refusal", "InvalidValue"}
                    and node.args
                ):
                    yield from (f"refusal-{key}" for key in outcomes(node.args[0]))


def outcomes(key: ast.expr) -> Iterator[str]:
    """What an expression of constants and conditions can be."""
    if isinstance(key, ast.IfExp):
        yield from (*outcomes(key.body), *outcomes(key.orelse))
    elif isinstance(key, ast.Constant):
        yield str(key.value)


def used() -> set[str]:
    """The keys that the code names, and those that it puts together from a state, a reason, a right and the like."""
    made = {f"state-{state}" for state in GenerationState} | {f"reason-{reason}" for reason in Reason}
    made |= {f"role-{role}" for role in Role} | {f"group-{group}" for group in ModelGroup}
    whole = (
        "terminal-",
        "parameter-",
        "markup-",
        "file-field-",
        "act-",
        "notice-",
        "settings-",
        *("wrong-", "verdict-", "case-"),
    )  # tests/locales/test_use.py
    made |= {key for key in messages(ENGLISH) if key.startswith(whole)}
    return made | {f"right-{right}" for right in RIGHTS} | set(literals("bot", "cogs"))


def test_every_text_is_used_and_every_key_in_use_has_one() -> None:
    english, named = messages(ENGLISH).keys(), used()
    prefixes = ("refusal-", "state-", "reason-", "right-", "option-", "command-")
    wanted = {key for key in named if key.startswith(prefixes) and not key.endswith("-")}
    wanted -= {"reason-cancelled"}  # told by `result-cancelled-by`
    wanted -= {key for key in wanted if f"refusal-{key}" in english}  # a refusal's own name
    assert wanted - english == set()
    assert {key for key in english if not key.startswith("name-")} - named == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_what_english_says_with_the_same_values(language: str) -> None:
    english, own = messages(ENGLISH), messages(language)
    assert own.keys() <= english.keys()
    for key, message in own.items():
        assert variables(message) <= variables(english[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: str) -> None:
    assert messages(language).keys() == messages(ENGLISH).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_shows_an_unfilled_value(translations: Translations, language: str) -> None:
    texts = translations.of(language)
    for key, message in messages(ENGLISH).items():  # for those that a language lacks, the English ones
        for value in ("video", "image", "none", "mine", 1, 2, 1234567):
            shown = texts(key, **dict.fromkeys(variables(message), value))
            assert shown.strip()
            assert "{" not in shown, key


def test_an_unknown_key_is_an_error(translations: Translations) -> None:
    with pytest.raises(KeyError):
        translations.of(ENGLISH)("no-such-key")


def test_languages_are_matched_exactly_then_by_their_family(translations: Translations) -> None:
    assert translations.match("en-US") == translations.match("en-GB") == ENGLISH
    assert translations.match("ja") is None
    assert translations.of("ja") is translations.of(ENGLISH)


@pytest.fixture
async def payloads(translations: Translations) -> list[dict[str, Any]]:
    client = DroverClient(make_front_end=no_front_end, make_cogs=make_cogs)
    for cog in make_cogs(client):
        await client.add_cog(cog)
    await client.tree.set_translator(client._translator)
    return await client.payloads()


async def test_commands_are_for_servers_only(payloads: list[dict[str, Any]]) -> None:
    for payload in payloads:
        assert payload["contexts"] == [0]
        assert payload["integration_types"] == [0]
    managing = [payload for payload in payloads if payload["name"] in {"settings", "setup"}]
    assert [int(one["default_member_permissions"]) for one in managing] == [1 << 5] * 2  # MANAGE_GUILD


async def test_commands_are_valid_against_the_public_schema(payloads: list[dict[str, Any]]) -> None:
    checker = Conformance(SCHEMA)
    checker.exchange(
        Exchange(
            method="PUT",
            template="/applications/{application_id}/commands",
            path="/applications/1/commands",
            status=200,
            request=payloads,
            response=[],
            multipart=False,
        )
    )
    assert checker.checked == 2
    assert not checker.violations, checker.report()
