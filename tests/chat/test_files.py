"""Files as Discord tells of them: whose URLs are fetched, what their names become."""

import discord.http
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from bot.chat.inputs.files import on_discord
from bot.chat.translation import Translations
from bot.chat.words import refusal_text
from bot.domain.errors import Refusal
from bot.domain.orders.inputs import plain_name
from bot.settings import LOCALES


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/fox.png?ex=1&is=2&hm=3",
        "https://media.discordapp.net/attachments/1/2/fox.png",
        "https://cdn.discordapp.com/ephemeral-attachments/1/2/fox.png",
    ],
)
def test_what_discord_keeps_is_fetched(url: str) -> None:
    assert on_discord(url)


@pytest.mark.parametrize(
    "url",
    [
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
        "http://169.254.169.254/latest/meta-data",
        "https://discord.com/api/v10/users/@me",
        "",
    ],
)
def test_nothing_else_is(url: str) -> None:
    assert not on_discord(url)


def test_where_discord_is_elsewhere_its_files_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("text", ["luggage-empty", "luggage-broken", "luggage-expired"])
def test_a_hostile_name_is_shown_as_plain_text(text: str) -> None:
    name = plain_name("@everyone **x** <@1> [a](https://evil.example)\u2028# \u202egnp.\u200bjpg\0" + "!" * 200)
    told = refusal_text(Refusal(text, given=name), Translations(LOCALES).of("en-US"))
    for trick in ("@everyone", " **x", " <@1>", " [a", "https://", "\u2028", "\u202e", "\0", "\n"):
        assert trick not in told
    assert len(told) < 250


def test_a_name_of_nothing_to_see_is_a_question_mark() -> None:
    assert plain_name("\u202e\u200b \n") == "?"
