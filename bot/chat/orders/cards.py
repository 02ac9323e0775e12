"""Values to messages: the cards of orders, and of what waits for a yes to its price. Pure: nothing is sent."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_FLOOR
from typing import Any

import discord
from discord import ui, utils

from bot.chat.kit.components import AMBER, BLUE, GREEN, GREY, RED, ROW_ID, CustomId, button, cut, layout, row
from bot.chat.kit.words import (
    ago,
    mention,
    message_link,
    money_line,
    payer_words,
    price_line,
    quote,
    settings_line,
    short_price,
    shots_lines,
)
from bot.chat.orders.comparison import compared_items, compared_money, compared_price, model_line
from bot.domain.ids import short
from bot.domain.models.slots import InputKind
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.orders.inputs import Input
from bot.domain.orders.left import Left, Whose
from bot.domain.orders.order import (
    AGREEMENT_LIFETIME,
    CONFIRMATION_LIFETIME,
    ConfirmationState,
    OrderRecord,
    PendingConfirmation,
    RequestContext,
    Review,
    ValidatedRequest,
)
from bot.domain.orders.waiting import STEPS, QueuePosition, steps_done
from bot.domain.rules.limits import rounded
from bot.texts import Texts

SHOTS_SHOWN = 2000  # characters of all shots together
PROMPT_SHOWN = 1000  # characters; a card's texts share 4,000 (FACTS section 2)
_ELEMENTS = "elements"  # in the name of the slot that takes several pictures of one thing
_HALF_A_DAY = timedelta(hours=12)  # further away, the hour alone would not say which day's
_MINUTES, _HOURS = CONFIRMATION_LIFETIME // timedelta(minutes=1), AGREEMENT_LIFETIME // timedelta(hours=1)
CANCEL = CustomId("drover:cancel:{id}", id=ROW_ID)  # the id is the order's
CONFIRM = CustomId("drover:confirm:{id}", id=ROW_ID)
WITHDRAW = CustomId("drover:withdraw:{id}", id=ROW_ID)
FRESH_LINK = CustomId("drover:link:{id}", id=ROW_ID)  # a generation's


def order_card(record: OrderRecord, texts: Texts) -> ui.LayoutView:
    """The card of an order: who asked, what, with which settings, and how each generation stands."""
    order = record.order
    ended = {g.state for g in record.all_generations}
    colour = BLUE
    if record.ended and ended == {GenerationState.SUCCEEDED}:
        colour = GREEN
    elif record.ended:
        colour = GREY if ended <= {GenerationState.SUCCEEDED, GenerationState.CANCELLED} else RED
    if record.ended and all(g.id in record.told for g in record.all_generations):
        return layout(*_folded(record, texts), colour=colour)
    if record.others:
        items = _compared(record, texts)
    else:
        items = request_items(order.request, order.context, money_line(record, texts), texts)
        items.append(ui.Separator())
        states = [state_in(record, g, texts) for g in record.generations]
        numbered = [f"{g.ordinal}. {line}" for g, line in zip(record.generations, states, strict=True)]
        items.append("\n".join(states if len(states) == 1 else numbered))
    if record.place is not None and not record.ended:
        items.append((progress_line if record.place.admitted else place_line)(record, texts))
    if not record.ended:
        items += [left_line(one, texts) for one in record.little]
    if record.untold:
        items.append(texts("card-untold", order=short(order.id)))
    ready = [g for g in record.all_generations if g.id in record.untold and g.state is GenerationState.SUCCEEDED]
    if ready:
        items.append(row(*(fresh_link(g, texts) for g in ready)))
    if not record.ended:
        label = texts("card-cancel" if record.cancellable else "card-cancelling")
        items.append(row(button(CANCEL(id=order.id), label, disabled=not record.cancellable)))
    items.append(f"-# {texts('card-footer', order=short(order.id))}")
    return layout(*items, colour=colour)


def _compared(record: OrderRecord, texts: Texts) -> list[ui.Item[Any] | str]:
    """One prompt to several models, each with how its result stands."""
    records = [record, *record.others]
    items = compared_items([each.order for each in records], compared_money(record, texts), texts)
    items += [*input_items(record.order.request.inputs, record.order.context, texts), ui.Separator()]
    lines: list[str] = []
    for each in records:
        for g in each.generations:
            lines += [model_line(each.order, g.ordinal, texts), f"-# {state_in(each, g, texts)}"]
    return [*items, "\n".join(lines)]


def _folded(record: OrderRecord, texts: Texts) -> Iterator[ui.Item[Any] | str]:
    """The card once the channel has the results: one line that links there, and the files, which are kept here."""
    context, request = record.order.context, record.order.request
    counted = Counter(state_in(record, g, texts) for g in record.all_generations)
    states = ", ".join(texts("queue-state", count=count, state=state) for state, count in counted.items())
    link = message_link(request.title, context, next(iter(record.told.values())))
    money = compared_money(record, texts) if record.others else money_line(record, texts)
    yield f"{states} · {link} · {money} · `{short(record.order.id)}`"
    yield from input_items(request.inputs, context, texts)


def waiting_card(orders: Sequence[ValidatedRequest], context: RequestContext, texts: Texts) -> ui.LayoutView:
    """The card while its files are stored: the order is not accepted before they are. Refers to them by name.

    Compared orders are not told of before they are accepted.
    """
    if len(orders) > 1:
        return layout(texts("card-storing"))
    [validated] = orders
    items = request_items(validated, context, price_line(validated, texts), texts)
    return layout(*items, f"-# {texts('card-storing')}")


def confirmation_card(confirmation: PendingConfirmation, texts: Texts) -> ui.LayoutView:
    """What was asked for, what it costs, why it asks, and how long a yes counts; or that the time is over."""
    order, asks = confirmation.order, confirmation.state is ConfirmationState.OPEN
    orders = [order, *confirmation.others]
    price = compared_price(orders, texts) if confirmation.others else price_line(order.request, texts)
    money = f"{price} · {payer_words(order.payer, texts)}" if asks else price
    if confirmation.others:
        lines = "\n".join(model_line(each, number, texts) for number, each in enumerate(orders, 1))
        items = [*compared_items(orders, money, texts), lines]
    else:
        items = request_items(order.request, order.context, money, texts)
    items.append(ui.Separator())
    if not asks:
        return layout(*items, texts("confirmation-lapsed"))
    total = confirmation.total
    cost = total.usd if total is not None else "?"  # an old question, from when a price could be unknown
    if confirmation.by_manager:
        why = texts("confirmation-why-manager", price=cost)
    elif confirmation.before is not None:
        before = confirmation.before * order.request.count
        why = texts("confirmation-why-changed", before=before, price=cost)
    elif total is not None and not total.known and confirmation.above is not None:
        why = texts("confirmation-why-ceiling", price=cost, above=confirmation.above)
    elif confirmation.above:
        why = texts("confirmation-why-above", above=confirmation.above)
    else:
        why = texts("confirmation-why-always")
    price = short_price(total, texts) if total is not None else cost
    if confirmation.by_manager:
        label, asks_for = texts("confirmation-agree", price=cost), texts("confirmation-asks-manager", hours=_HOURS)
    else:
        label, asks_for = texts("confirmation-confirm", price=price), texts("confirmation-asks", minutes=_MINUTES)
    buttons = row(
        button(CONFIRM(id=order.id), label, discord.ButtonStyle.primary),
        button(WITHDRAW(id=order.id), texts("confirmation-withdraw")),
    )
    return layout(*items, f"{why} {asks_for}", buttons, colour=AMBER)


def fresh_link(generation: Generation, texts: Texts) -> ui.Item[Any]:
    """The button that gives a link to a result that is not attached: the provider's links expire."""
    return button(FRESH_LINK(id=generation.id), texts("result-fresh-link", ordinal=generation.ordinal))


def request_items(
    validated: ValidatedRequest, context: RequestContext, money: str, texts: Texts
) -> list[ui.Item[Any] | str]:
    """Who asked, for what, with which settings and files; `money` says what it costs."""
    title = texts("card-title", kind=validated.kind.value, count=validated.count, user=mention(context.requester_id))
    items: list[ui.Item[Any] | str] = [f"### {title}"]
    shots = validated.shots
    if shots:
        lines = shots_lines(shots, texts)
        items.append(cut(lines, SHOTS_SHOWN))
    elif validated.prompt:
        items.append(quote(validated.prompt, PROMPT_SHOWN))
    items.append(f"{settings_line(validated, texts)}\n{money}")
    if validated.proper is not None:
        items.append(texts("card-draft"))
    return [*items, *input_items(validated.inputs, context, texts)]


def state_line(generation: Generation, texts: Texts) -> str:
    """How one generation stands."""
    state = generation.state
    if not state.ended and generation.cancel_requested_by is not None:
        return texts("state-cancelling")
    if state is GenerationState.PROCESSING and generation.started_at is not None:
        return texts("state-processing", since=ago(generation.started_at))
    return texts(f"state-{state.value}")


def state_in(record: OrderRecord, generation: Generation, texts: Texts) -> str:
    """How one generation of the order stands."""
    if record.order.deleted_at is not None:
        return texts("state-deleted")
    review = record.reviews.get(generation.id)
    if review not in (None, Review.APPROVED) and generation.state is GenerationState.SUCCEEDED:
        return texts("state-reviewed", review=review.value)
    if generation.state is GenerationState.INTENDED and generation.cancel_requested_by is None:
        if record.send_attempts > 0:
            return texts("state-retrying", when=ago(record.send_due_at))
        if record.admitted_at is None:
            return texts("state-in-line")
    return state_line(generation, texts)


def place_line(record: OrderRecord, texts: Texts) -> str:
    """Where an order stands in its guild's own queue, and when it is expected, in the reader's own time."""
    place = record.place
    if place is None:
        return ""
    if place.paused:
        return texts("place-paused", count=place.ahead)
    line = texts("place", count=place.ahead)
    if place.estimate is None:
        return line
    likely, most = (_hour(place, after) for after in (place.estimate.likely, place.estimate.at_most))
    return f"{line} {texts('place-expected', likely=likely, most=most)}"


def progress_line(record: OrderRecord, texts: Texts) -> str:
    """How much of an order that is being made is over, as a bar and in outputs, and when the rest is expected."""
    if record.place is None:
        return ""
    outputs = record.all_generations
    over, count = sum(g.state.ended for g in outputs), len(outputs)
    done = steps_done(record.place, over, count)
    bar = "▰" * done + "▱" * (STEPS - done)
    return texts("progress", bar=bar, over=over, count=count, ready=ready_words(record.place, texts))


def ready_words(place: QueuePosition, texts: Texts) -> str:
    """When what is being made is expected, in the reader's own time."""
    estimate = place.estimate
    if estimate is None or place.at >= place.since + estimate.at_most:
        return texts("ready-late")
    if place.at >= place.since + estimate.likely:
        return texts("ready-soon", at=_hour(place, estimate.at_most))
    return texts("ready-about", at=_hour(place, estimate.likely))


def _hour(place: QueuePosition, after: timedelta) -> str:
    moment = place.since + after
    return utils.format_dt(moment, "t" if moment - place.at < _HALF_A_DAY else "f")


def left_line(left: Left, texts: Texts) -> str:
    """That little is left of a limit, and when it begins anew."""
    resets = ago(left.resets) if left.resets is not None else ""
    if left.orders:
        return texts("card-left-orders", count=int(left.left), resets=resets)
    amount = rounded(left.left, ROUND_FLOOR) or "none"
    if left.whose is Whose.TRIAL:
        return texts("card-left-trial", left=amount, limit=left.limit)
    return texts("card-left-money", whose=left.whose, per=left.per, left=amount, limit=left.limit, resets=resets)


def input_items(inputs: Sequence[Input], context: RequestContext, texts: Texts) -> Iterator[ui.Item[Any] | str]:
    """What is shown of `inputs`: their line, images and videos in a gallery, sounds as files; covered as they were.

    Those that another message keeps (the order before, when this one repeats it) are linked to there.
    """
    if not inputs:
        return
    yield texts("card-inputs", inputs=" · ".join(input_names(inputs, texts)))
    here: dict[str, Input] = {}  # in the card's own message; while files are stored, those have no place yet
    elsewhere: set[tuple[int, int]] = set()
    for one in inputs:
        place, name = one.attachment.place, one.attachment.name
        if place is not None and place.message_id != context.card_message_id:
            elsewhere.add((place.channel_id, place.message_id))
        elif place is not None or name.startswith("input-"):
            here[name] = one
    for channel_id, message_id in sorted(elsewhere):
        url = f"https://discord.com/channels/{context.guild_id}/{channel_id}/{message_id}"
        yield texts("card-inputs-there", url=url)
    shown = [name for name, one in here.items() if one.attachment.kind is not InputKind.AUDIO]
    if shown:
        yield ui.MediaGallery(
            *(discord.MediaGalleryItem(f"attachment://{name}", spoiler=here[name].attachment.spoiler) for name in shown)
        )
    for name in here.keys() - set(shown):
        yield ui.File(f"attachment://{name}", spoiler=here[name].attachment.spoiler)


def input_names(inputs: Sequence[Input], texts: Texts) -> list[str]:
    """What a prompt may call each input, and what it was given as: "@Image1 (first frame)".

    Counted as `domain.assigning` counts: all of a kind, in the order of the model's slots; pictures of an element
    are called by the element.
    """
    counted: Counter[str] = Counter()
    names: dict[str, None] = {}  # the pictures of an element have one name together
    for one in inputs:
        role = one.attachment.role
        if _ELEMENTS in one.slot:
            name = f"@Element{(one.position or 0) + 1}"
        else:
            word = one.attachment.kind.value.capitalize()
            counted[word] += 1
            name = f"@{word}{counted[word]}"
        about = f" ({texts(f'role-{role.value}')})" if role is not None else ""
        names[f"**{name}**{about}"] = None
    return list(names)
