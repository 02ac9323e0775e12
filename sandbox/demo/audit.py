"""After the last act: what was posted, what is in the files, and whether both ledgers say the same."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from sandbox.demo import books, checks, closing
from sandbox.demo.books import Line
from sandbox.demo.closing import Account
from sandbox.demo.media import Media, facts
from sandbox.demo.orders import Act
from sandbox.demo.provider import CLUB_KEY, KEY, NAMESPACES, Provider
from sandbox.demo.screen import Screen
from sandbox.demo.watch import Watch
from sandbox.discord.client import Community, Interaction, Message

_PATIENCE = 40.0  # seconds for the last price to be known: one that is not told at once is asked for again after 20
_AGAIN = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Shows and checks; every method raises `DemoFailed` for what is not as it should be."""

    community: Community
    provider: Provider
    watch: Watch
    messages: Mapping[str, Message]
    database: Path
    output: Path
    screen: Screen

    def posts(self, acts: Sequence[Act], interactions: Sequence[Interaction]) -> None:
        checks.check_interactions(interactions)
        for act in acts:
            checks.check_posts(act, self.watch, self.messages)
        checks.check_silence(acts, self.watch, self.messages)

    async def files(self, acts: Sequence[Act]) -> None:
        """Saves what was posted, and opens all of it."""
        shown: list[tuple[str, Media]] = []
        for act in acts:
            paths = await closing.save(self.community, self.watch, act.orders, self.output)
            found = {card: [await asyncio.to_thread(facts, path) for path in each] for card, each in paths.items()}
            shown += [(order.what, one) for order in act.orders for one in found[order.card]]
            await asyncio.to_thread(checks.check_files, act.orders, found)
            shown += [("from the shell", await asyncio.to_thread(facts, path)) for path in act.made]
            for path in await closing.save_pictures(self.community, act, self.output):
                picture = facts(path)
                checks.check_picture(picture)
                shown.append(("where the money went", picture))
        closing.show_files(shown, self.screen)

    async def ledgers(self, acts: Sequence[Act]) -> list[Line]:
        """Drover's beside the provider's; the lines of Drover's."""
        lines = await self._settled()
        accounts = await self._accounts(lines)
        closing.show_accounts(accounts, self.screen)
        closing.check_accounts(accounts)
        orders = [order for act in acts for order in act.orders]
        checks.check_lines(orders, lines)
        charges = await self.provider.charges()
        servers = set(NAMESPACES.values())
        costs = {one.generation_id: one.cost for name in servers for one in charges.get(name, ())}
        checks.check_charges(lines, costs)
        others = {name: sum((one.cost for one in charges[name]), Decimal(0)) for name in sorted(set(charges) - servers)}
        closing.show_charges(lines, others, self.screen)
        ordered = await self.provider.ordered()
        for act in acts:
            checks.check_turns(act.turns, lines, ordered)
        return lines

    async def _settled(self) -> list[Line]:
        """The ledger once all prices are known, or as it is when that takes too long."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            lines = await asyncio.to_thread(books.read, self.database)
            if all(line.settled for line in lines) or time.monotonic() > deadline:
                return lines
            await asyncio.sleep(_AGAIN)

    async def _accounts(self, lines: Sequence[Line]) -> list[Account]:
        names = {guild["id"]: guild["name"] for guild in (await self.community.state())["guilds"]}
        accounts: list[Account] = []
        for guild_id, found in groupby(sorted(lines, key=_guild), _guild):
            own = list(found)
            key = CLUB_KEY if any(line.own_key for line in own) else KEY
            namespace = NAMESPACES[names[guild_id]]
            charged = await self.provider.total_cost(namespace, key)
            accounts.append(closing.account(names[guild_id], own, namespace, charged))
        return accounts


def _guild(line: Line) -> str:
    return line.guild_id
