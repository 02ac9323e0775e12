"""Act one, in the film club: everything that can be ordered, and what cannot."""

from pathlib import Path
from typing import Any

from sandbox.demo import expect
from sandbox.demo.actors import Actors
from sandbox.demo.media import IMAGE, VIDEO
from sandbox.demo.orders import Act, Order
from sandbox.demo.shell import Shell
from sandbox.demo.together import Together
from sandbox.discord.client import Message

NAMESPACE = "film-club"
LOUNGE, LAB = "general", "video-lab"
SECONDS, IMAGES = 5, 4
VIDEO_PROMPT = "a paper boat sails down a rainy street at dusk, lanterns reflected in the puddles"
POSTER_PROMPT = "a poster for the film club's winter night, woodcut, midnight blue and gold"
ANIMATED_PROMPT = "the wind rises, and the boat sets sail"
SHOTS = ("2s Fog over a harbour at dawn", "2s A lantern is lit behind a window", "2s The boat slips out to sea")
_SHELL_PROMPT = "a ticket for one, in letterpress"
_LONG_PROMPT = "the whole of Hamlet, played by otters"
_REGRETTED_PROMPT = "a train of snails crosses the desert at noon"
_IMPOSSIBLE_SECONDS = 7
_CHOOSY_MODEL = "kling-video-v2-6-pro-text-to-video"  # knows 5 and 10 seconds
_FROM_PICTURES = "kling-video-v2-6-pro-image-to-video"
_STORYTELLER = "kling-video-o3-pro-reference-to-video"
_ENLARGER = "topazlabs-image-upscale"


class ActOne:
    """`prompt` is the one of the first video, `picture` the one that Ada has drawn."""

    def __init__(self, actors: Actors, shell: Shell, *, prompt: str, picture: Path) -> None:
        self._actors = actors
        self._shell = shell
        self._prompt = prompt
        self._picture = picture
        self._ada, self._bo, self._cleo, self._dev = (actors.member(name, LAB) for name in ("Ada", "Bo", "Cleo", "Dev"))

    async def play(self) -> Act:
        """Everything, up to the last result. Raises `DemoFailed` when something is not as it should be."""
        actors = self._actors
        await actors.tell("Ada says who pays for what the film club orders: its namespace on Oxen.")
        saved = await self._namespace()
        await actors.tell("Bo looks at what there is, and the first films are ordered: from words, and from a picture.")
        model = await self._look_around()
        film = await self._film(self._prompt, "Bo's video")
        posters = await self._posters()
        animated = await self._animated()
        refused = await self._refused()
        await actors.tell("Cleo tells a story in three shots; Bo changes his mind about a second film.")
        story, board = await self._story()
        regretted = await self._regretted()
        queue = await actors.use(self._cleo, "queue")
        await actors.tell("The posters are there. Dev wants one of them larger: a right click on the post, then Apps.")
        larger = await self._larger(posters, await actors.delivered(posters))
        await actors.tell("And without Discord, from a shell, paid from the operator's own namespace:")
        ticket = await self._shell.generate("--kind", "image", "--prompt", _SHELL_PROMPT)
        actors.interrupted()
        together = Together(actors)
        orders = (film, posters, animated, story, larger, regretted, *await together.play())
        for order in orders:
            await actors.delivered(order)
        await actors.pause()  # for a message too many
        private = (
            ("Ada", saved),
            ("Bo", model),
            ("Cleo", refused),
            ("Cleo", board),
            ("Cleo", queue),
            *together.private,
        )
        return Act(orders=orders, private=private, made=tuple(ticket))

    async def _namespace(self) -> Message:
        ada = self._actors.member("Ada", LOUNGE)
        panel = await self._actors.use(ada, "settings", section="billing")
        saved = await self._actors.fill(ada, panel, "Name a namespace", {"Namespace on Oxen.ai": NAMESPACE})
        expect(f"**{NAMESPACE}**" in saved.text, "the panel does not name the film club's namespace")
        return saved

    async def _look_around(self) -> Message:
        panel = await self._actors.use(self._bo, "models", search="kling 2.6 pro")
        chosen = self._actors.choose(self._bo, panel, "Look at one", _FROM_PICTURES)
        model = await self._actors.change(panel, chosen)
        expect("$0.35" in model.text, "/models does not say what the model costs")
        return model

    async def _film(self, prompt: str, what: str) -> Order:
        card = await self._actors.order(self._bo, "video", prompt=prompt, duration=SECONDS, aspect_ratio="16:9")
        await self._actors.pause()
        return Order(card=card, who="Bo", what=what, kind=VIDEO, seconds=SECONDS)

    async def _posters(self) -> Order:
        card = await self._actors.order(self._dev, "image", prompt=POSTER_PROMPT, count=IMAGES)
        await self._actors.pause()
        return Order(card=card, who="Dev", what="Dev's posters", kind=IMAGE, files=IMAGES)

    async def _animated(self) -> Order:
        given: dict[str, Any] = {"image": self._picture, "model": _FROM_PICTURES, "duration": SECONDS}
        card = await self._actors.order(self._ada, "video", prompt=ANIMATED_PROMPT, **given)
        await self._actors.pause()
        return Order(
            card=card, who="Ada", what="Ada's picture in motion", kind=VIDEO, seconds=SECONDS, opens_with=self._picture
        )

    async def _refused(self) -> Message:
        impossible: dict[str, Any] = {"duration": _IMPOSSIBLE_SECONDS, "model": _CHOOSY_MODEL}
        refused = await self._actors.use(self._cleo, "video", prompt=_LONG_PROMPT, **impossible)
        expect(str(SECONDS) in refused.text, "the refusal does not say which length would do")
        return refused

    async def _story(self) -> tuple[Order, Message]:
        """The order, and the preview that came before it."""
        actors = self._actors
        opened = await actors.slash(self._cleo, "storyboard")
        sent = await actors.submit(
            self._cleo, opened, {"Shots, one per line": "\n".join(SHOTS), "Model": [_STORYTELLER], "Shape": ["16:9"]}
        )
        board = await actors.answer(sent)
        expect("**6 s**" in board.text and "$1.34" in board.text, "the preview lacks the length or the price")
        card = await actors.card(await actors.press(self._cleo, board, "Order"))
        return Order(card=card, who="Cleo", what="Cleo's storyboard", kind=VIDEO, seconds=6), board

    async def _regretted(self) -> Order:
        film = await self._film(_REGRETTED_PROMPT, "Bo's second video")
        await self._actors.pause()
        await self._actors.press(self._bo, film.card, "Cancel")
        order = Order(card=film.card, who="Bo", what=film.what, kind=VIDEO, files=0, cancelled=1)
        post = await self._actors.delivered(order)
        expect("cancelled" in post.text, "the cancellation is not said in the channel")
        return order

    async def _larger(self, posters: Order, post: Message) -> Order:
        opened = await self._actors.menu(self._dev, "Upscale", post)
        asked = await self._actors.submit(self._dev, opened, {"From this message": ["1"], "Model": [_ENLARGER]})
        card = await self._actors.card(asked)
        return Order(card=card, who="Dev", what="Dev's larger poster", kind=IMAGE, enlarges=posters.card)
