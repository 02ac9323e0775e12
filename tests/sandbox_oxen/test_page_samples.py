"""Calls in the shapes that the provider's pages show (API.md), at once and through the queue.

The pages of editing models send `input_image`, and some a prompt alone; style references and reference pictures are
links, though the schema has objects for them; the shell pages look for an id in the text of an event.
"""

import asyncio
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.oxen.catalogue import Catalogue
from tests.sandbox_oxen.files import Cdn
from tests.sandbox_oxen.support import Client, Start

ROWS = [model.row for model in Catalogue.from_file().all()]
FILES = {"video": "film.mp4", "audio": "sound.wav"}
LISTENER = """
order='{"model":"kling-video-v2-6-pro-text-to-video","prompt":"a kite","duration":5}'
auth="Authorization: Bearer sandbox"
id=$(curl -sS -H "$auth" -H 'Content-Type: application/json' -d "$order" "$HOST/api/ai/queue" |
  jq -r '.generations[0].generation_id')
curl -sSN -H "$auth" "$HOST/api/events" | while read -r line; do
  case "$line" in data:*"\\"generation_id\\":\\"$id\\""*) echo "${line#data: }" | jq -r .url; break ;; esac
done
"""


def shape(name: str, about: dict[str, Any], cdn: Cdn) -> Any:
    """A value for a parameter: a link where it takes a file, also in place of an object for one; else its default."""
    kind = next((word for word in ("video", "audio") if word in name), "image")
    link = cdn.url(FILES.get(kind, "picture.png"))
    items = about.get("items", {})
    if about.get("type") == "array" and (items.get("format") == "uri" or items.get("type") == "object"):
        return [link]
    if about.get("format") == "uri":
        return link
    return about.get("default")


def required(row: dict[str, Any], cdn: Cdn) -> dict[str, Any]:
    schema = row["request_schema"]
    body = {name: shape(name, schema["properties"][name], cdn) for name in schema.get("required", ())}
    return {"model": row["id"], **body, **({"prompt": "a kite"} if "prompt" in schema["properties"] else {})}


def edits() -> Iterator[dict[str, Any]]:
    for row in ROWS:
        if row["capabilities"]["output"] == ["image"] and "input_image" in row["request_schema"]["properties"]:
            yield row


async def problem(client: Client, path: str, body: dict[str, Any]) -> str:
    """What the provider has against it: at once, or when it runs."""
    answer = await client.call("POST", path, body)
    if path != "/api/ai/queue" or answer.status != 200:
        return str(answer.body.get("error", {}).get("message", ""))
    row = await client.ended(answer.body["generations"][0]["generation_id"])
    return str(row.get("error_message") or "")


@pytest.mark.parametrize("form", ["one", "several"])
async def test_every_editing_model_takes_its_pictures_as_input_image(start: Start, cdn: Cdn, form: str) -> None:
    client, picture = await start(), cdn.url("picture.png")
    told = {}
    for row in edits():
        body = required(row, cdn) | {"input_image": picture if form == "one" else [picture]}
        for path in ("/api/ai/images/edit", "/api/ai/queue"):
            told[row["id"], path] = await problem(client, path, body)
    assert {key: said for key, said in told.items() if said} == {}
    assert len(told) > 20


async def test_a_picture_is_edited_with_words_alone_where_the_model_needs_none(start: Start, cdn: Cdn) -> None:
    client = await start()
    for row in edits():
        body = required(row, cdn)
        if "input_image" not in row["request_schema"].get("required", ()):
            assert await problem(client, "/api/ai/images/edit", body) == "", row["id"]


@pytest.mark.parametrize("queued", [False, True])
async def test_links_stand_where_the_schema_has_objects_for_them(start: Start, cdn: Cdn, queued: bool) -> None:
    client, tried = await start(), 0
    for row in ROWS:
        for name in ("image_style_references", "reference_images"):
            about = row["request_schema"]["properties"].get(name, {})
            if about.get("type") == "array":
                body = required(row, cdn) | {name: [cdn.url("picture.png")]}
                path = f"/api/ai/{row['capabilities']['output'][0]}s/generate"
                assert await problem(client, "/api/ai/queue" if queued else path, body) == "", row["id"]
                tried += 1
    assert tried >= 3


async def test_an_event_is_found_by_the_text_of_its_line(start: Start) -> None:
    if not all(shutil.which(tool) for tool in ("bash", "curl", "jq")):
        pytest.skip("listening from a shell needs curl and jq")
    client = await start(speed=20, keep_alive=0.05)  # it listens after it has ordered
    process = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-c", LISTENER), stdout=asyncio.subprocess.PIPE, env={**os.environ, "HOST": client.sandbox.url}
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert "/results/" in said.decode()
