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
        ends_a_line = b"\n" in chunk or b"\r" in chunk or self._rest.endswith(b"\r")
        self._rest += chunk  # without another copy: a long line may come byte by byte
        if ends_a_line:
            data, held = bytes(self._rest), b""
            if data.endswith(b"\r"):  # perhaps half of a CRLF
                data, held = data[:-1], b"\r"
            *lines, rest = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
            self._rest = bytearray(rest + held)
            for line in lines:
                self._measure(len(line))
                event = self._take(line.decode(self._encoding, errors="replace"))
                self._encoding = "utf-8"
                if event is not None:
                    yield event
        self._measure(len(self._rest) - self._rest.endswith(b"\r"))

    def _measure(self, length: int) -> None:
        if length > self._max_line:
            raise ValueError("the event stream sent a line without end")

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            event = ServerSentEvent(self._name or "message", "\n".join(self._data)) if self._data else None
            self._name, self._data, self._size = "", [], 0
            return event
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
