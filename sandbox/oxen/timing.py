"""How long generations take: images 5-30 s, video 1-5 min ("Polling Strategy" in the queue's reference)."""

import math
from dataclasses import dataclass
from random import Random

from sandbox.oxen.catalogue import MediaType

# A parameter that the model refuses comes back soon.
REFUSAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: most fall near `typical`, none outside the limits."""

    least: float
    typical: float
    most: float


SPANS = {"image": Span(5, 10, 30), "video": Span(60, 110, 300)}
SPREAD = 0.45


class Timing:
    """Run times from a seeded log-normal distribution, in the order in which they are asked for."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def draw(self, media_type: MediaType) -> float:
        span = SPANS[media_type]
        drawn = self._random.lognormvariate(math.log(span.typical), SPREAD)
        return min(max(drawn, span.least), span.most)
