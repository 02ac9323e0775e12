"""Discord's markup in what members write: ids become names before anything of it is validated, shown or sent.

What the provider gets says nothing about who is who in Discord (docs/privacy.md), and a number makes no image.
Source: Discord's reference, "Message Formatting"; links are those that lead into Discord.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from bot.domain.models.parameters import Json
from bot.domain.orders.order import GenerationRequest, ValidatedRequest

MOST_NAME = 40  # characters
_ALLOWED = frozenset(" -'.&_\u2019")  # in a name, beside letters, marks and digits
_MARKUP = re.compile(
    r"""
      <@!?(?P<user>\d{1,20})>
    | <@&(?P<role>\d{1,20})>
    | <\#(?P<channel>\d{1,20})>
    | </(?P<command>[^<>:\n]{1,100}):\d{1,20}>
    | <a?:(?P<emoji>\w{1,64}):\d{1,20}>
    | <t:(?P<at>-?\d{1,20})(?::(?P<style>[a-zA-Z]))?>
    | <(?P<guide>id:[\w-]{1,32}(?::\d{1,20})?)>
    | <(?P<sound>sound:\d{1,20}:\d{1,20})>
    | @(?P<all>everyone|here)\b
    | (?:[<\uff1c]\W{0,2})?[@\uff20][!&]?\W{0,2}(?P<broken>\d{17,20})(?!\d)(?:\W?[>\uff1e])?
    | (?P<rest>\d{17,20})>
    | (?P<link>(?i:
          discord://[^\s<>]*
        | (?:https?://|(?<![\w.-]))(?:[\w-]+\.)*discord(?:app)?\.(?:com|gg|net|gift|media|new)(?::\d{1,5})?/[^\s<>]*
      ))
    """,
    re.VERBOSE,
)
_END = ".,;:!?)]}'\""  # belongs to the sentence, not to the link
_PEOPLE = re.compile(r"/users/(\d{1,20})")
_PLACES = re.compile(r"/channels/(?:\d{1,20}|@me)/(\d{1,20})(/\d)?")
_FILE_HOST = re.compile(r"(?i)^(?:https?://)?(?:cdn|media)\.discordapp\.(?:com|net)/")
_LONE_FILE = re.compile(r"(?i)^https?://(?:cdn|media)\.discordapp\.(?:com|net)/[^\s<>]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands where no name is at hand, in the language of whoever wrote."""

    someone: str = "someone"
    group: str = "a group"
    channel: str = "a channel"
    message: str = "a message"
    file: str = "a file"
    link: str = "a link"
    date: str = "a date"
    guide: str = "the server guide"
    sound: str = "a sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is known about ids, as Discord has it: names are whatever somebody chose. Dates are told in `zone`."""

    users: Mapping[int, str] = field(default_factory=dict[int, str])
    roles: Mapping[int, str] = field(default_factory=dict[int, str])
    channels: Mapping[int, str] = field(default_factory=dict[int, str])
    words: Words = Words()
    zone: tzinfo = UTC


NAMELESS = Names()


def plain(text: str, names: Names = NAMELESS) -> str:
    """The text without markup of Discord's. Idempotent: what names and the words around them make up goes as well."""
    while True:  # each turn takes a "<", ">", "/" or "@" away, and names bring none
        told = _MARKUP.sub(lambda match: _told(match, names), text)
        if told == text:
            return text
        text = told


def people_in(text: str) -> frozenset[int]:
    """The ids of those whom the text mentions."""
    found = {match["user"] or match["broken"] or match["rest"] for match in _MARKUP.finditer(text)}
    return frozenset(int(each) for each in (*found, *_PEOPLE.findall(text)) if each)


def plain_request(request: GenerationRequest, names: Names = NAMELESS) -> GenerationRequest:
    """The request with everything that somebody wrote made `plain`."""
    return replace(
        request,
        prompt=plain(request.prompt, names),
        shots=tuple(replace(shot, prompt=plain(shot.prompt, names)) for shot in request.shots),
        more={name: _plain_value(value, names) for name, value in request.more.items()},
    )


def plain_validated(validated: ValidatedRequest, names: Names = NAMELESS) -> ValidatedRequest:
    """The same for a validated request, such as that of an order from before this was done."""
    return replace(
        validated,
        prompt=plain(validated.prompt, names),
        parameters={name: _plain_value(value, names) for name, value in validated.parameters.items()},
    )


def texts_of(of: GenerationRequest | ValidatedRequest) -> Iterator[str]:
    """All that somebody wrote in it."""
    yield of.prompt
    if isinstance(of, GenerationRequest):
        yield from (shot.prompt for shot in of.shots)
    for value in (of.more if isinstance(of, GenerationRequest) else of.parameters).values():
        yield from _strings(value)


def tame(name: str) -> str:
    """A name as it may stand in a prompt: one line of letters, digits and little else; "" when nothing is left."""
    kept = (
        c if c in _ALLOWED or unicodedata.category(c)[0] in "LMN" else " " for c in unicodedata.normalize("NFKC", name)
    )
    return " ".join("".join(kept).split())[:MOST_NAME].strip()


def _plain_value(value: Json, names: Names) -> Json:
    if isinstance(value, str):
        # A model may take the address of a file as a setting; within a text it is none.
        return value if _LONE_FILE.match(value.strip()) else plain(value, names)
    if isinstance(value, list):
        return [_plain_value(each, names) for each in value]
    if isinstance(value, dict):
        return {key: _plain_value(each, names) for key, each in value.items()}
    return value


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _told(match: re.Match[str], names: Names) -> str:
    """What stands in the place of one piece of markup."""
    words = names.words
    if match["at"] is not None:
        return _date(int(match["at"]), match["style"], names)
    kind = match.lastgroup or ""
    given = match[kind]
    if kind in ("broken", "rest"):  # cut short, with something in between, or one inside another
        kind = "user"
    if kind in ("user", "role", "channel"):
        known, otherwise = {
            "user": (names.users, words.someone),
            "role": (names.roles, words.group),
            "channel": (names.channels, words.channel),
        }[kind]
        return _name(known, given, otherwise)
    if kind == "link":
        return _link(given, names)
    return {"command": f"/{tame(given)}", "guide": words.guide, "sound": words.sound}.get(kind, given)


def _name(known: Mapping[int, str], given: str, otherwise: str) -> str:
    return tame(known.get(int(given), "")) or otherwise


def _link(url: str, names: Names) -> str:
    bare = url.rstrip(_END)
    person, place = _PEOPLE.search(bare), _PLACES.search(bare)
    if person is not None:
        told = _name(names.users, person[1], names.words.someone)
    elif place is not None and place[2] is None:
        told = _name(names.channels, place[1], names.words.channel)
    elif place is not None:
        told = names.words.message
    else:
        told = names.words.file if _FILE_HOST.match(bare) else names.words.link
    return told + url[len(bare) :]


def _date(seconds: int, style: str | None, names: Names) -> str:
    try:
        at = datetime.fromtimestamp(seconds, names.zone)
    except (ValueError, OverflowError, OSError):
        return names.words.date
    clock, day = f"{at:%H:%M}", at.date().isoformat()
    if style in ("t", "T"):
        return clock
    return day if style in ("d", "D") else f"{day} {clock}"
