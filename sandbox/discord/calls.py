"""How the control API is called: JSON, uploads as base64, refusals as an exception."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiohttp


class Refused(Exception):
    """The control API answered no: `status`, and `problems` by option or field name."""

    def __init__(self, status: int, error: str, problems: dict[str, str]) -> None:
        details = "".join(f"\n  {name}: {problem}" for name, problem in problems.items())
        super().__init__(f"{error}{details}")
        self.status = status
        self.problems = problems


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload that is not on the disk, or whose name shall lie about what is in it."""

    filename: str
    content: bytes = b""
    description: str | None = None


class Calls:
    """`url` is what the stand-in printed; the session stays the caller's to close."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._base = f"{url.rstrip('/')}/sandbox/api"

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: Mapping[str, Any] | None = None
    ) -> Any:
        params = {key: str(value) for key, value in (query or {}).items() if value is not None}
        # As a stream: uploads are large, and aiohttp warns of large bodies in one piece.
        data = None if body is None else io.BytesIO(json.dumps(body).encode())
        async with self._session.request(method, f"{self._base}{path}", data=data, params=params) as response:
            answer = await response.json()
            if response.status >= 400:  # noqa: PLR2004
                raise Refused(response.status, answer["error"], answer["problems"])
            return answer


def sendable(value: Any) -> Any:
    """Paths and Files become uploads, inside lists and mappings too."""
    if isinstance(value, File):
        content = base64.b64encode(value.content).decode()
        return {"filename": value.filename, "base64": content, "description": value.description}
    if isinstance(value, Path):
        return {"filename": value.name, "base64": base64.b64encode(value.read_bytes()).decode()}
    if isinstance(value, Mapping):
        return {key: sendable(entry) for key, entry in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [sendable(entry) for entry in cast("Sequence[Any]", value)]
    return value
