"""Components v2 and the classic rows: rules, ids, and attachments bound into them."""

from typing import Any

import pytest

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest

V2 = 1 << 15
TEXT = {"type": 10, "content": "hello"}


def button(custom_id: str) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id}


def row(*components: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def gallery(*urls: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


@pytest.fixture
def general(sandbox: DiscordSandbox) -> str:
    return f"/channels/{sandbox.world.channel_named('general').id}/messages"


@pytest.mark.parametrize(
    ("components", "path"),
    [
        ([{"type": 10, "content": "x" * 4001}], ["0", "content"]),
        ([{"type": 10, "content": "x" * 2001}] * 2, []),
        ([TEXT] * 41, []),
        ([{"type": 17, "components": [TEXT] * 40}], []),
        ([row(button("a")), row(button("a"))], []),
        ([row(button("a" * 101))], ["0", "components", "0", "custom_id"]),
        ([row({"type": 2, "style": 5, "label": "No url"})], ["0", "components", "0", "url"]),
        (
            [row({"type": 2, "style": 5, "label": "x", "url": "javascript:alert(1)"})],
            ["0", "components", "0", "url"],
        ),
        ([row({"type": 2, "style": 5, "label": "x", "url": "steam://connect/a:1"})], ["0", "components", "0", "url"]),
        ([gallery("ftp://example.com/a.png")], ["0", "items", "0", "media", "url"]),
        ([gallery("https://")], ["0", "items", "0", "media", "url"]),
        ([row({"type": 2, "style": 1, "custom_id": "bare"})], ["0", "components", "0"]),
        ([row(*[button(str(n)) for n in range(6)])], ["0", "components"]),
        ([row(button("a"), {"type": 5, "custom_id": "b"})], ["0", "components"]),
        ([row({"type": 3, "custom_id": "a", "options": []})], ["0", "components", "0", "options"]),
        ([{"type": 12, "items": []}], ["0", "items"]),
        ([{"type": 17, "components": [{"type": 17, "components": [TEXT]}]}], ["0", "components", "0", "type"]),
        ([{"type": 13, "file": {"url": "https://example.com/a.txt"}}], ["0", "file", "url"]),
        ([{"type": 9, "components": [TEXT]}], ["0", "accessory"]),
        ([{"type": 17, "components": [TEXT], "accent_color": 1 << 24}], ["0", "accent_color"]),
        ([gallery("attachment://missing.png")], ["0", "items", "0", "media", "url"]),
        ([button("loose")], ["0", "type"]),
    ],
)
async def test_rules_of_components_v2(rest: Rest, general: str, components: Any, path: list[str]) -> None:
    status, body = await rest("POST", general, {"flags": V2, "components": components})
    assert (status, body["code"]) == (400, 50035), body
    node = body["errors"]["components"]
    for step in path:
        node = node[step]
    assert "_errors" in node


async def test_an_edit_must_list_the_files_its_components_show(rest: Rest, general: str) -> None:
    _, message = await rest("POST", general, {"flags": V2, "components": [TEXT]})
    path = f"{general}/{message['id']}"
    wish = {"components": [gallery("attachment://a.png")]}
    status, body = await rest("PATCH", path, wish, files={"a.png": b"a"})
    assert (status, body["code"]) == (400, 50035)
    wish["attachments"] = [{"id": 0, "filename": "a.png"}]
    status, edited = await rest("PATCH", path, wish, files={"a.png": b"a"})
    assert (status, edited["attachments"]) == (200, [])
    # What Discord lists is not what the message has: naming only the former drops what a gallery shows.
    assert (await rest("PATCH", path, {"attachments": []}))[0] == 400


@pytest.mark.parametrize("legacy", [{"content": "x"}, {"embeds": [{"title": "x"}]}])
async def test_legacy_fields_do_not_go_with_v2(rest: Rest, general: str, legacy: Any) -> None:
    status, body = await rest("POST", general, {"flags": V2, "components": [TEXT], **legacy})
    assert (status, list(body["errors"])) == (400, list(legacy))


async def test_files_are_bound_into_galleries_and_links_stay_fresh(
    rest: Rest, general: str, community: Community, sandbox: DiscordSandbox
) -> None:
    components = [
        {"type": 17, "components": [TEXT, gallery("attachment://a.png", "https://example.com/b.png")]},
        {"type": 13, "file": {"url": "attachment://notes.txt"}},
        {"type": 9, "components": [TEXT], "accessory": {"type": 11, "media": {"url": "attachment://a.png"}}},
        {"type": 14, "spacing": 2},
    ]
    files = {"a.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x40\x00\x00\x00\x20", "notes.txt": b"notes"}
    status, message = await rest("POST", general, {"flags": V2, "components": components}, files=files)
    assert status == 200, message
    container, file, section, separator = message["components"]
    first, second = container["components"][1]["items"]
    assert first["media"]["attachment_id"] == str(next(iter(sandbox.world.attachments)))
    assert message["attachments"] == []
    (shown,) = await community.messages(channel="general")
    assert [one.filename for one in shown.attachments] == ["a.png", "notes.txt"]
    assert (first["media"]["width"], first["media"]["height"]) == (64, 32)
    assert second["media"]["url"] == "https://example.com/b.png"
    assert (file["name"], file["size"]) == ("notes.txt", 5)
    assert section["accessory"]["media"]["content_type"] == "image/png"
    assert (separator["spacing"], separator["divider"]) == (2, True)
    ids = [one["id"] for one in (container, *container["components"], file, section)]
    assert len(set(ids)) == len(ids)
    await community.advance(60)
    path = f"{general}/{message['id']}"
    _, again = await rest("GET", path)
    assert again["components"][0]["components"][1]["items"][0]["media"]["url"] != first["media"]["url"]
    # A gallery that came from a read may be sent back as it is; a file component wants attachment:// again.
    _, edited = await rest("PATCH", path, {"components": again["components"][:1]})
    assert (
        edited["components"][0]["components"][1]["items"][0]["media"]["attachment_id"]
        == first["media"]["attachment_id"]
    )
    assert edited["flags"] == V2


async def test_a_thumbnail_shows_pictures_only(rest: Rest, general: str) -> None:
    thumbnail = {"type": 11, "media": {"url": "attachment://a.mp4"}}
    wish = {"flags": V2, "components": [{"type": 9, "components": [TEXT], "accessory": thumbnail}]}
    status, body = await rest("POST", general, wish, files={"a.mp4": b"film"})
    assert (status, body["errors"]["components"]["0"]["accessory"]["media"].keys()) == (400, {"url"})


async def test_a_message_becomes_v2_when_its_legacy_fields_go(rest: Rest, general: str) -> None:
    _, message = await rest("POST", general, {"content": "old", "embeds": [{"title": "old"}]})
    path = f"{general}/{message['id']}"
    status, body = await rest("PATCH", path, {"flags": V2, "components": [TEXT]})
    assert (status, set(body["errors"])) == (400, {"content", "embeds"})
    wish = {"flags": V2, "components": [TEXT], "content": None, "embeds": []}
    assert (await rest("PATCH", path, wish))[1]["flags"] == V2
    assert (await rest("PATCH", path, {"flags": 0, "components": [TEXT]}))[1]["flags"] == V2


async def test_embeds_show_attachments(rest: Rest, general: str) -> None:
    embed = {"title": "t", "image": {"url": "attachment://a.png"}, "fields": [{"name": "n", "value": "v"}]}
    _, message = await rest("POST", general, {"embeds": [embed]}, files={"a.png": b"x", "b.txt": b"y"})
    (shown,) = message["embeds"]
    assert shown["image"]["url"].startswith("http://127.0.0.1")
    assert shown["fields"][0]["inline"] is False
    assert [one["filename"] for one in message["attachments"]] == ["b.txt"]


async def test_classic_rows(rest: Rest, general: str, community: Community) -> None:
    link = {"type": 2, "style": 5, "label": "Site", "url": "https://example.com"}
    status, message = await rest("POST", general, {"content": "x", "components": [row(button("a"), link)]})
    assert status == 200
    assert [one["id"] for one in message["components"][0]["components"]] == [2, 3]
    rows = [row(button(str(n))) for n in range(6)]
    assert (await rest("POST", general, {"content": "x", "components": rows}))[1]["code"] == 50035
    (shown,) = await community.messages(channel="general")
    assert [(one.label, one.url) for one in shown.buttons] == [("Go", None), ("Site", "https://example.com")]
