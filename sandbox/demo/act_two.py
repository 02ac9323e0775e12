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
BUDGET, ASK_ABOVE = "1.00", "0.50"
SECONDS = 5
USAGE = "usage.png"
QUOTED_PROMPT = "four portraits for tonight's heroes, ink on parchment"
FILM_PROMPT = "a dragon guards the gate of an old library, candlelight"
_DEAR_PROMPT = "the dragon flies away over the mountains"
_LAST_PROMPT = "a treasure map, torn at one corner"
_BOS = ("a poster with an owl", "a poster with a moth", "a poster with a lighthouse")
_DEVS = "a poster with a single snail"
_PRICED: dict[str, Any] = {"model": "gpt-image-2", "resolution": "1K"}  # $0.13 a picture

Spoil = Callable[[], Awaitable[None]]


class ActTwo:
    """`prompt` is the film's, `key` the film club's own; `spoil` makes the provider's next generation fail."""

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
        await actors.tell("The film club will pay by a key of its own, which nobody ever sees again.")
        await self._own_key()
        await actors.tell("Eli's order needs a yes to its price. One of its four pictures fails, and is not paid for.")
        portraits = await self._portraits()
        await actors.tell(
            "In the film club one thing is made at a time. Bo orders three posters, Dev one; they take turns."
        )
        posters = await self._fair_queue()
        await actors.tell("Game Night's budget runs out: what would exceed it is refused, what just fits is not.")
        last = await self._run_out()
        orders = (film, portraits, *posters, last)
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
        await self._spoil()
        await actors.press(self._eli, quoted, "Order · $0.52")
        order = Order(card=quoted.id, who="Eli", what="Eli's portraits", kind=IMAGE, files=3, failed=1)
        await actors.news(TREASURY, "80 %")
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
        refused = await actors.use(self._bo, "video", prompt=_DEAR_PROMPT, duration=SECONDS)
        for words in (f"budget is ${BUDGET} a month", "$0.26 of it is left", "would cost $0.35", "begins anew"):
            expect(words in refused.text, f"the refusal does not say: {words}")
        self._keep("Bo", refused)
        card = await actors.order(self._eli, "image", prompt=_LAST_PROMPT, count=2, **_PRICED)
        await actors.news(TREASURY, "used up")
        return Order(card=card, who="Eli", what="Eli's maps", kind=IMAGE, files=2)

    async def _usage(self) -> Message:
        usage = await self._actors.use(self._cleo, "usage")
        expect(f"${BUDGET}" in usage.text, "/usage does not show what was spent")
        expect(len(usage.attachments) == 1, "/usage shows no picture")
        self._keep("Cleo", usage)
        return usage

    def _keep(self, who: str, *messages: Message) -> None:
        self._private += [(who, message) for message in messages]
