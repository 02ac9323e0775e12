"""The files themselves: complete in every language, and every message can be said."""

import re
from collections import Counter

import pytest
from fluent.syntax import ast

from bot.chat.registration import ids_of
from bot.texts import FILES, Translations
from tests.locales.kit import ENGLISH, LANGUAGES, LOCALES, OTHERS, TRANSLATIONS, entries, messages, say
from tests.locales.tree import payloads

in_every_language = pytest.mark.parametrize("language", LANGUAGES)
in_every_other = pytest.mark.parametrize("language", OTHERS)


def test_there_is_german_beside_english() -> None:
    assert {"de", ENGLISH} <= set(LANGUAGES)


@in_every_language
def test_the_files_are_the_ones_that_are_read(language: str) -> None:
    assert sorted(path.name for path in (LOCALES / language).iterdir()) == sorted(FILES)


@in_every_language
@pytest.mark.parametrize("file", FILES)
def test_nothing_in_a_file_is_misunderstood(language: str, file: str) -> None:
    junk = [entry.content for entry in entries(language, file) if isinstance(entry, ast.Junk)]
    assert junk == []


@in_every_language
def test_each_message_read_by_itself_says_what_the_whole_file_says(language: str) -> None:
    texts = TRANSLATIONS.of(language)
    for key, message in messages(language).items():
        for values in message.samples():
            given = {name.replace("-", "_"): value for name, value in values.items()}
            assert texts(key, **given) == say(language, key, values)


@in_every_language
def test_no_key_is_given_twice(language: str) -> None:
    found = Counter(e.id.name for file in FILES for e in entries(language, file) if isinstance(e, ast.Message))
    assert [key for key, times in found.items() if times > 1] == []


@in_every_language
def test_no_message_is_empty_and_none_has_attributes(language: str) -> None:
    for message in messages(language).values():
        assert message.entry.value is not None, message.key
        assert not message.entry.attributes, f"{message.key}: attributes are never read"


@in_every_other
def test_every_language_has_exactly_the_keys_of_english_in_the_same_files(language: str) -> None:
    english, own = messages(ENGLISH), messages(language)
    assert {key: m.file for key, m in own.items()} == {key: m.file for key, m in english.items()}


@in_every_other
def test_the_same_values_are_used_in_every_language(language: str) -> None:
    english, own = messages(ENGLISH), messages(language)
    different = {key for key, message in own.items() if message.variables != english[key].variables}
    assert different == set()


@in_every_other
def test_every_language_tells_the_same_cases_apart(language: str) -> None:
    """Plural forms are a language's own affair; a kind, a scope or a missing value is not."""
    english = messages(ENGLISH)
    for key, message in messages(language).items():
        for name, variants in english[key].variants.items():
            assert variants - {"one", "few", "many"} <= message.variants.get(name, set()), key


@in_every_language
def test_every_message_can_be_said_with_one_and_with_many(language: str) -> None:
    for key, message in messages(language).items():
        for values in message.samples():
            text = say(language, key, values)
            assert text == text.strip(), f"{key} with {values}"
            assert "{" not in text, f"{key} with {values}"


@in_every_language
def test_one_and_many_differ_where_the_language_says_so(language: str) -> None:
    """A selector on a number that says the same for both was forgotten while translating."""
    for key, message in messages(language).items():
        for name, variants in message.variants.items():
            if "one" in variants:
                values = next(iter(message.samples()))
                one, many = (say(language, key, values | {name: number}) for number in (1, 2))
                assert one != many.replace("2", "1"), f"{key}: {name}"


@in_every_other
def test_no_sentence_was_left_in_english(language: str) -> None:
    for key, message in messages(ENGLISH).items():
        values = next(iter(message.samples()))
        english = say(ENGLISH, key, values)
        words = re.findall(r"[^\W\d_]{2,}", re.sub(r"<\w+>", "", english))
        assert len(words) < 2 or say(language, key, values) != english, key


COMMAND, MENTION = re.compile(r"`/([^`]+)`"), re.compile(r"</[a-z]+(?: [a-z]+)?:42>")


@in_every_language
def test_commands_are_named_as_discord_shows_them_in_that_language(language: str) -> None:
    """`/settings namespace` is `/einstellungen namespace` for whoever reads German."""
    for key, message in messages(ENGLISH).items():
        for values in message.samples():
            mentioned = COMMAND.findall(say(ENGLISH, key, values))
            wanted = [" ".join(say(language, f"name-{word}") for word in command.split()) for command in mentioned]
            assert sorted(COMMAND.findall(say(language, key, values))) == sorted(wanted), key


@in_every_language
def test_every_command_in_a_text_can_be_clicked(language: str) -> None:
    """A group of commands cannot be mentioned, only what is in it."""
    translations = Translations(LOCALES)
    translations.mention_commands(ids_of([{**one, "id": "42"} for one in payloads()]))
    texts = translations.of(language)
    for key, message in messages(ENGLISH).items():
        for values in message.samples():
            said = texts(key, **{name.replace("-", "_"): value for name, value in values.items()})
            assert not COMMAND.search(said), key
            assert len(MENTION.findall(said)) == len(COMMAND.findall(say(language, key, values))), key


@in_every_language
def test_options_are_named_as_discord_shows_them_in_that_language(language: str) -> None:
    for key, message in messages(ENGLISH).items():
        values = next(iter(message.samples()))
        mentions = say(ENGLISH, key, values).count("**model**")
        assert say(language, key, values).count(f"**{say(language, 'name-model')}**") == mentions, key
