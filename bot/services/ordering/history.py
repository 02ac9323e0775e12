"""What was ordered once: pages of it, the search for words, one order by its id. Who may see whose is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, OrderId, UserId
from bot.domain.records.reports import Lineage, Page, PastOrder, Way
from bot.store.wallet.reports import History

PAGE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks back. Moderators see everybody's orders, others their own."""

    guild_id: GuildId
    user_id: UserId
    moderator: bool


class OrderHistory:
    """`chunk` orders are looked through in one read, at most `chunks` times for one page: then the reader turns it."""

    def __init__(self, history: History, *, chunk: int = 2_000, chunks: int = 10) -> None:
        self._history = history
        self._chunk, self._chunks = chunk, chunks

    async def page(
        self,
        reader: Reader,
        member: UserId | None,
        words: str = "",
        way: Way = Way.NEWEST,
        start: OrderId | None = None,
    ) -> Page:
        """The page beyond `start` of `member`'s orders, or of all in the guild, that have all the words.

        Raises `Refusal` when that is not the reader's business.
        """
        if not reader.moderator and member != reader.user_id:
            raise Refusal("others-history")
        found = await self._look(reader.guild_id, member, words.casefold().split(), way, start)
        ids = found.ids[:PAGE]
        if way is Way.NEWER and found.reached is None and len(found.ids) <= PAGE:
            return await self.page(reader, member, words)  # the newest page, and a full one
        if way is Way.NEWER:
            ids.reverse()
        entries = await self._history.whole(reader.guild_id, ids)
        beyond = found.reached if len(found.ids) <= PAGE else found.ids[PAGE - 1]
        here = (ids[0], ids[-1]) if ids else (start, start)
        if way is Way.NEWER:
            return Page(entries=tuple(entries), newer=beyond, older=here[1])
        return Page(entries=tuple(entries), newer=here[0] if way is Way.OLDER else None, older=beyond)

    async def open(self, reader: Reader, name: str) -> PastOrder:
        """The order of that id, or of the end of it that people see, or one of its outputs by its own.

        Raises `Refusal` when there is none, or when it is not the reader's business.
        """
        asked = name.strip().lower().partition("/")[0]  # below a result stands the part as well
        found = await self._history.named(reader.guild_id, asked)
        for one in found:
            if reader.moderator or one.order.context.requester_id == reader.user_id:
                named = tuple(output for output in one.generations if output.id == asked)
                return replace(one, generations=named) if named else one
        raise Refusal("others-order" if found else "order-not-found", given=name.strip()[:30])

    async def of_output(self, reader: Reader, output: GenerationId | OrderId) -> PastOrder:
        """The order that an output is of, or that has that id. For everybody in the guild: it was shown in a channel.

        Raises `Refusal` for what is no output of the guild, or was deleted and is not the reader's business.
        """
        found = await self._history.named(reader.guild_id, output)
        if not found:
            raise Refusal("link-unknown")
        order = found[0].order
        if order.deleted_at is not None and not reader.moderator and order.context.requester_id != reader.user_id:
            raise Refusal("result-deleted")
        return found[0]

    async def compared(self, guild_id: GuildId, output: GenerationId) -> Sequence[PastOrder]:
        """The orders of the comparison that an output is of, the first one first; of any other, its order alone.

        Raises `Refusal` as `of_output` does.
        """
        found = await self._history.compared(guild_id, output)
        if not found:
            raise Refusal("link-unknown")
        return found

    async def lineage(self, past: PastOrder) -> Lineage:
        """What it goes on from, and what goes on from it."""
        return await self._history.lineage(past)

    async def _look(
        self, guild_id: GuildId, member: UserId | None, words: Sequence[str], way: Way, start: OrderId | None
    ) -> "_Found":
        ids: list[OrderId] = []
        limit = self._chunk if words else PAGE + 1
        for _ in range(self._chunks):
            chunk = await self._history.glance(guild_id, member, way, start, limit)
            ids += [one.id for one in chunk if all(word in one.text.casefold() for word in words)]
            if len(ids) > PAGE or len(chunk) < limit:
                return _Found(ids, None)
            start = chunk[-1].id
        return _Found(ids, start)


@dataclass(frozen=True, slots=True)
class _Found:
    """`reached`: how far was looked, where the end was not reached."""

    ids: list[OrderId]
    reached: OrderId | None
