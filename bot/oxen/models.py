"""The catalogue's calls: all models, a search, one model, and custom ones up and down (API.md, "Calls")."""

import asyncio
from collections.abc import Iterable

from bot.domain.models.catalogue import Catalogue, Model
from bot.domain.provider import Ambiguous, NotFound
from bot.oxen import wire
from bot.oxen.answers import enqueue_answer
from bot.oxen.deployments import RemoteModel, remote_model
from bot.oxen.transport import Transport, segment, shaped

_MODELS = "/api/ai/models"
_OLDER = "/api/evaluations/models"  # seed 004; its schema is called `json_request_schema`


class ModelCalls(Transport):
    """What can be ordered."""

    async def catalogue(self) -> Catalogue:
        """All models, also those that make neither images nor video. Raises `Unavailable`, `Rejected`."""
        return await _parsed(await self._read("GET", _MODELS))

    def restored(self, sources: Iterable[str]) -> list[Model]:
        """The models that these entries (`Model.source`) describe. What cannot be read any more is left out."""
        return wire.restored(sources)

    async def search(self, words: str) -> Catalogue:
        """The models that the provider finds for `words`. Raises `Unavailable`, `Rejected`."""
        return await _parsed(await self._read("GET", f"{_MODELS}/search", {"search": words}))

    async def model(self, model_id: str) -> RemoteModel:
        """One model by its id, also where only the older path is known (seed 004).

        Raises `NotFound`, `Unavailable`, `Rejected`.
        """
        name = segment(model_id)
        try:
            payload = await self._read("GET", f"{_MODELS}/{name}")
        except NotFound:
            payload = await self._read("GET", f"{_OLDER}/{name}")
        return shaped(remote_model, payload)

    async def activate(self, model_id: str) -> RemoteModel:
        """Brings a custom model up, as it stands then; look at it (`model`) until it is `usable`.

        A model that is up is paid for by its time (openapi.json, `pricing.method`), so this is sent once.
        Raises `Unavailable`, `Rejected`, `KeyRefused` or `Ambiguous`.
        """
        return await self._switch(model_id, "activate")

    async def deactivate(self, model_id: str) -> RemoteModel:
        """Takes a custom model down again. Raises as `activate` does."""
        return await self._switch(model_id, "deactivate")

    async def _switch(self, model_id: str, action: str) -> RemoteModel:
        path = f"{_MODELS}/{segment(model_id)}/{action}"
        async with self._posted(path, None, self._timeouts.enqueue) as response:
            payload = await enqueue_answer(response)
        try:
            return remote_model(payload)
        except ValueError as error:
            raise Ambiguous(str(error)) from error


async def _parsed(payload: object) -> Catalogue:
    """In a thread: two thousand models take a good while to read."""
    return await asyncio.to_thread(shaped, wire.catalogue, payload)
