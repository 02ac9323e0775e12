"""The buttons under results, in the order in which they are shown."""

from bot.chat.kit.components import row
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import say
from bot.chat.kit.words import escape_markdown
from bot.chat.results import moderating
from bot.chat.results.again import AGAIN, PROPERLY, VARY
from bot.chat.results.button import WHICH, Made
from bot.chat.results.details import DETAILS
from bot.chat.results.star import STAR
from bot.chat.results.uses import ANIMATE, EXTEND, UPSCALE, USE_AS_INPUT
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId

_NAME = 60  # characters of a model's name

RESULT_BUTTONS = (PROPERLY, AGAIN, VARY, ANIMATE, EXTEND, UPSCALE, USE_AS_INPUT, STAR, DETAILS)


async def _which(press: Press) -> None:
    """Asks which of the compared results is meant, with a button for each of them, in a panel of one's own."""
    services, texts = press.services, press.texts
    meant = next((each for each in RESULT_BUTTONS if each.verb == press.values["verb"]), None)
    if meant is None:
        raise Refusal("control-gone")
    catalogue = services.catalogue_cache.catalogue
    compared = await services.order_history.compared(press.context.guild_id, GenerationId(press.values["id"]))
    made = [Made(order=past.order, outputs=past.generations, catalogue=catalogue) for past in compared]
    able = [each for each in made if meant.applies(each)]
    lines = [f"{each.output.ordinal}. **{escape_markdown(each.order.request.model_name, _NAME)}**" for each in able]
    buttons = (meant.shown(each, texts, str(each.output.ordinal)) for each in able)
    await say(press.interaction, "\n".join([texts("compare-which"), *lines]), row(*buttons))


CONTROLS = (*(each.control for each in RESULT_BUTTONS), Control(WHICH, _which), *moderating.CONTROLS)
