"""Drover's ledger, read from its database beside the bot, as an auditor would."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_MICRO = 1_000_000
_SUCCEEDED = "succeeded"
_ROWS = """
    SELECT o.guild_id, COALESCE(f.card_message_id, o.card_message_id), g.remote_id, o.namespace, o.key_id IS NOT NULL,
        g.state, g.cost_known_at IS NOT NULL,
        COALESCE(SUM(CASE WHEN e.kind IN ('charge', 'adjust') THEN e.micro_usd END), 0),
        COALESCE(SUM(CASE WHEN e.kind IN ('reserve', 'release') THEN e.micro_usd END), 0),
        COALESCE(SUM(CASE WHEN e.kind IN ('unclear', 'clear') THEN e.micro_usd END), 0)
    FROM generations AS g
    JOIN orders AS o ON o.id = g.order_id
    LEFT JOIN orders AS f ON f.id = o.compared_in
    LEFT JOIN entries AS e ON e.generation_id = g.id
    GROUP BY g.id
    ORDER BY o.created_at, g.ordinal
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One generation: what the ledger says was spent on it, is still reserved for it, and may have been charged; USD.

    `card` is None where the order was taken back; orders that are compared share theirs. `remote_id` is the provider's,
    None for what was never sent; `own_key` whether the guild's own key pays.
    """

    guild_id: str
    card: str | None
    remote_id: str | None
    namespace: str | None
    own_key: bool
    succeeded: bool
    told: bool
    spent: Decimal
    reserved: Decimal
    unclear: Decimal

    @property
    def settled(self) -> bool:
        """Nothing is reserved or unclear any more, and what a success really cost is known."""
        return not self.reserved and not self.unclear and (self.told or not self.succeeded)


def read(database: Path) -> list[Line]:
    """All generations that were ever ordered, oldest first. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return [_line(row) for row in connection.execute(_ROWS)]


def _line(row: tuple[int, int | None, str | None, str | None, int, str, int, int, int, int]) -> Line:
    guild_id, card, remote_id, namespace, own_key, state, told, spent, reserved, unclear = row
    return Line(
        guild_id=str(guild_id),
        card=str(card) if card is not None else None,
        remote_id=remote_id,
        namespace=namespace,
        own_key=bool(own_key),
        succeeded=state == _SUCCEEDED,
        told=bool(told),
        spent=Decimal(spent) / _MICRO,
        reserved=Decimal(reserved) / _MICRO,
        unclear=Decimal(unclear) / _MICRO,
    )
