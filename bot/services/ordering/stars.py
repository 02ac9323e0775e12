"""What members do with stars: give them, take them back, page through their favourites; and hide from the showcase."""

import logging
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.ids import GenerationId, GuildId
from bot.domain.records.stars import Favourite, Favourites
from bot.services.ordering.history import Reader
from bot.services.wakeups import Topic, Wakeups
from bot.store.records.stars import ShowcasePosts, Stars
from bot.store.wallet.reports import History

log = logging.getLogger(__name__)

PAGE = 5  # favourites: each takes six of a message's 40 components


class StarService:
    """Two presses of one member within `same_press` are one: a double click, or one press that Discord told twice."""

    def __init__(
        self,
        stars: Stars,
        showcase_posts: ShowcasePosts,
        history: History,
        clock: Clock,
        wakeups: Wakeups,
        *,
        same_press: timedelta = timedelta(seconds=1),
    ) -> None:
        self._stars = stars
        self._showcase_posts = showcase_posts
        self._history = history
        self._clock = clock
        self._wakeups = wakeups
        self._same_press = same_press

    async def press(self, reader: Reader, output: GenerationId) -> int:
        """Gives a star to the result, or takes it back; how many it has then. Raises `Refusal`."""
        count = await self._stars.press(reader.guild_id, output, reader.user_id, self._clock.now(), self._same_press)
        self._wakeups.notify(Topic.SHOWCASE)
        return count

    async def count(self, output: GenerationId) -> int:
        """How many stars the result has."""
        return await self._stars.count(output)

    async def take_back(self, reader: Reader, output: GenerationId) -> None:
        """The result is none of their favourites any more, if it was one."""
        if await self._stars.take_back(reader.guild_id, output, reader.user_id):
            self._wakeups.notify(Topic.SHOWCASE)

    async def favourites(self, reader: Reader, page: int) -> Favourites:
        """That page of what they have starred in the guild, or the last one."""
        guild_id: GuildId = reader.guild_id
        count = await self._stars.count_of(guild_id, reader.user_id)
        pages = max(1, -(-count // PAGE))
        page = min(page, pages)
        found = await self._stars.of(guild_id, reader.user_id, skipped=(page - 1) * PAGE, limit=PAGE)
        orders = await self._history.whole(guild_id, [*{order_id: None for _, order_id, _ in found}])
        by_id = {past.order.id: past for past in orders}
        entries = tuple(
            Favourite(output=output, past=by_id[order_id], stars=stars)
            for output, order_id, stars in found
            if order_id in by_id
        )
        return Favourites(entries=entries, page=page, pages=pages)

    async def hide(self, reader: Reader, output: GenerationId) -> None:
        """The result leaves the showcase for good: for its requester and for moderators. Raises `Refusal`."""
        now = self._clock.now()
        await self._showcase_posts.hide(reader.guild_id, output, reader.user_id, now, moderator=reader.moderator)
        log.info("result hidden from the showcase", extra={"guild": reader.guild_id, "user": reader.user_id})
        self._wakeups.notify(Topic.SHOWCASE)
