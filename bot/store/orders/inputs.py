"""The files of an order as the column `orders.inputs` keeps them: JSON, one object for each."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.domain.ids import ChannelId, MessageId
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment, Input, Place


def dump(inputs: Sequence[Input]) -> str:
    """The text for the column."""
    return json.dumps([asdict(given) for given in inputs])


def load(text: str) -> tuple[Input, ...]:
    """What `dump` wrote down."""
    return tuple(_to_input(row) for row in json.loads(text))


def _to_input(row: dict[str, Any]) -> Input:
    return Input(
        slot=row["slot"],
        position=row["position"],
        within=tuple(row["within"]),
        leads=row.get("leads", False),  # older rows do not say
        attachment=_to_attachment(row["attachment"]),
    )


def _to_attachment(row: dict[str, Any]) -> Attachment:
    role, place = row["role"], row["place"]
    known = {
        "kind": InputKind(row["kind"]),
        "role": Role(role) if role is not None else None,
        "place": _to_place(place) if place is not None else None,
    }
    fields: dict[str, Any] = row | known
    return Attachment(**fields)


def _to_place(row: dict[str, Any]) -> Place:
    return Place(
        channel_id=ChannelId(row["channel_id"]),
        message_id=MessageId(row["message_id"]),
        attachment_id=row["attachment_id"],
    )
