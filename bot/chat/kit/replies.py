"""Answers to interactions: the acknowledgement within Discord's 3 seconds, and what a person alone is told.

Our own answer may get lost: discord.py repeats a request that got a 5xx, we one whose connection broke, and Discord
says that the first one was taken. So it was.
"""

import logging
import re
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import ROW_ID, CustomId, button, plain_view
from bot.chat.kit.errors import BROKEN
from bot.chat.kit.services import Interaction, services_of
from bot.chat.kit.words import option_word, refusal_text, without_deleted
from bot.domain.errors import Refusal
from bot.domain.ids import MessageId, UserId
from bot.domain.models.catalogue import DURATION_NAMES
from bot.texts import Texts

log = logging.getLogger(__name__)

GONE = 10062  # "Unknown interaction": the three seconds are over
ANSWERED = 40060  # "Interaction has already been acknowledged"
RUN = CustomId("drover:run:{id}", id=ROW_ID)  # orders what a refusal suggested; the id is that of a session
_NO_MESSAGE = frozenset(  # first answers that are no message of their own: nothing, a change of the old one, a form
    {
        discord.InteractionResponseType.message_update,
        discord.InteractionResponseType.deferred_message_update,
        discord.InteractionResponseType.modal,
    }
)
_COMMAND = re.compile(r"`/([^`\s]+)`")
_SHOWN = 40  # characters of a value
_MODEL = 55  # characters of a model's name: a button has 80
_LEFT_OUT = frozenset({"option-unknown", "option-foreign"})  # what is mended by leaving the option out
_OTHER_MODEL = frozenset({"input-missing", "input-missing-any", "input-unwanted"})
_LENGTHS = frozenset({"duration", *DURATION_NAMES})


async def defer(interaction: Interaction, *, ephemeral: bool = False) -> MessageId:
    """Shows the member that the bot thinks; the id of the message that becomes the answer."""
    answer = await _defer(interaction, ephemeral=ephemeral, thinking=True)
    told = answer.message_id if answer is not None else None
    return MessageId(told if told is not None else (await interaction.original_response()).id)


async def acknowledge(interaction: Interaction) -> None:
    """Takes the press of a button, with nothing to add."""
    await _defer(interaction)


async def _defer(interaction: Interaction, **how: bool) -> discord.InteractionCallbackResponse[Any] | None:
    """None when it was taken, but nobody knows as what."""
    try:
        try:
            return await interaction.response.defer(**how)
        except BROKEN:
            return await interaction.response.defer(**how)
    except discord.HTTPException as error:
        if error.code != ANSWERED:
            raise
        return None


async def explain(interaction: Interaction, error: BaseException, *, command: str) -> None:
    """One reply to whatever went wrong in a command, a button or a form; what nobody can change is logged."""
    if isinstance(error, Refusal):
        await refuse(interaction, error)
        return
    services = services_of(interaction)
    cut_off = services.closing.is_set() and isinstance(error, RuntimeError)  # aiohttp's word for a closed session
    if cut_off or isinstance(error, BROKEN) or getattr(error, "code", None) == GONE:
        log.warning("answer lost", extra={"command": command, "error": type(error).__name__})
        if cut_off:
            return
    else:
        log.error("command failed", exc_info=error, extra={"command": command})
    if interaction.type is not discord.InteractionType.autocomplete:
        await say(interaction, services.texts(interaction)("error-unexpected"))


async def refuse(interaction: Interaction, refusal: Refusal, *, further: bool = False) -> None:
    """Tells the person alone what they can change, with a button for the nearest request that would run.

    `further`: in a message of its own, whatever the answer was.
    """
    texts = services_of(interaction).texts(interaction)
    text = with_commands(refusal_text(without_deleted(refusal, interaction.guild), texts), interaction)
    run = run_button(interaction, refusal)
    await say(interaction, text, plain_view(run) if run is not None else None, further=further)


def with_commands(text: str, interaction: Interaction) -> str:
    """The text with commands in it that can be clicked."""
    texts, ids = services_of(interaction).texts(interaction), interaction.client.command_ids

    def mention(found: re.Match[str]) -> str:
        name = next((name for name in ids if texts(f"name-{name}") == found[1]), None)
        return f"</{name}:{ids[name]}>" if name is not None else found[0]

    return _COMMAND.sub(mention, text)


def run_button(interaction: Interaction, refusal: Refusal) -> ui.Item[Any] | None:
    """The button “Run with 10 s” for a refusal that suggests something; None for others."""
    if refusal.suggestion is None:
        return None
    services = services_of(interaction)
    session_id = services.sessions.open(refusal.suggestion, UserId(interaction.user.id))
    label = suggestion_label(refusal, services.texts(interaction))
    return button(RUN(id=session_id), label, discord.ButtonStyle.primary)


def suggestion_label(refusal: Refusal, texts: Texts) -> str:
    """“Run with 10 s”, or what else is nearest."""
    if refusal.key in _OTHER_MODEL and refusal.values.get("nearest"):
        price = refusal.cost if refusal.cost is not None else "none"
        return texts("suggestion-run-model", model=str(refusal.values["nearest"])[:_MODEL], price=price)
    if refusal.also:  # each line says what is nearest
        return texts("suggestion-run")
    nearest = str(refusal.values.get("nearest", ""))[:_SHOWN]
    if refusal.key == "model-wrong-kind":
        return texts("suggestion-run-kind", kind=str(refusal.values["makes"]))
    if not nearest and refusal.key in _LEFT_OUT:
        return texts("suggestion-run-without", option=option_word(str(refusal.values["option"]), texts)[:_SHOWN])
    if not nearest:
        return texts("suggestion-run")
    if refusal.key == "duration" or refusal.values.get("option") in _LENGTHS:
        nearest = texts("setting-seconds", seconds=nearest.removesuffix("s").strip())
    return texts("suggestion-run-with", value=nearest)


async def say(interaction: Interaction, text: str, view: ui.View | None = None, *, further: bool = False) -> None:
    """Answers the interaction privately, or by editing the answer that it has already.

    `further`: with a message of its own, whatever the answer was; so it is where the answer is no message.
    """
    shown: dict[str, Any] = {"allowed_mentions": discord.AllowedMentions.none()}
    if view is not None:
        shown["view"] = view
    try:
        if not interaction.response.is_done():
            try:
                await interaction.response.send_message(text, ephemeral=True, **shown)
            except discord.HTTPException as error:
                if error.code != ANSWERED:  # there is an answer already, as after a lost one
                    raise
            else:
                return
        if further or interaction.response.type in _NO_MESSAGE:
            await interaction.followup.send(text, ephemeral=True, **shown)
        else:
            await interaction.edit_original_response(content=text, **shown)
    except (discord.HTTPException, *BROKEN) as error:
        log.warning("reply failed", extra={"error": type(error).__name__, "code": getattr(error, "code", None)})
