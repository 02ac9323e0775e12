"""People, rights and places that change while the bot runs."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.discord.client import Community, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, Rest, RunBot, discord

Interaction = discord.Interaction
CLUB = "Film Club"


class Watcher(Bot):
    """A client that notes the guild events it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.heard.put_nowait(f"joined {guild.name}: {guild.me.guild_permissions.attach_files}")

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.heard.put_nowait(f"left {guild.name}")

    async def on_guild_available(self, guild: discord.Guild) -> None:
        if self.is_ready():
            self.heard.put_nowait(f"available {guild.name}")

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        self.heard.put_nowait(f"unavailable {guild.name}")

    async def on_guild_channel_update(self, _old: Any, new: Any) -> None:
        self.heard.put_nowait(f"#{new.name} nsfw {new.is_nsfw()}")

    async def on_guild_channel_create(self, new: Any) -> None:
        self.heard.put_nowait(f"new #{new.name}")

    async def on_guild_channel_delete(self, gone: Any) -> None:
        self.heard.put_nowait(f"no #{gone.name}")

    async def on_guild_role_update(self, _old: Any, new: Any) -> None:
        self.heard.put_nowait(f"role {new.name} {new.permissions.manage_guild}")

    async def on_member_remove(self, member: Any) -> None:
        self.heard.put_nowait(f"member gone {member.name}")

    async def hear(self) -> str:
        return await asyncio.wait_for(self.heard.get(), 5)


@pytest.fixture
async def bot() -> Watcher:
    return Watcher()


@pytest.fixture
def who(bot: Watcher) -> Callable[[Any], str]:
    """A command that tells what the bot sees of whoever uses it."""

    @bot.tree.command(description="Who am I")
    async def who(interaction: Interaction) -> None:
        roles = [role.name for role in interaction.user.roles[1:]]
        may = interaction.permissions
        owner = interaction.guild.owner_id == interaction.user.id
        told = f"{roles} {may.manage_guild} {may.manage_messages} {owner} {interaction.channel.name}"
        await interaction.response.send_message(told, ephemeral=True)

    @bot.tree.command(description="Managers only")
    @discord.app_commands.default_permissions(manage_guild=True)
    async def settings(interaction: Interaction) -> None:
        await interaction.response.send_message("settings", ephemeral=True)

    @bot.tree.command(description="For adults", nsfw=True)
    async def adult(interaction: Interaction) -> None:
        await interaction.response.send_message(str(interaction.channel.is_nsfw()))

    return str


async def told(community: Community, user: str, channel: str = "general") -> str:
    return (await community.answer(await community.member(user, channel=channel).slash("who"))).text


async def test_roles_rights_and_owners(run_bot: RunBot, community: Community, bot: Watcher, who: object) -> None:
    bo = community.member("Bo", channel="general")
    async with run_bot(bot):
        assert await told(community, "Bo") == "['Filmmaker'] False False False general"
        assert await told(community, "Ada") == "[] True True True general"
        await community.give_roles("Bo", "Moderator", guild=CLUB)
        assert await told(community, "Bo") == "['Moderator'] True True False general"
        assert (await bo.slash("settings")).acknowledged
        await community.set_role("Moderator", guild=CLUB, permissions=["MANAGE_MESSAGES"])
        assert await bot.hear() == "role Moderator False"
        with pytest.raises(Refused, match="default_member_permissions"):
            await bo.slash("settings")
        # A channel's overwrites count for who uses a command there.
        await community.permit(channel="general", target="Bo", allow=["MANAGE_GUILD"])
        assert await told(community, "Bo") == "['Moderator'] True True False general"
        await community.set_role("Vip", guild=CLUB, permissions=[])
        await community.give_roles("Bo", "Vip", guild=CLUB)
        assert await told(community, "Bo") == "['Vip'] True False False general"
        await community.remove_role("Vip", guild=CLUB)
        assert (await told(community, "Bo")).startswith("[] ")
        await community.change_guild(CLUB, owner="Bo")
        assert (await told(community, "Bo")).endswith("True general")


async def test_members_come_and_go_unheard(
    run_bot: RunBot, community: Community, bot: Watcher, who: object, sandbox: DiscordSandbox
) -> None:
    class Ask(discord.ui.Modal, title="Ask"):
        text = discord.ui.Label(text="Text", component=discord.ui.TextInput())

    @bot.tree.command(description="Ask")
    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(Ask())

    dev = community.member("Dev", channel="general")
    ids = {one.name: one.id for one in sandbox.world.users.values()}
    async with run_bot(bot):
        asked = await dev.slash("ask")
        await community.leave("Dev", CLUB)
        for attempt in (dev.slash("who"), dev.submit(asked, {"Text": "x"}), dev.write("hello")):
            with pytest.raises(Refused, match="cannot see"):
                await attempt
        guild = discord.utils.get(bot.guilds, name=CLUB)
        with pytest.raises(discord.NotFound):
            await guild.fetch_member(ids["Dev"])
        await community.join("Dev", CLUB)
        assert await told(community, "Dev") == "[] False False False general"
        await community.join("Eli", CLUB)
        assert await told(community, "Eli") == "[] False False False general"
        with pytest.raises(Refused, match="owner"):
            await community.leave("Ada", CLUB)
        assert bot.heard.empty()


async def test_direct_messages_are_closed_and_opened(
    run_bot: RunBot, community: Community, bot: Watcher, sandbox: DiscordSandbox
) -> None:
    async with run_bot(bot):
        user = await bot.fetch_user(next(one.id for one in sandbox.world.users.values() if one.name == "Dev"))
        await user.send("hello")
        await community.change_user("Dev", accepts_direct_messages=False)
        with pytest.raises(discord.Forbidden) as closed:
            await user.send("hello?")
        await community.change_user("Dev", accepts_direct_messages=True)
        for guild in (CLUB, "Game Night"):
            await community.leave("Dev", guild)
        with pytest.raises(discord.Forbidden) as strangers:
            await user.send("hello??")
    assert (closed.value.code, strangers.value.code) == (50007, 50278)
    assert [one.text for one in await community.messages(channel="dm", user="Dev")] == ["hello"]


async def test_an_outage_is_no_farewell(run_bot: RunBot, community: Community, bot: Watcher, who: object) -> None:
    async with run_bot(bot):
        await community.change_guild(CLUB, available=False)
        assert await bot.hear() == f"unavailable {CLUB}"
        with pytest.raises(Refused, match="Film Club is unavailable"):
            await told(community, "Bo")
        assert (await told(community, "Bo", "lobby")).endswith("lobby")
        await community.change_guild(CLUB, available=True)
        assert await bot.hear() == f"available {CLUB}"
        assert (await told(community, "Bo")).endswith("general")


async def test_thrown_out_and_invited_back(
    run_bot: RunBot, community: Community, bot: Watcher, who: object, rest: Rest, sandbox: DiscordSandbox
) -> None:
    async with run_bot(bot):
        channel = sandbox.world.channel_named("general").id
        await community.change_guild(CLUB, installed=False)
        assert await bot.hear() == f"left {CLUB}"
        with pytest.raises(Refused, match="not installed"):
            await told(community, "Bo")
        assert (await rest("GET", f"/channels/{channel}"))[1]["code"] == 50001
        await community.change_guild(CLUB, installed=True)
        assert await bot.hear() == f"joined {CLUB}: True"
        assert (await told(community, "Bo")).endswith("general")
        guild = discord.utils.get(bot.guilds, name=CLUB)
        await guild.leave()
        assert await bot.hear() == f"left {CLUB}"


async def test_places_open_change_and_close(run_bot: RunBot, community: Community, bot: Watcher, who: object) -> None:
    hidden = [{"for": "@everyone", "deny": ["VIEW_CHANNEL"]}, {"for": "Cleo", "allow": ["VIEW_CHANNEL"]}]
    bo = community.member("Bo")
    async with run_bot(bot):
        await community.open_channel("secret", guild=CLUB, overwrites=hidden)
        await community.open_channel("late-night", guild=CLUB, parent="Club", nsfw=True)
        assert [await bot.hear(), await bot.hear()] == ["new #secret", "new #late-night"]
        with pytest.raises(Refused, match="Bo cannot see #secret"):
            await told(community, "Bo", "secret")
        assert (await told(community, "Cleo", "secret")).endswith("secret")
        assert (await community.answer(await bo.at("late-night").slash("adult"))).text == "True"
        thread = await community.open_thread(user="Bo", channel="late-night", name="talk")
        assert (await community.answer(await bo.at(thread).slash("adult"))).text == "True"
        with pytest.raises(Refused, match="age-restricted"):
            await bo.at("general").slash("adult")
        await community.change_channel("late-night", name="matinee", nsfw=False)
        assert await bot.hear() == "#matinee nsfw False"
        with pytest.raises(Refused, match="age-restricted"):
            await bo.at(thread).slash("adult")
        await community.permit(channel="matinee", target="Filmmaker", deny=["USE_APPLICATION_COMMANDS"])
        with pytest.raises(Refused, match="USE_APPLICATION_COMMANDS"):
            await told(community, "Bo", "matinee")
        await community.delete_channel("matinee", guild=CLUB)
        assert [await bot.hear(), await bot.hear()] == ["#matinee nsfw False", "no #matinee"]
        with pytest.raises(Refused, match="no channel"):
            await told(community, "Bo", "matinee")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/guilds/Nowhere/members/Bo", {}),
        ("PUT", "/guilds/Film Club/members/Nobody", {}),
        ("PUT", "/guilds/Film Club/members/Bo", {"roles": ["King"]}),
        ("PUT", "/guilds/Film Club/roles", {"name": "x", "permissions": ["FLY"]}),
        ("DELETE", "/guilds/Film Club/roles/@everyone", {}),
        ("PATCH", "/users/Bo", {"wings": 2}),
        ("POST", "/channels", {"guild": CLUB, "type": "cave"}),
        ("POST", "/channels", {"guild": CLUB, "parent": "nowhere"}),
        ("GET", "/messages/5", {}),
        ("POST", "/cdn", {"link_seconds": "long"}),
    ],
)
async def test_changes_that_make_no_sense_are_refused(
    community: Community, method: str, path: str, body: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        await community._call(method, path, body)
    assert 400 <= refused.value.status < 500
