"""Links to results that are still at the provider: they expire, and are asked for anew whenever somebody wants one."""

from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId
from bot.oxen.errors import KeyGone, NotFound, OxenError
from bot.services.ports import Providers
from bot.store.generations import Generations


class Links:
    def __init__(self, generations: Generations, providers: Providers) -> None:
        self._generations = generations
        self._providers = providers

    async def fresh(self, generation_id: GenerationId) -> str:
        """A link to the result that works now. Raises `Refusal` when there is none (any more)."""
        generation = await self._generations.get(generation_id)
        if generation is None or generation.remote_id is None:
            raise Refusal("link-unknown")
        try:
            async with self._providers.of(generation.key) as oxen:
                url = (await oxen.get(generation.remote_id)).result_url
        except (NotFound, KeyGone):
            url = None
        except OxenError as error:
            raise Refusal("link-later") from error
        if url is None:
            raise Refusal("link-gone")
        return url
