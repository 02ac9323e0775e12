"""Commands, buttons, selects and forms as one uses them in the page, with bots of two libraries."""

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, expect

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.foreign import kit as foreign
from tests.page.kit import window
from tests.sandbox_discord.kit import Bot, Rest, RunBot, app_commands, discord

pytestmark = pytest.mark.asyncio(loop_scope="session")
GENERAL = "1150000000000000110"
Interaction = discord.Interaction
ui = discord.ui


class Questions(ui.Modal, title="Everything"):
    """A field of every kind."""

    said = ui.Label(text="Prompt", description="What to show", component=ui.TextInput(max_length=40))
    model = ui.Label(
        text="Model",
        component=ui.Select(options=[discord.SelectOption(label=f"Model {n}", value=str(n)) for n in range(12)]),
    )
    who = ui.Label(text="People", component=ui.UserSelect(max_values=2, required=False))
    files = ui.Label(text="Pictures", component=ui.FileUpload(max_values=3, required=False))
    shape = ui.Label(
        text="Shape",
        component=ui.RadioGroup(options=[discord.RadioGroupOption(label=one, value=one) for one in ("wide", "tall")]),
    )
    extras = ui.Label(
        text="Extras",
        component=ui.CheckboxGroup(
            options=[discord.CheckboxGroupOption(label=one, value=one) for one in ("sound", "grain")], required=False
        ),
    )

    def __init__(self, *fields: str) -> None:
        """Only these: a form has five at most."""
        super().__init__()
        for name in ("said", "model", "who", "files", "shape", "extras"):
            if name not in fields:
                self.remove_item(getattr(self, name))

    async def on_submit(self, interaction: Interaction) -> None:
        answers: list[str] = []
        for label in self.children:
            field: Any = getattr(label, "component", None)
            found: Any = getattr(field, "values", None) or getattr(field, "value", None) or []
            listed = [found] if isinstance(found, str) else list(found)
            answers += [str(getattr(one, "filename", getattr(one, "display_name", one))) for one in listed]
        await interaction.response.send_message(f"got {', '.join(answers)}", ephemeral=True)


def furnish(bot: Bot) -> None:
    """Commands of all kinds."""
    tree = bot.tree

    @tree.command(description="Make a picture")
    async def picture(  # the options are what is tested
        interaction: Interaction,
        prompt: str,
        model: str | None = None,
        size: Literal["small", "large"] = "small",
        count: app_commands.Range[int, 1, 4] = 1,
        sound: bool = False,
        friend: discord.Member | None = None,
        image: discord.Attachment | None = None,
    ) -> None:
        name = image.filename if image else None
        await interaction.response.defer()
        await interaction.edit_original_response(
            content=f"{prompt}|{model}|{size}|{count}|{sound}|{friend and friend.name}|{name}"
        )

    @picture.autocomplete("model")
    async def models(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current or 'any'} {n}", value=f"{current}-{n}") for n in (1, 2)]

    @tree.command(description="Say nothing")
    async def silent(interaction: Interaction) -> None:
        pass

    @tree.command(description="A form")
    async def ask(interaction: Interaction, second: bool = False) -> None:
        fields = ("shape", "extras") if second else ("said", "model", "who", "files")
        await interaction.response.send_modal(Questions(*fields))

    @tree.context_menu(name="Enlarge")
    async def enlarge(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"enlarged {message.id}", ephemeral=True)

    @tree.context_menu(name="Wave")
    async def wave(interaction: Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"waved at {member.name}", ephemeral=True)


async def test_a_command_with_options_of_all_kinds(
    browser: Browser, sandbox: DiscordSandbox, run_bot: RunBot, bot: Bot, tmp_path: Path
) -> None:
    furnish(bot)
    image = tmp_path / "fox.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n")
    async with run_bot(bot), window(browser, sandbox.url) as bo:
        await bo.enter("Bo", GENERAL)
        await bo.page.keyboard.type("/pict")  # wherever the focus is
        await expect(bo.page.get_by_role("option", name="/picture")).to_be_visible()
        await bo.page.keyboard.press("Tab")
        await bo.page.keyboard.type("a fox")
        await bo.fill("model", "kl")
        await bo.page.locator('[data-option="model"]').press("ArrowDown")
        await expect(bo.page.get_by_role("option", name="kl 2")).to_be_visible()
        await bo.page.get_by_role("option", name="kl 2").click()
        await bo.page.get_by_role("button", name="+size").click()
        await bo.page.keyboard.press("ArrowDown")
        await bo.page.keyboard.press("Enter")
        await bo.fill("count", "9")
        await bo.fill("friend", "Ada")
        await bo.fill("image", image)
        await bo.page.locator(".command .send").click()
        await expect(bo.page.get_by_role("alert")).to_contain_text("4")
        await bo.fill("count", "3")
        await bo.page.locator('[data-option="count"]').press("Enter")
        await expect(bo.said("a fox|kl-2|large|3|False|ada|fox.png")).to_be_visible()
        await expect(bo.said("a fox|")).to_contain_text("Bo used /picture")
        assert await bo.findings() == []


async def test_a_bot_that_does_not_answer(
    browser: Browser, sandbox: DiscordSandbox, run_bot: RunBot, bot: Bot, community: Community
) -> None:
    furnish(bot)
    async with run_bot(bot), window(browser, sandbox.url, reduced_motion="reduce") as bo:
        await bo.enter("Bo", GENERAL)
        await bo.use("silent")
        await expect(bo.page.get_by_text("Sending…")).to_be_visible()
        assert await bo.page.evaluate("document.getAnimations().length") == 0
        sandbox.clock.advance(3.1)
        await expect(bo.page.get_by_text("Sandbox Bot did not respond.")).to_be_visible()
        await bo.button("Dismiss message").click()
        await expect(bo.page.get_by_text("did not respond.")).to_have_count(0)


async def test_forms_with_every_kind_of_field(
    browser: Browser, sandbox: DiscordSandbox, run_bot: RunBot, bot: Bot, tmp_path: Path
) -> None:
    furnish(bot)
    files = [tmp_path / f"{n}.png" for n in range(2)]
    for one in files:
        one.write_bytes(b"\x89PNG\r\n\x1a\n")
    async with run_bot(bot), window(browser, sandbox.url) as bo:
        await bo.enter("Bo", GENERAL)
        await bo.use("ask")
        form = bo.page.get_by_role("dialog", name="Everything")
        await bo.page.set_viewport_size({"width": 360, "height": 640})  # a telephone's
        assert await form.locator(".fields").evaluate("(one) => one.scrollWidth <= one.clientWidth")
        await form.get_by_role("button", name="Submit").click()
        await expect(form.get_by_role("alert").first).to_contain_text("required")
        prompt = form.get_by_label("Prompt")
        await expect(prompt).to_have_accessible_description("What to show This field is required.")
        await expect(prompt).to_have_attribute("aria-invalid", "true")
        await form.get_by_label("Prompt").fill("a hare")
        await form.get_by_role("combobox", name="Model").click()
        await bo.page.keyboard.type("11")
        await bo.page.keyboard.press("Enter")
        await form.get_by_role("combobox", name="People").click()
        await bo.page.get_by_role("option", name="Ada").click()
        await bo.page.get_by_role("option", name="Cleo").click()
        await bo.button("Done").click()
        await form.get_by_label("Pictures").set_input_files(files[0])
        await bo.let_fall(files[1], "drop", ".upload")
        assert await bo.findings() == []
        await form.get_by_role("button", name="Submit").click()
        await expect(bo.said("got a hare, 11, Ada, Cleo, 0.png, 1.png")).to_be_visible()
        await expect(bo.said("got a hare")).to_contain_text("Only you can see this")
        await bo.page.set_viewport_size({"width": 1280, "height": 800})
        await bo.use("ask", second="True")
        await bo.page.get_by_label("tall").check()
        await bo.page.get_by_label("grain").check()
        await bo.button("Submit").click()
        await expect(bo.said("got tall, grain")).to_be_visible()
        await bo.use("ask")
        await expect(form).to_be_visible()
        await bo.page.keyboard.press("Escape")
        await expect(form).to_have_count(0)
        await bo.use("ask", second="True")  # and nobody submits it, for too long
        await bo.page.get_by_label("tall").check()
        sandbox.clock.advance(16 * 60)
        await bo.button("Submit").click()
        await expect(bo.said("got tall")).to_have_count(2)


async def test_apps_of_messages_and_people(
    browser: Browser, sandbox: DiscordSandbox, run_bot: RunBot, bot: Bot, community: Community
) -> None:
    furnish(bot)
    wrote = await community.member("Ada", channel="general").write("look")
    async with (
        run_bot(bot),
        window(browser, sandbox.url) as bo,
        window(browser, sandbox.url, width=360, height=640, has_touch=True, is_mobile=True) as cleo,
    ):
        await cleo.enter("Cleo", GENERAL)
        await cleo.hold(cleo.said("look").locator(".markdown"), 0.8)
        await cleo.page.wait_for_timeout(300)
        await cleo.page.get_by_role("menuitem", name="Enlarge").tap()
        await expect(cleo.said(f"enlarged {wrote.id}")).to_be_visible()
        await bo.enter("Bo", GENERAL)
        await bo.said("look").click(button="right")
        await bo.page.get_by_role("menuitem", name="Enlarge").click()
        await expect(bo.said(f"enlarged {wrote.id}")).to_be_visible()
        await bo.page.get_by_role("complementary", name="Members").get_by_role("button", name="Cleo").click()
        await expect(bo.page.get_by_role("menuitem", name="Wave")).to_be_visible()
        await bo.page.keyboard.press("ArrowUp")
        await bo.page.keyboard.press("Enter")
        await expect(bo.said("waved at cleo")).to_be_visible()


async def registered(rest: Rest, commands: list[dict[str, Any]]) -> None:
    status, said = await rest("PUT", f"/applications/{1150000000000000001}/commands", commands)
    assert status == 200, said


async def test_a_hundred_commands_and_one_with_25_options(
    browser: Browser, sandbox: DiscordSandbox, rest: Rest, tmp_path: Path
) -> None:
    options = [{"type": 3, "name": f"option-{n}", "description": f"The {n}th"} for n in range(24)]
    options.append({"type": 11, "name": "film", "description": "A film"})
    many = [{"name": f"command-{n:02}", "description": f"The {n}th"} for n in range(99)]
    await registered(rest, [*many, {"name": "wide", "description": "Everything", "options": options}])
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(200 * 2**20)
    async with window(browser, sandbox.url) as bo:
        await bo.enter("Bo", GENERAL)
        box = bo.page.locator(".composer textarea")
        await box.press_sequentially("/")
        await expect(bo.page.get_by_role("option")).to_have_count(100)
        await box.press_sequentially("command-98")
        await expect(bo.page.get_by_role("option")).to_have_count(1)
        await bo.page.keyboard.press("Escape")
        await box.fill("")
        await bo.begin("wide")
        for n in range(1, 24):
            await bo.page.get_by_role("button", name=f"+option-{n}", exact=True).click()
        await bo.fill("option-23", "words")
        await bo.fill("film", film)
        await expect(bo.page.locator(".command .field")).to_have_count(25)
        await bo.page.locator(".command .send").click()
        await expect(bo.page.get_by_role("alert")).to_contain_text("film.mp4 is too large: at most 20 MB")
        await bo.be("Dev")
        async with bo.page.expect_file_chooser() as chosen:
            await bo.page.get_by_role("button", name="Dateien anhängen").click()
        await (await chosen.value).set_files(film)
        await bo.write("hier")
        await expect(bo.said("hier").locator("video")).to_be_visible()


@pytest.mark.waits
async def test_a_bot_of_another_library(browser: Browser, sandbox: DiscordSandbox, tmp_path: Path) -> None:
    command = await asyncio.to_thread(foreign.javascript)
    log = tmp_path / "client.log"
    async with (
        foreign.running(command, log, DISCORD_URL=sandbox.url, DISCORD_TOKEN=sandbox.token),
        window(browser, sandbox.url) as bo,
    ):
        await bo.enter("Bo", GENERAL)
        deadline = asyncio.get_running_loop().time() + 60
        while not sandbox.world.commands:
            assert asyncio.get_running_loop().time() < deadline, "no commands were registered"
            await asyncio.sleep(0.1)
        await bo.begin("video")
        await bo.page.locator('[data-option="prompt"]').fill("fox")
        await bo.page.get_by_role("option", name="fox two").click()
        await bo.page.locator(".command .send").click()
        await expect(bo.said("fox-two")).to_be_visible()
        await bo.button("Again").click()
        await bo.page.get_by_label("Prompt").fill("a hare")
        await bo.page.keyboard.press("Enter")
        await expect(bo.said("taken: a hare")).to_be_visible()
        await bo.use("post")
        await bo.page.locator(".thread-link").click()
        await expect(bo.said("inside")).to_be_visible()
