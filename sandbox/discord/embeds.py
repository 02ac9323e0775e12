"""Embeds: their limits (public documentation, resources/message, "Embed Limits") and what is stored of them."""

from typing import Any

from sandbox.discord.forms import (
    Json,
    Path,
    Problems,
    as_list,
    as_object,
    boolean,
    each,
    integer,
    link,
    moment,
    shape,
    text,
)

_MOST = 6000
_link = {"url": link("http", "https")}
_picture = link("http", "https", "attachment", named=("http", "https"))
_media = shape({}, {"url": _picture, "description": text(0, 4096)})
_FIELDS = each(shape({"name": text(1, 256), "value": text(1, 1024)}, {"inline": boolean}), 0, 25)
_EMBED = shape(
    {},
    {
        **_link,
        "title": text(0, 256),
        "description": text(0, 4096),
        "color": integer(0, 0xFFFFFF),
        "timestamp": moment,
        "author": shape({"name": text(1, 256)}, {**_link, "icon_url": _picture}),
        "footer": shape({"text": text(1, 2048)}, {"icon_url": _picture}),
        "image": _media,
        "thumbnail": _media,
        "fields": _FIELDS,
    },
)
_EMBEDS = each(_EMBED, 0, 10)
_SHOWN = ("title", "description", "author", "footer", "image", "thumbnail", "fields", "url", "timestamp", "color")


def check(value: Any, path: Path, problems: Problems) -> None:
    _EMBEDS(value, path, problems)
    embeds = [as_object(one) for one in as_list(value)]
    if sum(_length(one) for one in embeds) > _MOST:
        problems.add(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {_MOST}")
    for index, one in enumerate(embeds):
        if not any(one.get(key) for key in _SHOWN):
            problems.add((*path, str(index), "description"), "BASE_TYPE_REQUIRED", "This field is required")


def _length(embed: Json) -> int:
    parts = [embed.get("title"), embed.get("description")]
    parts += [as_object(embed.get("footer")).get("text"), as_object(embed.get("author")).get("name")]
    for entry in as_list(embed.get("fields")):
        parts += [as_object(entry).get("name"), as_object(entry).get("value")]
    return sum(len(part) for part in parts if isinstance(part, str))


def settle(value: Any) -> list[Json]:
    """What is stored: nulls dropped, fields with their `inline`."""
    return [_settled(as_object(one)) for one in as_list(value)]


def _settled(embed: Json) -> Json:
    kept = {key: entry for key, entry in embed.items() if entry is not None}
    kept["type"] = "rich"
    if "fields" in kept:
        kept["fields"] = [{"inline": False, **as_object(entry)} for entry in as_list(kept["fields"])]
    for key in ("author", "footer", "image", "thumbnail", "video"):
        if key in kept:
            kept[key] = {name: entry for name, entry in as_object(kept[key]).items() if entry is not None}
    return kept
