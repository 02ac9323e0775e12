"""From the URLs of a request to files that the renderer can use."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.oxen.catalogue import Model
from sandbox.oxen.inputs.fetching import Limits, Unfetchable, check_size, fetch
from sandbox.oxen.inputs.looking import look
from sandbox.oxen.inputs.slots import wanted
from sandbox.oxen.inputs.uploads import Uploads
from sandbox.oxen.inputs.values import Input, Wanted
from sandbox.oxen.parameters import Refused, checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    uploads: Uploads
    limits: Limits

    async def receive(self, model: Model, parameters: Mapping[str, Any], folder: Path) -> tuple[Input, ...]:
        """Every input of the request, fetched into the folder and looked at. Raises Refused, naming the parameter."""
        asked = wanted(model, checked(model, parameters))
        if not asked:
            return ()
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        return tuple([await self._one(each, folder / str(i)) for i, each in enumerate(asked)])

    async def _one(self, asked: Wanted, path: Path) -> Input:
        try:
            if uploaded := self.uploads.path(asked.uri):
                path = uploaded
                check_size(path.stat().st_size, self.limits.most_bytes[asked.kind])
            else:
                await fetch(asked.uri, path, kind=asked.kind, limits=self.limits)
            facts = await asyncio.to_thread(look, path, asked.kind)
        except Unfetchable as why:
            raise Refused(f"{asked.name} {why}") from None
        return Input(
            name=asked.name,
            kind=asked.kind,
            role=asked.role,
            path=path,
            width=facts.width,
            height=facts.height,
            seconds=facts.seconds,
            rate=facts.rate,
            sounds=facts.sounds,
        )
