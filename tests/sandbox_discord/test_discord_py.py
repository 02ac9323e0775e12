"""The unmodified discord.py 2.7.1 at work."""

import asyncio
import io
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord.client import Community, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, RunBot, app_commands, discord

Interaction = discord.Interaction


async def test_from_slash_command_to_downloaded_file(
    run_bot: RunBot, community: Community, bot: Bot, tmp_path: Path
) -> None:
    @bot.tree.command(description="Make a video")
    @app_commands.describe(prompt="What to show")
    async def video(interaction: Interaction, prompt: str) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"working on {prompt}")
        file = discord.File(io.BytesIO(b"film" * 1000), "fox.mp4")
        await interaction.channel.send(f"{interaction.user.mention} done", file=file)

    async with run_bot(bot):
        asked = await community.invoke(user="Bo", channel="video-lab", command="video", options={"prompt": "a fox"})
        assert asked.acknowledged
        assert asked.deferred
        assert asked.latency_ms > 0
        entry = await community.wait_for(lambda entry: entry.message and entry.message.attachments)
    assert entry.message.pinged == ("Bo",)
    saved = await community.download(entry.message.attachments[0], tmp_path / "fox.mp4")
    assert saved.read_bytes() == b"film" * 1000
    first, second = await community.messages(channel="video-lab", user="Bo")
    assert first.text == "working on a fox"
    assert not first.loading
    assert second.attachments[0].content_type == "video/mp4"


async def test_a_v2_card_with_a_film_and_a_button_that_opens_a_modal(
    run_bot: RunBot, community: Community, bot: Bot, tmp_path: Path
) -> None:
    sketch = tmp_path / "sketch.png"
    sketch.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x40\x00\x00\x00\x20")
    got: dict[str, object] = {}

    class Ask(discord.ui.Modal, title="Once more"):
        prompt = discord.ui.Label(text="Prompt", component=discord.ui.TextInput(custom_id="prompt", max_length=100))
        image = discord.ui.Label(text="Start", component=discord.ui.FileUpload(custom_id="image", required=False))

        async def on_submit(self, interaction: Interaction) -> None:
            got["prompt"] = self.prompt.component.value
            got["file"] = await self.image.component.values[0].read()
            await interaction.response.send_message("taken", ephemeral=True)

    class Again(discord.ui.Button["Card"]):
        async def callback(self, interaction: Interaction) -> None:
            await interaction.response.send_modal(Ask())

    class Card(discord.ui.LayoutView):
        def __init__(self) -> None:
            super().__init__(timeout=None)
            gallery = discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://fox.mp4", description="a fox"))
            row = discord.ui.ActionRow(Again(label="Again", custom_id="again"))
            self.add_item(discord.ui.Container(discord.ui.TextDisplay("**a fox**"), gallery, row))

    @bot.tree.command(description="Make a video")
    async def video(interaction: Interaction) -> None:
        await interaction.response.defer()
        file = discord.File(io.BytesIO(b"film"), "fox.mp4")
        await interaction.edit_original_response(view=Card(), attachments=[file])

    async with run_bot(bot):
        await community.invoke(user="Bo", channel="video-lab", command="video")
        card = (await community.wait_for(lambda entry: entry.kind == "message_edited")).message
        assert card.components_v2
        assert card.text == "**a fox**"
        assert [button.label for button in card.buttons] == ["Again"]
        gallery = next(one for one in card.components if one["type"] == 12)
        assert gallery["items"][0]["media"]["url"].startswith("http://127.0.0.1")
        pressed = await community.press(user="Cleo", message_id=card.id, label="Again")
        assert pressed.modal["title"] == "Once more"
        with pytest.raises(Refused, match="prompt: this field is required"):
            await community.submit(pressed, {})
        done = await community.submit(pressed, {"prompt": "a hare", "image": [sketch]})
    assert done.ephemeral
    assert got == {"prompt": "a hare", "file": sketch.read_bytes()}
    assert [one.text for one in await community.messages(channel="video-lab", user="Bo")] == ["**a fox**"]
    assert [one.text for one in await community.messages(channel="video-lab", user="Cleo")] == ["**a fox**", "taken"]


async def test_autocomplete_subcommands_and_resolved_options(run_bot: RunBot, community: Community, bot: Bot) -> None:
    seen: list[object] = []
    group = app_commands.Group(name="settings", description="Settings")

    @group.command(description="Who may")
    async def allow(
        interaction: Interaction, who: discord.Member, where: discord.TextChannel, role: discord.Role, model: str
    ) -> None:
        seen.extend([who.display_name, where.name, role.name, model])
        await interaction.response.send_message("ok")

    @allow.autocomplete("model")
    async def models(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}{n}", value=f"{current}-{n}") for n in range(25)]

    bot.tree.add_command(group)
    options = {"who": "Dev", "where": "general", "role": "Moderator"}
    async with run_bot(bot):
        found = await community.autocomplete(
            user="Bo", channel="general", command="settings allow", options=options, focused="model", value="kl"
        )
        assert len(found) == 25
        assert (found[0].name, found[0].value) == ("kl0", "kl-0")
        with pytest.raises(Refused, match="model: this option is required"):
            await community.invoke(user="Bo", channel="general", command="settings allow", options=options)
        asked = {**options, "model": "kl-0"}
        await community.invoke(user="Bo", channel="general", command="settings allow", options=asked)
    assert seen == ["Dev", "general", "Moderator", "kl-0"]


async def test_a_missed_interaction_is_replayed_after_a_reconnect(
    run_bot: RunBot, community: Community, bot: Bot, sandbox: DiscordSandbox
) -> None:
    @bot.tree.command(description="Say hello")
    async def hello(interaction: Interaction) -> None:
        await interaction.response.send_message("hello")

    async with run_bot(bot):
        await community.disturb_gateway("close", code=4000)
        await community.invoke(user="Bo", channel="general", command="hello")
        await asyncio.wait_for(bot.resumed.wait(), 10)
        bot.resumed.clear()
        await community.disturb_gateway("reconnect")
        await asyncio.wait_for(bot.resumed.wait(), 10)
        assert (await community.invoke(user="Bo", channel="general", command="hello")).acknowledged
        await community.disturb_gateway("invalidate")
        before = await community.position()
        await community.wait_for(lambda entry: entry.kind == "gateway_ready", after=before)
        assert (await community.invoke(user="Bo", channel="general", command="hello")).acknowledged
    assert len(await community.messages(channel="general")) == 3


async def test_it_survives_rate_limits_and_errors_after_the_effect(
    run_bot: RunBot, community: Community, bot: Bot, sandbox: DiscordSandbox
) -> None:
    async with run_bot(bot):
        channel = bot.get_channel(sandbox.world.channel_named("general").id)
        await community.fault("/channels/*/messages", method="POST", status=429, retry_after=0.05)
        await channel.send("one")
        await community.fault("/channels/*/messages", method="POST", status=500, when="after")
        await channel.send("two")
        await community.fault("/channels/*/messages", method="POST", drop=True, when="after")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await channel.send("three")
        with pytest.raises(discord.Forbidden) as refused:
            await bot.get_channel(sandbox.world.channel_named("announcements").id).send("no")
        assert refused.value.code == 50013
    assert [one.text for one in await community.messages(channel="general")] == ["one", "two", "three"]


async def test_direct_messages_user_installs_and_guild_events(
    run_bot: RunBot, community: Community, bot: Bot, sandbox: DiscordSandbox
) -> None:
    @bot.tree.command(description="Where am I")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def where(interaction: Interaction) -> None:
        await interaction.response.send_message(f"{interaction.context.guild} {interaction.is_user_integration()}")

    async with run_bot(bot):
        assert {guild.name for guild in bot.guilds} == {"Film Club", "Game Night"}
        await community.invoke(user="Bo", channel="dm", command="where")
        await community.invoke(user="Eli", channel="square", command="where")
        with pytest.raises(Refused, match="not installed"):
            await community.invoke(user="Bo", channel="square", command="where")
        user = await bot.fetch_user(next(one.id for one in sandbox.world.users.values() if one.name == "Bo"))
        await user.send("psst")
        await community.change_guild("Game Night", installed=False)
        await community.change_guild("Elsewhere", installed=True)
        await asyncio.sleep(0.05)
        assert {guild.name for guild in bot.guilds} == {"Film Club", "Elsewhere"}
    assert [one.text for one in await community.messages(channel="dm", user="Bo")] == ["False False", "psst"]
    assert [one.text for one in await community.messages(channel="square", user="Eli")] == ["True True"]


async def test_a_wrong_token_is_turned_away(run_bot: RunBot, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_bot(bot):
        stranger = Bot()
        with pytest.raises(discord.LoginFailure):
            await stranger.login("wrong")
        await stranger.close()
