"""Trouble on demand: what can be made to go wrong, where, and how often.

Where (`on`): enqueue, list, get, cancel, history (its list and its rows), events, models, generate (the blocking
calls), result (the files) and generation (the run itself). What (`kind`):

latency      the answer comes `value` seconds later
status       the answer is an error of status `value` (default 500); nothing was done
drop_before  the connection closes; nothing was done
drop_after   the work was accepted (and will be charged), then the connection closes without an answer;
             on events: the streams close in place of the next event
no_event     on events: the next event is not sent
malformed    the answer, or on events the next event, is cut in half
empty        on enqueue: the work is refused with an empty `generations` list
partial      on enqueue: only the first `value` outputs are accepted, and answered
lag          on list and history: a generation is not listed until `value` seconds after it was enqueued (by the
             stand-in's clock, not divided by its speed); asked for by its id, it is there at once
redirect     on result: the file is on another host (this one by its other name, localhost)
fail         on generation: the next run fails with the message `value`
no_result    on generation: the next run succeeds, and is charged, but there is no file and no link to one
vanish       on generation: the next run leaves no trace: at its end its row is gone, without an event, and uncharged
format       on generation: the next run makes a file of the format `value` in place of what was asked for, behind a
             link that still ends as that would (`render/other.py` lists the formats: hevc, 10bit, gif, avif, webm, …)
word         on list, get and history: the status of every row is the word `value`

Where several are set for one request, the delay comes first, then drop_before, then status, then the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

PLACES = frozenset(
    {"enqueue", "list", "get", "cancel", "history", "events", "models", "generate", "result", "generation"},
)
KINDS = frozenset(
    {
        "latency",
        "status",
        "drop_before",
        "drop_after",
        "no_event",
        "malformed",
        "empty",
        "partial",
        "lag",
        "redirect",
        "fail",
        "no_result",
        "vanish",
        "format",
        "word",
    },
)
# As `render/other.py` makes them, which is imported only when one is wanted: reading the codecs takes its time.
FORMATS = frozenset(
    {
        *("h264", "hevc", "10bit", "av1", "mov", "webm", "mkv", "avi"),
        *("png", "jpg", "webp", "avif", "bmp", "gif", "apng", "webp-moving"),
        *("mp3", "m4a", "unknown", "html"),
    },
)
# What a run can do.
_OF_RUNS = frozenset({"fail", "no_result", "vanish", "format"})
# A kind that means something in these places only.
BOUND: Mapping[str, tuple[str, ...]] = {
    "no_event": ("events",),
    "empty": ("enqueue",),
    "partial": ("enqueue",),
    "lag": ("list", "history"),
    "redirect": ("result",),
    "fail": ("generation",),
    "no_result": ("generation",),
    "vanish": ("generation",),
    "format": ("generation",),
    "word": ("list", "get", "history"),
}
FIRST_ERROR, LAST_ERROR = 400, 599


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`times`: how often it still strikes, None for always."""

    on: str
    kind: str
    value: Any = None
    times: int | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Raises ValueError with a sentence for whoever wrote it."""
        fault = cls(on=body.get("on", ""), kind=body.get("kind", ""), value=body.get("value"), times=body.get("times"))
        _check(fault, body)
        return fault

    def body(self) -> dict[str, Any]:
        return {"on": self.on, "kind": self.kind, "value": self.value, "times": self.times}


def _check(fault: Fault, body: Mapping[str, Any]) -> None:
    if str(fault.on) not in PLACES:
        raise ValueError(f"'on' must be one of {', '.join(sorted(PLACES))}")
    if str(fault.kind) not in KINDS:
        raise ValueError(f"'kind' must be one of {', '.join(sorted(KINDS))}")
    if fault.on not in (places := BOUND.get(fault.kind, (fault.on,))):
        raise ValueError(f"'{fault.kind}' goes with 'on': {' or '.join(repr(place) for place in places)}")
    if fault.on == "generation" and fault.kind not in _OF_RUNS:
        raise ValueError(f"'on': 'generation' goes with 'kind': {' or '.join(repr(kind) for kind in sorted(_OF_RUNS))}")
    if unknown := body.keys() - {"on", "kind", "value", "times"}:
        raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")
    if fault.times is not None and not (isinstance(fault.times, int) and fault.times > 0):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError("'times' must be a whole number above 0, or null")
    _check_value(fault)


def _check_value(fault: Fault) -> None:
    is_number = isinstance(fault.value, int | float) and not isinstance(fault.value, bool)
    if fault.kind in {"latency", "lag"} and not (is_number and fault.value >= 0):
        raise ValueError(f"'value' of {fault.kind} must be seconds")
    if fault.kind == "partial" and not (is_number and isinstance(fault.value, int) and fault.value > 0):
        raise ValueError("'value' of partial must be a whole number above 0")
    if fault.kind == "status" and not (fault.value is None or _is_error(fault.value)):
        raise ValueError("'value' of status must be an HTTP status from 400 to 599")
    if fault.kind == "fail" and not isinstance(fault.value, str | None):
        raise ValueError("'value' of fail must be the error message")
    if fault.kind == "word" and not isinstance(fault.value, str | None):
        raise ValueError("'value' of word must be a status, or null")
    if fault.kind == "format" and fault.value not in FORMATS:
        raise ValueError(f"'value' of format must be one of {', '.join(sorted(FORMATS))}")


def _is_error(value: Any) -> bool:
    return isinstance(value, int) and FIRST_ERROR <= value <= LAST_ERROR


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def set(self, faults: list[Fault]) -> None:
        """In place of whatever was set before."""
        self._faults = list(faults)

    def current(self) -> list[Fault]:
        return list(self._faults)

    def strike(self, on: str, *kinds: str) -> Fault | None:
        """The first fault set for this place and one of these kinds, counted as used; None if there is none."""
        for i, fault in enumerate(self._faults):
            if fault.on == on and fault.kind in kinds:
                self._use(i, fault)
                return fault
        return None

    def _use(self, i: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times == 1:
            del self._faults[i]
        else:
            self._faults[i] = replace(fault, times=fault.times - 1)
