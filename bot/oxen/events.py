"""Server-sent events: bytes in, events out. No I/O.

Follows the WHATWG "event stream interpretation": CR, LF and CRLF end lines, comments begin with a colon, a blank
line dispatches. Ids and retry times are passed over: the provider has no replay (API.md, "The event stream").
"""

from collections.abc import Iterator
from dataclasses import dataclass

_LINE = 64  # bytes that a line of data takes besides its text


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One dispatched event, or, with `name` "", a comment: a sign of life."""

    name: str
    data: str


class SseParser:
    """Feed it chunks as they arrive; it keeps what is not yet a line."""

    def __init__(self, max_line: int = 1_000_000, max_event: int = 2_000_000) -> None:
        self._rest = bytearray()
        self._name = ""
        self._data: list[str] = []
        self._size = 0  # of `_data`, about
        self._max_line = max_line
        self._max_event = max_event
        self._encoding = "utf-8-sig"  # the first line may begin with a byte order mark

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """The events that `chunk` completes.

        Raises `ValueError` on a line longer than `max_line` bytes, or data of more than about `max_event` bytes.
        """
        if not self._ends_a_line(chunk):  # kept without another copy: a long line may come byte by byte
            self._rest += chunk
        else:
            *lines, rest = _split(bytes(self._rest) + chunk)
            self._rest = bytearray(rest)
            for line in lines:
                self._measure(len(line))
                event = self._take(line.decode(self._encoding, errors="replace"))
                self._encoding = "utf-8"
                if event is not None:
                    yield event
        self._measure(len(self._rest) - self._rest.endswith(b"\r"))

    def _ends_a_line(self, chunk: bytes) -> bool:
        return b"\n" in chunk or b"\r" in chunk or self._rest.endswith(b"\r")

    def _measure(self, length: int) -> None:
        if length > self._max_line:
            raise ValueError("the event stream sent a line without end")

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        if not name:
            return ServerSentEvent("", value.strip())
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
            self._size += len(value) + _LINE
            if self._size > self._max_event:
                raise ValueError("the event stream sent an event without end")
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        event = ServerSentEvent(self._name or "message", "\n".join(self._data)) if self._data else None
        self._name, self._data, self._size = "", [], 0
        return event


def _split(data: bytes) -> list[bytes]:
    """Lines, and as the last element what is not ended yet (a final CR may be half of a CRLF)."""
    held = b""
    if data.endswith(b"\r"):
        data, held = data[:-1], b"\r"
    *lines, rest = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return [*lines, rest + held]
