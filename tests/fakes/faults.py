"""What a fake does instead of answering: errors in a queue, and answers that are held back."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """`after`: the call takes effect, and only then goes wrong."""

    error: Exception
    after: bool = False


@dataclass(slots=True)
class Held:
    """A call that waits: `reached` when it is there, `release` lets it go. `before`: it has not taken effect yet."""

    before: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        self.reached.set()
        await self.release.wait()


class Faults:
    """Per call name, in the order in which they were asked for; each strikes once."""

    def __init__(self) -> None:
        self._faults: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._held: defaultdict[str, deque[Held]] = defaultdict(deque)

    def fail(self, call: str, error: Exception, *, times: int = 1, after: bool = False, skip: int = 0) -> None:
        """The next `times` calls of this name raise `error`; with `after` only once they have taken effect.

        `skip` calls are left in peace first.
        """
        self._faults[call].extend([None] * skip + [Fault(error, after)] * times)

    def hold(self, call: str, *, before: bool = False) -> Held:
        """The next call of this name takes effect, then waits for `release`; or first waits, with `before`."""
        held = Held(before)
        self._held[call].append(held)
        return held

    def clear(self) -> None:
        self._faults.clear()
        self._held.clear()

    @asynccontextmanager
    async def around(self, call: str) -> AsyncGenerator[None]:
        """Strikes before, holds and strikes after what is done inside."""
        fault = self._faults[call].popleft() if self._faults[call] else None
        held = self._held[call].popleft() if self._held[call] else None
        if held is not None and held.before:
            await held.wait()
        if fault is not None and not fault.after:
            raise fault.error
        yield
        if held is not None and not held.before:
            await held.wait()
        if fault is not None:
            raise fault.error
