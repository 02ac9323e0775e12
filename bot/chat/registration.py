"""The commands in every language; which of them Discord has, and whether they are ours as they are now.

Discord is asked at every start: another program with the same token may have changed or removed them meanwhile.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.http import HTTPClient, Route

from bot.texts import ENGLISH, Translations

log = logging.getLogger(__name__)

Command = Mapping[str, Any]

_ENTRY_POINT = 4  # the command that opens an Activity; Discord makes it, and refuses an overwrite that leaves it out
_CHAT_INPUT = 1
_SUBCOMMAND = 1  # of the types of options
_UNORDERED = frozenset({"contexts", "integration_types", "channel_types"})
_COMPARED = frozenset(
    {"type", "name", "description", "name_localizations", "description_localizations", "options", "choices", "value"}
    | {"required", "autocomplete", "min_value", "max_value", "min_length", "max_length"}
    | {"default_member_permissions", "nsfw", *_UNORDERED}
)
_Location = app_commands.TranslationContextLocation
_NAMES = frozenset({_Location.command_name, _Location.group_name, _Location.parameter_name, _Location.choice_name})


class CommandTranslator(app_commands.Translator):
    """Commands in every language. In the code a description is its key, and a name its English self.

    A name with blanks in it (of a command in a message's menu) brings its key along.

    Discord shows the default of a payload to whoever has no language of ours; `in_english` writes the English
    texts there.
    """

    def __init__(self, translations: Translations) -> None:
        self._english = translations.of(ENGLISH)
        # For each text Discord's library asks for all of Discord's languages, five thousand times at a start.
        self._texts = {each: translations.of(each) for each in discord.Locale if translations.match(str(each))}

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        texts = self._texts.get(locale)
        if texts is None:
            return None
        key = f"name-{string.extras.get('key', string.message)}" if context.location in _NAMES else string.message
        return texts(key)

    def in_english(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload of a command or option with English where its keys stood."""
        texts = self._english
        result = dict(payload)
        if result.get("description"):
            result["description"] = texts(result["description"])
        if "options" in result:
            result["options"] = [self.in_english(option) for option in result["options"]]
        if "choices" in result:
            result["choices"] = [{**c, "name": texts(f"name-{c['name']}")} for c in result["choices"]]
        return result


@dataclass(frozen=True, slots=True)
class Registered:
    """Commands that are registered now, beside ours: names that are `missing`, `changed` since, or `foreign` to us."""

    missing: Sequence[str]
    changed: Sequence[str]
    foreign: Sequence[str]

    @property
    def current(self) -> bool:
        return not (self.missing or self.changed or self.foreign)


async def global_commands(http: HTTPClient, application_id: int) -> list[Command]:
    """The application's global commands with all their languages. Raises `discord.HTTPException`."""
    route = Route("GET", "/applications/{application_id}/commands", application_id=application_id)
    return await http.request(route, params={"with_localizations": "true"})


def compare(ours: Sequence[Command], theirs: Sequence[Command]) -> Registered:
    """How what Discord has differs from what we would register."""
    wanted, there = {_key(one): one for one in ours}, {_key(one): one for one in theirs}
    return Registered(
        missing=sorted(name for _, name in wanted.keys() - there.keys()),
        changed=sorted(key[1] for key in wanted.keys() & there.keys() if not _same(wanted[key], there[key])),
        foreign=sorted(name for kind, name in there.keys() - wanted.keys() if kind != _ENTRY_POINT),
    )


async def register(http: HTTPClient, application_id: int, ours: Sequence[Command]) -> Sequence[Command]:
    """Registers our commands globally, unless Discord has exactly these; what it has then.

    Raises `discord.HTTPException`.
    """
    there: Sequence[Command] = await global_commands(http, application_id)
    found = compare(ours, there)
    if not found.current:
        kept = [one for one in there if _key(one)[0] == _ENTRY_POINT]
        payload: list[Any] = [*ours, *kept]
        there = await http.bulk_upsert_global_commands(application_id, payload=payload)
        log.info(
            "commands registered",
            extra={"commands": len(ours), "missing": len(found.missing), "foreign": len(found.foreign)},
        )
    return there


def ids_of(commands: Sequence[Command]) -> Mapping[str, int]:
    """The ids of the registered commands that are typed, by name: all that can be mentioned.

    A command in a group is named with it, and has its id: "style save". The group itself cannot be used.
    """
    ids: dict[str, int] = {}
    for one in commands:
        if _key(one)[0] == _CHAT_INPUT:
            inner = [each["name"] for each in one.get("options") or () if each["type"] == _SUBCOMMAND]
            ids.update({f"{one['name']} {each}".strip(): int(one["id"]) for each in inner or ("",)})
    return ids


def _key(command: Command) -> tuple[int, str]:
    return int(command.get("type") or _CHAT_INPUT), str(command["name"])


def _same(ours: Command, theirs: Command) -> bool:
    """Whether two descriptions say the same; what is empty, false or absent is alike."""
    for field in _COMPARED:
        mine, there = ours.get(field), theirs.get(field)
        if field in {"options", "choices"}:
            inner: list[Command] = mine or []
            outer: list[Command] = there or []
            same = len(inner) == len(outer) and all(map(_same, inner, outer))
        elif field in _UNORDERED:
            same = sorted(mine or ()) == sorted(there or ())
        elif field == "type":
            same = (mine or _CHAT_INPUT) == (there or _CHAT_INPUT)
        elif field == "default_member_permissions":  # "0" is for administrators, null for everybody
            same = mine == there or str(mine) == str(there)
        else:
            same = mine == there or (_empty(mine) and _empty(there))
        if not same:
            return False
    return True


def _empty(value: object) -> bool:
    return value is None or value is False or value in ("", {})
