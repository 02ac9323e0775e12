"""What the event streams said, kept until the rows know it: it only says where to look, and decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.ids import RemoteId
from bot.domain.orders.payer import KeyId
from bot.domain.provider import Completed

MOST = 10_000  # that wait for one key; more come only from a stream that talks nonsense


@dataclass(slots=True)
class Hint:
    """What was said of a generation, when it was heard, and from when to look (seconds, monotonic).

    `early`: it may be about one of ours whose id is still to be learnt, so look whenever rows changed.
    """

    event: Completed
    heard_at: float
    due: float
    early: bool = False


class Hints:
    """Each key's for itself: what one stream says changes nothing about what another said."""

    def __init__(self) -> None:
        self._of: dict[KeyId | None, dict[RemoteId, Hint]] = {}

    def __len__(self) -> int:
        return sum(len(hints) for hints in self._of.values())

    def add(self, key: KeyId | None, event: Completed, now: float) -> None:
        """The stream of `key` said `event`: look at once."""
        hints = self._of.setdefault(key, {})
        if len(hints) >= MOST:  # the list finds what is forgotten here
            del hints[next(iter(hints))]
        hints[event.id] = Hint(event, now, now)

    def get(self, key: KeyId | None, remote_id: RemoteId) -> Hint | None:
        return self._of.get(key, {}).get(remote_id)

    def drop(self, key: KeyId | None, remote_id: RemoteId) -> None:
        """What it said is in the rows, or will never be."""
        hints = self._of.get(key)
        if hints is not None and hints.pop(remote_id, None) is not None and not hints:
            del self._of[key]

    def put_off(self, key: KeyId | None, ids: Iterable[RemoteId], due: float) -> None:
        """Look at those that are still there no sooner than `due`."""
        hints = self._of.get(key, {})
        for remote_id in ids:
            if remote_id in hints:
                hints[remote_id].due = due

    def due(self, now: float) -> list[tuple[KeyId | None, RemoteId]]:
        """Where to look now."""
        return [
            (key, remote_id)
            for key, hints in self._of.items()
            for remote_id, hint in hints.items()
            if hint.due <= now or hint.early
        ]

    def next_due(self) -> float | None:
        """When the next is due; None when there is none."""
        return min((hint.due for hints in self._of.values() for hint in hints.values()), default=None)
