"""From the rows to the channel: the result message of an order, once, with the files attached.

A post is claimed in its row before the attempt and marked delivered after it. An attempt that is not the first
looks for the message that an earlier one may have left, because Discord forgets a nonce after minutes.

Where the channel does not take the result as it is, it is told in a smaller form, or elsewhere: in the channel with
links in place of files, in words alone, to the requester directly. What nobody could be told is held: the order's card
and the guild's log channel say so, and it is tried again when rights change and as time passes, for a day
(docs/decisions/0027-what-is-made-is-told.md).
"""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.domain.clock import SteadyClock, Waits
from bot.domain.ids import GenerationId, GuildId, MessageId, PostId, short
from bot.domain.messenger import (
    Copy,
    FilesRefused,
    Form,
    Limits,
    Messenger,
    MessengerError,
    OutgoingResult,
    TooLarge,
    TryLater,
    Undeliverable,
    Unexplained,
    WordsRefused,
)
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.orders.order import UNSEEN, MessagePlace, Order, Post, Review
from bot.domain.provider import KeyGone, NotFound, ProviderError, Providers, Rejected, Unavailable
from bot.media.probe import probe
from bot.media.reading import MediaInfo
from bot.media.transcoder import Playable, Transcoder, Way, plays
from bot.services.policy import Timing
from bot.services.queue.policy_service import PolicyService
from bot.services.supervision import WorkerPool, backoff
from bot.services.tracking.result_files import ResultFiles, named
from bot.services.tracking.settler import HeldCards
from bot.services.wakeups import Topic, Wakeups
from bot.store.installation import KeyValues
from bot.store.orders.posts import Posts

log = logging.getLogger(__name__)

GIVE_UP = timedelta(hours=24)  # by then the provider has forgotten the result as well
TOLD_WITHIN = timedelta(minutes=15)  # after that, the card says that the result is there
UNEXPLAINED = 5  # attempts; then a refusal that nobody knows is taken for final, and the next form tried
_RETRY_LAST = timedelta(minutes=5)
_HELD_FIRST = timedelta(minutes=1)  # between attempts at what nobody could be told; doubled each time
LARGEST = 256 * 2**20  # bytes that are fetched to make a copy of
_IN_LINE = 8  # posts that wait for a copy; the next one goes out as it is, rather than much later
_SMALLER = 2  # times that what is too large after all is halved, before it is linked
_SMALLEST = 64 * 1024  # bytes of room that a copy is worth making for
_COPIES = {Way.REMUXED: Copy.CONVERTED, Way.ENCODED: Copy.CONVERTED, Way.PREVIEW: Copy.PREVIEW}
LONGEST_PAUSE = timedelta(hours=1)  # also the longest grace period; a due time beyond it is a clock set back


class Delivery:
    """`work_dir` holds the files while they are on their way. `held_cards` hears of what the channel has.

    Without a `transcoder` files that do not play are told of as they are.
    """

    def __init__(
        self,
        posts: Posts,
        key_values: KeyValues,
        providers: Providers,
        messenger: Messenger,
        clock: SteadyClock,
        wakeups: Wakeups,
        result_files: ResultFiles,
        held_cards: HeldCards,
        policy_service: PolicyService,
        *,
        work_dir: Path,
        timing: Timing,
        transcoder: Transcoder | None,
    ) -> None:
        self._transcoder = transcoder
        self._transcoding = asyncio.Lock()  # one at a time: it takes all cores there are
        self._in_line = 0
        self._posts = posts
        self._key_values = key_values
        self._providers = providers
        self._messenger = messenger
        self._clock = clock
        self._waits = Waits(clock)
        self._wakeups = wakeups
        self._result_files = result_files
        self._held_cards = held_cards
        self._policy_service = policy_service
        self._timing = timing
        self._work_dir = work_dir
        self._restored_at: datetime | None = None  # when the rows were taken back from a copy, if ever
        self.pool = WorkerPool("delivery", 16, clock, wakeups, Topic.POST)

    async def recover(self) -> None:
        """At the start: whether the rows were taken back from a copy, after which a channel may know more."""
        self._restored_at = await self._key_values.restored_at()

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        if self.pool.full:
            return self.pool.when_free()
        due = await self._posts.open()
        return self.pool.take_up(due, self._clock.now(), self._deliver, longest=LONGEST_PAUSE)

    async def _deliver(self, post_id: PostId) -> None:
        post = await self._posts.claim(post_id, self._clock.now())
        if post is None:
            return
        folder = self._work_dir / post_id
        try:
            await self._tell(post, folder)
        except (MessengerError, ProviderError) as error:
            await self._later(post, error)
        except Exception as error:  # what nobody thought of: left due as it is, it would be tried again at once
            await self._later(post, TryLater(type(error).__name__))
            raise  # the worker pool counts it
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def rights_changed(self, guilds: Collection[GuildId]) -> None:
        """The bot may be able to do something in these guilds that it could not do: what is held is tried at once."""
        hastened = await self._posts.hasten_held(guilds, self._clock.now())
        for guild_id in sorted(hastened):
            log.info("held results tried again", extra={"guild": guild_id})
        if hastened:
            self._wakeups.wake([Topic.POST])

    async def _tell(self, post: Post, folder: Path) -> None:
        if post.order.deleted_at is not None:
            await self._take_back(post)
            return
        made = any(generation.state is GenerationState.SUCCEEDED for generation in post.generations)
        if post.order.reviewed and made and post.review in (None, Review.ASKED):
            await self._ask(post, folder)
            return
        known = await self._handed_over(post)
        if known is not None:
            await self._delivered(post, known)
            return
        try:
            told = await self._told(post)
            left = [generation for generation in post.generations if generation.id not in told]
            if left:
                message_id = await self._send(self._messenger.post, replace(post, generations=left), folder)
            else:
                message_id = max(told.values())
        except Undeliverable as error:
            await self._hand_over(post, folder, error)
        except Unexplained as error:  # of the search: `_send` gets round it
            if post.attempt < UNEXPLAINED:
                raise
            await self._hand_over(post, folder, Undeliverable(str(error)))
        else:
            await self._delivered(post, message_id)

    async def _take_back(self, post: Post) -> None:
        """Its order is deleted: it is told nowhere. What an attempt of before may have left is found, and deleted."""
        known = await self._handed_over(post)
        if known is None and post.attempt > 1 and post.review in (None, Review.APPROVED):
            try:
                known = await self._messenger.find(post)
            except Undeliverable:
                log.warning("channel closed", extra=_log_fields(post))
        if known is not None:
            await self._delivered(post, known)
        else:
            await self._posts.discard(post, self._clock.now())
            self._waits.drop(post.id)

    async def _ask(self, post: Post, folder: Path) -> None:
        """Others see it after a moderator's yes: asks for that, in the channel for it.

        The state is first, so that the card says so, and the day is over whether or not the question can be posted
        (`TakeBackService` ends it, where somebody was asked).
        """
        now = self._clock.now()
        if post.asked_at is None:
            await self._posts.ask(post, now)
            self._wakeups.wake([Topic.CARD])
        since = post.asked_at or now
        if self._waits.over((post.id, Review.ASKED), since, GIVE_UP):
            await self._posts.decide(post.id, Review.LAPSED, now)
            self._waits.drop((post.id, Review.ASKED))
            self._wakeups.wake([Topic.POST, Topic.CARD])
            log.info("review lapsed", extra=_log_fields(post))
            return
        guild_id = post.order.context.guild_id
        rules = await self._policy_service.of(guild_id)
        channel_id = rules.review_channel or rules.log_channel
        if channel_id is None:
            await self._ask_later(post, "no channel for moderators")
            return
        try:
            message_id = await self._messenger.asked(post, channel_id) if post.attempt > 1 else None
            if message_id is None:
                message_id = await self._send(partial(self._messenger.ask, channel_id=channel_id), post, folder)
        except Undeliverable as error:
            await self._ask_later(post, str(error))
            return
        question = MessagePlace(guild_id=guild_id, channel_id=channel_id, message_id=message_id)
        await self._posts.asked(post, question)
        self._waits.drop(post.id)
        self._waits.drop((post.id, Review.ASKED))
        log.info("review asked", extra=_log_fields(post) | {"message_id": message_id})

    async def _ask_later(self, post: Post, because: str) -> None:
        await self._posts.postpone(post.id, self._clock.now() + backoff(post.attempt, _HELD_FIRST, LONGEST_PAUSE))
        self._wakeups.wake([Topic.POST])
        log.warning("nobody to ask", extra=_log_fields(post) | {"error": because, "attempt": post.attempt})

    async def _handed_over(self, post: Post) -> MessageId | None:
        """The direct message of an earlier attempt whose answer was lost."""
        if not post.direct:
            return None
        try:
            return await self._messenger.handed_over(post)
        except Undeliverable:
            return None
        except Unexplained:
            if post.attempt < UNEXPLAINED:
                raise
            return None

    async def _told(self, post: Post) -> Mapping[GenerationId, MessageId]:
        """What the channel shows of the post already."""
        if self._from_a_copy(post):
            return await self._messenger.told(post)
        found = await self._messenger.find(post) if post.attempt > 1 else None
        return {generation.id: found for generation in post.generations} if found is not None else {}

    def _from_a_copy(self, post: Post) -> bool:
        """After a restore the channel may know more than the rows, and may have it in other parts."""
        return self._restored_at is not None and post.order.created_at <= self._restored_at

    async def _send(self, say: Callable[[OutgoingResult], Awaitable[MessageId]], post: Post, folder: Path) -> MessageId:
        """Says it in the largest form that the place takes. Raises `Undeliverable` when it takes none."""
        limits = await self._messenger.limits(post.order.context.guild_id)
        if post.review in UNSEEN:  # what was not approved is told of, and not shown
            outgoing, links = OutgoingResult(post=post, form=Form.WORDS), dict[GenerationId, str]()
        else:
            outgoing, links = await self._pack(post, folder, limits)
        linked = OutgoingResult(post=post, links=links, form=Form.WORDS)
        tries = 0
        while True:
            try:
                return await say(outgoing)
            except TooLarge as error:
                room = sum(path.stat().st_size for path in outgoing.files.values()) // 2
                if room >= _SMALLEST and outgoing.form is Form.WHOLE and tries < _SMALLER:
                    # It takes less than it said: what is left is for copies.
                    limits = replace(limits, file_bytes=min(limits.file_bytes, room), total_bytes=room)
                    outgoing, links = await self._pack(post, folder, limits)
                    tries += 1
                else:
                    outgoing = _smaller(outgoing, replace(linked, form=Form.WHOLE), error)
            except FilesRefused as error:
                outgoing = _smaller(outgoing, replace(linked, form=Form.LINKS), error)
            except WordsRefused as error:
                brief = replace(outgoing, form=Form.BRIEF, links=links) if outgoing.files else linked
                outgoing = _smaller(outgoing, brief, error)
            except Unexplained as error:
                if post.attempt < UNEXPLAINED:
                    raise
                outgoing = _smaller(outgoing, linked, error)

    async def _pack(self, post: Post, folder: Path, limits: Limits) -> tuple[OutgoingResult, dict[GenerationId, str]]:
        """Files where they fit into one message of these limits, links where they do not; and the links of all.

        What fits and plays is attached as it was made. Of what does not, a copy is made for the room that is left;
        where none can be made, a file that fits is still a file (docs/decisions/0047-every-result-plays.md).
        """
        unkept = await self._make_room(post, folder)
        room = limits.total_bytes
        files: dict[GenerationId, Path] = {}
        links: dict[GenerationId, str] = {}
        doubtful: dict[GenerationId, tuple[Generation, Path | None]] = {}  # with the file, where it fits
        patient = not self._waits.over(post.id, post.first_attempt_at, self._timing.fetch)
        for generation in post.generations:
            if generation.state is not GenerationState.SUCCEEDED:
                continue
            limit = min(limits.file_bytes, room) if len(files) < limits.files else 0
            try:
                if unkept is not None:
                    raise unkept
                path, found, url = await self._fetch(post.order, generation, folder, limit)
            except ProviderError:
                if patient:
                    raise
                path, found, url = None, None, generation.result_url
            if url is not None:
                links[generation.id] = url
            if path is not None and (self._transcoder is None or plays(found)):
                files[generation.id] = path
                room -= path.stat().st_size
            elif url is not None:
                doubtful[generation.id] = generation, path
        copies: dict[GenerationId, Copy] = {}
        async with self._turn(post.id, wanted=bool(doubtful)) as mine:
            for left, (generation, path) in zip(range(len(doubtful), 0, -1), doubtful.values(), strict=True):
                shown, size = path, path.stat().st_size if path is not None else 0
                share = min(limits.file_bytes, max(room // left, size), room) if len(files) < limits.files else 0
                if mine and share >= _SMALLEST:
                    made = await self._playable(post.order, generation, path, links[generation.id], folder, share)
                    if made is not None:
                        shown, size = made.path, made.path.stat().st_size
                        copies.update({generation.id: _COPIES[made.way]} if made.way in _COPIES else {})
                if shown is not None and size <= room:
                    files[generation.id] = shown
                    room -= size
        files = {generation.id: files[generation.id] for generation in post.generations if generation.id in files}
        others = {each: url for each, url in links.items() if each not in files or each in copies}
        return OutgoingResult(post=post, files=files, links=others, copies=copies), links

    @contextlib.asynccontextmanager
    async def _turn(self, post_id: PostId, *, wanted: bool) -> AsyncGenerator[bool]:
        """The post's turn at the transcoder, if it wants one: whether it has it. Others are delivered meanwhile."""
        if not wanted or self._transcoder is None or self._in_line >= _IN_LINE:
            yield False
            return
        self._in_line += 1
        try:
            with self.pool.aside(post_id):
                async with self._transcoding:
                    yield True
        finally:
            self._in_line -= 1

    async def _playable(
        self, order: Order, generation: Generation, path: Path | None, url: str, folder: Path, limit: int
    ) -> Playable | None:
        """A copy of the result for the channel, of at most `limit` bytes; None when none can be made now."""
        assert self._transcoder is not None  # noqa: S101 - whoever has a turn has one
        if path is None:
            path = folder / file_stem(order, generation)
            try:
                async with self._providers.of(generation.key) as oxen:
                    if await oxen.download(url, path, LARGEST) is None:
                        return None
            except ProviderError:
                return None
            path, _ = await asyncio.to_thread(_looked_at, path)
        try:
            return await self._transcoder.playable(path, limit)
        except OSError as error:  # no process can be started, or no folder made
            log.warning(
                "no copy made",
                extra=generation.log_fields | {"error": type(error).__name__, "errno": error.errno},
            )
            return None

    async def _make_room(self, post: Post, folder: Path) -> Unavailable | None:
        """Makes the folder, with what was fetched when the generations ended. What keeps it from being made."""
        made = [each for each in post.generations if each.state is GenerationState.SUCCEEDED]
        try:
            if made:
                await self._result_files.move(folder, {each.id: file_stem(post.order, each) for each in made})
        except OSError as error:
            log.warning(
                "files not kept", extra=_log_fields(post) | {"error": type(error).__name__, "errno": error.errno}
            )
            return Unavailable("the work folder cannot be written")
        return None

    async def _fetch(
        self, order: Order, generation: Generation, folder: Path, limit: int
    ) -> tuple[Path | None, MediaInfo | None, str | None]:
        """The result as a file of at most `limit` bytes, with what is in it, or its link; one that does not work is
        asked for anew.

        What was fetched when the generation ended is not fetched again. Raises `Unavailable` when neither link says no,
        but neither works now.
        """
        kept = self._result_files.take(generation.id)
        if kept is not None and kept.url == generation.result_url:
            if kept.path is None and limit <= kept.limit:
                return None, None, kept.url
            if kept.path is not None and kept.size <= limit:
                return kept.path, kept.found, kept.url
        tried: str | None = None
        trouble: Unavailable | None = None
        for fresh in (False, True):
            url = await self._fresh_url(generation) if fresh else generation.result_url
            if url is None or (trouble is not None and url == tried):
                continue
            tried = url
            path = folder / file_stem(order, generation)
            try:
                async with self._providers.of(generation.key) as oxen:
                    fits = await oxen.download(url, path, limit)
            except KeyGone:
                return None, None, url  # a link may open for those who may see it
            except (Rejected, NotFound):
                continue
            except Unavailable as error:
                trouble = error
                continue
            return (*await asyncio.to_thread(_looked_at, path), url) if fits is not None else (None, None, url)
        if trouble is not None:
            raise trouble
        return None, None, None

    async def _fresh_url(self, generation: Generation) -> str | None:
        if generation.remote_id is None:
            return None
        try:
            async with self._providers.of(generation.key) as oxen:
                return (await oxen.get(generation.remote_id)).result_url
        except (NotFound, KeyGone):
            return None

    async def _delivered(self, post: Post, message_id: MessageId) -> None:
        now = self._clock.now()
        covered = post.order.request.spoiler if post.attempt == 1 else None  # it may be the message of an earlier one
        delivered = await self._posts.delivered(post.id, message_id, now, covered=covered)
        if delivered is not None:
            over = self._held_cards.told({post.order.id, *(each.order_id for each in post.generations)})
            more = {Topic.CARD: over, Topic.TIDY: delivered.untidy}
            self._wakeups.wake(topic for topic, holds in more.items() if holds)
        if post.question is not None and post.review is Review.LAPSED:  # else whoever answered has seen to that
            with contextlib.suppress(MessengerError):  # it only has buttons that say that it is over
                await self._messenger.answered(post)
        self._waits.drop(post.id)
        ended = max((g.ended_at for g in post.generations if g.ended_at is not None), default=now)
        seconds = (now - ended).total_seconds()
        log.info("result delivered", extra=_log_fields(post) | {"message_id": message_id, "seconds": seconds})

    async def _hand_over(self, post: Post, folder: Path, why: Undeliverable) -> None:
        """The channel does not take it: the requester hears of it directly, if that works."""
        log.warning("channel closed", extra=_log_fields(post) | {"error": str(why)})
        if self._from_a_copy(post):
            post = replace(post, attempt=post.attempt + 1)  # nor is this the first time that they may hear of it
        await self._posts.going_direct(post.id, self._clock.now())
        try:
            message_id = await self._send(self._messenger.hand_over, post, folder)
        except Undeliverable as error:
            await self._hold(post, f"{why}; {error}")
        else:
            await self._delivered(post, message_id)

    async def _hold(self, post: Post, because: str) -> None:
        """Nobody can be told now."""
        now = self._clock.now()
        if self._waits.over(post.id, post.first_attempt_at, GIVE_UP):
            await self._dead_letter(post, because)
            return
        due = now + backoff(post.attempt, _HELD_FIRST, LONGEST_PAUSE)
        if await self._posts.hold(post.id, due, now, refused=True):
            self._wakeups.wake([Topic.CARD, Topic.NOTICE])
        self._wakeups.wake([Topic.POST])
        log.warning("result held", extra=_log_fields(post) | {"error": because, "attempt": post.attempt})

    async def _later(self, post: Post, error: MessengerError | ProviderError) -> None:
        now = self._clock.now()
        if self._waits.over(post.id, post.first_attempt_at, GIVE_UP):
            await self._dead_letter(post, f"gave up: {error}")
            return
        pause = error.pause if isinstance(error, TryLater) else None
        due = now + min(pause or backoff(post.attempt, self._timing.post_again, _RETRY_LAST), LONGEST_PAUSE)
        if now - post.first_attempt_at < TOLD_WITHIN:
            await self._posts.postpone(post.id, due)
        elif await self._posts.hold(post.id, due, now, refused=False):
            self._wakeups.wake([Topic.CARD, Topic.NOTICE])
        self._wakeups.wake([Topic.POST])
        log.warning("delivery postponed", extra=_log_fields(post) | {"error": str(error), "attempt": post.attempt})

    async def _dead_letter(self, post: Post, because: str) -> None:
        await self._posts.dead_letter(post.id, because, self._clock.now())
        self._wakeups.wake([Topic.CARD, Topic.NOTICE])
        self._waits.drop(post.id)
        log.error("delivery impossible", extra=_log_fields(post) | {"error": because})


def _smaller(outgoing: OutgoingResult, smaller: OutgoingResult, error: MessengerError) -> OutgoingResult:
    """The next smaller form: `smaller`, if the place has not refused that already, else words alone.

    Raises `Undeliverable` when it has refused those.
    """
    if outgoing.form is Form.WORDS:
        raise Undeliverable(str(error)) from error
    if outgoing.files and outgoing.form is not Form.BRIEF and smaller.form is not Form.WORDS:
        return smaller
    return replace(smaller, form=Form.WORDS, files={})


def file_stem(order: Order, generation: Generation) -> str:
    """What the file is called in the channel, without its extension: by it an output is known again there."""
    return f"{order.request.kind}-{short(order.compared_in or order.id)}-{generation.ordinal}"


def _looked_at(path: Path) -> tuple[Path, MediaInfo | None]:
    """The file under a name that ends as its own bytes say, and what is in it."""
    found = probe(path)
    return path.rename(named(path, found)), found


def _log_fields(post: Post) -> dict[str, object]:
    return {"post": post.id, "order": post.order.id, "part": post.part}
