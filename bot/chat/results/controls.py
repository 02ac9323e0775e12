"""The buttons under results, in the order in which they are shown."""

from bot.chat.results.again import AGAIN, VARY
from bot.chat.results.details import DETAILS

RESULT_BUTTONS = (AGAIN, VARY, DETAILS)
CONTROLS = tuple(each.control for each in RESULT_BUTTONS)
