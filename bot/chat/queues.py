"""Values to messages: the list behind `/queue`. Pure."""

from collections import Counter
from collections.abc import Sequence

from discord import ui

from bot.chat.cards import state_line
from bot.chat.translation import Texts
from bot.chat.words import ago, inert, mention
from bot.domain.order import OrderRecord

_SHOWN = 15  # orders, if so many fit
_ROOM = 3800  # characters; the texts of a message share 4,000, and the title and the rest's count are among them
_PROMPT = 60  # characters


def queue_view(entries: Sequence[tuple[int, OrderRecord]], scope: str, texts: Texts) -> ui.LayoutView:
    """One line for each order in flight: position, card, model, states, age, who."""
    view = ui.LayoutView(timeout=None)
    if not entries:
        view.add_item(ui.TextDisplay(texts("queue-empty", scope=scope)))
        return view
    lines: list[str] = []
    for position, record in entries[:_SHOWN]:
        line = _line(position, record, texts)
        if sum(map(len, lines)) + len(lines) + len(line) > _ROOM:
            break
        lines.append(line)
    if len(entries) > len(lines):
        lines.append(texts("queue-more", count=len(entries) - len(lines)))
    view.add_item(ui.TextDisplay(f"### {texts('queue-title', scope=scope)}"))
    view.add_item(ui.TextDisplay("\n".join(lines)))
    return view


def card_link(record: OrderRecord) -> str:
    """The prompt's beginning, as a link to the order's card where that is known."""
    occasion, plan = record.order.occasion, record.order.plan
    label = inert(" ".join(plan.prompt.split()), _PROMPT)
    if occasion.card_message_id is None:
        return label
    # A bracket in the label would end the link's text.
    label = label.replace("[", "(").replace("]", ")")
    place = f"{occasion.guild_id}/{occasion.channel_id}/{occasion.card_message_id}"
    return f"[{label}](https://discord.com/channels/{place})"


def _line(position: int, record: OrderRecord, texts: Texts) -> str:
    order = record.order
    counted = Counter(state_line(g, texts) for g in record.generations)
    states = ", ".join(texts("queue-state", count=n, state=state) for state, n in counted.items())
    return texts(
        "queue-line",
        position=position,
        kind=order.plan.kind.value,
        link=card_link(record),
        model=inert(order.plan.model_name, 40),
        states=states,
        age=ago(order.created_at),
        user=mention(order.occasion.requester_id),
    )
