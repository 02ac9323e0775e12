"""What becomes of a picture in the film club: a style, variations, a film of one of them, stars, a comparison."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.demo import expect
from sandbox.demo.actors import Actors
from sandbox.demo.media import IMAGE, VIDEO
from sandbox.demo.orders import Order
from sandbox.discord.client import Button, Member, Message

LOUNGE, LAB = "general", "video-lab"
SECONDS, PICTURES = 5, 4
_LASTS = {"Animate": SECONDS, "Extend": 2 * SECONDS}  # seconds of the film that comes of it
STYLE, TEMPLATE = "Woodcut", "{prompt}, woodcut in two colours, rough paper"
PICTURE_PROMPT, VARIED_PROMPT = "a lighthouse", "a lighthouse in a storm"
MOTION_PROMPT, LONGER_PROMPT = "waves break against the rock", "a ship comes out of the fog"
COMPARED_PROMPT = "a moth circles a lamp"
_COMPARED = ("flux-2-pro", "nano-banana-2")
_ANIMATOR = "kling-video-v2-6-pro-image-to-video"
_ENLARGER = "topazlabs-image-upscale"


class Together:
    """The film club goes on from what is there, by the buttons under it. `private` is what one member alone saw."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors
        self._ada, self._bo, self._cleo, self._dev = (actors.member(name, LAB) for name in ("Ada", "Bo", "Cleo", "Dev"))
        self.private: list[tuple[str, Message]] = []

    async def play(self) -> tuple[Order, ...]:
        """Everything, up to the last result. Raises `DemoFailed` when something is not as it should be."""
        actors = self._actors
        await actors.tell("Dev saves a style, orders in it, and varies what comes.")
        picture = await self._styled()
        post = await actors.delivered(picture)
        varied = await self._gone_on(self._dev, post, "Vary", {"Prompt": VARIED_PROMPT}, "Dev's variations", PICTURES)
        variations = await actors.delivered(varied)
        await actors.tell("Bo sets one of the variations in motion, and Cleo has one of them enlarged.")
        length, motion = {"Length in seconds": str(SECONDS)}, {"Model": [_ANIMATOR], "Prompt": MOTION_PROMPT}
        film = await self._gone_on(
            self._bo, variations, "Animate", {"From this message": ["1"], **motion, **length}, "Bo's lighthouse"
        )
        larger = await self._gone_on(
            self._cleo, variations, "Upscale", {"From this message": ["1"], "Model": [_ENLARGER]}, "Cleo's poster"
        )
        await actors.tell("Two members star the variations: so they appear in the club's showcase.")
        await self._starred(variations)
        moving = await actors.delivered(film)
        longer = await self._gone_on(self._bo, moving, "Extend", {"Prompt": LONGER_PROMPT}, "Bo's longer film")
        await actors.tell("Two models get the same prompt, side by side, and the club votes.")
        compared = await self._compared()
        await actors.tell("Dev takes the first lighthouses back: they go with their card, and stay paid.")
        picture = await self._taken_back(picture, post)
        for order in (larger, longer):
            await actors.delivered(order)
        return picture, varied, film, larger, compared, longer

    async def _styled(self) -> Order:
        saved = await self._actors.use(self._dev, "style save", name=STYLE, template=TEMPLATE)
        expect(STYLE in saved.text, "the style is not saved")
        self.private.append(("Dev", saved))
        card = await self._actors.order(self._dev, "image", prompt=PICTURE_PROMPT, style=STYLE, count=PICTURES)
        return Order(card=card, who="Dev", what="Dev's lighthouses", kind=IMAGE, files=PICTURES)

    async def _gone_on(
        self, who: Member, post: Message, way: str, answers: Mapping[str, Any], what: str, files: int = 1
    ) -> Order:
        """Presses the button for that way on under the post, and fills in its form."""
        opened = await self._actors.press(who, post, _label(post, way))
        card = await self._actors.card(await self._actors.submit(who, opened, answers))
        seconds = _LASTS.get(way, 0)
        kind = VIDEO if seconds else IMAGE
        return Order(card=card, who=who.name, what=what, kind=kind, files=files, seconds=seconds, shaped=kind == VIDEO)

    async def _starred(self, post: Message) -> None:
        panel = await self._actors.use(self._ada_in_lounge, "settings", section="showcase")
        panel = await self._actors.change(
            panel, self._actors.choose(self._ada_in_lounge, panel, "How many stars it takes", "2")
        )
        chosen = self._actors.choose(self._ada_in_lounge, panel, "Showcase channel (none: no showcase)", LOUNGE)
        self.private.append(("Ada", await self._actors.change(panel, chosen)))
        for who in (self._ada, self._bo):
            star = _button(post, "⭐")
            await self._actors.press(who, post, "⭐", star.custom_id)
        await self._actors.news(LOUNGE, "see the original")

    @property
    def _ada_in_lounge(self) -> Member:
        return self._actors.member("Ada", LOUNGE)

    async def _compared(self) -> Order:
        first, second = _COMPARED
        card = await self._actors.order(self._ada, "compare", prompt=COMPARED_PROMPT, model=first, model_2=second)
        order = Order(card=card, who="Ada", what="Ada's comparison", kind=IMAGE, files=2)
        post = await self._actors.delivered(order)
        vote = next(button for button in post.buttons if "vote" in str(button.custom_id))
        for who in (self._bo, self._dev):
            await self._actors.press(who, post, vote.label or "", vote.custom_id)
        return order

    async def _taken_back(self, order: Order, post: Message) -> Order:
        """By its requester, who is asked whether they mean it."""
        actors = self._actors
        panel = await actors.answer(await actors.press(self._dev, post, _label(post, "Details")))
        asked = await actors.change(panel, actors.press(self._dev, panel, _label(panel, "Delete")))
        self.private.append(
            ("Dev", await actors.change(asked, actors.press(self._dev, asked, _label(asked, "Delete"))))
        )
        await actors.vanished(post.id, order.card)
        return replace(order, taken_back=True)


def _label(post: Message, words: str) -> str:
    """What stands on the button with these words."""
    return _button(post, words).label or ""


def _button(post: Message, words: str) -> Button:
    found = [button for button in post.buttons if words in (button.label or "")]
    expect(bool(found), f"there is no button “{words}” under “{post.text[:40]}”")
    return found[0]
