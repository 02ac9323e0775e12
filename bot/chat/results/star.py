"""⭐ below a result: everybody who sees it may give it a star, and take it back by a second press.

The number on the button is brought up to date by the answer to the press, which costs no request of the bot's own.
"""

from functools import partial

from bot.chat.kit.components import ROW_ID, CustomId, with_labels
from bot.chat.kit.control import Press
from bot.chat.kit.replies import acknowledge
from bot.chat.results.button import ResultButton
from bot.domain.ids import GenerationId
from bot.texts import Texts

_TURNS = 5  # edits by one press, at most


def star_label(count: int, texts: Texts, label: str = "") -> str:
    """The label with that number. What stands before the star in it stays: compared results are numbered."""
    return label.partition(texts("result-star", count=0))[0] + texts("result-star", count=count)


async def _star(press: Press) -> None:
    """The number on the button is right in the end, whoever else presses meanwhile: each looks after its own edit.

    Whose edit is the last one sees all stars that were given before it.
    """
    context, stars, interaction = press.context, press.services.star_service, press.interaction
    output = GenerationId(press.values["id"])
    count = await stars.press(context.reader, output)
    if interaction.message is None:
        await acknowledge(interaction)
        return
    for turn in range(_TURNS):
        labels = {STAR.id(id=output): partial(star_label, count, context.public)}
        view = with_labels(interaction.message, labels)
        if turn == 0:
            await interaction.response.edit_message(view=view)
        else:
            await interaction.edit_original_response(view=view)
        latest = await stars.count(output)
        if latest == count:
            return
        count = latest


STAR = ResultButton(
    id=CustomId("drover:star:{id}", id=ROW_ID),
    handle=_star,
    label=lambda _, texts: texts("result-star", count=0),
    applies=lambda made: bool(made.ready),
)
