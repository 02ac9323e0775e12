"""The buttons under results, in the order in which they are shown."""

from bot.chat.results import moderating
from bot.chat.results.again import AGAIN, VARY
from bot.chat.results.details import DETAILS
from bot.chat.results.uses import ANIMATE, EXTEND, UPSCALE, USE_AS_INPUT

RESULT_BUTTONS = (AGAIN, VARY, ANIMATE, EXTEND, UPSCALE, USE_AS_INPUT, DETAILS)
CONTROLS = (*(each.control for each in RESULT_BUTTONS), *moderating.CONTROLS)
