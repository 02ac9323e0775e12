"""A copy of what is stored about a member, as JSON that they can read and other programs can use."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.domain.ids import UserId
from bot.domain.orders.generation import Generation
from bot.domain.orders.inputs import Input
from bot.domain.orders.order import PendingConfirmation, RequestContext, ValidatedRequest
from bot.domain.orders.styles import Style
from bot.domain.records.guild_log import ActRecord
from bot.domain.records.privacy import Beside, Holding, OrderShown

NAME = "drover-data"
_PLAIN = 1_000_000  # bytes; what is larger is packed
_ABOUT = (
    "Everything that this bot stores about you. Times are UTC, amounts US dollars; what is null is not known. "
    "What you ordered is posted in channels, which are Discord's."
)


class DataExport:
    """Filled guild by guild; `file` is what the member gets."""

    def __init__(self, user_id: UserId, now: datetime) -> None:
        self._head = {"about": _ABOUT, "user_id": str(user_id), "made_at": now.isoformat()}
        self._guilds: list[dict[str, Any]] = []

    def add(
        self,
        holding: Holding,
        orders: Sequence[OrderShown],
        beside: Beside,
        *,
        banned: bool,
        asked_at: datetime | None,
    ) -> None:
        """One guild's part."""
        self._guilds.append(
            {
                "guild_id": str(holding.guild_id),
                "spent_usd": str(holding.spent),
                "banned": banned,
                "deletion_asked_at": _moment(asked_at),
                "orders": [_order(order) for order in orders],
                "unconfirmed_orders": [_confirmation(confirmation) for confirmation in beside.confirmations],
                "acts_in_the_audit_log": [_act(record) for record in beside.acts],
                "styles": [_style(style) for style in beside.styles],
                "stars": [{"result": star.output, "at": star.at.isoformat()} for star in beside.stars],
                "reports": [
                    {"order": one.order_id, "at": one.made_at.isoformat(), "wrong": one.wrong, "words": one.words}
                    for one in beside.complaints
                ],
                "votes": [{"output": output, "at": at.isoformat()} for output, at in beside.votes],
            }
        )

    def file(self) -> tuple[str, bytes]:
        """Name and content. Takes its time with much: call it in a thread."""
        text = json.dumps({**self._head, "guilds": self._guilds}, ensure_ascii=False, indent=2).encode()
        if len(text) <= _PLAIN:
            return f"{NAME}.json", text
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{NAME}.json", text)
        return f"{NAME}.zip", packed.getvalue()


def _order(shown: OrderShown) -> dict[str, Any]:
    record, order = shown.record, shown.record.order
    return {
        "id": order.id,
        "ordered_at": order.created_at.isoformat(),
        "sent_at": _moment(record.sent_at),
        "words_forgotten": record.forgotten,
        **_place(order.context),
        **_validated(order.request),
        "namespace": order.namespace,
        "generations": [_generation(each, shown.cost.get(each.id)) for each in record.generations],
    }


def _confirmation(confirmation: PendingConfirmation) -> dict[str, Any]:
    order = confirmation.order
    return {
        "id": order.id,
        "state": confirmation.state,
        "asked_at": order.created_at.isoformat(),
        "lapses_at": confirmation.lapses_at.isoformat(),
        **_place(order.context),
        **_validated(order.request),
    }


def _place(context: RequestContext) -> dict[str, Any]:
    card = context.card_message_id
    return {
        "channel_id": str(context.channel_id),
        "message_id": str(card) if card is not None else None,
        "language": context.locale,
    }


def _validated(validated: ValidatedRequest) -> dict[str, Any]:
    return {
        "kind": validated.kind,
        "model": validated.model_id,
        "prompt": validated.prompt,
        "parameters": validated.parameters,
        "inputs": [_input(given) for given in validated.inputs],
        "outputs": validated.count,
        "quote_usd_each": _usd(validated.estimate.usd if validated.estimate is not None else None),
    }


def _input(given: Input) -> Mapping[str, Any]:
    file = given.attachment
    return {"slot": given.slot, "name": file.called, "type": file.media_type, "bytes": file.size}


def _generation(generation: Generation, cost: Decimal | None) -> dict[str, Any]:
    return {
        "number": generation.ordinal,
        "state": generation.state,
        "oxen_id": generation.remote_id,
        "queued_at": _moment(generation.queued_at),
        "started_at": _moment(generation.started_at),
        "ended_at": _moment(generation.ended_at),
        "result": generation.result_url,
        "reason": generation.reason,
        "detail": generation.detail,
        "usd": _usd(cost),
    }


def _act(record: ActRecord) -> dict[str, Any]:
    act = record.act
    return {
        "at": record.at.isoformat(),
        "act": act.kind,
        "subject": act.subject,
        "before": act.before,
        "after": act.after,
    }


def _style(style: Style) -> dict[str, Any]:
    pictures = ({"name": one.called, "type": one.media_type, "bytes": one.size} for one in style.pictures)
    return {
        "name": style.name,
        "shared": style.shared,
        "saved_at": style.saved_at.isoformat(),
        "template": style.template,
        "model": style.model,
        "settings": style.settings,
        "parameters": style.more,
        "pictures": [*pictures],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _usd(amount: Decimal | None) -> str | None:
    return str(amount) if amount is not None else None
