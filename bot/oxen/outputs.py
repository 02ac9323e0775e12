"""The answer of a blocking call to values: `{"model", "created", "videos" | "images": [...]}` (API.md, "Calls")."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bot.oxen import wire

_LISTS = ("videos", "images")
_NONE: Mapping[str, Path] = {}
_MOST = 12  # the most outputs that any page of the provider speaks of (API.md, "count per request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a blocking call made: behind `url` for a while, or in `file`, `size` bytes long.

    `revised_prompt` is what some models make of a prompt.
    """

    url: str | None = None
    file: Path | None = None
    size: int | None = None
    revised_prompt: str | None = None


def outputs(payload: object, files: Mapping[str, Path] = _NONE) -> list[Output]:
    """The outputs that can be had; `files` are those of media that came inline, by what stands in their place.

    Raises `ValueError` when there are none.
    """
    fields = _mapping(payload)
    found: object = next((fields[name] for name in _LISTS if isinstance(fields.get(name), list)), None)
    entries = cast("list[object]", found)[:_MOST] if isinstance(found, list) else []
    had = [each for entry in entries if (each := _output(_mapping(entry), files)) is not None]
    if not had:
        raise ValueError("unexpected answer at videos, images")
    return had


def _output(entry: Mapping[str, Any], files: Mapping[str, Path]) -> Output | None:
    revised: object = entry.get("revised_prompt")
    words = wire.plain(revised) if isinstance(revised, str) else None
    inline: object = entry.get("b64_json")
    if isinstance(inline, str) and inline in files:
        file = files[inline]
        return Output(file=file, size=file.stat().st_size, revised_prompt=words)
    url = wire.link(entry.get("url"))
    return Output(url=url, revised_prompt=words) if url is not None else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
