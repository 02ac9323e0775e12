"""Answers to interactions: the acknowledgement within Discord's 3 seconds, and what a person alone is told.

Our own answer may get lost: discord.py repeats a request that got a 5xx, we one whose connection broke, and Discord
says that the first one was taken. So it was.
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Coroutine
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import discord
from discord import ui

from bot.chat.kit.components import AMBER, GREY, RED, ROW_ID, CustomId, button, layout, row
from bot.chat.kit.context import Interaction, front_end_of
from bot.chat.kit.errors import BROKEN, CALL_FAILED, Code, code_of
from bot.chat.kit.words import (
    option_word,
    price_line,
    quote,
    refusal_text,
    settings_line,
    short_price,
    without_deleted,
)
from bot.domain.errors import Refusal
from bot.domain.ids import MessageId, UserId
from bot.domain.models.catalogue import DURATION_NAMES, QUALITY
from bot.domain.orders.order import GenerationRequest
from bot.domain.roles import Replaced
from bot.domain.rules.alternatives import WITH_ALTERNATIVES
from bot.texts import Texts

_T = TypeVar("_T")

log = logging.getLogger(__name__)

QUICK = 0.5  # seconds: the acknowledgement is due within one, whatever the disk does
RUN = CustomId("drover:run:{id}", id=ROW_ID)  # orders what a refusal suggested; the id is that of a session
_NO_MESSAGE = frozenset(  # first answers that are no message of their own: nothing, a change of the old one, a form
    {
        discord.InteractionResponseType.message_update,
        discord.InteractionResponseType.deferred_message_update,
        discord.InteractionResponseType.modal,
    }
)
_SHOWN = 40  # characters of a value
_MODEL = 45  # characters of a model's name: a button has 80
_RAISED = frozenset(  # limits that somebody may raise
    {
        *("limit-per-day", "limit-in-flight"),
        *("limit-member-month", "limit-member-day", "limit-guild-month", "limit-guild-day"),
    }
)
_PROMPT = 200  # characters of the prompt of an order that is shown whole
_LEFT_OUT = frozenset({"option-unknown", "option-foreign"})  # what is mended by leaving the option out
_LENGTHS = frozenset({"duration", *DURATION_NAMES})


async def defer(interaction: Interaction, *, ephemeral: bool = False) -> MessageId:
    """Shows the member that the bot thinks; the id of the message that becomes the answer."""
    answer = await _defer(interaction, ephemeral=ephemeral, thinking=True)
    told = answer.message_id if answer is not None else None
    return MessageId(told if told is not None else (await interaction.original_response()).id)


async def acknowledge(interaction: Interaction) -> None:
    """Takes the press of a button, with nothing to add."""
    await _defer(interaction)


async def acknowledge_after(interaction: Interaction, work: Coroutine[Any, Any, _T]) -> _T:
    """What `work` brings. The press is acknowledged after it, so that it may be refused instead, but within a second:
    a disk may take longer.
    """
    task = asyncio.create_task(work)
    # It goes on where the acknowledgement fails; nobody hears then how it ends, which is no error in the log.
    task.add_done_callback(lambda over: over.cancelled() or over.exception())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(QUICK):
            await asyncio.shield(task)
    await acknowledge(interaction)
    return await task


async def _defer(interaction: Interaction, **how: bool) -> discord.InteractionCallbackResponse[Any] | None:
    """None when it was taken, but nobody knows as what."""
    try:
        try:
            return await interaction.response.defer(**how)
        except BROKEN:
            return await interaction.response.defer(**how)
    except discord.HTTPException as error:
        if code_of(error) is not Code.ALREADY_ACKNOWLEDGED:
            raise
        return None


async def explain(interaction: Interaction, error: BaseException, *, command: str) -> None:
    """One reply to whatever went wrong in a command, a button or a form; what nobody can change is logged."""
    if isinstance(error, Refusal):
        await refuse(interaction, error)
        return
    if code_of(error) is Code.UNKNOWN_MESSAGE and interaction.response.type in _NO_MESSAGE:
        # What was pressed is deleted meanwhile, and its answer would have been a change of it.
        log.info("message gone", extra={"command": command})
        return
    if isinstance(error, Replaced):  # Discord has told the one that took over as well
        log.info("command left to another process", extra={"command": command})
        return
    front_end = front_end_of(interaction)
    cut_off = _is_cut_off(interaction, error)
    if cut_off or isinstance(error, BROKEN) or code_of(error) is Code.UNKNOWN_INTERACTION:  # too late
        log.warning("answer lost", extra={"command": command, "error": type(error).__name__})
        if cut_off:
            return
    else:
        log.error("command failed", exc_info=error, extra={"command": command})
    if interaction.type is not discord.InteractionType.autocomplete:
        await say(interaction, front_end.texts(interaction)("error-unexpected"), colour=RED)


def _is_cut_off(interaction: Interaction, error: BaseException) -> bool:
    """Whether that is aiohttp's word for a session that is closed because the bot stops."""
    return front_end_of(interaction).closing.is_set() and isinstance(error, RuntimeError)


async def refuse(interaction: Interaction, refusal: Refusal, *, further: bool = False) -> None:
    """Tells the person alone what they can change, with a button for the nearest request that would run.

    `further`: in a message of its own, whatever the answer was.
    """
    text, run = told(interaction, refusal)
    await say(interaction, text, *([row(run)] if run is not None else []), colour=AMBER, further=further)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedOrder:
    """What a button orders, for the price that is on it (USD); None where none is."""

    request: GenerationRequest
    price: Decimal | None


def told(interaction: Interaction, refusal: Refusal) -> tuple[str, ui.Item[Any] | None]:
    """What the person reads, and the button for what the refusal suggests, if anything.

    An order for another model is shown whole, with its price, before anybody can press for it.
    """
    front_end = front_end_of(interaction)
    texts = front_end.texts(interaction)
    text = refusal_text(without_deleted(refusal, interaction.guild), texts)
    if refusal.suggestion is None:
        if refusal.key in _RAISED:
            text = f"{text} {texts('limit-raised')}"
        return text, None
    validated = refusal.validated
    if validated is not None and "model" in refusal.changed:
        whole = texts("suggestion-whole", kind=validated.kind.value, count=validated.count)
        order = (quote(validated.title, _PROMPT), settings_line(validated, texts), price_line(validated, texts))
        text = "\n".join((text, whole, *order))
    total = validated.total if validated is not None else None
    offer = OfferedOrder(request=refusal.suggestion, price=total.usd if total is not None else None)
    session_id = front_end.sessions.open(offer, UserId(interaction.user.id))
    return text, button(RUN(id=session_id), suggestion_label(refusal, texts), discord.ButtonStyle.primary)


def suggestion_label(refusal: Refusal, texts: Texts) -> str:
    """“Run with 10 s · $0.70”, or what else is nearest, with its price where somebody can say it."""
    total = refusal.validated.total if refusal.validated is not None else None
    words = _suggested(refusal, texts)
    return words if total is None else f"{words} · {short_price(total, texts)}"


def _suggested(refusal: Refusal, texts: Texts) -> str:
    validated = refusal.validated
    if refusal.key == "model-wrong-kind":
        return texts("suggestion-run-kind", kind=str(refusal.values["makes"]))
    if validated is not None and "model" in refusal.changed:
        return texts("suggestion-run-model", model=validated.model_name[:_MODEL])
    if validated is not None and refusal.suggestion is not None and refusal.key in WITH_ALTERNATIVES:
        return _less(refusal.suggestion, refusal.changed, texts)
    if refusal.also:  # each line says what is nearest
        return texts("suggestion-run")
    nearest = str(refusal.values.get("nearest", ""))[:_SHOWN]
    if not nearest:
        left_out = option_word(str(refusal.values["option"]), texts) if refusal.key in _LEFT_OUT else ""
        without = texts("suggestion-run-without", option=left_out[:_SHOWN])
        return without if left_out else texts("suggestion-run")
    if refusal.key == "duration" or refusal.values.get("option") in _LENGTHS:
        nearest = texts("setting-seconds", seconds=nearest.removesuffix("s").strip())
    return texts("suggestion-run-with", value=nearest)


def _less(request: GenerationRequest, changed: Collection[str], texts: Texts) -> str:
    """“Order 5 s, 720p”: what is less about a request that fits."""
    parts: list[str] = []
    if "duration" in changed:
        parts.append(texts("setting-seconds", seconds=str(request.duration)))
    if "resolution" in changed:
        parts.append(str(request.resolution))
    if "count" in changed:
        parts.append(texts("suggestion-count", kind=request.kind.value, count=request.count))
    if QUALITY in request.more and "more" in changed:
        parts.append(texts("suggestion-quality", value=str(request.more[QUALITY])))
    if "audio" in changed:
        parts.append(texts("setting-silent"))
    return texts("suggestion-run-less", value=", ".join(parts)[:_SHOWN])


async def say(
    interaction: Interaction,
    *items: ui.Item[Any] | str,
    colour: int = GREY,
    file: discord.File | None = None,
    further: bool = False,
) -> None:
    """Answers the interaction privately, or by editing the answer that it has already. A `file` is shown at the end.

    `further`: with a message of its own, whatever the answer was; so it is where the answer is no message.
    """
    files = [file] if file is not None else []
    view = layout(*items, *(ui.File[Any](each) for each in files), colour=colour)
    shown: dict[str, Any] = {"view": view, "allowed_mentions": discord.AllowedMentions.none()}
    try:
        if not interaction.response.is_done():
            try:
                await interaction.response.send_message(ephemeral=True, files=files, **shown)
            except discord.HTTPException as error:
                if code_of(error) is not Code.ALREADY_ACKNOWLEDGED:  # there is an answer already, as after a lost one
                    raise
            else:
                return
        if further or interaction.response.type in _NO_MESSAGE:
            await interaction.followup.send(ephemeral=True, files=files, **shown)
        else:  # an answer that once held plain text takes components only without it
            await interaction.edit_original_response(content=None, attachments=files, **shown)
    except (*CALL_FAILED, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _is_cut_off(interaction, error):
            raise
        log.warning("reply failed", extra={"error": type(error).__name__, "code": getattr(error, "code", None)})
