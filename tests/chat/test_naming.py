"""Names that come with an interaction need not be asked for."""

from dataclasses import dataclass, field
from typing import Any

from bot.domain.orders.markup import plain
from bot.settings import LOCALES

from bot.chat.kit.translation import Translations
from bot.chat.orders.naming import names_for

TEXTS = Translations(LOCALES)


@dataclass
class Person:
    id: int
    display_name: str


@dataclass
class Client:
    """As much of a client as has to do with names."""

    user: Person
    language: str = "en-US"

    def texts(self, _: object) -> Any:
        return TEXTS.of(self.language)


@dataclass
class Asked:
    """An interaction outside a guild: nobody can be asked about anything."""

    data: dict[str, Any]
    client: Client = field(default_factory=lambda: Client(Person(1, "Drover")))
    user: Person = field(default_factory=lambda: Person(2, "Bo"))
    guild: None = None
    guild_id: None = None


async def told(text: str, data: dict[str, Any], language: str = "en-US") -> str:
    asked = Asked(data, Client(Person(1, "Drover"), language))
    return plain(text, await names_for(asked, [text]))  # type: ignore[arg-type]


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


async def test_of_a_message_its_author_and_whom_it_mentions() -> None:
    people = [{"id": "4", "username": "dev", "global_name": "Dev"}]
    message = {"id": "9", "author": {"id": "3", "username": "cleo", "global_name": None}, "mentions": people}
    assert await told("<@3> and <@4>", {"resolved": {"messages": {"9": message}}}) == "cleo and Dev"


async def test_who_is_not_known_is_someone_in_the_language_of_the_member() -> None:
    assert await told("ein Bild von <@77>", {}, "de") == "ein Bild von jemand"
