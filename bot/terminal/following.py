"""What goes through Oxen's queue, ordered and followed by the bot's own engine until all of it is over and on the disk.

The engine has no server, no limits and one payer here, and runs the loops that it needs. Its database is in a private
temporary folder and gone afterwards: what was ordered is known by its ids, which are printed as soon as there are any.
"""

import asyncio
import contextlib
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.domain.ids import NOBODY, ChannelId, GenerationId, GuildId, IdMaker, MessageId, ModelId, OrderId, RemoteId
from bot.domain.messenger import CardToken, Limits, OutgoingResult, Undeliverable
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Generation, GenerationState, Outcome, Reason
from bot.domain.orders.inputs import Input
from bot.domain.orders.order import (
    MessagePlace,
    Order,
    OrderRecord,
    PendingConfirmation,
    Post,
    RequestContext,
    ValidatedRequest,
)
from bot.domain.orders.payer import Payer
from bot.domain.orders.taking_back import Case
from bot.domain.provider import (
    Ambiguous,
    KeyRefused,
    NotFound,
    ProviderError,
    Rejected,
    RemoteGeneration,
    RemoteStatus,
)
from bot.domain.records.guild_log import Notice
from bot.domain.records.stars import Showpiece
from bot.oxen.client import OxenClient
from bot.oxen.providers import OxenProviders
from bot.services.background import EVENTS
from bot.services.delivery.delivery import file_stem
from bot.services.engine import Engine
from bot.services.policy import Policy, Timing
from bot.services.tracking.tracker import Polling
from bot.services.wakeups import Topic, Wakeups
from bot.services.wallet.billing import BillingPolicy
from bot.services.wallet.keys import Keyring
from bot.settings import MIGRATIONS
from bot.store.database import SqliteDatabase
from bot.store.faults import DatabaseFault
from bot.store.migrations import migrate
from bot.store.wallet.accounts import Keys
from bot.terminal.request import summary
from bot.terminal.results import LARGEST, MAY_BE_PAID, NotSaved, Output, keep, of_the_disk, stem, tail, why
from bot.terminal.shell import ExitCode, Failed, Shell, Stopped, unless_stopped

OUT_OF_REACH_FOR = timedelta(minutes=15)  # nobody sits at a shell for longer than that without an answer
LOOKED_FOR = timedelta(minutes=1)  # an order whose answer was lost; by then a row that will be there is there
_SOON = timedelta(seconds=10)  # for the stream to stand; without it an order is followed by looking
_BEAT = timedelta(seconds=1)  # between two looks at the engine itself
_MOMENT = timedelta(seconds=0.1)
_BEFORE_TELLING = 3  # failed looks in a row (API.md, "Seen by other clients of this API")
_TIMING = Timing(post_again=timedelta(seconds=0.5), fetch=timedelta(seconds=2), card=timedelta(seconds=0.1))
_FOLLOWING = ("events", "tracking", "cancelling", "delivery", "cards")
_ORDERING = ("submission", "reconciliation")
_CONTEXT = RequestContext(
    guild_id=GuildId(1), channel_id=ChannelId(1), requester_id=NOBODY, locale="", card_message_id=MessageId(1)
)
_ORDERED_ELSEWHERE = ValidatedRequest(
    kind=MediaKind.VIDEO, model_id=ModelId(""), model_name="", prompt="", parameters={}, count=1
)
_WORDS = {GenerationState.QUEUED: "queued", GenerationState.PROCESSING: "being made"}

_Rows = list[RemoteGeneration]


class QueueClient(OxenClient):
    """Oxen, as the engine of one command sees it. Trouble is told as it comes, and kept for whoever sums it up.

    `refused` is why the order was not taken, `lost` that its answer was, `gone` why nobody hears of it any more.
    What is in `known` was there before the order, and is not shown. `unsaved` says by a file's name what ails it.
    """

    def __init__(self, shell: Shell, folder: Path, validated: ValidatedRequest | None) -> None:
        super().__init__(str(shell.settings.oxen_api_url), shell.settings.oxen_api_key.get_secret_value())
        self._shell, self._folder, self._validated = shell, folder, validated
        self._failures, self._answered_at = 0, shell.clock.monotonic()
        self._uncancelled: set[RemoteId] = set()
        self.known: frozenset[RemoteId] = frozenset()
        self.refused: ProviderError | None = None
        self.lost: Ambiguous | None = None
        self.lost_at = 0.0  # seconds, monotonic
        self.gone: str | None = None
        self.unsaved: dict[str, str] = {}
        self.news = asyncio.Event()

    async def enqueue(
        self,
        validated: ValidatedRequest,
        count: int,
        namespace: str | None,
        token: str | None = None,
        *,
        urls: Mapping[str, str] | None = None,
    ) -> list[RemoteId]:
        """Sends what was asked for as it was typed, with its files, which are in no row. Nothing is sent twice."""
        if self.refused is not None:
            raise self.refused
        try:
            ids = await super().enqueue(self._validated or validated, count, namespace, token, urls=urls)
        except Ambiguous as error:
            self.lost, self.lost_at = error, self._shell.clock.monotonic()
            said = f" Oxen says: {error.detail}." if error.detail else ""
            self._shell.screen.tell(f"The answer to the order was lost ({error}).{said} Looking for what became of it.")
            raise
        except ProviderError as error:
            self.refused = error
            raise
        else:
            self._shell.screen.tell(f"Ordered: {' '.join(ids)}")
            return ids
        finally:
            self.news.set()

    async def list(self, namespace: str | None, status: RemoteStatus | None = None, **only: Any) -> _Rows:
        with self._looking():
            return [row for row in await super().list(namespace, status, **only) if row.id not in self.known]

    async def history(self, namespace: str | None) -> _Rows:
        return [row for row in await super().history(namespace) if row.id not in self.known]

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        with self._looking():
            return await super().get(remote_id)

    async def cancel(self, remote_id: RemoteId) -> None:
        try:
            await super().cancel(remote_id)
        except NotFound:
            raise
        except ProviderError as error:  # it is tried again, and told once
            if remote_id not in self._uncancelled:
                self._shell.screen.tell(f"{remote_id}: could not be cancelled ({error})")
            self._uncancelled.add(remote_id)
            raise

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        """A disk that does not take it will not take it another time: then there is the link."""
        self.unsaved[path.name] = "it is larger than 2 GiB"
        try:
            return await super().download(url, path, limit)
        except ProviderError as error:
            disk = of_the_disk(error)
            said = error.detail if isinstance(error, Rejected) else str(error)
            said = f"cannot write in {self._folder} ({disk.strerror})" if disk is not None else said
            self.unsaved[path.name] = said
            if disk is not None:
                raise Rejected(None, said) from error
            raise

    @contextlib.contextmanager
    def _looking(self) -> Generator[None]:
        try:
            yield
        except NotFound:
            self._answered()
            raise
        except KeyRefused:
            self.gone = "Oxen does not accept OXEN_API_KEY any more"
            self.news.set()
            raise
        except ProviderError as error:
            self._failures += 1
            if self._failures == _BEFORE_TELLING:
                told = f"Oxen does not answer ({error}). What was ordered goes on there; trying again."
                self._shell.screen.tell(told)
            if self._shell.clock.monotonic() - self._answered_at >= OUT_OF_REACH_FOR.total_seconds():
                self.gone = "Oxen has not answered for a long time"
                self.news.set()
            raise
        else:
            self._answered()

    def _answered(self) -> None:
        if self._failures >= _BEFORE_TELLING:
            self._shell.screen.tell("Oxen answers again.")
        self._failures, self._answered_at = 0, self._shell.clock.monotonic()


class NoInputFiles:
    """Files travel inside an order here, and addresses as they are: none has to be found again."""

    async def fresh(self, inputs: Sequence[Input]) -> Mapping[str, str]:
        return {}


class TerminalMessenger:
    """Saves results in `folder`. What is over is in `outputs`, what is not is shown as progress of `records`."""

    def __init__(self, shell: Shell, oxen: QueueClient, folder: Path, validated: ValidatedRequest | None) -> None:
        self._shell, self._oxen, self._folder, self._validated = shell, oxen, folder, validated
        self.records: dict[OrderId, OrderRecord] = {}  # in the order in which they were ordered
        self.outputs: dict[GenerationId, Output] = {}

    @property
    def generations(self) -> list[Generation]:
        return [generation for record in self.records.values() for generation in record.generations]

    async def limits(self, guild_id: GuildId) -> Limits:
        return Limits(file_bytes=LARGEST, total_bytes=LARGEST * self._validated.count if self._validated else LARGEST)

    async def post(self, outgoing: OutgoingResult) -> MessageId:
        for generation in outgoing.post.generations:
            if generation.id not in self.outputs:
                self.outputs[generation.id] = await self._ended(outgoing, generation)
        self.draw()
        self._oxen.news.set()
        return MessageId(1)

    async def find(self, post: Post) -> MessageId | None:
        return None

    async def told(self, post: Post) -> Mapping[GenerationId, MessageId]:
        return {}

    async def hand_over(self, outgoing: OutgoingResult) -> MessageId:
        return await self.post(outgoing)

    async def handed_over(self, post: Post) -> MessageId | None:
        return None

    async def redraw(self, record: OrderRecord, token: CardToken | None = None) -> None:
        self.records[record.order.id] = record
        self.draw()
        self._oxen.news.set()

    async def redraw_confirmation(self, confirmation: PendingConfirmation, token: CardToken | None = None) -> None: ...

    async def tell(self, guild_id: GuildId, channel_id: ChannelId, notice: Notice) -> MessageId:
        return MessageId(1)

    async def show(self, piece: Showpiece) -> MessageId:
        return MessageId(1)

    async def take_down(self, piece: Showpiece) -> None: ...

    # There are no moderators at a shell, and nothing that was saved is taken back.

    async def remove(self, place: MessagePlace) -> None: ...

    async def cover(self, place: MessagePlace, *, covered: bool) -> None: ...

    async def ask(self, outgoing: OutgoingResult, channel_id: ChannelId) -> MessageId:
        return MessageId(1)

    async def asked(self, post: Post, channel_id: ChannelId) -> MessageId | None:
        return None

    async def answered(self, post: Post) -> None: ...

    async def show_case(self, case: Case, channel_id: ChannelId | None) -> MessagePlace:
        raise Undeliverable("nobody moderates here")

    def draw(self) -> None:
        everything, over = self.generations, len(self.outputs)
        left = [each for each in everything if not each.state.ended and each.id not in self.outputs]
        states = Counter(_WORDS.get(each.state, "ordered") for each in left)
        ready = sum(each.good for each in self.outputs.values())
        parts = [f"{ready} of {len(everything)} ready", *(f"{n} {word}" for word, n in states.items())]
        if over > ready:
            parts.append(f"{over - ready} without a result")
        self._shell.screen.progress(", ".join(parts), over, len(everything))

    async def _ended(self, outgoing: OutgoingResult, generation: Generation) -> Output:
        """What became of one: its file where there is one, and else why not."""
        remote_id, state, url = generation.remote_id, generation.state, generation.result_url
        output = Output(number=0, id=remote_id, state=state, url=url)
        if state is not GenerationState.SUCCEEDED or remote_id is None:
            return output.without_file(why(Outcome(state=state, reason=generation.reason, detail=generation.detail)))
        if url is None:
            return output.without_file("it was made, but Oxen gives no link to it; look in the namespace on Oxen.ai")
        asked = self._validated
        words = (asked.title if asked.prompt else "", asked.model_id) if asked is not None else ("", "result")
        path, file = outgoing.files.get(generation.id), None
        problem = self._oxen.unsaved.get(file_stem(outgoing.post.order, generation), f"cannot write in {self._folder}")
        if path is not None:
            try:
                file = await keep(path, self._folder, stem(*words, tail(remote_id)), self._validated)
            except (NotSaved, Failed) as error:
                problem = str(error)
        if file is None:
            again = f"{problem}; `drover download {remote_id}` fetches it again, or open {url}"
            return output.without_file(f"it was made, but could not be saved: {again}")
        with contextlib.suppress(ProviderError):
            return output.with_file(file, await self._oxen.cost(remote_id))
        return output.with_file(file)


class Watch:
    """One order, or ids of earlier ones, until all is over and on the disk. `stopped`: somebody pressed Ctrl-C."""

    def __init__(
        self, shell: Shell, oxen: QueueClient, messenger: TerminalMessenger, engine: Engine, wakeups: Wakeups
    ) -> None:
        self._shell, self._oxen, self._messenger = shell, oxen, messenger
        self._engine, self._rows, self._wakeups = engine, engine.rows, wakeups
        self.stopped = False

    async def order(self, validated: ValidatedRequest, namespace: str | None) -> list[Output]:
        """Orders and waits; the outputs as they were ordered. Raises `Stopped`, `Failed`, `ProviderError`.

        The stream stands before anything is ordered, or could not be opened soon: in the `ephemeral` dialect a row is
        gone when its generation ends, and the event is all there is (API.md, "Three generations of one API").
        """
        inbox, event = self._engine.background.inbox, self._wakeups.subscribe([Topic.EVENT])
        async with self._working((*_FOLLOWING, *_ORDERING)) as work:
            stream, began = self._engine.background.loops[EVENTS].health, self._shell.clock.monotonic()
            while not inbox.of(None).up and stream.last_success is None and not self._shell.stop.is_set():
                await self._next(work, event, self._shell.stop, at_most=_MOMENT)
                if self._shell.clock.monotonic() - began >= _SOON.total_seconds():
                    break
            if self._shell.stop.is_set():
                raise Stopped
            await self._accept(validated, namespace)
            self._wakeups.notify(Topic.TO_SEND)
            await self._known(work)
            return await self._until_over(work)

    async def follow(self, ids: Sequence[RemoteId]) -> list[Output]:
        """Waits for what was ordered anywhere; an output for each id. Raises `Failed` when it is left on the way."""
        for remote_id in ids:
            record, now = await self._accept(_ORDERED_ELSEWHERE, None), self._shell.clock.now()
            await self._rows.orders.mark_sending(record.order.id, now)
            await self._rows.orders.adopt(record.order.id, [remote_id], now, complete=True)
        await self._refresh()
        self._engine.background.inbox.set_up(up=False)  # a list is due at once: it may be over
        async with self._working(_FOLLOWING) as work:
            return await self._until_over(work)

    async def _accept(self, validated: ValidatedRequest, namespace: str | None) -> OrderRecord:
        """A row for what is to be followed. Files that travel inside the order are cut to what they are."""
        order = Order(
            id=OrderId(IdMaker(self._shell.clock)()),
            context=_CONTEXT,
            request=replace(validated, parameters=summary(validated)),
            payer=Payer(namespace=namespace),
            created_at=self._shell.clock.now(),
        )
        record = await self._rows.orders.accept(order)
        self._rows.orders.card_shown(order.id, record.revision, order.created_at)
        self._messenger.records[order.id] = record
        return record

    async def _known(self, work: "asyncio.Task[None]") -> None:
        """Returns when the order has ids. It is not broken off by Ctrl-C: what it orders can be cancelled only then.

        If its answer is lost, what it became is looked for. Ctrl-C ends that, and what is not found by then is unknown.
        """
        while True:
            self._oxen.news.clear()
            await self._refresh()
            if self._oxen.refused is not None:
                raise self._oxen.refused
            states = {each.state for each in self._messenger.generations}
            found = [each.remote_id for each in self._messenger.generations if each.remote_id is not None]
            unknown = GenerationState.UNKNOWN in states
            if found and not unknown:
                if self._oxen.lost is not None:
                    self._shell.screen.tell("Found: Oxen works on it.")
                    self._shell.screen.tell(f"Ordered: {' '.join(found)}")
                return
            if self._oxen.lost is None or not unknown:
                await self._next(work, self._oxen.news)
                continue
            lost_for = self._shell.clock.monotonic() - self._oxen.lost_at
            if not self._shell.stop.is_set() and lost_for < LOOKED_FOR.total_seconds():
                await self._next(work, self._oxen.news, self._shell.stop)
            elif found:
                short = Outcome(state=GenerationState.FAILED, reason=Reason.SHORT)
                for order_id in self._messenger.records:
                    await self._rows.orders.fail_unsent(order_id, short, self._shell.clock.now())
                self._wakeups.notify(Topic.POST)
            else:
                raise Failed(
                    "Oxen shows nothing that looks like this order. It was sent once and may still have been accepted, "
                    "and paid: look with `drover queue` and `drover history` before you order it again.",
                    kind="unknown",
                    code=ExitCode.UNKNOWN,
                ) from self._oxen.lost

    async def _until_over(self, work: "asyncio.Task[None]") -> list[Output]:
        outputs = self._messenger.outputs
        self._messenger.draw()
        while len(outputs) < len(self._messenger.generations):
            await self._next(work, self._oxen.news, self._shell.stop)
            self._oxen.news.clear()
            if self._shell.stop.is_set():
                await self._interrupted()
            if self._oxen.gone is not None:  # it goes on at Oxen, and nobody here hears how it ends
                await self._refresh()
                for each in self._under_way():
                    problem = f"{self._oxen.gone}; `drover download {each.remote_id}` asks again"
                    outputs[each.id] = Output(number=0, id=each.remote_id, problem=problem)
        return [replace(outputs[each.id], number=n) for n, each in enumerate(self._messenger.generations, 1)]

    async def _interrupted(self) -> None:
        """The first time: ask, or cancel where nobody can be asked. The second time: leave."""
        shell, screen = self._shell, self._shell.screen
        shell.stop.clear()
        answer: bool | None = True
        if self.stopped:
            answer = None
        elif shell.answer is not None:
            screen.ask(f"Cancel {len(self._under_way())} under way? Ctrl-C again leaves them.")
            reading = asyncio.ensure_future(shell.answer(shell.stop))
            try:
                while not reading.done() and self._under_way():
                    await asyncio.wait({reading}, timeout=_BEAT.total_seconds())
                answer = reading.result() if reading.done() else False
            finally:
                reading.cancel()
                screen.answered()
        await self._refresh()
        left = self._under_way()
        if answer is False or not left:
            return
        if answer is None:
            ids = " ".join(each.remote_id or "" for each in left)
            raise Failed(
                f"Left. Under way, and to be paid when made: {ids}. "
                f"`drover download {ids}` fetches it, `drover cancel {ids}` ends it.",
                kind="interrupted",
                code=ExitCode.INTERRUPTED,
            )
        self.stopped = True
        for each in left:
            now = shell.clock.now()
            await self._rows.generations.want_cancelled(each.order_id, [each.id], NOBODY, now)
        self._wakeups.notify(Topic.CANCELLATION)
        screen.tell(f"Cancelled what was under way. {MAY_BE_PAID}")

    def _under_way(self) -> list[Generation]:
        return [g for g in self._messenger.generations if not g.state.ended and g.id not in self._messenger.outputs]

    async def _refresh(self) -> None:
        """Reads the rows: cards lag behind them."""
        for order_id in self._messenger.records:
            record = await self._rows.orders.get(order_id)
            if record is not None:
                self._messenger.records[order_id] = record

    @contextlib.asynccontextmanager
    async def _working(self, loops: Collection[str]) -> AsyncGenerator["asyncio.Task[None]"]:
        background = self._engine.background
        work = asyncio.create_task(background.run(loops), name="engine")
        try:
            yield work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await background.dismiss(timedelta())

    async def _next(self, work: "asyncio.Task[None]", *events: asyncio.Event, at_most: timedelta = _BEAT) -> None:
        """Until one of `events` is set, or `at_most` has passed. Raises `Failed` when the engine cannot work."""
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait({work, *waits}, timeout=at_most.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        if work.done():
            work.result()
        background = self._engine.background
        health = [each.health for each in (*background.loops.values(), *background.pools)]
        if any(each.failures_in_a_row >= _BEFORE_TELLING for each in health):
            ids = " ".join(each.remote_id for each in self._under_way() if each.remote_id is not None)
            left = f"; what was ordered goes on: `drover download {ids}` fetches it" if ids else ""
            raise Failed(f"cannot work with the folder for temporary files{left}", kind="disk")


@contextlib.asynccontextmanager
async def watching(
    shell: Shell, folder: Path, validated: ValidatedRequest | None = None, namespace: str | None = None
) -> AsyncGenerator[Watch]:
    """An engine for one command. Where something is to be ordered, what is there already is known to be another's."""
    settings, clock, wakeups = shell.settings, shell.clock, Wakeups()
    down, quiet = shell.pauses(validated.kind if validated is not None else None)
    async with contextlib.AsyncExitStack() as stack:
        oxen = await stack.enter_async_context(QueueClient(shell, folder, validated))
        if validated is not None:
            # What is under way first, so that nothing slips through; it also shows which dialect is spoken.
            rows = await unless_stopped(shell.stop, oxen.list(namespace))
            rows += await unless_stopped(shell.stop, oxen.history(namespace))
            oxen.known = frozenset(row.id for row in rows)
        try:
            database = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drover-"))) / "drover.db"
            files = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".drover-", dir=folder)))
            await asyncio.to_thread(migrate, database, MIGRATIONS)
            db = await stack.enter_async_context(SqliteDatabase(database))
        except (OSError, sqlite3.Error, DatabaseFault) as error:
            raise _no_room(error) from error
        keyring = Keyring(Keys(db), settings.vault)
        messenger = TerminalMessenger(shell, oxen, folder, validated)
        engine = Engine(
            db=db,
            provider=oxen,
            providers=OxenProviders(oxen, lambda _: oxen, keyring.reveal),
            keyring=keyring,
            input_files=NoInputFiles(),
            messenger=messenger,
            clock=clock,
            new_id=IdMaker(clock),
            policy=Policy(
                billing_policy=BillingPolicy(),
                preferred={},
                work_dir=files,
                grace=timedelta(),
                polling=Polling(lists=down, lists_images=down, lists_quiet=quiet),
                timing=_TIMING,
            ),
            wakeups=wakeups,
        )
        try:
            yield Watch(shell, oxen, messenger, engine, wakeups)
        except sqlite3.Error as error:
            raise _no_room(error) from error


def _no_room(error: Exception) -> Failed:
    return Failed(f"cannot write in the folder for temporary files: {error}", kind="disk")
