"""Names and descriptions of commands in every language, within what Discord allows."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from tests.locales.kit import ENGLISH, LANGUAGES, OTHERS, TRANSLATIONS, discord, messages, say
from tests.locales.tree import key_of_name, payloads

NAME, DESCRIPTION, CHOICE, COMMAND = 32, 100, 100, 8000  # characters
LOCALES_OF_ENGLISH = {"en-US", "en-GB"}


def is_a_menu_name(text: str) -> bool:
    """Commands in a message's menu may have blanks and capitals (FACTS section 3)."""
    return 1 <= len(text) <= NAME and text == text.strip()


def is_a_name(text: str) -> bool:
    r"""Discord's ^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$, lower case where letters have it."""
    letters = all(c in "-_'" or unicodedata.category(c)[0] in "LN" for c in text)
    return letters and 1 <= len(text) <= NAME and text == text.lower()


def parts(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The command, its subcommands and all options."""
    yield payload
    for option in payload.get("options", ()):
        yield from parts(option)


def every_part() -> list[dict[str, Any]]:
    return [part for payload in payloads() for part in parts(payload)]


def is_in_a_menu(part: dict[str, Any]) -> bool:
    return (
        part.get("type") == discord.AppCommandType.message.value
        and "options" not in part
        and not part.get("description")
    )


def in_all_languages(part: dict[str, Any], what: str) -> list[str]:
    return [part[what], *(part.get(f"{what}_localizations") or {}).values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_names_and_descriptions_fit(language: str) -> None:
    for key in messages(ENGLISH):
        if key.startswith("name-menu-"):
            assert is_a_menu_name(say(language, key)), key
        elif key.startswith("name-"):
            assert is_a_name(say(language, key)), key
        elif key.startswith(("command-", "option-")):
            assert 1 <= len(say(language, key)) <= DESCRIPTION, key


def test_what_is_registered_is_within_the_limits_in_all_languages() -> None:
    assert len(every_part()) > 15
    for part in every_part():
        fits = is_a_menu_name if is_in_a_menu(part) else is_a_name
        assert all(fits(name) for name in in_all_languages(part, "name")), part["name"]
        if not is_in_a_menu(part):
            assert all(1 <= len(text) <= DESCRIPTION for text in in_all_languages(part, "description")), part["name"]
        for choice in part.get("choices", ()):
            assert all(1 <= len(name) <= CHOICE for name in in_all_languages(choice, "name"))


def test_no_command_is_too_long_as_a_whole() -> None:
    for payload in payloads():
        longest = 0
        for part in parts(payload):
            longest += max(map(len, in_all_languages(part, "name")))
            longest += 0 if is_in_a_menu(part) else max(map(len, in_all_languages(part, "description")))
            longest += sum(
                max(map(len, in_all_languages(c, "name"))) + len(str(c["value"])) for c in part.get("choices", ())
            )
        assert longest <= COMMAND, payload["name"]


@pytest.mark.parametrize("language", [None, *OTHERS])
def test_no_two_names_beside_each_other_are_the_same(language: str | None) -> None:
    def name(part: dict[str, Any]) -> str:
        return part["name"] if language is None else part["name_localizations"][language]

    for beside in (payloads(), *(part.get("options", []) for part in every_part())):
        names = [name(part) for part in beside]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", OTHERS)
def test_every_name_and_description_is_registered_in_every_language(language: str) -> None:
    for part in every_part():
        assert part["name_localizations"][language] == say(language, key_of_name(part))
        if not is_in_a_menu(part):
            assert part["description_localizations"][language] != part["description"]
        for choice in part.get("choices", ()):
            assert choice["name_localizations"][language] == say(language, f"name-{choice['value']}")


def test_whoever_has_no_language_of_ours_reads_english_and_no_keys() -> None:
    keys = messages(ENGLISH).keys()
    for part in every_part():
        assert set(part["name_localizations"]) == {*OTHERS, *LOCALES_OF_ENGLISH}
        if not is_in_a_menu(part):
            assert part["description"] not in keys
            assert part["description_localizations"]["en-GB"] == part["description"]


@pytest.mark.parametrize("locale", [discord.Locale.german, "de", "de-AT", "de-CH"])
def test_german_is_reached(locale: discord.Locale | str) -> None:
    assert TRANSLATIONS.of(locale)("card-cancel") == "Abbrechen"
    assert (
        TRANSLATIONS.of(locale)("result-ready", user="<@1>", kind="image", count=3)
        == "<@1>, deine 3 Bilder sind fertig."
    )


@pytest.mark.parametrize("locale", [each for each in discord.Locale if each is not discord.Locale.german])
def test_every_other_language_of_discord_reads_english(locale: discord.Locale) -> None:
    assert TRANSLATIONS.of(locale)("card-cancel") == "Cancel"


@pytest.mark.parametrize("locale", ["", "xx", "tlh-KX", "d", "deu", "EN"])
def test_an_unknown_locale_reads_english(locale: str) -> None:
    assert TRANSLATIONS.of(locale)("card-cancel") == "Cancel"


def test_large_numbers_look_as_they_do_in_the_language() -> None:
    assert "6.001" in TRANSLATIONS.of("de")("refusal-prompt-long", length=6001, max=6000)
    assert "6,001" in TRANSLATIONS.of("en-US")("refusal-prompt-long", length=6001, max=6000)


def test_a_key_that_no_language_has_is_an_error_and_not_a_text() -> None:
    with pytest.raises(KeyError):
        TRANSLATIONS.of("de")("no-such-text")


COMMANDS = """
video: prompt string 1..6000, model… string, duration… integer 1..600, resolution… string, aspect_ratio… string,
  image attachment, last_frame attachment, video attachment, sound attachment, references boolean, style… string,
  draft boolean, seed integer 0..9007199254740991, count integer 1..4, audio boolean, more boolean
image: prompt string 1..6000, model… string, resolution… string, aspect_ratio… string, image attachment, reference
  attachment, references boolean, style… string, draft boolean,
  seed integer 0..9007199254740991, count integer 1..4, more boolean
models: search string 1..100, kind string video|image, group string
  text-to-video|image-to-video|reference-to-video|video-to-video|upscale|text-to-image|image-editing
storyboard: model… string
queue: scope string mine|server
cancel: order!… string
moderate queue: action! string pause|drain|resume
moderate cancel: member user, channel channel, everything boolean
moderate ban: member! user
moderate unban: member! user
compare: prompt! string 1..6000, model!… string, model_2!… string, model_3… string, model_4… string,
  duration integer 1..600, aspect_ratio string 1..20, image attachment
style save: name! string 1..40, template string 1..2000, model… string, duration integer 1..600, resolution… string,
  aspect_ratio… string, audio boolean, parameters string 1..1000, picture attachment, picture_2 attachment,
  picture_3 attachment
style list: -
style share: style!… string
style delete: style!… string
usage: member user, period string today|week|month|last-month
limits: -
history: member user, search string 1..36, id… string 1..100
favourites: -
settings: section string
overview|billing|budgets|prices|unclear|members|access|models|words|hours|queue|log|showcase|reviews|privacy|audit
setup: -
privacy: -
about: -
Animate this picture
Edit this picture
Use as reference
Extend this video
Upscale
Delete this result
Report this result
"""


def test_what_a_command_takes_changes_on_purpose_only() -> None:
    """The order is what members see; names and types are what Discord has registered."""
    listed = [line for payload in payloads(raw=True) for line in described(payload, "")]
    assert " ".join(listed).split() == COMMANDS.split()


def described(part: dict[str, Any], above: str) -> Iterator[str]:
    """One line for each command: its options, with `!` where one is required and `…` where something is offered."""
    name, options = f"{above}{part['name']}", part.get("options", ())
    if any(option["type"] == discord.AppCommandOptionType.subcommand.value for option in options):
        for option in options:
            yield from described(option, f"{name} ")
        return
    yield f"{name}: {', '.join(map(_option, options)) or '-'}" if not is_in_a_menu(part) else name


def _option(option: dict[str, Any]) -> str:
    least, most = (option.get(f"{end}_value", option.get(f"{end}_length", "")) for end in ("min", "max"))
    bounds = f" {least}..{most}" if (least, most) != ("", "") else ""
    choices = f" {'|'.join(choice['value'] for choice in option['choices'])}" if option.get("choices") else ""
    signs = ("!" if option.get("required") else "") + ("…" if option.get("autocomplete") else "")
    return f"{option['name']}{signs} {discord.AppCommandOptionType(option['type']).name}{bounds}{choices}"
