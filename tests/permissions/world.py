"""A server with one of each kind of people, who use whatever they like: also what their client would never send."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import aiohttp

from bot.texts import ENGLISH
from sandbox.discord.client import FeedEntry, Interaction, Member, Message
from sandbox.oxen.faults import Fault
from tests.e2e.kit import BO, PATIENCE, Harness
from tests.e2e.rules import run
from tests.locales.kit import TRANSLATIONS
from tests.permissions import page

PEOPLE = {
    page.DIRECT: "Nia", "member": "Dev", "another member": "Dev", "requester": "Bo", "moderator": "Mo",
    "manager": "Cleo", "owner": "Ada", "banned": "Fay",
}  # fmt: skip
HERE, ROOM = "video-lab", "1150000000000000111"
BUTTON, STRINGS, USERS, ROLES, CHANNELS = 2, 3, 5, 6, 8
_V2 = 1 << 15
_MIB = 1024 * 1024
WITHDRAWN = TRANSLATIONS.of(ENGLISH)("card-not-ordered")
_CHANGES = frozenset({6, 7})  # answers by which the message of the control changes
# Others ask to be forgotten here, and what is theirs ends by and by.
_ROWS = (
    "SELECT content FROM guild_policies ORDER BY guild_id",
    "SELECT id FROM orders ORDER BY id",
    "SELECT g.cancel_requested_by FROM generations g JOIN orders o ON o.id = g.order_id WHERE o.requester_id = ?",
    "SELECT id, state FROM pending_confirmations WHERE requester_id = ? ORDER BY id",
    "SELECT order_id, round, position FROM queue_positions WHERE requester_id = ? ORDER BY order_id",
    "SELECT COUNT(*) FROM audit",
    "SELECT COUNT(*) FROM stars",
    "SELECT COUNT(*) FROM showcase_posts",
    "SELECT * FROM guilds ORDER BY guild_id",
)


@dataclass(frozen=True)
class Answer:
    """What came of a use: `key` is the refusal that was told, if one was; `text` what is shown, or a form's title."""

    key: str | None
    text: str


@dataclass(frozen=True)
class Thing:
    """What can be pressed or chosen: a control below a message, or a form that somebody has open."""

    message_id: str = ""
    custom_id: str = ""
    kind: int = BUTTON
    values: tuple[str, ...] = ()
    form: Interaction | None = None
    written: dict[str, Any] = field(default_factory=dict[str, Any])
    public: bool = True  # the message is there for everybody in the channel
    legacy: bool = False  # it is no layout: what answers is plain text


@dataclass
class World:
    """`told`: results that are a draft and a comparison. `pools`: failed results, cards of orders that wait, pending
    confirmations, by whose they are.
    """

    harness: Harness
    large: Message
    picture: Message
    pools: dict[str, dict[str, list[Message]]]
    reports: Iterator[int] = field(default_factory=count)
    told: dict[str, Message] = field(default_factory=dict[str, Message])
    _offered: dict[tuple[str, str], set[str]] = field(default_factory=dict[tuple[str, str], set[str]])

    def spend(self, pool: str | None, owner: str) -> None:
        """The next of the pool was used up."""
        if pool is not None:
            self.pools[pool][owner].pop()

    def member(self, name: str, channel: str = HERE) -> Member:
        return self.harness.community.member(name, channel=channel, locale=ENGLISH).hostile()

    async def used(self, who: str, command: str, **options: Any) -> Answer:
        """A command, as its client would not send it where Discord does not offer it."""
        place = "dm" if who == PEOPLE[page.DIRECT] else HERE
        after = await self.harness.community.position()
        return await self.answer(await self.member(who, place).slash(command, **options), after)

    async def pressed(self, who: str, thing: Thing, owner: str, shown_in: str | None = None) -> Answer:
        """By whoever; where they cannot see the message itself, by a message like it that they do see.

        `shown_in`: the message that shows what came of it, where that is another one.
        """
        if thing.form is not None:
            after = await self.harness.community.position()
            sent = await self.member(who).submit(thing.form, thing.written)
            return await self.answer(sent, after, source=thing.message_id)
        direct = who == PEOPLE[page.DIRECT]
        message_id = thing.message_id
        if not message_id or direct or not (thing.public or who == owner):
            message_id = await self.plant(thing, direct_to=who if direct else None)
        after = await self.harness.community.position()
        member = self.member(who)
        used = member.select(message_id, thing.custom_id, *thing.values) if thing.kind != BUTTON else None
        asked = await (used or member.press(message_id, thing.custom_id))
        return await self.answer(asked, after, source=shown_in or message_id)

    def replaced(self, thing: Thing) -> Thing:
        """The same control in a message made by hand: its own may show something else by now, or be gone."""
        return thing if thing.form is not None else replace(thing, message_id="")

    async def plant(self, thing: Thing, *, room: str = ROOM, direct_to: str | None = None) -> str:
        """A message of the bot's with such a control, made by hand: whatever its id says."""
        room = room if direct_to is None else await self._direct_channel(direct_to)
        control: dict[str, Any] = {"type": thing.kind, "custom_id": thing.custom_id}
        if thing.kind == BUTTON:
            control |= {"style": 2, "label": "press"}
        else:
            control |= {"min_values": 0, "max_values": max(1, len(thing.values))}
        if thing.kind == STRINGS:
            control["options"] = [{"label": value, "value": value} for value in thing.values or ("x",)]
        body: dict[str, Any] = {"components": [{"type": 1, "components": [control]}]}
        body |= {"content": "made by hand"} if thing.legacy else {"flags": _V2}
        return str((await self._rest(f"/channels/{room}/messages", body))["id"])

    async def _direct_channel(self, name: str) -> str:
        people = {user["global_name"]: user["id"] for user in (await self.harness.community.state())["users"]}
        return str((await self._rest("/users/@me/channels", {"recipient_id": people[name]}))["id"])

    async def _rest(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        url, headers = (
            f"{self.harness.discord.url}/api/v10{path}",
            {"Authorization": f"Bot {self.harness.discord.token}"},
        )
        async with aiohttp.request("POST", url, json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            assert response.ok, answer
            return answer

    async def answer(self, asked: Interaction, after: int, source: str | None = None) -> Answer:
        """What the person gets to see: a form, a message of its own, or the message of the control as it is then."""
        assert asked.acknowledged, asked.error
        if asked.modal is not None:
            return Answer(None, asked.form.title)
        return await self._next(asked, after, source if asked.callback_type in _CHANGES else asked.response_message_id)

    async def _next(self, asked: Interaction, after: int, source: str | None) -> Answer:
        def shown(entry: FeedEntry) -> bool:
            message = entry.message
            if message is None:
                return False
            if message.loading:
                return False
            if message.text == WITHDRAWN and asked.callback_type not in _CHANGES:
                return False  # for all to see, until whoever ordered is told why
            told = entry.kind == "message_created" and message.only_for == asked.user
            gone = entry.kind == "message_deleted" and asked.callback_type in _CHANGES
            return told or (message.id == source and (gone or entry.kind in {"message_created", "message_edited"}))

        entry = await self.harness.community.wait_for(shown, after=after, timeout=PATIENCE)
        assert entry.message is not None
        if entry.kind == "message_deleted":
            return Answer(None, "deleted")
        return Answer(refused(entry.message.text), entry.message.text)

    def rows(self) -> list[Any]:
        """What a refusal must not change."""
        with closing(sqlite3.connect(self.harness.folder / "drover.sqlite3")) as db:
            return [db.execute(statement, [BO] * statement.count("?")).fetchall() for statement in _ROWS]

    def all_orders(self) -> list[tuple[str, int]]:
        """The ids of Film Club's orders, with their requesters."""
        return run(self.harness, "SELECT id, requester_id FROM orders")

    def output_of(self, requester: int) -> str:
        """The id of an output that this person has ordered."""
        statement = "SELECT g.id FROM generations g JOIN orders o ON o.id = g.order_id WHERE o.requester_id = ? LIMIT 1"
        return str(run(self.harness, statement, requester)[0][0])

    async def offered(self, who: str, channel: str = HERE) -> set[str]:
        """The names of all commands that a person's client offers; what is asked once does not change."""
        if (who, channel) not in self._offered:
            member = self.harness.community.member(who, channel=channel, locale=ENGLISH)
            self._offered[who, channel] = {name for kind in (1, 2, 3) for name in await member.commands(kind)}
        return self._offered[who, channel]


def refused(text: str) -> str | None:
    """The refusal that these words are, of those that the page tells of."""
    text = re.sub(r"</([^:]+):\d+>", r"`/\1`", text)  # a command that can be clicked
    for key, words in page.texts().items():
        if re.fullmatch(re.escape(words).replace("…", ".+"), text):
            return key
    return None


async def build(harness: Harness) -> World:
    """Orders of Bo's and of Fay's in every state, before the queue is paused and Fay is banned."""
    community = harness.community
    failures = {"Bo": 14, "Fay": 4}  # two of each stay
    doomed = {"Bo": 24, "Fay": 2}
    harness.break_oxen(
        Fault(on="generation", kind="fail", value="out of memory", times=sum((*failures.values(), *doomed.values())))
    )
    asked = [
        (who, await harness.order(f"failing {n}", command="image", user=who))
        for who, number in failures.items()
        for n in range(number + doomed[who])
    ]
    failed: dict[str, list[Message]] = {"Bo": [], "Fay": []}
    for who, one in asked:
        failed[who].append(await harness.result(one))
    harness.renderer.size = 21 * _MIB
    large = await harness.result(await harness.order("a long fox"))
    picture = await harness.result(await harness.order("a large fox", command="image"))
    harness.renderer.size = 2000
    waiting = await reviewed(harness, 10)
    bo = harness.community.member("Bo", channel=HERE, locale=ENGLISH)
    both = {"model": "kling-video-v2-6-pro-text-to-video", "model_2": "ltx-2-3-pro-text-to-video"}
    asked_of_both = await bo.slash("compare", prompt="two foxes", **both)
    await bo.press(await harness.card(asked_of_both), "Order · $0.71")
    compared = await harness.result(asked_of_both)
    draft = await harness.result(await harness.order("a fox in a hurry", model=both["model"], duration=10, draft=True))
    harness.renderer.hold("a fox for days")
    await harness.card(await harness.order("a fox for days"), lambda card: "being made" in card.text)
    await one_at_a_time(harness)  # so whoever resumes the queue lets nothing go
    await harness.use("moderate queue", user="Ada", options={"action": "pause"})
    pools: dict[str, dict[str, list[Message]]] = {"failed": {}, "doomed": {}, "reviews": {"Bo": waiting}}
    for who, number in doomed.items():
        pools["failed"][who], pools["doomed"][who] = failed[who][number:], failed[who][:number]
    for pool, seconds in (("orders", 5), ("drafts", 10)):  # the longer ones are dear enough to be asked about
        pools[pool] = {}
        for who, number in (("Bo", 10), ("Fay", 3)):
            cards = [
                await harness.card(await harness.order("a fox", user=who, duration=seconds)) for _ in range(number)
            ]
            pools[pool][who] = cards
    await styles(harness)
    await harness.use("moderate ban", user="Ada", options={"member": "Fay"})
    await community.rate_limits(enabled=False)
    told = {"compared": compared, "draft": draft}
    return World(harness=harness, large=large, picture=picture, pools=pools, told=told)


async def reviewed(harness: Harness, number: int) -> list[Message]:
    """Questions to moderators, about results of Bo's in a channel where these wait for a yes."""
    for _ in range(number):
        await harness.order("a shy fox", command="image", channel="shy-room")
    await harness.log.wait("review asked", count=number)
    return [one for one in await harness.community.messages(channel="backstage") if "shy fox" in one.text]


async def styles(harness: Harness) -> None:
    """Of everybody one to share and one to delete, and for everybody one of the server's."""
    for who in {*PEOPLE.values()} - {PEOPLE[page.DIRECT]}:
        for name in ("to share", "to go"):
            await harness.use("style save", user=who, options={"name": f"{name} of {who}"})
        shared = f"of the server for {who}"
        await harness.use("style save", user="Ada", options={"name": shared})
        await harness.use("style share", user="Ada", options={"style": shared})


async def one_at_a_time(harness: Harness) -> None:
    ada = harness.community.member("Ada", channel=HERE, locale=ENGLISH)
    panel = await harness.use("settings", user="Ada", options={"section": "queue"})
    await harness.turned(panel, ada.submit(await ada.press(panel, "Change"), {"running": "1"}))


def english(key: str) -> str:
    return TRANSLATIONS.of(ENGLISH)(f"refusal-{key}", given="…")
