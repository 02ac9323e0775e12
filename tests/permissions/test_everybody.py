"""Each row of the page, used by each kind of person: at once, a second time, and a week later after a restart."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.clock import SystemClock
from bot.domain.ids import ChannelId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.choices import ratio_choices, resolution_choices
from sandbox.discord.conformance import Conformance
from tests.cases import each_case
from tests.e2e.kit import SCHEMA, Stages
from tests.e2e.rules import settle
from tests.media.pictures import film, png
from tests.permissions import page
from tests.permissions.page import Cell, Row
from tests.permissions.uses import COMMANDS, MENUS, ON_RESULTS, USES, Use, order_of
from tests.permissions.world import PEOPLE, Answer, Thing, World, build

COMMUNITY = Path(__file__).parent / "community.json"
# Whether exchanges fit Discord's schema is for other tests: it takes longer than all that is asked here.
UNCHECKED = {"community_file": COMMUNITY, "exchange_hook": None, "dispatch_hook": None}
WEEK = timedelta(days=7)
ORDERS, TYPING, CONTROLS = (
    {row.name: row for row in page.table(heading)}
    for heading in ("Commands", "While typing", "Buttons, selects and forms")
)
SHY_ROOM, BACKSTAGE = ChannelId(1150000000000000119), ChannelId(1150000000000000113)
KINDS = (page.DIRECT, "another member", "requester", "moderator", "manager", "owner", "banned")
pytestmark = pytest.mark.asyncio(loop_scope="module")


class MovedClock(SystemClock):
    """The machine's clock, put forward."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


CLOCK = MovedClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    timing = {
        "clock_sure": timedelta(),  # one reading is enough: nothing is wrong with this clock
        "confirmation": timedelta(hours=1),  # they are made at the start, and used by and by
    }
    async with Stages(tmp_path_factory.mktemp("permissions"), Conformance(SCHEMA)) as stages:
        harness = await stages(discord=UNCHECKED, start=False, clock=CLOCK, timing=timing)
        settle(harness, confirm_above=Decimal("0.50"), reviewed={SHY_ROOM}, review_channel=BACKSTAGE)
        await harness.start()
        yield await build(harness)


@pytest.fixture(autouse=True)
def healthy(world: World) -> Any:
    mark = len(world.harness.log.records)
    yield
    assert not world.harness.log.troubles(mark)


def cells(row: Row, kinds: tuple[str, ...]) -> Iterator[tuple[str, Cell]]:
    """Each kind of person with what holds for them, where anything can."""
    yield from ((kind, row.cells[kind]) for kind in kinds if row.cells[kind].answer != "–")  # noqa: RUF001


def check(answer: Answer, cell: Cell, shows: str) -> None:
    assert answer.key == cell.key, answer.text
    if cell.key is None:
        assert shows in answer.text, answer.text


# Commands.

_UNLISTED = {"hidden", "unlisted"}
COMMAND_KINDS = (page.DIRECT, "member", "moderator", "manager", "owner", "banned")


@pytest.mark.parametrize("row", ORDERS.values(), ids=ORDERS)
async def test_a_command(world: World, row: Row, tmp_path: Path) -> None:
    name = row.codes[0]
    with each_case() as case:
        for kind, cell in cells(row, COMMAND_KINDS):
            who = PEOPLE[kind]
            with case(kind):
                offered = await world.offered(who, "dm" if kind == page.DIRECT else "video-lab")
                shown = name.removeprefix("/").split()[0] in offered or name in offered
                assert shown == (cell.answer not in _UNLISTED)
                before = world.rows()
                if row.name in MENUS:
                    of = "Fay" if kind == "banned" and name == "Delete this result" else "Bo"
                    answer = await on_a_message(world, who, name, tmp_path, of, direct=kind == page.DIRECT)
                    check(answer, cell, name)
                elif name == "/cancel":
                    check(await cancelled(world, kind, own="own" in row.name), cell, "ancel")
                    if cell.key is None and ("own" not in row.name or kind == "banned"):
                        world.spend("orders", "Fay" if kind == "banned" else "Bo")
                else:
                    command = COMMANDS[row.name]
                    if name == "/moderate unban" and cell.key is None:
                        await world.used("Ada", "moderate ban", member="Gus")
                    check(await world.used(who, command.name, **command.options(world, who)), cell, command.shows)
                    if name == "/moderate ban" and cell.key is None:
                        await world.used("Ada", "moderate unban", member="Gus")
                if cell.key is not None:
                    assert world.rows() == before


async def on_a_message(world: World, who: str, name: str, folder: Path, of: str, *, direct: bool) -> Answer:
    file = png(folder) if name != "Extend this video" else film(folder)
    place = "dm" if direct else "video-lab"
    on_a_result = name in ON_RESULTS and not direct
    message = world.pools["failed"][of][0] if on_a_result else await world.member(who, place).write("look", file)
    after = await world.harness.community.position()
    return await world.answer(await world.member(who, place).menu(name, message), after)


async def cancelled(world: World, kind: str, *, own: bool) -> Answer:
    who = PEOPLE[kind]
    if own and kind not in {page.DIRECT, "banned"}:
        asked = await world.harness.order("a fox of their own", user=who)
        card = await world.harness.card(asked)
    else:
        card = world.pools["orders"]["Fay" if own else "Bo"][-1]
    return await world.used(who, "cancel", order=order_of(card))


# What is offered while somebody types.


@pytest.mark.parametrize("row", TYPING.values(), ids=TYPING)
async def test_what_is_offered(world: World, row: Row) -> None:
    command, _, option = row.name.removeprefix("/").rpartition(" ")
    others: dict[str, str] = {}
    if option in {"resolution", "aspect_ratio"}:
        others = {"model": await with_resolutions(world, command if command in set(MediaKind) else MediaKind.VIDEO)}
    with each_case() as case:
        for kind, cell in cells(row, COMMAND_KINDS):
            who, wanted = PEOPLE[kind], cell.answer
            with case(kind):
                member = world.member(who, "dm" if kind == page.DIRECT else "video-lab")
                values = {str(choice.value) for choice in await member.autocomplete(command, option, "", **others)}
                if wanted == "nothing":
                    assert not values
                elif wanted in {"models", "styles"}:
                    assert values
                else:
                    theirs = await orders_of(world, None if wanted == "all" else who)
                    assert {value.partition(":")[0] for value in values} <= theirs
                    if wanted == "all":
                        assert values - await orders_of(world, who)


async def with_resolutions(world: World, kind: str) -> str:
    catalogue = await world.harness.catalogue()
    found = catalogue.of_kind(MediaKind(kind))
    return next(model.id for model in found if resolution_choices(model) and ratio_choices(model))


async def orders_of(world: World, who: str | None) -> set[str]:
    people = {user["global_name"]: user["id"] for user in (await world.harness.community.state())["users"]}
    return {order for order, requester in world.all_orders() if who is None or str(requester) == people[who]}


# Buttons, selects and forms.


def owner_of(use: Use, kind: str) -> str:
    """Who has it, when this kind of person uses it."""
    if use.own and kind in {"manager", "owner"}:
        return PEOPLE[kind]
    if use.opener is not None:
        return use.opener
    return "Fay" if kind == "banned" else use.whose


async def each(world: World, who: str, things: list[Thing], owner: str) -> list[Answer]:
    return [await world.pressed(who, thing, owner) for thing in things]


def person(use: Use, kind: str) -> str:
    return use.whose if kind == "requester" else PEOPLE[kind]


@pytest.mark.parametrize("row", CONTROLS.values(), ids=CONTROLS)
async def test_a_control(world: World, row: Row) -> None:
    use = USES[row.name]
    with each_case() as case:
        for kind, cell in cells(row, KINDS):
            owner, who = owner_of(use, kind), person(use, kind)
            with case(kind):
                things = await use.lay(world, owner)
                before = world.rows()
                for answer in await each(world, who, things, owner):
                    check(answer, cell, use.shows)
                if cell.key is not None:
                    assert world.rows() == before
                else:
                    world.spend(use.pool, owner)


async def test_what_is_hidden_is_in_no_panel_of_theirs(world: World) -> None:
    """The levers of the queue, and the table of what was used."""
    for kind in COMMAND_KINDS[1:]:
        shown = {
            str(item.get("custom_id", ""))
            for command in ("queue", "usage")
            for item in (await world.harness.use(command, user=PEOPLE[kind])).components
        }
        for row in CONTROLS.values():
            cell = row.cells.get(kind) or row.cells["another member"]
            if row.name.startswith(("drover:queue", "drover:table")) and cell.answer == "hidden":
                wanted = [control.replace(" ", ":") for control in row.controls]
                assert not [one for one in shown if one.startswith(tuple(wanted))], (kind, row.name)


async def test_moderating_a_single_channel_is_not_moderating_the_server(world: World) -> None:
    """Dev may manage messages in a lounge of their own, and there alone."""
    before = world.rows()
    dev = world.member("Dev", "dev-lounge")
    for command, options in (("moderate queue", {"action": "resume"}), ("moderate ban", {"member": "Bo"})):
        assert "Only moderators" in await world.harness.refusal(await dev.slash(command, **options), user="Dev")
    theirs = await dev.slash("history", member="Bo")
    assert "for them and for moderators" in await world.harness.refusal(theirs, user="Dev")
    assert world.rows() == before


async def test_a_ban_is_not_lifted_by_whom_it_concerns(world: World) -> None:
    await world.used("Ada", "moderate ban", member="Mo")
    answer = await world.used("Mo", "moderate unban", member="Mo")
    assert "You cannot lift a ban of your own" in answer.text
    assert (await world.used("Mo", "video", prompt="a fox")).key == "banned"
    assert "can order here" in (await world.used("Ada", "moderate unban", member="Mo")).text


async def test_what_is_ordered_behind_a_door_is_not_read_through_the_queue(world: World) -> None:
    asked = await world.harness.order("a badger behind the door", user="Mo", channel="backstage")
    card = await world.harness.card(asked)
    lists = {who: await pages_of(world, who) for who in ("Mo", "Cleo", "Ada", "Dev", "Bo")}
    assert {who for who, text in lists.items() if "badger" in text or card.id in text} == {"Mo", "Cleo", "Ada"}
    assert "an order in a channel that you do not see" in lists["Dev"]
    assert "an order in a channel" not in lists["Mo"]
    await world.used("Mo", "cancel", order=order_of(card))


async def pages_of(world: World, who: str) -> str:
    """The whole list of `/queue`."""
    text = ""
    for number in range(1, 8):
        text += (await world.pressed(who, Thing(custom_id=f"drover:queue:page:server-{number}"), who)).text
    return text


# A second time.


def repeated(column: str) -> Any:
    return [
        pytest.param(row, row.cells[column], id=f"{row.name}: {column}")
        for row in CONTROLS.values()
        if row.cells[column].answer != "–"  # noqa: RUF001
    ]


async def ended(world: World, row: Row, *things: Thing) -> None:
    """What was cancelled takes a moment to end."""
    for thing in things if row.name.startswith("drover:cancel") else ():
        await world.harness.edited(thing.message_id, lambda card: card.components_v2 and not card.buttons)


def first_of(row: Row) -> str:
    """The first kind of person who may use it, the requester if they may."""
    return next(kind for kind in ("requester", "moderator", "manager") if row.cells[kind].answer == "yes")


@pytest.mark.parametrize(("row", "cell"), repeated(page.AGAIN))
async def test_a_second_time(world: World, row: Row, cell: Cell) -> None:
    use, kind = USES[row.name], first_of(row)
    owner, who = owner_of(use, kind), person(use, kind)
    for thing in await use.lay(world, owner):
        check(await world.pressed(who, thing, owner), Cell("yes"), use.shows)
        await ended(world, row, thing)
        before = world.rows()
        card = thing.message_id if row.name == "drover:confirm a price" else None  # the order's, wherever it is pressed
        answer = await world.pressed(who, world.replaced(thing), owner, card)
        assert answer.key == cell.key, answer.text
        if cell.key is not None or row.name == "drover:confirm a price":
            assert world.rows() == before
    world.spend(use.pool, owner)


# A week later, after a restart.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def left(world: World) -> AsyncIterator[Mapping[str, list[Thing]]]:
    """What was used once, or only laid out, a week ago."""
    things: dict[str, list[Thing]] = {}
    for row in CONTROLS.values():
        use, kind = USES[row.name], first_of(row)
        owner, who = owner_of(use, kind), person(use, kind)
        things[row.name] = await use.lay(world, owner)
        if use.pool is not None:
            await each(world, who, things[row.name], owner)
            await ended(world, row, *things[row.name])
            world.spend(use.pool, owner)
    await world.harness.stop()
    CLOCK.ahead = WEEK
    await world.harness.community.advance(WEEK.total_seconds())
    await world.harness.start()
    yield things


@pytest.mark.parametrize(("row", "cell"), repeated(page.LATER))
async def test_a_week_later(world: World, left: Mapping[str, list[Thing]], row: Row, cell: Cell) -> None:
    use, kind = USES[row.name], first_of(row)
    owner, who = owner_of(use, kind), person(use, kind)
    for thing in left[row.name]:
        orphan = row.cells["another member"]
        if orphan.key is not None:
            answer = await world.pressed("Dev", world.replaced(thing), owner)
            assert answer.key in {orphan.key, cell.key}, answer.text
        answer = await world.pressed(who, world.replaced(thing), owner)
        assert answer.key == cell.key, answer.text
