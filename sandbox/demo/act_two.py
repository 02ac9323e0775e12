"""Act two, in two servers: whose money it is, what it may be spent on, and what becomes of it."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.demo import expect
from sandbox.demo.actors import Actors
from sandbox.demo.media import IMAGE, VIDEO
from sandbox.demo.orders import Act, Order
from sandbox.discord.client import Message

NAMESPACE, _NOT_THEIRS = "game-night", "film-club"
LAB, TAVERN, TREASURY = "video-lab", "tavern", "treasury"
BUDGET, ASK_ABOVE = "1.50", "0.50"
UNPRICED = "black-forest-labs-flux-2-klein-9b"  # a picture turns out to be $0.04
SECONDS = 5
USAGE = "usage.png"
QUOTED_PROMPT = "four portraits for tonight's heroes, ink on parchment"
FILM_PROMPT = "a dragon guards the gate of an old library, candlelight"
_DEAR_PROMPT = "the dragon flies away over the mountains"
_LOST_PROMPT = "a treasure map, torn at one corner"
_LAST_PROMPT = "the same map, mended"
_COINS = ("a copper coin with a goose", "a silver coin with a hedgehog", "a gold coin with a snail")
_HOARD = "four coins of a sunken kingdom"
_BOS = ("a poster with an owl", "a poster with a moth", "a poster with a lighthouse")
_DEVS = "a poster with a single snail"
_PRICED: dict[str, Any] = {"model": "gpt-image-2", "resolution": "1K"}  # $0.13 a picture

Spoil = Callable[[str], Awaitable[None]]


class ActTwo:
    """`prompt` is the film's, `key` the film club's own; `spoil` makes the provider's next run `fail` or `vanish`."""

    def __init__(self, actors: Actors, *, prompt: str, key: str, spoil: Spoil) -> None:
        self._actors = actors
        self._prompt = prompt
        self._key = key
        self._spoil = spoil
        self._bo, self._eli, self._cleo = (actors.member(name, TAVERN) for name in ("Bo", "Eli", "Cleo"))
        self._private: list[tuple[str, Message]] = []

    async def play(self) -> Act:
        """Everything, up to the last result. Raises `DemoFailed` when something is not as it should be."""
        actors = self._actors
        await actors.tell("Game Night may not have the film club's namespace billed. It names its own.")
        await self._namespace()
        await actors.tell(
            f"Cleo sets a budget of ${BUDGET} a month, and wants to be asked about what costs more than $0.50."
        )
        await self._budget()
        film = await self._film()
        await actors.tell("Eli's order needs a yes to its price. One of its four pictures fails, and is not paid for.")
        portraits = await self._portraits()
        await actors.tell(
            "Nobody knows what the next model costs. So $0.25 is set aside for each picture, and four do not fit."
        )
        coins = await self._unpriced()
        await actors.tell("Oxen has told what three orders cost: now the price is known, and four of them fit.")
        hoard = await self._learnt()
        await actors.tell("Something goes wrong at Oxen: Eli's map leaves its queue without a word.")
        lost = await self._vanishing()
        await actors.tell("Meanwhile the film club will pay by a key of its own, which nobody ever sees again.")
        await self._own_key()
        await actors.tell(
            "In the film club one thing is made at a time. Bo orders three posters, Dev one; they take turns."
        )
        posters = await self._fair_queue()
        await actors.tell("Game Night's budget runs out: what would exceed it is refused, what just fits is offered.")
        short = await self._run_out()
        await actors.tell("Nobody knows whether the lost map was charged, so it counts, until Cleo has looked at Oxen.")
        last = await self._cleared(lost)
        orders = (film, portraits, *coins, hoard, lost, *posters, short, last)
        for order in orders:
            await actors.delivered(order)
        await actors.tell("Where did the money go?")
        usage = await self._usage()
        [picture] = usage.attachments
        return Act(orders=orders, private=tuple(self._private), pictures=((USAGE, picture),), turns=posters)

    async def _namespace(self) -> None:
        field = "Namespace on Oxen.ai"
        panel = await self._actors.use(self._cleo, "settings", section="billing")
        wrong = await self._actors.fill(self._cleo, panel, "Name a namespace", {field: _NOT_THEIRS})
        expect(f"has not opened the namespace “{_NOT_THEIRS}”" in wrong.text, "another server's namespace was taken")
        saved = await self._actors.fill(self._cleo, wrong, "Fill it in again", {field: NAMESPACE})
        expect(f"**{NAMESPACE}**" in saved.text, "the panel does not name Game Night's namespace")
        self._keep("Cleo", saved)

    async def _budget(self) -> None:
        actors = self._actors
        panel = await actors.use(self._cleo, "settings", section="budgets")
        rules = {"Budget a month": BUDGET, "Ask for confirmation": ASK_ABOVE}
        saved = await actors.fill(self._cleo, panel, "Change", rules)
        expect(f"${BUDGET}" in saved.text, "the panel does not show the budget")
        panel = await actors.use(self._cleo, "settings", section="log")
        chosen = actors.choose(self._cleo, panel, "Log channel (none: no news)", TREASURY)
        self._keep("Cleo", saved, await actors.change(panel, chosen))

    async def _film(self) -> Order:
        card = await self._actors.order(self._bo, "video", prompt=self._prompt, duration=SECONDS, aspect_ratio="16:9")
        await self._actors.sees(card, "🎬", "✅")  # begun: what fails next is another
        return Order(card=card, who="Bo", what="Bo's dragon", kind=VIDEO, seconds=SECONDS)

    async def _own_key(self) -> None:
        ada = self._actors.member("Ada", "general")
        panel = await self._actors.use(ada, "settings", section="billing")
        saved = await self._actors.fill(ada, panel, "Enter a key", {"API key of Oxen.ai": self._key}, secret=True)
        expect(self._key[-4:] in saved.text, "the panel does not tell the key's last four characters")
        expect(self._key not in str(saved.raw), "the panel shows the key")
        self._keep("Ada", saved)

    async def _portraits(self) -> Order:
        """Asked about, confirmed; one of four fails."""
        actors = self._actors
        quoted = await actors.use(self._eli, "image", prompt=QUOTED_PROMPT, count=4, **_PRICED)
        expect("$0.52" in quoted.text and "$0.50" in quoted.text, "the quote does not say how much, and why it asks")
        await actors.pause(2)
        await self._spoil("fail")
        await actors.press(self._eli, quoted, "Order · $0.52")
        order = Order(card=quoted.id, who="Eli", what="Eli's portraits", kind=IMAGE, files=3, failed=1)
        await actors.news(TREASURY, "50 %")
        await actors.delivered(order)
        await actors.sees(order.card, "charged $0.39")
        return order

    async def _fair_queue(self) -> tuple[Order, ...]:
        """Bo orders three, then Dev one. What was ordered is returned in the order in which it should be made."""
        actors = self._actors
        ada, bo, cleo, dev = (actors.member(name, LAB) for name in ("Ada", "Bo", "Cleo", "Dev"))
        panel = await actors.use(ada, "settings", section="queue")
        saved = await actors.fill(ada, panel, "Change", {"Outputs made at a time": "1"})
        paused = await actors.use(cleo, "moderate queue", action="pause")
        cards = [await actors.order(bo, "image", prompt=prompt, **_PRICED) for prompt in _BOS]
        cards.append(await actors.order(dev, "image", prompt=_DEVS, **_PRICED))
        queue = await actors.use(cleo, "queue")
        places = [queue.text.find(words) for words in (_BOS[0], _DEVS, _BOS[1], _BOS[2])]
        expect(-1 not in places and places == sorted(places), "/queue does not let Bo and Dev take turns")
        await actors.pause(2)
        resumed = await actors.use(cleo, "moderate queue", action="resume")
        self._keep("Ada", saved)
        self._keep("Cleo", paused, queue, resumed)
        names = [("Bo", f"Bo's poster {number}") for number in (1, 2, 3)] + [("Dev", "Dev's poster")]
        made = [
            Order(card=card, who=who, what=what, kind=IMAGE) for card, (who, what) in zip(cards, names, strict=True)
        ]
        return made[0], made[3], made[1], made[2]

    async def _run_out(self) -> Order:
        actors = self._actors
        refused = await actors.use(self._bo, "video", prompt=_DEAR_PROMPT, duration=2 * SECONDS, aspect_ratio="16:9")
        for words in (f"budget is ${BUDGET} a month", "$0.35 of it is left", "would cost $0.70", "begins anew"):
            expect(words in refused.text, f"the refusal does not say: {words}")
        self._keep("Bo", refused)
        card = await actors.card(await actors.press(self._bo, refused, f"Order {SECONDS} s · $0.35"))
        await actors.news(TREASURY, "used up")
        return Order(card=card, who="Bo", what="Bo's second dragon", kind=VIDEO, seconds=SECONDS)

    async def _unpriced(self) -> tuple[Order, ...]:
        """Four of an unknown price are refused, three by three members are not, and what they cost is told."""
        actors = self._actors
        refused = await actors.use(self._eli, "image", prompt=_HOARD, count=4, model=UNPRICED)
        for words in ("$0.76 of it is left", "price is not known, so $1.00 would be set aside"):
            expect(words in refused.text, f"the refusal does not say: {words}")
        self._keep("Eli", refused)
        orders: list[Order] = []
        for who, prompt in zip((self._bo, self._eli, self._cleo), _COINS, strict=True):
            card = await actors.order(who, "image", prompt=prompt, model=UNPRICED)
            orders.append(Order(card=card, who=who.name, what=f"{who.name}'s coin", kind=IMAGE))
        await actors.sees(orders[0].card, "at most $0.25 is set aside")
        await actors.news(TREASURY, "80 %")
        for order in orders:
            await actors.delivered(order)
            await actors.sees(order.card, "charged $0.04")
        return tuple(orders)

    async def _learnt(self) -> Order:
        card = await self._actors.order(self._eli, "image", prompt=_HOARD, count=4, model=UNPRICED)
        await self._actors.sees(card, "about $0.16, from 3 earlier ones")
        hoard = Order(card=card, who="Eli", what="Eli's coins", kind=IMAGE, files=4)
        await self._actors.delivered(hoard)
        await self._actors.sees(card, "charged $0.16")
        return hoard

    async def _vanishing(self) -> Order:
        """Ordered; that it is lost is told some twenty seconds later."""
        await self._spoil("vanish")
        card = await self._actors.order(self._eli, "image", prompt=_LOST_PROMPT, **_PRICED)
        return Order(card=card, who="Eli", what="Eli's map", kind=IMAGE, files=0, failed=1)

    async def _cleared(self, lost: Order) -> Order:
        """It counts until a manager has cleared it; then another one fits, and the budget is used up to the cent."""
        actors = self._actors
        await actors.delivered(lost)
        await actors.sees(lost.card, "may have been charged about $0.13; Oxen did not say")
        refused = await actors.use(self._eli, "image", prompt=_LAST_PROMPT, **_PRICED)
        expect("$0.00 of it is left" in refused.text, "what is unclear does not count")
        self._keep("Eli", refused)
        panel = await actors.use(self._cleo, "settings", section="unclear")
        expect("$0.13" in panel.text, "the panel does not show what is unclear")
        [option] = next(each for each in panel.selects if each.placeholder == "Clear one").labels
        asked = await actors.change(panel, actors.choose(self._cleo, panel, "Clear one", option))
        cleared = await actors.change(asked, actors.press(self._cleo, asked, "Not charged"))
        expect("$0.13 is free again" in cleared.text, "the panel does not say that the amount is free again")
        self._keep("Cleo", panel, asked, cleared)
        card = await actors.order(self._eli, "image", prompt=_LAST_PROMPT, **_PRICED)
        return Order(card=card, who="Eli", what="Eli's new map", kind=IMAGE)

    async def _usage(self) -> Message:
        usage = await self._actors.use(self._cleo, "usage")
        expect(f"${BUDGET}" in usage.text, "/usage does not show what was spent")
        expect(len(usage.attachments) == 1, "/usage shows no picture")
        self._keep("Cleo", usage)
        return usage

    def _keep(self, who: str, *messages: Message) -> None:
        self._private += [(who, message) for message in messages]
