"""Every operation that the provider's schema describes, called and answered as it says. It describes `browse`."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema import ValidationError

from tests.sandbox_oxen.described import Description
from tests.sandbox_oxen.files import Cdn
from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Client, Conforms, Start

# The stand-in makes images and films; there is no model for sounds in its catalogue.
NOT_SPOKEN = {("POST", "/api/ai/audio/generate")}
FILTERS = {"namespace": "sandbox", "model": IMAGE_MODEL, "media_type": "image", "repo": "films", "folder": "march"}
FILED = {"target_repo": "films", "target_directory": "march", "target_namespace": "sandbox"}


@dataclass
class Judged:
    """Every call and its answer are held against the description."""

    client: Client
    description: Description

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = await self.client.call(method, path, body, **query)
        self.description.check(method, path, query, body, answer.status, answer.body)
        return answer.body


async def test_every_operation_is_spoken_as_it_is_described(start: Start, cdn: Cdn) -> None:
    client = await start(dialect="browse")
    judged = Judged(client, Description())
    await the_queue(judged)
    await the_history(judged)
    await the_blocking_calls(judged, cdn)
    await the_models(judged)
    assert judged.description.seen == judged.description.operations - NOT_SPOKEN


async def the_queue(judged: Judged) -> None:
    queue = "/api/ai/queue"
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": 2, "seed": 3, "aspect_ratio": "1:1", **FILED}
    image, _ = (row["generation_id"] for row in (await judged.call("POST", queue, body))["generations"])
    body = {"model": VIDEO_MODEL, "prompt": "a fox", "duration": 5, "seed": None, "target_repo": None}
    (video,) = (row["generation_id"] for row in (await judged.call("POST", queue, body))["generations"])
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "aspect_ratio": "1:7"}
    (failed,) = (row["generation_id"] for row in (await judged.call("POST", queue, body))["generations"])
    for each in (image, video, failed):
        await judged.client.sandbox.finished(each)
        await judged.call("GET", f"{queue}/{each}")
        await judged.call("DELETE", f"{queue}/{each}")
    for status in ("queued", "processing", "succeeded", "failed", "cancelled"):
        await judged.call("GET", queue, status=status, **FILTERS)
        await judged.call("GET", queue, status=status)
    for method in ("GET", "DELETE"):
        await judged.call(method, f"{queue}/{uuid.uuid4()}")
    await judged.call("POST", queue, {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": 12})


async def the_history(judged: Judged) -> None:
    history = "/api/ai/generations"
    page = await judged.call("GET", history, page="1", page_size="1000")
    assert page["count"] == 4
    assert (await judged.call("GET", history, status="succeeded", page_size="1", **FILTERS))["total_entries"] == 2
    for row in page["generations"]:
        await judged.call("GET", f"{history}/{row['generation_id']}")
    await judged.call("GET", f"{history}/{uuid.uuid4()}")


async def the_blocking_calls(judged: Judged, cdn: Cdn) -> None:
    await judged.call("POST", "/api/ai/videos/generate", {"model": VIDEO_MODEL, "prompt": "a fox", "duration": 5})
    await judged.call("POST", "/api/ai/videos/generate", {"model": VIDEO_MODEL, "prompt": "a fox", "duration": 7})
    await judged.call(
        "POST", "/api/ai/images/generate", {"model": IMAGE_MODEL, "prompt": "a fox", "n": 2, "size": None}
    )
    await judged.call("POST", "/api/ai/images/generate", {"model": IMAGE_MODEL, "prompt": "a fox", "n": 5})
    edit = {"model": IMAGE_MODEL, "prompt": "a fox", "size": "512x512", "mask": None}
    await judged.call("POST", "/api/ai/images/edit", {**edit, "image": cdn.url("picture.png")})
    await judged.call("POST", "/api/ai/images/edit", {**edit, "image": cdn.url("nothing")})


async def the_models(judged: Judged) -> None:
    models = "/api/ai/models"
    custom = {"source_model": IMAGE_MODEL, "model_type": "custom", "owned_by": "sandbox"}
    await judged.client.call("PUT", "/sandbox/models/foxes", custom)
    for row in (await judged.call("GET", models))["data"]:
        await judged.call("GET", f"{models}/{row['id']}")
    await judged.call("GET", models, provider_name="oxen", developer_name="oxen", action="text_to_image")
    await judged.call("GET", f"{models}/search", search="kling")
    await judged.call("GET", f"{models}/nobody", deployment_status="live")
    await judged.call("PUT", f"{models}/foxes", {"summary": "red ones"})
    await judged.call("POST", f"{models}/foxes/activate")
    await judged.call("POST", f"{models}/foxes/deactivate")
    await judged.call("DELETE", f"{models}/foxes")
    await judged.call("DELETE", f"{models}/foxes")


def test_the_judge_notices(conforms: Conforms) -> None:
    with pytest.raises(ValidationError):
        conforms("QueueCreateResponse", {"generations": [{"generation_id": "x", "status": "processing"}]})
    with pytest.raises(ValidationError):
        Description().check("GET", "/api/ai/queue", {"status": "done"}, None, 200, {"count": 0, "generations": []})
    with pytest.raises(KeyError):
        Description().check("GET", "/api/ai/queue", {"colour": "red"}, None, 200, {"count": 0, "generations": []})


async def test_every_answer_is_compact_json(start: Start) -> None:
    """Samples of the provider look for `"generation_id":"<id>"` in what comes, as text."""
    client = await start(dialect="browse")
    (one,) = await client.enqueue(VIDEO_MODEL)
    await client.ended(one)
    headers = {"Authorization": "Bearer sandbox"}
    order = {"model": VIDEO_MODEL, "prompt": "a fox"}
    calls = [("GET", path, None) for path in ("/api/ai/queue?status=succeeded", f"/api/ai/queue/{one}", "/api/nowhere")]
    calls += [("GET", path, None) for path in ("/api/ai/models", "/api/ai/generations", f"/api/ai/generations/{one}")]
    calls += [("POST", path, order) for path in ("/api/ai/queue", "/api/ai/videos/generate")]
    calls += [("POST", "/api/ai/queue", {"model": "nobody"}), ("DELETE", "/api/ai/queue/nobody", None)]
    for method, path, body in calls:
        async with client.session.request(method, client.sandbox.url + path, json=body, headers=headers) as answer:
            text = await answer.text()
        assert text == json.dumps(json.loads(text), separators=(",", ":")), (method, path)
