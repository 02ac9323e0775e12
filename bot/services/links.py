"""Links to results that are still at the provider: they expire, and are asked for anew whenever somebody wants one."""

from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId
from bot.oxen.errors import NotFound, OxenError
from bot.services.ports import Provider
from bot.store.generations import Generations


class Links:
    def __init__(self, generations: Generations, provider: Provider) -> None:
        self._generations = generations
        self._provider = provider

    async def fresh(self, generation_id: GenerationId) -> str:
        """A link to the result that works now. Raises `Refusal` when there is none (any more)."""
        generation = await self._generations.get(generation_id)
        if generation is None or generation.remote_id is None:
            raise Refusal("link-unknown")
        try:
            url = (await self._provider.get(generation.remote_id)).result_url
        except NotFound:
            url = None
        except OxenError as error:
            raise Refusal("link-later") from error
        if url is None:
            raise Refusal("link-gone")
        return url
