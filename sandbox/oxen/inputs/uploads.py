"""Inputs that came inline: a long data URI goes to the disk when the request comes in.

Otherwise every row would hold its megabytes for a day, and the history would send them back a thousand at a time.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sandbox.oxen.inputs.fetching import unpacked

# Characters; what is shorter may stay where it is.
SHORT = 2000
PREFIX = "data:,uploaded-"


class Uploads:
    """`stored` puts a stand-in for each long data URI in its place, `path` finds the file again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def stored(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(self._shortened, dict(body)) if _has_long(body) else dict(body)

    def path(self, uri: str) -> Path | None:
        """None for a URI that is none of ours."""
        if not uri.startswith(PREFIX):
            return None
        path = self._folder / Path(uri.removeprefix(PREFIX)).name
        return path if path.is_file() else None

    def _shortened(self, value: Any) -> Any:
        if _is_long(value):
            return self._store(value)
        if isinstance(value, dict):
            return {key: self._shortened(each) for key, each in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [self._shortened(each) for each in cast("list[Any]", value)]
        return value

    def _store(self, uri: str) -> str:
        try:
            content = unpacked(uri)
        except ValueError:
            # Told when the generation runs, like everything about its parameters.
            return uri[:SHORT].partition(",")[0] + ",%broken"
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(content).hexdigest()
        (self._folder / name).write_bytes(content)
        return PREFIX + name


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > SHORT and value.startswith("data:")


def _has_long(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_long(each) for each in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return any(_has_long(each) for each in cast("list[Any]", value))
    return _is_long(value)
