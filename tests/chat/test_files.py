"""Files as Discord tells of them: whose URLs are fetched, what their names become."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import discord
import discord.components
import discord.http
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from bot.chat.kit.files import files_in, given, on_discord, stem
from bot.chat.kit.words import refusal_text
from bot.domain.errors import Refusal
from bot.domain.orders.inputs import plain_name
from bot.settings import LOCALES
from bot.texts import Translations

OURS = (
    "https://cdn.discordapp.com/attachments/1/2/fox.png?ex=1&is=2&hm=3",
    "https://media.discordapp.net/attachments/1/2/fox.png",
    "https://cdn.discordapp.com/ephemeral-attachments/1/2/fox.png",
)
OTHERS = (
    "http://cdn.discordapp.com/attachments/1/2/fox.png",
    "https://cdn.discordapp.com.evil.example/fox.png",
    "https://evil-cdn.discordapp.com/fox.png",
    "https://cdn.discordapp.com@evil.example/fox.png",
    "https://evil@cdn.discordapp.com/fox.png",
    "https://:secret@cdn.discordapp.com/fox.png",
    "https://cdn.discordapp.com:8443/fox.png",
    "https://cdn.discordapp.com./fox.png",
    "https://cdn.discordapp.com%2eevil.example/fox.png",
    "https://evil.example/https://cdn.discordapp.com/fox.png",
    "https://evil.example#cdn.discordapp.com",
    "file:///etc/passwd",
    "//cdn.discordapp.com/fox.png",
    "drover-result:0123456789abcdefghjkmnpq",
    "http://[",
    "http://[::1]/a.png",
    "http://169.254.169.254/latest/meta-data",
    "https://discord.com/api/v10/users/@me",
    "",
)


def test_files_are_fetched_from_discord_alone() -> None:
    assert [url for url in OURS if not on_discord(url)] == []
    assert [url for url in OTHERS if on_discord(url)] == []


def test_files_are_fetched_from_the_host_where_discord_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", "http://127.0.0.1:8099/api/v10")
    assert on_discord("http://127.0.0.1:8099/attachments/1/2/fox.png")
    assert not on_discord("http://127.0.0.1:8098/attachments/1/2/fox.png")
    assert not on_discord("http://somebody@127.0.0.1:8099/attachments/1/2/fox.png")


def test_a_name_is_shown_without_what_turns_the_writing_around() -> None:
    assert plain_name("fox\u202egnp.exe\r\n\0") == "foxgnp.exe"
    assert plain_name("Füchsin 🦊.png") == "Füchsin 🦊.png"


def test_an_endless_name_keeps_its_ending() -> None:
    shown = plain_name("x" * 500 + ".png")
    assert len(shown) == 100
    assert shown.endswith("x….png")


@examples(st.text(max_size=600))
def test_whatever_the_name_is_it_can_be_shown(name: str) -> None:
    shown = plain_name(name)
    assert len(shown) <= 100
    assert not set(shown) & set("\u202e\u2066\r\n\0")


@examples(st.text(max_size=80))
def test_whatever_the_url_is_there_is_an_answer(url: str) -> None:
    assert on_discord(url) in {True, False}


def attachment(filename: str, flags: int = 0, number: int = 1) -> discord.Attachment:
    url = f"https://cdn.discordapp.com/attachments/1/{number}/{filename}"
    data: Any = {"id": str(number), "filename": filename, "size": 9, "url": url, "proxy_url": url, "flags": flags}
    state: Any = SimpleNamespace(http=None)
    return discord.Attachment(data=data, state=state)


@pytest.mark.parametrize(
    ("filename", "flags", "covered"),
    [("SPOILER_a.png", 0, True), ("a.png", 1 << 3, True), ("a.png", 0, False), ("a_SPOILER_.png", 1 << 2, False)],
)
def test_a_covered_file_is_given_covered(filename: str, flags: int, *, covered: bool) -> None:
    assert given(attachment(filename, flags)).spoiler is covered


def media(number: int, *, name: str = "a.png") -> dict[str, Any]:
    url = f"https://cdn.discordapp.com/attachments/1/{number}/{name}"
    return {"url": url, "proxy_url": url, "attachment_id": str(number), "content_type": "image/png"}


def message(components: list[dict[str, Any]], attachments: Sequence[discord.Attachment] = ()) -> Any:
    state: Any = SimpleNamespace(http=None)
    shown = [discord.components._component_factory(one, state) for one in components]  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    return SimpleNamespace(attachments=attachments, components=shown, message_snapshots=[])


def covered_in(one: Any) -> dict[int, bool]:
    return {file.id: file.spoiler for file in files_in(one)}


def test_what_components_cover_is_covered() -> None:
    gallery = {"type": 12, "id": 1, "items": [{"media": media(1), "spoiler": True}, {"media": media(2)}]}
    file = {"type": 13, "id": 2, "file": media(3), "spoiler": True, "name": "a.png", "size": 9}
    thumbnail = {"type": 11, "id": 3, "media": media(4), "spoiler": True}
    text = {"type": 10, "id": 4, "content": "look"}
    section = {"type": 9, "id": 5, "components": [text], "accessory": thumbnail}
    named = {"type": 12, "id": 6, "items": [{"media": media(5, name="SPOILER_a.png")}]}
    assert covered_in(message([gallery, file, section, named])) == {1: True, 2: False, 3: True, 4: True, 5: True}
    inside = {"type": 17, "id": 7, "components": [{**gallery, "items": [{"media": media(2)}]}], "spoiler": True}
    assert covered_in(message([inside])) == {2: True}


def test_what_is_attached_and_shown_is_covered_if_either_says_so() -> None:
    plain = {"type": 12, "id": 1, "items": [{"media": media(1)}]}
    covered = {"type": 12, "id": 1, "items": [{"media": media(1), "spoiler": True}]}
    assert covered_in(message([plain], [attachment("SPOILER_a.png")])) == {1: True}
    assert covered_in(message([covered], [attachment("a.png")])) == {1: True}


def test_a_forwarded_file_is_covered_as_it_was() -> None:
    forwarded: Any = SimpleNamespace(attachments=[], components=[], message_snapshots=[])
    forwarded.message_snapshots = [message([], [attachment("SPOILER_a.png")])]
    assert covered_in(forwarded) == {1: True}


def test_a_covered_file_is_known_by_its_name() -> None:
    assert [stem("SPOILER_video-abc-1.mp4"), stem("video-abc-1.mp4")] == ["video-abc-1", "video-abc-1"]


@pytest.mark.parametrize("text", ["input-files-empty", "input-files-broken", "input-files-expired"])
def test_a_hostile_name_is_shown_as_plain_text(text: str) -> None:
    name = plain_name("@everyone **x** <@1> [a](https://evil.example)\u2028# \u202egnp.\u200bjpg\0" + "!" * 200)
    told = refusal_text(Refusal(text, given=name), Translations(LOCALES).of("en-US"))
    for trick in ("@everyone", " **x", " <@1>", " [a", "https://", "\u2028", "\u202e", "\0", "\n"):
        assert trick not in told
    assert len(told) < 250


def test_a_name_of_nothing_to_see_is_a_question_mark() -> None:
    assert plain_name("\u202e\u200b \n") == "?"
