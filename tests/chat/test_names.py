"""Names that come with an interaction need not be asked for."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from bot.chat.kit.context import InteractionContext
from bot.chat.orders.names import names_for
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.orders.markup import plain
from bot.domain.orders.order import RequestContext
from bot.settings import LOCALES
from bot.texts import Translations

TEXTS = Translations(LOCALES)


@dataclass
class Person:
    id: int
    display_name: str


async def told(text: str, data: dict[str, Any], language: str = "en-US") -> str:
    """The text as somebody's interaction has it, of which Discord sent `data`; nobody else can be asked."""
    asked: Any = SimpleNamespace(
        data=data, user=Person(2, "Bo"), client=SimpleNamespace(user=Person(1, "Drover")), guild=None
    )
    rules = SimpleNamespace(time_zone="UTC")
    services = SimpleNamespace(policy_service=SimpleNamespace(known=lambda _: rules))
    front_end: Any = SimpleNamespace(services=services)
    context = InteractionContext(
        interaction=asked,
        front_end=front_end,
        texts=TEXTS.of(language),
        public=TEXTS.of(language),
        asked=RequestContext(guild_id=GuildId(1), channel_id=ChannelId(2), requester_id=UserId(2), locale=language),
        moderator=False,
        manager=False,
    )
    return plain(text, await names_for(context, [text]))


async def test_discord_sends_people_along() -> None:
    data = {
        "resolved": {
            "users": {
                "3": {"id": "3", "username": "cleo", "global_name": "Cleo"},
                "4": {"id": "4", "username": "dev", "global_name": None},
            },
            "members": {"4": {"nick": "Dev the Editor"}, "3": {"nick": None}},
        }
    }
    assert await told("<@3> and <@4>, by <@2> with <@1>", data) == "Cleo and Dev the Editor, by Bo with Drover"


async def test_a_messages_author_and_mentions_are_named() -> None:
    people = [{"id": "4", "username": "dev", "global_name": "Dev"}]
    message = {"id": "9", "author": {"id": "3", "username": "cleo", "global_name": None}, "mentions": people}
    assert await told("<@3> and <@4>", {"resolved": {"messages": {"9": message}}}) == "cleo and Dev"


async def test_an_unknown_person_is_called_someone_in_the_members_language() -> None:
    assert await told("ein Bild von <@77>", {}, "de") == "ein Bild von jemand"
