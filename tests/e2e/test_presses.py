"""Each button under results when something has changed since: over budget, deleted, gone at Oxen, the model gone; and
each pressed twice at once. Who may press what, a week later and after a restart: tests/permissions.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.discord.client import Member, Message
from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.faults import Fault
from sandbox.oxen.render.plan import Plan
from tests.cases import each_case
from tests.e2e.kit import FakeRenderer, Harness, Stages
from tests.e2e.rules import run, settle
from tests.media.pictures import png
from tests.permissions.world import Thing, World

MIB = 1024 * 1024
KLING, LTX = "kling-video-v2-6-pro-text-to-video", "ltx-2-3-pro-text-to-video"
KEPT = "black-forest-labs-flux-2-klein-4b"  # makes pictures of words
QUEUED, STAYS = "waits for its turn", "Made with AI"
LOW, AWAY, DELETED, EXPIRED = "budget is $0.01", "has not offered", "is deleted already", "does not offer this result"
NO_MODEL, NO_FILE = "There is no model for that", "in this message"


@dataclass(frozen=True, kw_only=True)
class Button:
    """In which message it is, what is written in its form, and what is shown: when it `works`, over `budget`, when all
    `models` but one are gone, when the `file` is gone at Oxen, when the result was `deleted` a moment ago. Of two
    presses at once `twice` order something.
    """

    on: str
    writes: Mapping[str, str] = field(default_factory=dict[str, str])
    works: str = QUEUED
    budget: str = LOW
    models: str = AWAY
    file: str = QUEUED
    deleted: str = DELETED
    twice: int = 2

    @classmethod
    def free(cls, on: str, shows: str, *, file: str | None = None, deleted: str = DELETED) -> "Button":
        """One that orders nothing."""
        return cls(on=on, works=shows, budget=shows, models=shows, file=file or shows, deleted=deleted, twice=0)


BUTTONS = {
    "anew": Button(on="film"),
    "vary": Button(on="film", writes={"Prompt": "a red fox"}),
    "animate": Button(on="picture", writes={"Prompt": "it runs"}, models=NO_MODEL, deleted=NO_FILE),
    "extend": Button(on="film", writes={"Prompt": "on"}, models=NO_MODEL, file=EXPIRED, deleted=NO_FILE),
    "upscale": Button(on="film", models=NO_MODEL, file=EXPIRED, deleted=NO_FILE),
    "use": Button(on="film", writes={"Prompt": "like it"}, models=NO_MODEL, file=EXPIRED, deleted=NO_FILE),
    "properly": Button(on="draft"),
    "again": Button(on="failed", deleted=QUEUED, twice=1),
    "link": Button.free("film", "Here it is", file=EXPIRED),
    "star": Button.free("film", STAYS),
    "vote": Button.free("compared", STAYS, deleted="do not know that result"),
    "which": Button.free("compared", "Which of them?", deleted="Which of them?"),
    "details": Button.free("film", STAYS),
}


class Renderer(FakeRenderer):
    """Whose pictures are some."""

    async def render(self, plan: Plan, path: Path) -> None:
        if plan.media_type == "image":
            png(path.parent, path.name)
        else:
            await super().render(plan, path)


class Results:
    """A message of each kind in a server whose queue is paused, and what members are shown when they press below it."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.failed: list[Message] = []
        self.messages: dict[str, Message] = {}

    def member(self, name: str) -> Member:
        return self.harness.community.member(name, channel="video-lab", locale="en-US").hostile()

    async def make(self) -> None:
        harness, renderer = self.harness, self.harness.renderer
        harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=3))
        failing = [await harness.order(f"a fox {number}", model=KLING) for number in range(3)]
        self.failed = [await harness.result(asked) for asked in failing]
        asked = {
            "picture": await harness.order("a fox", command="image", model="flux-2-pro"),
            "draft": await harness.order("a fox in a hurry", model=KLING, duration=10, draft=True),
            "compared": await self.member("Bo").slash("compare", prompt="two foxes", model=KLING, model_2=LTX),
        }
        self.messages = {kind: await harness.result(one) for kind, one in asked.items()}
        renderer.size = 21 * MIB
        self.messages["film"] = await harness.result(await harness.order("a long fox", model=KLING))
        renderer.size = 2000
        self.world = World(harness=harness, large=self.messages["film"], picture=self.messages["picture"], pools={})

    async def settle(self, **rules: Any) -> None:
        """Starts the bot anew with these rules of the server; what is ordered from now on waits."""
        await self.harness.stop()
        settle(self.harness, paused=True, **rules)
        await self.harness.start()
        if self.failed:
            self.messages["failed"] = self.failed[-1]

    def custom_id(self, verb: str) -> str:
        found = (str(button.custom_id) for button in self.messages[BUTTONS[verb].on].buttons)
        return next(custom_id for custom_id in found if f":{verb}:" in custom_id)

    async def pressed(self, verb: str, message_id: str | None = None) -> str:
        """What is shown of a press, after its form was sent in. `message_id`: in place of the message itself."""
        member = self.member("Bo" if verb == "again" else "Dev")
        message_id = message_id or self.messages[BUTTONS[verb].on].id
        after = await self.harness.community.position()
        asked = await member.press(message_id, self.custom_id(verb))
        if asked.modal is not None:
            after = await self.harness.community.position()
            asked = await member.submit(asked, BUTTONS[verb].writes)
        text = (await self.world.answer(asked, after, source=message_id)).text
        if "Storing your files" in text:
            text = (await self.harness.card(asked, lambda card: QUEUED in card.text)).text
        return text

    async def pressed_late(self, verb: str) -> str:
        """The same, of a message that is gone when the bot hears of it."""
        planted = await self.world.plant(Thing(custom_id=self.custom_id(verb), legacy=True))
        return await self.pressed(verb, planted)

    async def delete(self) -> None:
        for message in self.messages.values():
            output = next(str(b.custom_id) for b in message.buttons if ":details:" in str(b.custom_id)).rpartition(":")[
                2
            ]
            sure = Thing(custom_id=f"drover:result:sure:{output}")
            assert "Deleted" in (await self.world.pressed("Bo", sure, "Bo")).text

    def parents(self) -> Counter[str | None]:
        """The outputs that orders go on from, with the number of these."""
        return Counter(row[0] for row in run(self.harness, "SELECT parent_id FROM orders"))


async def test_each_button_when_something_has_changed_since(stages: Stages) -> None:
    catalogue, renderer = Catalogue([model.row for model in Catalogue.from_file().all()]), Renderer()
    harness = await stages(renderer=renderer, oxen={"catalogue": catalogue})
    harness.renderer = renderer
    results = Results(harness)
    await results.make()

    async def each(shows: str, press: Callable[[str], Awaitable[str]] = results.pressed) -> None:
        for verb, button in BUTTONS.items():
            with case(f"{shows}: {verb}"):
                before, shown = results.parents().total(), await press(verb)
                wanted = getattr(button, shows)
                assert wanted in shown
                assert results.parents().total() - before == (wanted == QUEUED)

    with each_case() as case:
        await results.settle(day_budget=Decimal("0.01"))
        await each("budget")
        for model in catalogue.all():
            if model.id != KEPT:
                catalogue.remove(model.id)
        await results.settle()
        await each("models")
        for model in Catalogue.from_file().all():
            catalogue.put(model.row)
        await results.settle()
        harness.break_oxen(Fault(on="get", kind="status", value=404))
        await each("file")
        harness.break_oxen()

        results.failed.pop()
        results.messages["failed"] = results.failed.pop()
        for verb, button in BUTTONS.items():
            with case(f"twice: {verb}"):
                before = results.parents().total()
                await asyncio.gather(results.pressed(verb), results.pressed(verb))
                assert results.parents().total() - before == button.twice
        parents = results.parents()

        results.messages["failed"] = results.failed.pop()
        await results.delete()
        await each("deleted", results.pressed_late)
    of = {verb: results.custom_id(verb).rpartition(":")[2] for verb in BUTTONS}
    assert (parents[of["anew"]], parents[of["animate"]], parents[of["properly"]]) == (12, 3, 3)
    assert not harness.log.troubles()
