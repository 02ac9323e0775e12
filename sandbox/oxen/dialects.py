"""How a generation reads on the wire, in each of the API's editions."""

from typing import Any, Protocol

from sandbox.oxen.generations import Generation, State

ECHOED = ("seed", "aspect_ratio", "duration")


class Dialect(Protocol):
    name: str
    first_status: str

    def row(self, generation: Generation, result_url: str | None) -> dict[str, Any]:
        """What the list and `GET /api/ai/queue/:id` answer. `result_url` of a succeeded generation."""
        ...


class Persistent:
    """Rows stay after the end, with a status (the present pages: "Async Queue")."""

    name = "persistent"
    first_status = "queued"

    def row(self, generation: Generation, result_url: str | None) -> dict[str, Any]:
        asked = generation.parameters
        row: dict[str, Any] = {
            "generation_id": generation.id,
            "model_name": generation.model.id,
            # Null for a request that came with `multi_prompt` instead.
            "prompt": asked.get("prompt"),
            "media_type": generation.model.media_type,
            "status": generation.state.value,
            "enqueued_at": int(generation.enqueued_at),
            "started_at": _whole(generation.started_at),
            "completed_at": _whole(generation.completed_at),
            "target_namespace": generation.namespace,
        }
        row |= {name: asked[name] for name in ECHOED if asked.get(name) is not None}
        if result_url is not None:
            row["result_url"] = result_url
        if generation.state is State.FAILED:
            row["error_message"] = generation.error
        return row


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds)


DIALECTS: dict[str, Dialect] = {Persistent.name: Persistent()}
