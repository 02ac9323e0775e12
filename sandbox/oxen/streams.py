"""The event streams: no ids, no buffer, no replay. What fires while nobody listens is gone."""

import asyncio
from collections import defaultdict
from typing import Any

from sandbox.oxen.wire import compact

KEEP_ALIVE = b": keep-alive\n\n"
COMPLETED = "media_generation_completed"
# The stream carries other events, too; this one stands for them.
DEPLOYMENT = "deployment_status_changed"

Inbox = asyncio.Queue[bytes | None]


def encode(event: str, data: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {compact(data)}\n\n".encode()


class Streams:
    """Open streams by API key: an event goes to every stream of its key, and to no other."""

    def __init__(self) -> None:
        self._inboxes: defaultdict[str, set[Inbox]] = defaultdict(set)

    def open(self, key: str) -> Inbox:
        inbox: Inbox = asyncio.Queue()
        self._inboxes[key].add(inbox)
        return inbox

    def close(self, key: str, inbox: Inbox) -> None:
        self._inboxes[key].discard(inbox)

    def count(self, key: str) -> int:
        return len(self._inboxes[key])

    def publish(self, key: str, message: bytes) -> None:
        for inbox in self._inboxes[key]:
            inbox.put_nowait(message)

    def hang_up(self, key: str) -> None:
        """End the key's streams; clients see the connection close."""
        for inbox in self._inboxes[key]:
            inbox.put_nowait(None)

    def hang_up_all(self) -> None:
        for key in list(self._inboxes):
            self.hang_up(key)
