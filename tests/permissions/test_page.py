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
    named = {control for row in CONTROLS for control in row.controls}
    foreign = {
        name for name in named if name.startswith("sheet ") and name.rpartition(" ")[2] in controls.foreign_verbs()
    }
    missing = controls.controls() - named
    assert not missing, "no row names these"
    assert named - foreign == controls.controls() - foreign, "the code has no such control"
    assert {name.rpartition(" ")[2] for name in foreign} == controls.foreign_verbs()


def test_every_sheet_has_a_row() -> None:
    named = {control.split()[1] for row in CONTROLS for control in row.controls if control.startswith("sheet ")}
    assert named == controls.sheets()


def test_every_class_of_controls_is_known_here() -> None:
    """A new one: say in `controls` how the code makes it, and write its rows."""
    assert controls.dynamic() == controls.known()
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
