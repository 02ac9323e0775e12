"""Styles and characters, a member's own and a server's. Each method is one transaction."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.clock import from_millis, to_millis
from bot.domain.errors import Refusal
from bot.domain.ids import NOBODY, GuildId, StyleId, UserId
from bot.domain.orders.inputs import Input
from bot.domain.orders.styles import MOST_OWN, MOST_SHARED, Style, name_key
from bot.store.database import Database
from bot.store.rows import dump_inputs, load_inputs
from bot.store.statements import Connection, Row, Statements

_SQL = Statements("styles")
_SLOT = "picture"


class Styles:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def save(self, style: Style) -> Style | None:
        """Keeps the style, in the place of its owner's of that name, which is returned where there was one.

        Raises `Refusal` where its owner has as many as may be.
        """

        def work(tx: Connection) -> Style | None:
            before = _of_name(tx, style.guild_id, style.owner_id, style.name)
            columns = {
                "saved_by": style.saved_by,
                "name": style.name,
                "content": _dump(style),
                "saved_at": to_millis(style.saved_at),
            }
            if before is not None:
                _SQL.run(tx, "replace_style", id=before["id"], **columns)
                return to_style(before)
            _check_room(tx, style.guild_id, style.owner_id)
            owner, key = style.owner_id, name_key(style.name)
            _SQL.run(tx, "insert_style", id=style.id, guild_id=style.guild_id, owner_id=owner, name_key=key, **columns)
            return None

        return await self._db.write(work)

    async def get(self, guild_id: GuildId, user_id: UserId, name: str) -> Style | None:
        """The style of that name or id that the member has, else the server's; None where there is none."""

        def work(db: Connection) -> Row | None:
            by_id = _SQL.one(db, "style_of_id", guild_id=guild_id, id=name.strip(), owner_id=user_id)
            own = by_id or _of_name(db, guild_id, user_id, name)
            return own or _of_name(db, guild_id, NOBODY, name)

        row = await self._db.read(work)
        return to_style(row) if row is not None else None

    async def page(
        self, guild_id: GuildId, user_id: UserId, words: str = "", *, skipped: int = 0, limit: int
    ) -> Sequence[Style]:
        """Some of those that the member can use, their own first, by name: those that have the words in their name."""
        like = name_key(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        asked = {"guild_id": guild_id, "owner_id": user_id, "words": f"%{like}%", "skipped": skipped, "limit": limit}
        rows = await self._db.read(lambda db: _SQL.all(db, "styles_for", **asked))
        return [to_style(row) for row in rows]

    async def count(self, guild_id: GuildId, user_id: UserId) -> int:
        """How many styles the member can use."""
        found: int = await self._db.read(
            lambda db: _SQL.value(db, "count_styles_for", guild_id=guild_id, owner_id=user_id)
        )
        return found

    async def share(self, style: Style, by: UserId, now: datetime) -> Style:
        """The member's style is the server's now. Raises `Refusal` where it has one of that name, or too many."""

        def work(tx: Connection) -> None:
            if _of_name(tx, style.guild_id, NOBODY, style.name) is not None:
                raise Refusal("style-taken", style=style.name)
            _check_room(tx, style.guild_id, NOBODY)
            at = to_millis(now)
            if _SQL.one(tx, "share_style", id=style.id, owner_id=style.owner_id, saved_by=by, saved_at=at) is None:
                raise Refusal("style-unknown", given=style.name)

        await self._db.write(work)
        return replace(style, owner_id=NOBODY, saved_by=by, saved_at=now)

    async def delete(self, style_id: StyleId) -> bool:
        """Whether it was there."""
        return await self._db.write(lambda tx: _SQL.one(tx, "delete_style", id=style_id)) is not None


def to_style(row: Row) -> Style:
    """A row of `styles`."""
    said: dict[str, Any] = json.loads(row["content"])
    return Style(
        id=StyleId(row["id"]),
        guild_id=GuildId(row["guild_id"]),
        owner_id=UserId(row["owner_id"]),
        saved_by=UserId(row["saved_by"]),
        name=row["name"],
        saved_at=from_millis(row["saved_at"]),
        template=said["template"],
        model=said["model"],
        model_name=said["model_name"],
        settings=said["settings"],
        more=said["more"],
        pictures=tuple(given.attachment for given in load_inputs(said["pictures"])),
    )


def _dump(style: Style) -> str:
    pictures = dump_inputs([Input(slot=_SLOT, attachment=picture) for picture in style.pictures])
    return json.dumps(
        {
            "template": style.template,
            "model": style.model,
            "model_name": style.model_name,
            "settings": dict(style.settings),
            "more": dict(style.more),
            "pictures": pictures,
        }
    )


def _of_name(db: Connection, guild_id: GuildId, owner_id: UserId, name: str) -> Row | None:
    return _SQL.one(db, "style_named", guild_id=guild_id, owner_id=owner_id, name_key=name_key(name))


def _check_room(tx: Connection, guild_id: GuildId, owner_id: UserId) -> None:
    """Raises `Refusal` where the owner has as many styles as may be."""
    most = MOST_SHARED if owner_id == NOBODY else MOST_OWN
    if _SQL.value(tx, "count_styles", guild_id=guild_id, owner_id=owner_id) >= most:
        raise Refusal("style-many", whose="server" if owner_id == NOBODY else "member", max=most)
