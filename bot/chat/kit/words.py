"""How values look in a message: prompts made harmless, settings in one line, amounts of money, instants."""

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import discord
from discord import utils

from bot.chat.kit.components import cut
from bot.domain.errors import Refusal
from bot.domain.ids import MessageId, UserId
from bot.domain.models.catalogue import ASPECT_RATIO, AUDIO, DURATION_NAMES, MULTI_PROMPT, RESOLUTION_NAMES, SEED, Model
from bot.domain.models.choices import default_settings
from bot.domain.models.parameters import Json, as_seconds
from bot.domain.money import cheapest
from bot.domain.orders.derived_settings import FOLLOWS, ratio_text
from bot.domain.orders.estimate import Estimate, seconds_of, settings_of
from bot.domain.orders.order import OrderRecord, RequestContext, Shot, ValidatedRequest
from bot.domain.orders.payer import Payer
from bot.texts import Texts

_NAMESPACE = 80  # characters
QUOTED_LINES = 20  # of a prompt; a thousand line breaks would fill the channel
_VALUE = 500  # characters of a value in a refusal
_OTHER, _OTHERS = 60, 6  # characters of a model's own setting, and how many are shown
_SHOT, _LINK = 200, 50  # characters of a shot, and of a link's text
_OF_OPTIONS = frozenset({"input-unwanted"})  # refusals whose `allowed` are options
_MENTIONS = frozenset({"channel", "role", "log-channel"})  # refusals that name places or people …
_MENTIONING = frozenset({"allowed", "where"})  # … in these values
_TOLD = frozenset({*DURATION_NAMES, ASPECT_RATIO, *RESOLUTION_NAMES, SEED, AUDIO, MULTI_PROMPT})
# Refusals that say where, or as whom, one may order; and what they become when none of these is left.
_NONE_LEFT = {"channel": Refusal("channel-deleted"), "role": Refusal("role-deleted")}
_ROLE_OR_CHANNEL = re.compile(r"<(@&|#)(\d+)>")
_NAMED_LINK = re.compile(r"\[[^\[\]\n]+\]\((https?://[^()\s]+)\)")
_PLAIN_LINK = re.compile(r"(\|\|)?(<https?://[^<>\s]+>)(?:\|\|)?")
_MINUTE, _HOUR = timedelta(minutes=2), timedelta(hours=2)  # from when on they are counted in these
# A backslash makes any punctuation plain; lists, small print and quotes begin a line, after blanks if any.
_ANYWHERE = re.compile(r"[\\*_~|`<>\[\]#]")
_AT_LINE_START = re.compile(r"^(\s*\d*)([-+.])(?=\s|$)", re.MULTILINE)


def escape_markdown(text: str, limit: int) -> str:
    """A member's text, at most `limit` characters of it, with Markdown, mentions and links as plain characters."""
    lines = "\n".join(cut(text, limit).splitlines())
    # Not discord.py's escape_markdown: it leaves links, and the markup in them, as they are.
    escaped = _AT_LINE_START.sub(r"\1\\\2", _ANYWHERE.sub(r"\\\g<0>", lines))
    return utils.escape_mentions(escaped).replace("://", ":\u200b//")


def quote(text: str, limit: int) -> str:
    """A member's text as a block quote, whatever its line breaks."""
    lines = escape_markdown(text, limit).split("\n")
    shown = lines if len(lines) <= QUOTED_LINES else [*lines[: QUOTED_LINES - 1], "…"]
    return "\n".join(f"> {line}" for line in shown)


def mention(user_id: UserId) -> str:
    return f"<@{user_id}>"


def ago(moment: datetime) -> str:
    """An instant that Discord keeps counting for the reader."""
    return utils.format_dt(moment, "R")


def duration(span: timedelta, texts: Texts) -> str:
    """A time as short as can be said: seconds below two minutes, minutes below two hours, hours from then on."""
    if span < _MINUTE:
        return texts("usage-seconds", number=str(int(span.total_seconds())))
    if span < _HOUR:
        return texts("usage-minutes", number=str(round(span.total_seconds() / 60)))
    return texts("usage-hours", number=f"{span.total_seconds() / 3600:.1f}")


def readable(name: str, texts: Texts) -> str:
    """What a parameter of a model is called: in the reader's words, where it has some, or by its name: "Loop"."""
    with contextlib.suppress(KeyError):
        return texts(f"parameter-{name}")
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def value_word(value: Json, texts: Texts) -> str:
    """A value as a person would say it: yes and no, and anything else as it is."""
    return texts("form-yes" if value else "form-no") if isinstance(value, bool) else str(value)


def option_word(name: str, texts: Texts) -> str:
    """What a member knows an option by: its name as Discord shows it, what a form says, or the model's own name."""
    with contextlib.suppress(KeyError):
        return texts(f"name-{name}")
    with contextlib.suppress(KeyError):
        return texts(f"parameter-{name}")
    with contextlib.suppress(KeyError):
        return texts(f"role-{name}")
    return name


def refusal_text(refusal: Refusal, texts: Texts) -> str:
    """What a person reads who was refused something: a line for each thing that is wrong."""
    return "\n".join(_sentence(one, texts) for one in (refusal, *refusal.also))


def _sentence(refusal: Refusal, texts: Texts) -> str:
    values = dict(refusal.values)
    if "missing" in values:  # rights have names of their own
        values["missing"] = ", ".join(texts(f"right-{name}") for name in str(values["missing"]).split())
    if "option" in values:  # so have options
        values["option"] = option_word(str(values["option"]), texts)
    if refusal.key in _OF_OPTIONS:
        values["allowed"] = ", ".join(option_word(name, texts) for name in str(values["allowed"]).split(", ") if name)
    for name in ("nearest", "allowed", "models"):  # Fluent chooses by words, and an empty one is none
        if values.get(name) == "":
            values[name] = "none"
    ours = _MENTIONING if refusal.key in _MENTIONS else frozenset[str]()
    shown = {n: escape_markdown(v, _VALUE) if isinstance(v, str) and n not in ours else v for n, v in values.items()}
    return texts(f"refusal-{refusal.key}", **shown)


def message_link(text: str, context: RequestContext, message_id: MessageId | None) -> str:
    """The text, on one line, as a link to a message of the channel; as it is where there is none."""
    label = escape_markdown(" ".join(text.split()), _LINK)
    if message_id is None:
        return label
    label = label.replace("[", "(").replace("]", ")")  # a bracket would end the link's text
    return f"[{label}](https://discord.com/channels/{context.guild_id}/{context.channel_id}/{message_id})"


def covered_links(text: str) -> str:
    """The text of a result with its links covered; those that are covered stay so. A member's words have no links."""
    text = _NAMED_LINK.sub(r"<\1>", text)
    return _PLAIN_LINK.sub(lambda found: found[0] if found[1] else f"||{found[2]}||", text)


def shown_links(text: str) -> str:
    """The text of a result with its links for all to see."""
    return _PLAIN_LINK.sub(lambda found: found[2], text)


def naming_deleted(text: str, guild: discord.Guild | None, texts: Texts) -> str:
    """The text with plain words in place of mentions of roles and channels that the guild does not have any more."""
    if guild is None:
        return text

    def word(found: re.Match[str]) -> str:
        sign, number = found.groups()
        if sign == "@&":
            return found[0] if guild.get_role(int(number)) is not None else texts("deleted-role")
        return found[0] if guild.get_channel_or_thread(int(number)) is not None else texts("deleted-channel")

    return _ROLE_OR_CHANNEL.sub(word, text)


def without_deleted(refusal: Refusal, guild: discord.Guild | None) -> Refusal:
    """A refusal that names channels or roles for ordering: only those that the guild has, or that all are deleted."""
    if guild is None or refusal.key not in _NONE_LEFT:
        return refusal
    there = [
        found[0]
        for found in _ROLE_OR_CHANNEL.finditer(str(refusal.values["allowed"]))
        if guild.get_role(int(found[2])) is not None or guild.get_channel_or_thread(int(found[2])) is not None
    ]
    if not there:
        return _NONE_LEFT[refusal.key]
    refusal.values = {**refusal.values, "allowed": " ".join(there)}
    return refusal


def settings_line(validated: ValidatedRequest, texts: Texts) -> str:
    """Model and settings, set or by default: "**Kling** · 5 s · 16:9 · 720p · seed 42 · with sound · Loop: Yes"."""
    parts = [f"**{escape_markdown(validated.model_name, 80)}**"]
    given = {**validated.defaults, **validated.parameters}
    for name in DURATION_NAMES:
        if name in given:
            seconds = as_seconds(given[name])
            parts.append(texts("setting-seconds", seconds=f"{seconds:g}" if seconds else str(given[name])))
    parts += size_words(validated, texts)
    if SEED in given:
        parts.append(texts("setting-seed", seed=str(given[SEED])))  # as text: a number would get separators
    if AUDIO in given:
        parts.append(texts("setting-sound" if given[AUDIO] else "setting-silent"))
    others = [
        f"{readable(n, texts)}: {value_word(v, texts)}" for n, v in validated.parameters.items() if n not in _TOLD
    ]
    parts += [escape_markdown(other, _OTHER) for other in others[:_OTHERS]]
    return " · ".join(parts)


def size_words(validated: ValidatedRequest, texts: Texts) -> list[str]:
    """Shape and resolution, set or by default; where it is "auto" or nothing, with what a file makes of it."""
    given = {**validated.defaults, **validated.parameters}
    leading = next((one.attachment for one in validated.inputs if one.leads), None)
    own = ratio_text(leading.width, leading.height) if leading and leading.width and leading.height else None
    words = [str(given[name]) for name in (ASPECT_RATIO, *RESOLUTION_NAMES) if name in given]
    if own is None:
        return words
    if not any(word.lower() in FOLLOWS for word in words):
        return [texts("setting-own-shape", shape=own), *words]
    return [texts("setting-follows", word=word, shape=own) if word.lower() in FOLLOWS else word for word in words]


def shots_lines(shots: Sequence[Shot], texts: Texts) -> str:
    """The shots of a storyboard, numbered."""
    lines: list[str] = []
    for n, shot in enumerate(shots, 1):
        prompt = escape_markdown(" ".join(shot.prompt.split()), _SHOT)
        lines.append(texts("shot-line", number=str(n), seconds=str(shot.duration), prompt=prompt))
    return "\n".join(lines)


# Money


def model_price(model: Model, estimate: Estimate, texts: Texts) -> str | None:
    """What one output costs with the model's default settings, or a second, or at least; None when it is not known."""
    pricing = model.pricing
    if estimate.known:
        seconds = seconds_of(settings_of(model, default_settings(model)))
        told = {"source": estimate.source.value, "price": estimate.usd}
        return texts("price-length", seconds=f"{seconds:g}", **told) if seconds else texts("price-each", **told)
    if pricing is None:
        return None
    rates = [pricing.per_second] if pricing.per_second is not None else [*pricing.by_resolution.values()]
    if rates:
        return texts("price-second", price=min(rates))
    least = cheapest(pricing, model.parameters) if pricing.image_grid else None
    return texts("price-from", price=least[0]) if least is not None else None


def estimate_words(estimate: Estimate, texts: Texts) -> str:
    """An amount, with the word for where it is known from: "$0.35", "about $0.04, from 12 earlier ones"."""
    return texts("estimate", source=estimate.source.value, price=estimate.usd, samples=estimate.samples)


def short_price(estimate: Estimate, texts: Texts) -> str:
    """An amount for a button: "$0.35", "about $0.04", "at most $0.25"."""
    return texts("estimate-short", source=estimate.source.value, price=estimate.usd)


def price_line(validated: ValidatedRequest, texts: Texts) -> str:
    """What all outputs will cost, in all and for each, and where that is known from."""
    if validated.estimate is None:
        return texts("card-price-unknown")
    words = estimate_words(validated.estimate.times(validated.count), texts)
    return texts("card-price", estimate=words, count=validated.count, each=validated.estimate.usd)


def money_line(record: OrderRecord, texts: Texts) -> str:
    """What the order will cost, or has cost as far as anybody knows, and who pays."""
    booked, payer = record.booked, payer_words(record.order.payer, texts)
    if booked is None:
        return " · ".join([price_line(record.order.request, texts), payer])
    parts: list[str] = []
    if booked.charged is not None:
        parts.append(texts("card-charged" if booked.told else "card-charged-about", price=booked.charged))
    if booked.unclear is not None:
        parts.append(texts("card-unclear", price=booked.unclear))
    elif booked.unknown:
        parts.append(texts("card-unclear-unknown"))
    return " · ".join([f"💵 {', '.join(parts)}", payer]) if parts else texts("card-charged-nothing")


def payer_words(payer: Payer, texts: Texts) -> str:
    """What an order is paid from."""
    if payer.namespace is not None:
        return texts("card-paid-namespace", namespace=escape_markdown(payer.namespace, _NAMESPACE))
    return texts("card-paid-owner" if payer.key is None else "card-paid-key")
