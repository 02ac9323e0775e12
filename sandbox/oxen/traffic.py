"""What was received: counts by route, and every enqueue that was accepted. No key is kept."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

# Inputs may come as data URIs of many megabytes.
LONGEST_KEPT = 2000


class Traffic:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.accepted: list[dict[str, Any]] = []
        self.vanished: list[str] = []  # the generations that a fault left no trace of

    def received(self, method: str, route: str) -> None:
        self.counts[f"{method} {route}"] += 1

    def accept(self, request: Mapping[str, Any], namespace: str, generation_ids: list[str], at: float) -> None:
        kept = {
            "generation_ids": generation_ids,
            "namespace": namespace,
            "at": int(at),
            "request": _shortened(dict(request)),
        }
        self.accepted.append(kept)


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_KEPT:
        return f"{value[:LONGEST_KEPT]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {key: _shortened(each) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_shortened(each) for each in cast("list[Any]", value)]
    return value
