"""A message of components keeps within what Discord takes, whatever is in it."""

from discord import ui

from bot.chat.kit.components import MOST_TEXT, layout


def texts_in(view: ui.LayoutView) -> list[str]:
    return [child.content for child in view.walk_children() if isinstance(child, ui.TextDisplay)]


def test_the_longest_text_gives_way() -> None:
    for colour in (None, 0x6B7280):
        title, prompt, rest = texts_in(layout("# title", "p" * MOST_TEXT, ui.Separator(), "rest", colour=colour))
        assert (title, rest) == ("# title", "rest")
        assert prompt.endswith("p…")
        assert len(title) + len(prompt) + len(rest) == MOST_TEXT
    fits = "p" * (MOST_TEXT - 1)
    assert texts_in(layout(fits, "x")) == [fits, "x"]
