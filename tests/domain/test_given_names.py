"""What a file is called by who gave it, in the place of what we call it."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.slots import InputKind
from bot.domain.orders.inputs import Attachment, Input, with_given_names
from bot.domain.orders.slot_assignment import check_files
from tests.cases import for_each
from tests.domain.kit import Refused

HOST = "https://cdn.discordapp.com/attachments/11/22"


def inputs(*names: str) -> Sequence[Input]:
    return [
        Input(slot="images", position=number, attachment=attachment(number + 1, name))
        for number, name in enumerate(names)
    ]


def attachment(number: int, given_name: str | None) -> Attachment:
    return Attachment(
        kind=InputKind.IMAGE,
        name=f"input-{number}.png",
        given_name=given_name,
        media_type="image/png",
        size=10,
        url=f"{HOST}/input-{number}.png?ex=1&is=2&hm=3",
    )


@for_each(
    ("words", "shown"),
    [
        ("input-1.png is broken", "fox.png is broken"),
        ("'input-2.png' is broken", "'otter.jpg' is broken"),
        ("/srv/x/input-1.png", "/srv/x/fox.png"),
        ("Input-1.png and my-input-1.png, input-1.pngx", "Input-1.png and my-input-1.png, input-1.pngx"),
        (f"cannot read {HOST}/input-1.png?ex=1&is=2&hm=3 (broken)", "cannot read fox.png (broken)"),
        (f"cannot read {HOST}/input-1.png?ex=9&hm=8: broken", "cannot read fox.png broken"),
        ("cannot read <https://media.discordapp.net/attachments/1/2/input-2.png>", "cannot read <otter.jpg>"),
        ("cut: https://cdn.discordapp.com/attachments/11/2", "cut: …"),
        ("see https://oxen.ai/docs", "see https://oxen.ai/docs"),
        ("input_image is broken", "input_image is broken"),
    ],
)
def test_the_providers_words_speak_of_the_members_own_file(words: str, shown: str) -> None:
    assert with_given_names(words, inputs("fox.png", "otter.jpg")) == shown


@given(name=st.text(min_size=1, max_size=100))
def test_any_name_can_stand_in_its_place(name: str) -> None:
    assert with_given_names("input-1.png!", inputs(name)) == f"{name}!"


def test_rows_from_before_names_were_kept_say_what_they_know() -> None:
    assert attachment(1, None).called == "input-1.png"


def test_a_refusal_names_a_file_as_its_giver_does() -> None:
    moving = Attachment(
        kind=InputKind.IMAGE,
        name="input-1.gif",
        given_name="holiday.gif",
        media_type="image/gif",
        size=10,
        url="x",
        animated=True,
    )
    with Refused("file-animated", name="holiday.gif"):
        check_files([moving])
