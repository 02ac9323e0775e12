"""Members' files in memory: a `bot.domain.orders.inputs.InputFiles`."""

from collections.abc import Mapping, Sequence

from bot.domain.orders.inputs import Input
from tests.fakes.faults import Faults


class FakeInputFiles:
    """Every link is renewed by a mark behind it. `asked` counts; `faults.fail("fresh", InputGone(1))` makes trouble."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.asked = 0

    async def fresh(self, inputs: Sequence[Input]) -> Mapping[str, str]:
        self.asked += 1
        async with self.faults.around("fresh"):
            return {given.attachment.url: f"{given.attachment.url}&fresh={self.asked}" for given in inputs}
