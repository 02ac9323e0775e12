"""Modals: what a bot may ask, what a member may send, and how the one leads to the other."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.client import Community, File, Refused
from sandbox.discord.errors import InvalidForm
from sandbox.discord.modals import accepted
from tests.sandbox_discord.kit import Bot, RunBot, discord

Interaction = discord.Interaction
ui = discord.ui


def options(*names: str, default: str = "", kind: Any = discord.SelectOption) -> list[Any]:
    return [kind(label=name.title(), value=name, default=name == default) for name in names]


class Model(ui.Modal, title="Kling: the rest"):
    """The first page: text, choices, files."""

    note = ui.TextDisplay("What no option covers")
    negative = ui.Label(
        text="Negative prompt", component=ui.TextInput(custom_id="negative", required=False, default="blurry")
    )
    mode = ui.Label(
        text="Mode",
        component=ui.RadioGroup(
            custom_id="mode", options=options("std", "pro", default="std", kind=discord.RadioGroupOption)
        ),
    )
    effects = ui.Label(
        text="Effects",
        component=ui.Select(
            custom_id="effects", options=options("fog", "rain", "snow"), min_values=0, max_values=2, required=False
        ),
    )
    references = ui.Label(
        text="References",
        description="Up to three",
        component=ui.FileUpload(custom_id="references", min_values=1, max_values=3),
    )

    async def on_submit(self, interaction: Interaction) -> None:
        got = [self.negative.component.value, self.mode.component.value, sorted(self.effects.component.values)]
        files = [(await one.read()).decode() for one in self.references.component.values]
        await interaction.response.send_message(f"{got} {files}", ephemeral=True)


class Who(ui.Modal, title="Who and where"):
    """The second page: people, roles, places, boxes."""

    def __init__(self, role: discord.Role) -> None:
        super().__init__()
        self.who = ui.UserSelect(custom_id="who", max_values=2)
        self.role = ui.RoleSelect(custom_id="role", default_values=[role])
        self.where = ui.ChannelSelect(custom_id="where", channel_types=[discord.ChannelType.text])
        boxes = options("a", "b", default="b", kind=discord.CheckboxGroupOption)
        self.boxes = ui.CheckboxGroup(custom_id="boxes", options=boxes, max_values=2)
        self.sure = ui.Checkbox(custom_id="sure", default=True)
        for text, component in (
            ("Who", self.who), ("Role", self.role), ("Where", self.where), ("Boxes", self.boxes), ("Sure", self.sure),
        ):  # fmt: skip
            self.add_item(ui.Label(text=text, component=component))

    async def on_submit(self, interaction: Interaction) -> None:
        people = [one.display_name for one in self.who.values]
        got = [people, self.role.values[0].name, self.where.values[0].name, self.boxes.values, self.sure.value]
        await interaction.response.edit_message(content=str(got), view=None)


def asking(bot: Bot) -> None:
    """A command with two pages: its modal, and behind the button of its answer another one."""

    class More(ui.View):
        @ui.button(label="More", custom_id="more")
        async def more(self, interaction: Interaction, _button: Any) -> None:
            role = next(one for one in interaction.guild.roles if one.name == "Filmmaker")
            await interaction.response.send_modal(Who(role))

    @bot.tree.command(description="Order")
    async def order(interaction: Interaction) -> None:
        await interaction.response.send_modal(Model())

    @bot.tree.command(description="Ask on")
    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_message("page 1", view=More(timeout=None), ephemeral=True)


async def test_a_form_with_text_choices_and_files(
    run_bot: RunBot, community: Community, bot: Bot, tmp_path: Path
) -> None:
    asking(bot)
    bo = community.member("Bo", channel="video-lab")
    hare = tmp_path / "hare.png"
    hare.write_bytes(b"hare")
    async with run_bot(bot):
        asked = await bo.slash("order")
        form = asked.form
        assert (form.title, form.text) == ("Kling: the rest", "What no option covers")
        kinds = [(field.label, field.kind, field.required) for field in form.fields]
        assert kinds == [
            ("Negative prompt", "text", False), ("Mode", "radio", True), ("Effects", "choice", False),
            ("References", "files", True),
        ]  # fmt: skip
        assert form.field("references").maximum == 3
        with pytest.raises(Refused) as refused:
            await bo.submit(asked, {"Mode": "fast", "Effects": ["fog", "rain", "snow"], "Size": 1})
        assert refused.value.problems == {
            "mode": "not one of ['std', 'pro']",
            "effects": "takes 0 to 2 values",
            "references": "this field is required",
            "Size": "the modal has no such field",
        }
        with pytest.raises(Refused, match="takes 1 to 3 files"):
            await bo.submit(asked, files={"References": [File("a.png")] * 4})
        files = {"References": [hare, File("fox.png", b"fox")]}
        done = await bo.submit(asked, {"Mode": "Pro", "effects": ["Rain", "fog"]}, files=files)
        assert (await community.answer(done)).text == "['blurry', 'pro', ['fog', 'rain']] ['hare', 'fox']"
        with pytest.raises(Refused, match="no such modal open"):
            await bo.submit(asked, files=files)


async def test_a_second_page_behind_a_button_updates_the_first_answer(
    run_bot: RunBot, community: Community, bot: Bot
) -> None:
    asking(bot)
    bo = community.member("Bo", channel="video-lab")
    async with run_bot(bot):
        panel = await community.answer(await bo.slash("ask"))
        asked = await bo.press(panel, "More")
        assert asked.form.field("Sure").kind == "checkbox"
        with pytest.raises(Refused) as refused:
            await bo.submit(asked, {"Who": ["Ada", "Eli"], "Where": "Club"})
        assert refused.value.problems == {"who": "is no member here", "where": "not that type of channel"}
        with pytest.raises(Refused, match="the same twice"):
            await bo.submit(asked, {"Who": ["Ada", "Ada"], "Where": "general"})
        with pytest.raises(Refused, match="Cleo has no such modal open"):
            await community.member("Cleo").submit(asked, {"Who": "Ada", "Where": "general"})
        await bo.submit(asked, {"Who": ["Ada", "Dev"], "Where": "general", "Sure": False})
        shown = await bo.see(panel)
        assert shown.text == "[['Ada', 'Dev'], 'Filmmaker', 'general', ['b'], False]"
        assert not shown.buttons


async def test_a_form_that_was_not_answered_stays_open(run_bot: RunBot, community: Community, bot: Bot) -> None:
    said: list[str] = []

    class Once(ui.Modal, title="Once"):
        text = ui.Label(text="Text", component=ui.TextInput(custom_id="text", min_length=2))

        async def on_submit(self, interaction: Interaction) -> None:
            said.append(self.text.component.value)
            if len(said) == 1:
                raise RuntimeError("the bot fails")
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.followup.send("late")

    @bot.tree.command(description="Ask")
    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(Once())

    bo = community.member("Bo", channel="general")
    async with run_bot(bot):
        asked = await bo.slash("ask")
        silent = await community.submit(asked, {"Text": "one"}, wait=0)
        await community.advance(4)
        assert (await community.interaction(silent)).error == "Something went wrong. Try again."
        again = await bo.submit(asked, {"text": "two"})
        assert (await community.answer(again)).text == "late"
    assert said == ["one", "two"]


async def test_a_form_does_not_answer_a_form(run_bot: RunBot, community: Community, bot: Bot) -> None:
    refusals: list[int] = []

    class Loop(ui.Modal, title="Loop"):
        text = ui.Label(text="Text", component=ui.TextInput(custom_id="text", required=False))

        async def on_submit(self, interaction: Interaction) -> None:
            with pytest.raises(discord.HTTPException) as refused:
                await interaction.response.send_modal(Loop())
            refusals.append(refused.value.code)
            await interaction.response.send_message("no second form")

    @bot.tree.command(description="Ask")
    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(Loop())

    bo = community.member("Bo", channel="general")
    async with run_bot(bot):
        done = await bo.submit(await bo.slash("ask"))
        assert (await community.answer(done)).text == "no second form"
    assert refusals == [50035]


async def test_a_form_of_the_old_kind_and_a_bot_that_says_nothing(
    run_bot: RunBot, community: Community, bot: Bot
) -> None:
    class Old(ui.Modal, title="Old"):
        text = ui.TextInput(label="Text", max_length=5)

        async def on_submit(self, interaction: Interaction) -> None:
            await interaction.response.send_message(self.text.value)

    @bot.tree.command(description="Ask")
    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(Old())

    @bot.tree.command(description="Say nothing")
    async def quiet(interaction: Interaction) -> None:
        """Not a word."""

    bo = community.member("Bo", channel="general")
    async with run_bot(bot):
        asked = await bo.slash("ask")
        assert [(field.label, field.kind, field.maximum) for field in asked.form.fields] == [("Text", "text", 5)]
        with pytest.raises(LookupError, match="it has \\['Text'\\]"):
            asked.form.field("Size")
        with pytest.raises(Refused, match="must be 0 to 5 characters"):
            await bo.submit(asked, {"Text": "too long"})
        assert (await community.answer(await bo.submit(asked, {"Text": "short"}))).text == "short"
        silent = await community.invoke(user="Bo", channel="general", command="quiet", wait=0)
        with pytest.raises(LookupError, match="not answered with a modal"):
            _ = silent.form
        with pytest.raises(TimeoutError, match=r"did not answer within 0\.05 s"):
            await community.answer(silent, wait=0.05)
        await community.advance(4)
        with pytest.raises(TimeoutError, match="The application did not respond"):
            await community.answer(silent)


def label(component: dict[str, Any]) -> dict[str, Any]:
    return {"type": 18, "label": "l", "component": {"custom_id": "c", **component}}


TWO = [{"label": name, "value": name} for name in ("a", "b")]
TICKED = [{**one, "default": True} for one in TWO]


@pytest.mark.parametrize(
    ("component", "field"),
    [
        ({"type": 4, "style": 1, "max_length": 4001}, "max_length"),
        ({"type": 4, "style": 1, "min_length": 5, "max_length": 4}, "min_length"),
        ({"type": 4, "style": 1, "value": "long", "max_length": 3}, "value"),
        ({"type": 4}, "style"),
        ({"type": 19, "max_values": 11}, "max_values"),
        ({"type": 19, "min_values": 0}, "min_values"),
        ({"type": 19, "min_values": 3, "max_values": 2}, "min_values"),
        ({"type": 19, "file_types": ["image"] * 11}, "file_types"),
        ({"type": 3, "options": TWO, "disabled": True}, "disabled"),
        ({"type": 3, "options": TWO, "min_values": 0}, "min_values"),
        ({"type": 3, "options": TWO, "max_values": 3}, "options"),
        ({"type": 3, "options": TICKED}, "options"),
        ({"type": 5, "default_values": [{"id": "1", "type": "role"}]}, "default_values"),
        ({"type": 6, "default_values": [{"id": str(n), "type": "role"} for n in (1, 2)]}, "default_values"),
        ({"type": 21, "options": TWO[:1]}, "options"),
        ({"type": 21, "options": TICKED}, "options"),
        ({"type": 21, "options": [TWO[0], TWO[0]]}, "options"),
        ({"type": 22, "options": TICKED, "max_values": 1}, "options"),
        ({"type": 22, "options": TWO, "min_values": 0}, "min_values"),
        ({"type": 2, "style": 1, "label": "no button"}, "type"),
    ],
)  # fmt: skip
def test_what_a_bot_may_not_ask(component: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidForm) as refused:
        accepted({"custom_id": "m", "title": "t", "components": [label(component)]})
    (inner,) = refused.value.tree["data"]["components"]["0"].values()
    assert list(inner) == [field]


@pytest.mark.parametrize(
    "component",
    [
        {"type": 19, "min_values": 0, "required": False, "file_types": ["image", ".PNG"]},
        {"type": 3, "options": TWO, "min_values": 0, "max_values": 2, "required": False, "disabled": False},
        {"type": 7, "default_values": [{"id": "1", "type": "role"}, {"id": "2", "type": "user"}], "max_values": 2},
        {"type": 22, "options": TICKED},
    ],
)
def test_what_it_may_ask(component: dict[str, Any]) -> None:
    accepted({"custom_id": "m", "title": "t", "components": [label(component)]})


def test_a_form_has_one_to_five_fields() -> None:
    many = [{**label({"type": 23}), "component": {"type": 23, "custom_id": str(n)}} for n in range(6)]
    for listed in ([], many):
        with pytest.raises(InvalidForm):
            accepted({"custom_id": "m", "title": "t", "components": listed})
    accepted({"custom_id": "m", "title": "t", "components": many[:5]})
