"""Whether a neighbour can be reached: what its last answers to ordinary requests say, so that few need be made up."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager

ANSWERS_WITHIN = 8.0  # seconds; a request that waits longer is as good as one that failed
STALE = 60.0  # seconds after which a failure says nothing about now any more


class Contact:
    """`monotonic` are seconds that never jump. Requests tell it what became of them; it decides nothing for them."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        self._waiting: dict[object, float] = {}
        self._failure: str | None = None
        self._heard = monotonic()
        self._reached = monotonic()
        self.doubted = False
        self.refused = False  # it answers, and does not take our key
        self.outcomes: Counter[str] = Counter()  # of requests: answered, failed

    def reached(self) -> None:
        """It answered, and the answer made sense."""
        self.outcomes["answered"] += 1
        self._heard = self._reached = self._now()
        self._failure = None
        self.doubted = self.refused = False

    def failed(self, why: str) -> None:
        """It did not answer, or what it answered made no sense; `why` in a word or two."""
        self.outcomes["failed"] += 1
        self._heard = self._now()
        self._failure = why
        self.doubted = False

    def refuses(self) -> None:
        """It answered that it does not take our key."""
        self.reached()
        self.refused = True

    def doubt(self) -> None:
        """Something broke, which may mean nothing: somebody should ask."""
        self.doubted = True

    @contextmanager
    def waiting(self) -> Generator[None]:
        """A request is on its way that ought to be answered soon."""
        mark = object()
        self._waiting[mark] = self._now()
        try:
            yield
        finally:
            del self._waiting[mark]

    @property
    def quiet_for(self) -> float:
        """Seconds since anything was heard of it, good or bad."""
        return self._now() - self._heard

    @property
    def age(self) -> float:
        """Seconds since it gave an answer that made sense, or since it was first looked for."""
        return self._now() - self._reached

    @property
    def trouble(self) -> str | None:
        """Why it cannot be reached, by what is known; None when it can."""
        if self._failure is not None:
            return self._failure
        now = self._now()
        since = min(self._waiting.values(), default=now)
        if now - since > ANSWERS_WITHIN and self._reached <= since:
            return f"no answer for {now - since:.0f} s"
        return None

    @property
    def fresh_trouble(self) -> str | None:
        """The same, for a neighbour that is not asked when there is nothing to say: an old failure is forgotten."""
        return self.trouble if self._failure is None or self.quiet_for <= STALE else None
