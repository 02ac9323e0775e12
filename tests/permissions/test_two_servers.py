"""Two servers on two keys: ids of the one, and buttons made up of them, are worth nothing in the other."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from sandbox.discord.client import Message
from sandbox.discord.conformance import Conformance
from sandbox.oxen.faults import Fault
from tests.cases import each_case
from tests.e2e.kit import SCHEMA, Harness, Stages
from tests.e2e.rules import run
from tests.permissions.uses import base36, order_of
from tests.permissions.world import BUTTON, CHANNELS, STRINGS, Thing, World

COMMUNITY = Path(__file__).parent / "community.json"
KEYS = {"sandbox": ("operator",), "sk-of-film-club-aaaa": ("film-club",), "sk-of-game-night-bbbb": ("game-night",)}
THEIRS, ROOM = "clips", "1150000000000000211"
SECRET = "a walrus that nobody else may hear of"
FILM_CLUB, BO, GUS, DEV = 1150000000000000100, 1150000000000000012, 1150000000000000018, 1150000000000000014
NOTHING = "0" * 24
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Two:
    """Film Club's rows, by their ids; Gus owns Game Night, Dev moderates it, Bo is a member of both."""

    harness: Harness
    world: World
    ids: dict[str, str]


UNTOLD = "SELECT COUNT(*) FROM orders WHERE revision <> card_revision"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    discord = {"community_file": COMMUNITY, "exchange_hook": None, "dispatch_hook": None}
    async with Stages(tmp_path_factory.mktemp("two"), Conformance(SCHEMA)) as stages:
        harness = await stages(discord=discord, oxen={"keys": KEYS}, DROVER_MASTER_KEY=Fernet.generate_key().decode())
        await enter_key(harness, "Ada", "video-lab", "sk-of-film-club-aaaa")
        await enter_key(harness, "Gus", THEIRS, "sk-of-game-night-bbbb")
        yield await settled(harness)


async def enter_key(harness: Harness, owner: str, channel: str, key: str) -> None:
    member = harness.community.member(owner, channel=channel, locale="en-US")
    panel = await harness.use("settings", user=owner, channel=channel, options={"section": "billing"})
    form = await member.press(panel, "Enter a key")
    panel = await harness.turned(panel, member.submit(form, {"API key of Oxen.ai": key}))
    assert f"“{key[-4:]}”" in panel.text


async def settled(harness: Harness) -> Two:
    """In Film Club: a result that failed, one that is only linked, an order that waits, and one to confirm."""
    large = await large_result(harness)
    world = World(harness=harness, large=large, picture=large, pools={})
    harness.break_oxen(Fault(on="generation", kind="fail", value=f"out of memory: {SECRET}", times=1))
    failed = await harness.result(await harness.order(SECRET))
    await harness.use("moderate queue", user="Ada", options={"action": "pause"})
    waiting = await harness.card(await harness.order(SECRET))
    panel = await harness.use("settings", user="Ada", options={"section": "budgets"})
    ada = harness.community.member("Ada", channel="video-lab", locale="en-US")
    await harness.turned(panel, ada.submit(await ada.press(panel, "Change"), {"confirm_above": "0.01"}))
    confirmation = await harness.card(await harness.order(SECRET))
    order = order_of(waiting)
    [(generation,)] = run(harness, "SELECT id FROM generations WHERE order_id = ?", order)
    await harness.result(await harness.order("a fox of Game Night", channel=THEIRS))
    # A card is drawn some time after its result, and that changes its row as well.
    async with asyncio.timeout(30):
        while run(harness, UNTOLD) != [(0,)]:  # noqa: ASYNC110 - what another process wrote, only its rows tell
            await asyncio.sleep(0.05)
    return Two(
        harness,
        world,
        {
            "order": order,
            "short": order[-6:],
            "generation": generation,
            "failed": order_of(failed),
            "linked": str(world.large.buttons[0].custom_id).rpartition(":")[2],
            "draft": order_of(confirmation),
        },
    )


async def large_result(harness: Harness) -> Message:
    harness.renderer.size = 21 * 1024 * 1024
    message = await harness.result(await harness.order(SECRET))
    harness.renderer.size = 2000
    return message


async def pressed(two: Two, who: str, custom_id: str, kind: int = BUTTON, values: tuple[str, ...] = ()) -> str:
    """What comes of a button made by hand in a channel of Game Night."""
    thing = Thing(custom_id=custom_id, kind=kind, values=values)
    message_id = await two.world.plant(thing, room=ROOM)
    member = two.harness.community.member(who, channel=THEIRS, locale="en-US").hostile()
    after = await two.harness.community.position()
    used = member.select(message_id, custom_id, *values) if kind != BUTTON else None
    asked = await (used or member.press(message_id, custom_id))
    return (await two.world.answer(asked, after, source=message_id)).text


async def told(two: Two, who: str, command: str, **options: object) -> str:
    member = two.harness.community.member(who, channel=THEIRS, locale="en-US").hostile()
    after = await two.harness.community.position()
    return (await two.world.answer(await member.slash(command, **options), after)).text


def of_film_club(two: Two) -> str:
    """All of Film Club's rows that anybody could have changed."""
    statements = (
        "SELECT * FROM orders WHERE guild_id = ?1",
        "SELECT * FROM pending_confirmations WHERE guild_id = ?1",
        "SELECT * FROM guild_policies WHERE guild_id = ?1",
        "SELECT * FROM queue_positions WHERE guild_id = ?1",
        "SELECT * FROM audit WHERE guild_id = ?1",
        "SELECT id, state FROM generations WHERE order_id IN (SELECT id FROM orders WHERE guild_id = ?1)",
        "SELECT cancel_requested_by FROM generations WHERE order_id IN (SELECT id FROM orders WHERE guild_id = ?1)",
    )
    with closing(sqlite3.connect(two.harness.folder / "drover.sqlite3")) as db:
        return repr([db.execute(statement, (FILM_CLUB,)).fetchall() for statement in statements])


BUTTONS = (
    "drover:cancel:{order}",
    "drover:cancel:{draft}",
    "drover:link:{linked}",
    "drover:link:{generation}",
    "drover:again:{failed}",
    "drover:surely:{failed}",
    "drover:confirm:{draft}",
    "drover:withdraw:{draft}",
    "drover:result:delete:{linked}",
    "drover:result:sure:{generation}",
    "drover:result:cover:{linked}",
    "drover:result:report:{linked}",
    "drover:case:delete:{failed}",
    "drover:case:dismiss:{order}",
    "drover:review:approve:{linked}",
    "drover:queue:order:{order}",
    "drover:queue:front:{order}",
    "drover:queue:up:{order}",
    "drover:queue:down:{order}",
    "drover:queue:end:{order}",
    "drover:queue:stop:order-{order}",
    "drover:queue:sure:order-{order}",
    "drover:past:o:{order}:0:",
    "drover:past:n:-:0:walrus",
    "drover:past:n:-:" + base36(BO) + ":walrus",
)


@pytest.mark.parametrize("who", ["Gus", "Dev", "Bo"])
async def test_a_button_made_by_hand(two: Two, who: str) -> None:
    """It is answered as one with an id that nobody ever had, also for somebody who is a member of both servers."""
    before, calls = of_film_club(two), len(two.harness.oxen.traffic.accepted)
    with each_case() as case:
        for custom_id in BUTTONS:
            with case(custom_id):
                answer = await pressed(two, who, custom_id.format(**two.ids))
                unknown = await pressed(two, who, custom_id.format(**dict.fromkeys(two.ids, NOTHING)))
                assert answer == unknown
                assert SECRET not in answer
                assert of_film_club(two) == before
    assert len(two.harness.oxen.traffic.accepted) == calls


@pytest.mark.parametrize("who", ["Gus", "Dev", "Bo"])
async def test_an_id_of_the_other_server(two: Two, who: str) -> None:
    before = of_film_club(two)
    with each_case() as case:
        for given in two.ids.values():
            unknown = NOTHING[: len(given)]
            for command, option in (("history", "id"), ("cancel", "order")):
                with case((command, given)):
                    answer = await told(two, who, command, **{option: given})
                    as_unknown = await told(two, who, command, **{option: unknown})
                    assert answer.replace(given, "…") == as_unknown.replace(unknown, "…")
                    assert SECRET not in answer
                    assert of_film_club(two) == before


@pytest.mark.parametrize("who", ["Gus", "Dev"])
async def test_selects_made_by_hand(two: Two, who: str) -> None:
    before = of_film_club(two)
    for custom_id, value in (
        ("drover:queue-pick", "{order}"),
        ("drover:open:n:-:0:", "{order}"),
        ("drover:open:n:-:0:", "{linked}"),
        ("drover:open:n:-:0:", "{failed}"),
    ):
        given = value.format(**two.ids)
        answer = await pressed(two, who, custom_id, STRINGS, (given,))
        unknown = await pressed(two, who, custom_id, STRINGS, (NOTHING,))
        assert answer.replace(given, "…") == unknown.replace(NOTHING, "…")
        assert SECRET not in answer
    assert of_film_club(two) == before


async def test_nothing_is_said_in_the_other_servers_channels(two: Two) -> None:
    """A log channel is one of the server's own, whatever a client says was chosen."""
    room = "1150000000000000111"
    seen = [message.id for message in await two.harness.community.messages(channel=room)]
    answer = await pressed(two, "Gus", "drover:set:panel:log:channel:", CHANNELS, (room,))
    assert "Saved" not in answer
    assert [message.id for message in await two.harness.community.messages(channel=room)] == seen
    assert room not in repr(run(two.harness, "SELECT content FROM guild_policies"))


@pytest.mark.parametrize("who", ["Gus", "Dev", "Bo"])
async def test_what_is_shown_there_is_of_that_server_alone(two: Two, who: str) -> None:
    shown = [await told(two, who, command) for command in ("queue", "history", "usage", "about")]
    if who == "Gus":
        sections = ("overview", "billing", "audit")
        shown += [await told(two, who, "settings", section=section) for section in sections]
        table = await pressed(two, who, "drover:table:1:3000000:0")
        assert "Here it is" in table
    text = "\n".join(shown)
    assert SECRET not in text
    assert "film-club" not in text
    assert "aaaa" not in text
    assert "$0.35" not in text or "1 order" in text
    assert not [found for found in two.ids.values() if found in text]


async def test_what_is_typed_finds_nothing_of_the_other(two: Two) -> None:
    for who in ("Gus", "Dev", "Bo"):
        member = two.harness.community.member(who, channel=THEIRS, locale="en-US")
        for command, option in (("cancel", "order"), ("history", "id")):
            found = json.dumps([[one.name, one.value] for one in await member.autocomplete(command, option, "walrus")])
            assert found == "[]", (who, command)


async def test_a_large_result_is_no_file_for_the_other(two: Two) -> None:
    """Not even in a message that looks like one of ours."""
    message_id = await two.world.plant(Thing(custom_id=f"drover:link:{two.ids['linked']}", legacy=True), room=ROOM)
    gus = two.harness.community.member("Gus", channel=THEIRS, locale="en-US")
    for command in ("Upscale", "Extend this video", "Use as reference"):
        asked = await gus.menu(command, await gus.see(message_id))
        assert "There is no" in await two.harness.refusal(asked, user="Gus")


async def test_each_order_went_by_its_own_key(two: Two) -> None:
    assert {one["namespace"] for one in two.harness.ordered(SECRET)} == {"film-club"}
    assert not two.harness.log.troubles()
