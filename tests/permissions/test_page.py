"""The page knows every control that the code has, and no other; and it says what the refusals say."""

from collections import Counter

from tests.permissions import controls, page, uses, world

COMMANDS, TYPING, CONTROLS = (
    page.table(heading) for heading in ("Commands", "While typing", "Buttons, selects and forms")
)


def test_every_command_has_a_row_for_each_kind_of_member() -> None:
    assert {code for row in COMMANDS for code in row.codes} == controls.commands()


def test_every_option_with_offers_has_a_row() -> None:
    assert {row.name for row in TYPING} == controls.typed()


def test_every_button_select_and_form_has_a_row() -> None:
    assert {control for row in CONTROLS for control in row.controls} == controls.controls()


def test_every_button_and_select_is_of_the_one_kind_that_is_declared() -> None:
    assert controls.dynamic() == {"PersistentItem"}
    assert list(controls.made_by_hand()) == []


def test_no_row_is_there_twice() -> None:
    for rows in (COMMANDS, TYPING, CONTROLS):
        assert max(Counter(row.name for row in rows).values()) == 1
    assert max(Counter(control for row in CONTROLS for control in row.controls if row.cells["again"].key).values()) == 1


def test_every_cell_means_something() -> None:
    for row in (*COMMANDS, *CONTROLS):
        for column, cell in row.cells.items():
            assert cell.answer in {"yes", "no", "hidden", "unlisted", "–"}, (row.name, column)  # noqa: RUF001
            assert (cell.key is not None) == (cell.answer in {"no", "hidden"}), (row.name, column)


def test_refusals_are_told_in_the_words_of_the_page() -> None:
    used = {cell.key for row in (*COMMANDS, *CONTROLS) for cell in row.cells.values() if cell.key}
    assert set(page.texts()) == used
    for key, words in page.texts().items():
        assert words == world.english(key)


def test_every_row_is_used() -> None:
    assert set(uses.USES) == {row.name for row in CONTROLS}
    by_hand = {name for name in (row.name for row in COMMANDS) if name.startswith("/cancel")}
    assert {*uses.COMMANDS, *uses.MENUS, *by_hand} == {row.name for row in COMMANDS}
