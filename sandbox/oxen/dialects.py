"""The API's three editions: how a generation reads on the wire, and what is left of it after its end.

ephemeral    the page "Why Use the Async Queue" as first written. A row has no status; it leaves the list when the
             generation ends, and is 404 from then on. The result's URL is in the event stream only. A parameter
             that the model refuses is told nowhere: the generation is just gone.
persistent   the present pages ("Async Queue"). Rows stay after the end, with a status, a URL or an error.
browse       the provider's schema 0.243.1: persistent, with `target_repo` and `target_directory` in every row and
             a history with costs.

In each of them a request may ask for 1 to 4 outputs. The schema behind `browse` says 12, the prose beside it 4:
whoever keeps to 4 is right in both, and whoever does not is to find out here.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from sandbox.oxen.generations import OPEN, Generation, State

ECHOED = ("seed", "aspect_ratio", "duration")
FILED_UNDER = ("target_repo", "target_directory")


class Dialect(Protocol):
    """`first_status` is what an enqueue answers; `has_history`: whether `/api/ai/generations` exists."""

    name: str
    first_status: str
    has_history: bool

    def row(self, generation: Generation, result_url: str | None) -> dict[str, Any]:
        """What the list and `GET /api/ai/queue/:id` answer. `result_url` of a succeeded generation."""
        ...

    def lists(self, generation: Generation, asked: Mapping[str, str], own_namespace: str) -> bool:
        """Whether the list shows it; `asked` is the query, `own_namespace` that of the key."""
        ...

    def keeps(self, generation: Generation) -> bool:
        """Whether GET and DELETE know it."""
        ...

    def tells(self, ended: Generation) -> bool:
        """Whether its success or failure fires an event."""
        ...


class Ephemeral:
    """Rows are there while the work goes on ("How Completion Works")."""

    name = "ephemeral"
    first_status = "processing"
    has_history = False

    def row(self, generation: Generation, result_url: str | None) -> dict[str, Any]:
        del result_url  # There is no row any more when there is one.
        row: dict[str, Any] = {
            "generation_id": generation.id,
            "model": generation.model.id,
            "prompt": generation.parameters.get("prompt"),
            "media_type": generation.model.media_type,
            "enqueued_at": int(generation.enqueued_at),
        }
        return row | _echo(generation)

    def lists(self, generation: Generation, asked: Mapping[str, str], own_namespace: str) -> bool:
        """Its page: the namespace "defaults to the authenticated user"."""
        asked = {"namespace": own_namespace, **asked}
        return self.keeps(generation) and generation.fits(asked, ("namespace", "model"))

    def keeps(self, generation: Generation) -> bool:
        return generation.state in OPEN

    def tells(self, ended: Generation) -> bool:
        """Its page: with an invalid parameter "the generation fails silently"."""
        return ended.error is None or ended.error != ended.refusal


class Persistent:
    """Rows stay after the end, with a status."""

    name = "persistent"
    first_status = "queued"
    has_history = False

    def row(self, generation: Generation, result_url: str | None) -> dict[str, Any]:
        row: dict[str, Any] = {
            "generation_id": generation.id,
            "model_name": generation.model.id,
            # Null for a request that came with `multi_prompt` instead.
            "prompt": generation.parameters.get("prompt"),
            "media_type": generation.model.media_type,
            "status": generation.state.value,
            "enqueued_at": int(generation.enqueued_at),
            "started_at": _whole(generation.started_at),
            "completed_at": _whole(generation.completed_at),
            "target_namespace": generation.namespace,
        }
        row |= _echo(generation)
        if result_url is not None:
            row["result_url"] = result_url
        if generation.state is State.FAILED:
            row["error_message"] = generation.error
        return row

    def lists(self, generation: Generation, asked: Mapping[str, str], own_namespace: str) -> bool:
        """Without a `status`, only what is still open; without a `namespace`, every one that the key may bill."""
        del own_namespace
        return ("status" in asked or generation.state in OPEN) and generation.fits(asked)

    def keeps(self, generation: Generation) -> bool:
        del generation
        return True

    def tells(self, ended: Generation) -> bool:
        del ended
        return True


class Browse(Persistent):
    """Persistent, with a place to file results under."""

    name = "browse"
    has_history = True

    def row(self, generation: Generation, result_url: str | None) -> dict[str, Any]:
        filed = {name: _text(generation.parameters.get(name)) for name in FILED_UNDER}
        return super().row(generation, result_url) | filed


def _echo(generation: Generation) -> dict[str, Any]:
    asked = generation.parameters
    return {name: asked[name] for name in ECHOED if asked.get(name) is not None}


def _text(value: object) -> str | None:
    """Nothing but text names a folder; anything else is taken for "not given"."""
    return value if isinstance(value, str) else None


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds)


DIALECTS: dict[str, Dialect] = {each.name: each for each in (Ephemeral(), Persistent(), Browse())}
