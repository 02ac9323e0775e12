"""One seed, from the first order to the last post: lives, crashes, and what must hold at the end.

PYTHONHASHSEED=0 python -m tests.simulation.run SEED      replays one seed of `make test` and tells what happened
"""

import asyncio
import contextlib
import functools
import logging
import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Protocol, cast

from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GenerationId, GuildId, IdMaker, MessageId, UserId
from bot.domain.messenger import CardToken, MessengerError
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.estimate import cost_drivers
from bot.domain.orders.order import GenerationRequest, OrderRecord, RequestContext
from bot.domain.orders.payer import Payer, Unbilled
from bot.domain.provider import ProviderError
from bot.domain.roles import WHOLE
from bot.domain.rules.policy import GuildPolicy
from bot.domain.shards import Shards
from bot.oxen.providers import OxenProviders
from bot.services.engine import Engine
from bot.services.ordering.history import Reader
from bot.services.ordering.reconciler import ABSENT_AFTER
from bot.services.policy import Policy, Timing
from bot.services.supervision import IDLE, Wait, wait
from bot.services.tracking.tracker import Polling
from bot.services.wallet.billing import BillingPolicy
from bot.services.wallet.keys import Keyring
from bot.settings import MIGRATIONS
from bot.store.database import Database, SqliteDatabase
from bot.store.migrations import migrate
from bot.store.wallet.accounts import Keys
from bot.store.wallet.learnt import learn
from bot.store.wallet.vault import Vault
from tests.fakes.input_files import FakeInputFiles
from tests.simulation.discord import DiscordModel
from tests.simulation.oxen import LIFETIME, PLAIN, SLOW, OxenModel
from tests.simulation.virtual import EPOCH, Crash, Machine, VirtualClock, VirtualLoop, live, opened
from tests.simulation.world import World

GUILD, OTHER_GUILD, CHANNEL = (
    GuildId(1),
    GuildId((1 << 22) + 5),
    ChannelId(2),
)  # in the first two shards, of two or four
OTHER_KEY = "the-key-of-the-other-guild"
MASTER_KEY = "bm90aGluZyB0aGF0IGlzIGtlcHQgd2l0aCBpdCBoZXI="  # opens what the simulation keeps, and nothing else
WHOLE_BOT = Shards()
TAKEN_BACK = 10  # in one of so many seeds, results are starred, covered and deleted as well
PRESSED = 0.5  # of the orders go on from a result, once there is one
COMPARED = 0.3  # of the others go to two models
TROUBLE = 900.0  # seconds in which orders come and things go wrong
# By then everything is over: 26 h for what expires, 27 more where the clock was as far ahead when it was ordered, 25 of
# trying where a channel stays closed.
END = 80 * 3600.0
QUIET_HOURS = 2 * 3600.0  # from then on, all trouble is long over
SECOND_LOOK = 1500.0  # longer than what is made takes, and the pause between two second looks
LIVES = 6
LEARNT = (450_000, 500_000, 520_000)  # micro-USD
LISTS, LISTS_QUIET, EXPIRY = timedelta(seconds=20), timedelta(minutes=2), timedelta(hours=1)  # the tracker's pauses
MEMBERS, FAN = (UserId(3), UserId(6)), UserId(77)
# The wallet is on: orders wait for each other, and some are refused because a budget is used up.
RULES = GuildPolicy(
    time_zone="Europe/Berlin",
    month_budget=Decimal("2.50"),
    day_budget=Decimal(500),
    running=3,
    ceiling_second=Decimal("0.06"),
    showcase_channel=ChannelId(9),
    showcase_stars=1,
)


class Window(Protocol):
    """What a connection of `sqlite3` has for it."""

    def execute(self, statement: str, values: Any = (), /) -> sqlite3.Cursor: ...


@dataclass(slots=True)
class Run:
    """What one seed did, for the invariants and for a person who looks into it."""

    world: World
    oxen: OxenModel
    discord: DiscordModel
    database: Path
    trouble: float = TROUBLE
    window: Window = field(init=False)  # through which the rows are seen while it runs
    lives: int = 0
    steps: int = 0
    cards: Iterator[int] = field(default_factory=lambda: count(1000))
    accepted: list[str] = field(default_factory=list)  # tags of orders for which `submit` returned
    lost: dict[str, float] = field(default_factory=dict)  # since when this life has looked for each lost order
    waiting: dict[str, tuple[int, ...]] = field(default_factory=dict)  # the fair queue when it was last looked at

    def owned(self) -> set[str]:
        """The ids of the provider's that are in the rows."""
        return {each for (each,) in self.window.execute("SELECT remote_id FROM generations")}

    @property
    def revoked(self) -> bool:
        """Whether the key of the other guild was revoked on the way."""
        return self.oxen.by(OTHER_KEY).revoked


def simulate(seed: int, folder: Path, template: bytes, build: Callable[..., Engine] = Engine) -> Run:
    """Plays `seed` and returns what happened, violations included."""
    world = World(seed)
    run = Run(world, OxenModel(world), DiscordModel(world), folder / f"{seed}.sqlite3")
    run.database.write_bytes(template)
    if seed % 3 == 0:
        _learnt_before(run.database)
    dice = random.Random(seed ^ 0x5EED)
    graveyard: list[VirtualLoop] = []
    run.window = window = opened(run.database)
    world.owned = run.owned
    with heard(world), contextlib.closing(window):
        try:
            _play(run, dice, build, folder, graveyard)
        finally:
            world.over = True
            for loop in graveyard:
                loop.clear_away()
    return run


def _learnt_before(database: Path) -> None:
    """What the model without a price cost others: whichever edition it is now, one told of it."""
    with contextlib.closing(opened(database)) as db:
        for micro_usd in LEARNT:
            learn(db, Payer(namespace="somebody-elses"), PLAIN.id, cost_drivers(PLAIN, {}), micro_usd, EPOCH)


@contextlib.contextmanager
def heard(world: World) -> Iterator[None]:
    """A traceback in the log is of an error that nobody expected: no loop may fail, whatever the world does."""
    logger, ear = logging.getLogger("bot"), _Ear(world)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(ear)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
        logger.propagate = propagate


class _Ear(logging.Handler):
    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """What a life that is over says of its end (an `aclose` that came too late) is nobody's trouble."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, ExceptionGroup):  # what is left of it without what is expected
            error = error.split(self._world.expected)[1]
        if error is not None and not self._world.over and not isinstance(error, self._world.expected):
            self._world.violated(f"{record.getMessage()} ({record.__dict__.get('loop')}): {error!r}")


def _play(
    run: Run, dice: random.Random, build: Callable[..., Engine], folder: Path, graveyard: list[VirtualLoop]
) -> None:
    world = run.world
    while world.timeline.seconds < END:
        run.lives += 1
        run.lost.clear()
        last = run.lives >= LIVES or world.timeline.seconds >= TROUBLE
        loop = VirtualLoop(world.timeline, None if last else _crash_after(dice))
        machine = Machine(loop, run.lives)
        ended = True
        try:
            live(loop, _life(run, machine, dice, build, folder))
        except Crash:
            ended = False
        finally:
            run.steps += loop.steps
            graveyard.append(loop)
            loop.die()
            machine.pull_the_plug()
        if ended:
            break
        world.timeline.advance(world.timeline.seconds + dice.choice([0.0, 1.0, 30.0, 400.0]))


def _crash_after(dice: random.Random) -> int:
    return int(dice.choice([50, 300, 1000, 3000]) * dice.random())


async def _life(run: Run, machine: Machine, dice: random.Random, build: Callable[..., Engine], folder: Path) -> None:
    world = run.world
    clock = VirtualClock(world.timeline)
    db = SqliteDatabase(run.database, machine.connect)
    await db.__aenter__()
    engine = make_engine(run, db, clock, dice, folder, build)
    await engine.recover()
    loops = asyncio.create_task(engine.background.run(engine.background.of(WHOLE)))
    busy = busy_with(run, engine, dice)
    try:
        await until_calm(run, dice)
        for each in busy:
            await each
        await until_over(run)
    finally:
        tasks = [loops, *busy]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await engine.background.dismiss(timedelta(seconds=8))
        await db.close()


def make_engine(
    run: Run, db: Database, clock: VirtualClock, dice: random.Random, folder: Path, build: Callable[..., Engine]
) -> Engine:
    """That of one process, between the models of Oxen and Discord."""
    keyring = Keyring(Keys(db), Vault([MASTER_KEY]))
    providers: Any = OxenProviders(cast("Any", run.oxen), cast("Any", run.oxen.by), keyring.reveal)
    return build(
        db=db,
        provider=run.oxen,
        providers=providers,
        keyring=keyring,
        input_files=FakeInputFiles(),
        messenger=run.discord,
        clock=clock,
        new_id=IdMaker(clock, random.Random(dice.random()).getrandbits),
        randbits=random.Random(dice.random()).getrandbits,
        policy=Policy(
            billing_policy=BillingPolicy(unbilled=Unbilled.OWN),
            preferred={MediaKind.VIDEO: ("seeded-video",), MediaKind.IMAGE: ()},
            work_dir=folder / "work",
            grace=timedelta(seconds=dice.choice([0, 30, 120])),
            polling=Polling(lists=LISTS, lists_images=LISTS, lists_quiet=LISTS_QUIET, expiry=EXPIRY),
            standard=RULES,
            # A look at the places every half minute would be half of the work, for nothing that is checked here.
            timing=Timing(queue_positions=timedelta(minutes=30)),
        ),
        pause=_unhurried(run.world),
    )


async def until_calm(run: Run, dice: random.Random) -> None:
    """Looks on while there is trouble, and makes some of it."""
    world = run.world
    while world.timeline.seconds < run.trouble:
        await asyncio.sleep(20)
        _look_at_the_queue(run)
        _look_at_what_is_lost(run)
        _look_at_what_is_expired(run)
        if world.happens(world.weather.clock_jumps * 0.1):
            world.timeline.jump += timedelta(seconds=dice.choice([-3600, -60, 60, 3600]))
        if world.happens(world.weather.clock_wrong * 0.4):
            _wrong_for_a_while(world, timedelta(hours=dice.choice([-27, 27, 27])))
    world.calm = True


async def until_over(run: Run) -> None:
    """Waits until nothing is left to do."""
    world = run.world
    while not _all_over(run.window, tells_costs=run.oxen.dialect == "browse") and world.timeline.seconds < END:
        await asyncio.sleep(120)
    if _given_up(run.window):  # what was given up is looked at again, each ten minutes at least
        await asyncio.sleep(SECOND_LOOK)
        while not _all_over(run.window, tells_costs=run.oxen.dialect == "browse") and world.timeline.seconds < END:
            await asyncio.sleep(120)


def _wrong_for_a_while(world: World, by: timedelta) -> None:
    def right_again() -> None:
        world.timeline.jump -= by

    world.timeline.jump += by
    world.timeline.at(20, right_again)


def _unhurried(world: World) -> Wait:
    """Loops that have nothing to do look around each minute, in case; that would be a third of the work.

    When all that is left is what takes a day, nobody looks more often than each half hour.
    """

    async def pause(event: asyncio.Event, limit: timedelta) -> None:
        least = timedelta(minutes=30) if world.timeline.seconds > QUIET_HOURS else timedelta()
        await wait(event, max(10 * IDLE if limit == IDLE else limit, least))

    return pause


def busy_with(run: Run, engine: Engine, dice: random.Random, shards: Shards = WHOLE_BOT) -> list[asyncio.Task[None]]:
    """What people do in the guilds of these shards while there is trouble."""
    tasks = [asyncio.create_task(_members(run, engine, dice, shards))]
    if run.world.seed % TAKEN_BACK == 1:
        tasks.append(asyncio.create_task(_fans(run, engine, shards)))
    return tasks


async def _members(run: Run, engine: Engine, dice: random.Random, shards: Shards) -> None:
    """Members order and cancel while there is trouble; in one of the guilds they have a key of their own."""
    guilds = [guild for guild in (GUILD, OTHER_GUILD) if guild in shards]
    if OTHER_GUILD in guilds:
        with contextlib.suppress(Refusal, *run.world.expected):
            await engine.accounts.set_key(OTHER_GUILD, OTHER_KEY, UserId(3))
    while run.world.timeline.seconds < run.trouble * 0.8 and len(run.accepted) < 6:
        await asyncio.sleep(dice.choice([0.1, 0.1, 5, 60, 200]))
        try:
            guild = dice.choice(guilds)
            if dice.random() < run.world.weather.key_revoked:
                run.oxen.by(OTHER_KEY).revoked = True
            elif dice.random() < 0.75:
                await _order(run, engine, dice, guild)
            else:
                await _cancel(engine, dice, guild)
        except (Refusal, ProviderError, *run.world.expected):
            continue


async def _fans(run: Run, engine: Engine, shards: Shards) -> None:
    """Members star results, and cover or delete their own; each twice at once, as Discord may tell of one press."""
    dice = random.Random(f"{run.world.seed} {run.lives}")
    while run.world.timeline.seconds < run.trouble:
        await asyncio.sleep(dice.choice([5, 20, 60]))
        rows = run.window.execute(
            "SELECT o.guild_id, o.requester_id, g.id FROM generations AS g JOIN orders AS o ON o.id = g.order_id "
            "WHERE g.state = 'succeeded' AND o.deleted_at IS NULL ORDER BY g.id"
        ).fetchall()
        if made := [row for row in rows if row[0] in shards]:
            guild_id, requester, output = dice.choice(made)
            reader = Reader(guild_id=guild_id, user_id=requester, moderator=False)
            act = dice.choice([_star, _star, _star, _delete, _cover])
            await asyncio.gather(act(engine, reader, output), act(engine, reader, output), return_exceptions=True)


async def _star(engine: Engine, reader: Reader, output: GenerationId) -> None:
    await engine.star_service.press(replace(reader, user_id=FAN), output)


async def _delete(engine: Engine, reader: Reader, output: GenerationId) -> None:
    order = (await engine.order_history.of_output(reader, output)).order
    outputs = [
        each for past in await engine.order_history.compared(reader.guild_id, output) for each in past.generations
    ]
    await engine.background.takeback.delete(order, outputs, reader.user_id, moderator=False)


async def _cover(engine: Engine, reader: Reader, output: GenerationId) -> None:
    order = (await engine.order_history.of_output(reader, output)).order
    covered = not order.request.spoiler
    await engine.background.takeback.cover(order, reader.user_id, covered=covered, moderator=False)


async def _order(run: Run, engine: Engine, dice: random.Random, guild: GuildId) -> None:
    # The prompt is the tag by which the world knows whose POST it was; sometimes two orders look the same otherwise.
    tag = f"fox {run.lives}.{len(run.accepted)}.{dice.randrange(10**6)}"
    request = GenerationRequest(
        kind=MediaKind.VIDEO,
        prompt=tag,
        model=dice.choice(["seeded-video", "plain-video"]),
        count=dice.choice([1, 1, 2, 4]),
    )
    context = RequestContext(
        guild_id=guild,
        channel_id=CHANNEL,
        requester_id=dice.choice(MEMBERS),
        locale="en-US",
        card_message_id=(card_id := MessageId(next(run.cards))),
    )
    engine.background.card_editor.hold(card_id, CardToken(secret=tag))
    made = run.window.execute(
        "SELECT g.id FROM generations AS g JOIN orders AS o ON o.id = g.order_id "
        "WHERE g.state = 'succeeded' AND o.guild_id = ? ORDER BY g.id",
        (guild,),
    ).fetchall()
    if made and random.Random(tag).random() < PRESSED:  # a button below a result, of which Discord tells twice at once
        pressed = engine.order_service.validate(replace(request, parent=GenerationId(made[-1][0])), guild_id=guild)
        twice = (engine.order_service.submit(pressed, context) for _ in range(2))
        record, same = await asyncio.gather(*twice)
        if same.order.id != record.order.id:
            run.world.violated(f"one press made {record.order.id} and {same.order.id}")
    elif random.Random(tag[::-1]).random() < COMPARED:
        models = {"plain-video": tag, "seeded-video": f"{tag} too"}  # the world tells POSTs apart by their prompts
        each = [replace(request, model=model, prompt=prompt, count=1) for model, prompt in models.items()]
        first, other = (engine.order_service.validate(one, guild_id=guild) for one in each)
        record = await engine.order_service.submit(first, context, others=[other])
        run.accepted.append(other.prompt)
    else:
        record = await engine.order_service.submit(engine.order_service.validate(request, guild_id=guild), context)
    assert isinstance(record, OrderRecord)  # nobody has to confirm anything here
    run.accepted.append(tag)
    with contextlib.suppress(MessengerError):  # as the command does it
        await engine.background.card_editor.draw(record)
        engine.order_service.card_shown(record)


async def _cancel(engine: Engine, dice: random.Random, guild: GuildId) -> None:
    entries = await engine.order_service.queue(guild)
    if not entries:
        return
    record = dice.choice(entries)[1]
    card_id = record.order.context.card_message_id
    only = dice.choice([None, dice.choice(list(record.generations)).id])
    token, editor = CardToken(secret=f"press {dice.random()}"), engine.background.card_editor
    async with editor.pressed(card_id, token) if card_id is not None else contextlib.nullcontext():
        await engine.order_service.cancel(
            record.order.id, record.order.context.requester_id, guild, moderator=False, only=only
        )


def _look_at_the_queue(run: Run) -> None:
    """No guild has more under way than it may, and nobody was let past who waits since before."""
    db = run.window
    under_way = db.execute(
        "SELECT p.guild_id, COUNT(*), COUNT(DISTINCT p.order_id) FROM queue_positions AS p "
        "JOIN generations AS g ON g.order_id = p.order_id "
        "WHERE p.stage <> 'waiting' AND g.ended_at IS NULL GROUP BY p.guild_id"
    ).fetchall()
    waiting = {
        order_id: tuple(where)
        for order_id, *where in db.execute(
            "SELECT order_id, guild_id, round, position FROM queue_positions WHERE stage = 'waiting'"
        )
    }
    admitted = {order_id for (order_id,) in db.execute("SELECT order_id FROM queue_positions WHERE stage <> 'waiting'")}
    for guild, outputs, orders in under_way:
        if RULES.running is not None and outputs > RULES.running and orders > 1:
            run.world.violated(f"guild {guild} has {outputs} under way")
    for passed in run.waiting.keys() & waiting.keys():
        guild, *turn = waiting[passed]
        for order_id in run.waiting.keys() & admitted:
            other, *later = run.waiting[order_id]
            if other == guild and later > turn:
                run.world.violated(f"{order_id} was let past {passed}")
    run.waiting = waiting


def _look_at_what_is_lost(run: Run) -> None:
    """Where the lists can be read, no order is looked for any longer because others are being sent."""
    now = run.world.timeline.seconds
    lost = {each for (each,) in run.window.execute("SELECT DISTINCT order_id FROM generations WHERE state = 'unknown'")}
    run.lost = {order_id: run.lost.get(order_id, now) for order_id in lost}
    if run.world.weather.read_fails or run.revoked:
        return
    for order_id, since in run.lost.items():
        if now - since > ABSENT_AFTER.total_seconds() + SLOW + 60:
            run.world.violated(f"{order_id} has been looked for since {since:.0f} s")


def _look_at_what_is_expired(run: Run) -> None:
    """Nothing is given up for its age while it is young, whatever the machine's clock shows.

    What was stored while the clock was a day slow is of yesterday for good. Its result comes by the second look.
    """
    for remote_id, queued in run.window.execute(
        "SELECT remote_id, queued_at FROM generations WHERE reason = 'expired'"
    ):
        row = run.oxen.rows.get(remote_id)
        if row is None or run.world.timeline.seconds - row.enqueued_at >= LIFETIME:
            continue
        if queued / 1000 - EPOCH.timestamp() > row.enqueued_at - LIFETIME / 2:
            run.world.violated(f"{remote_id} has expired while it is young")


def _all_over(db: Window, *, tells_costs: bool) -> bool:
    (left,) = db.execute("SELECT COUNT(*) FROM generations WHERE ended_at IS NULL").fetchone()
    (unpriced,) = db.execute(
        "SELECT COUNT(*) FROM generations AS g WHERE state = 'succeeded' AND cost_known_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM keys AS k WHERE k.id = g.key_id AND k.refused_at IS NOT NULL)"
    ).fetchone()
    unpriced = unpriced if tells_costs else 0
    cards = "card_revision < revision AND card_message_id IS NOT NULL AND deleted_at IS NULL"
    (untidy,) = db.execute("SELECT COUNT(*) FROM orders WHERE tidy_due_at IS NOT NULL").fetchone()
    open_pieces = "SELECT COUNT(*) FROM showcase_posts WHERE state NOT IN ('shown', 'over')"
    (leaving,) = db.execute(open_pieces).fetchone()
    (stale,) = db.execute(f"SELECT COUNT(*) FROM orders WHERE {cards}").fetchone()
    (owed,) = db.execute("SELECT COUNT(*) FROM posts WHERE state IN ('waiting', 'claimed')").fetchone()
    return not left and not owed and not unpriced and not stale and not untidy and not leaving


def _given_up(db: Window) -> bool:
    (left,) = db.execute(
        "SELECT COUNT(*) FROM generations WHERE reason IN ('lost', 'expired', 'absent', 'forgotten') "
        "AND clarified_at IS NULL"
    ).fetchone()
    return left > 0


@functools.cache
def make_template() -> bytes:
    """A migrated, empty database."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "template.sqlite3"
        migrate(path, MIGRATIONS)
        db = sqlite3.connect(path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        return path.read_bytes()


def tell_what_happened(simulate: Callable[[int, Path, bytes], Run]) -> None:
    """Plays the seed that the command names, and prints all rows and messages."""
    from tests.simulation.invariants import check

    with tempfile.TemporaryDirectory() as name:
        run = simulate(int(sys.argv[1]), Path(name), make_template())
        problems = check(run)
        print(run.world.weather, run.oxen.dialect)
        print(f"{run.lives} lives, {run.steps} steps, {run.world.timeline.seconds:.0f} s")
        db = opened(run.database)
        for table in ("orders", "generations", "posts", "entries"):
            db.row_factory = sqlite3.Row
            for row in db.execute(f"SELECT * FROM {table}"):
                print(table, dict(row))
        for row in run.oxen.rows.values():
            print(row.id, row.tag, row.status, row.enqueued_at, row.ended_at)
        for sent in run.discord.sent:
            print(sent)
        print("\n".join(problems) or "all invariants hold")


if __name__ == "__main__":
    tell_what_happened(simulate)
