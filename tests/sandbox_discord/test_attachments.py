"""Files that members attach: in options, in forms, in messages; their links, and how long they last."""

import io
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
import yarl

from sandbox.discord.client import Community, File, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, Rest, RunBot, app_commands, discord

Interaction = discord.Interaction
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x40\x00\x00\x00\x20"
GONE = "This content is no longer available."


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "fox.png"
    path.write_bytes(PICTURE)
    return path


class Kept:
    """An attachment to keep. discord.py has no object for those that a gallery shows: Discord does not list them."""

    def __init__(self, attachment_id: str) -> None:
        self.attachment_id = attachment_id

    def to_dict(self) -> dict[str, str]:
        return {"id": self.attachment_id}


def animating(bot: Bot) -> list[discord.Attachment]:
    """A command that takes two files, and what it was given."""
    given: list[discord.Attachment] = []

    @bot.tree.command(description="Make a video")
    @app_commands.describe(image="First frame", last="Last frame")
    async def video(
        interaction: Interaction, image: discord.Attachment, last: discord.Attachment | None = None
    ) -> None:
        given.extend(one for one in (image, last) if one)
        await interaction.response.send_message("taken", ephemeral=True)

    return given


async def test_a_file_in_an_option_is_described_and_can_be_read(
    run_bot: RunBot, community: Community, bot: Bot, picture: Path
) -> None:
    given = animating(bot)
    bo = community.member("Bo", channel="video-lab")
    async with run_bot(bot):
        with pytest.raises(Refused, match="image: this option is required"):
            await bo.slash("video")
        await bo.slash("video", image=picture, last=File("last.jpg", b"no jpeg"))
        first, last = given
        assert (first.filename, first.size, first.content_type) == ("fox.png", len(PICTURE), "image/png")
        assert (first.width, first.height, first.ephemeral) == (64, 32, True)
        assert set(yarl.URL(first.url).query) >= {"ex", "is", "hm"}
        assert await first.read() == PICTURE
        # Discord believes the name: what is in a file shows when somebody reads it.
        assert (last.content_type, last.width) == ("image/jpeg", None)
        assert await last.read() == b"no jpeg"


async def test_its_link_runs_out_and_the_file_goes_after_a_while(
    run_bot: RunBot, community: Community, bot: Bot, picture: Path, sandbox: DiscordSandbox
) -> None:
    given = animating(bot)
    bo = community.member("Bo", channel="video-lab")
    await community.cdn(link_seconds=600, ephemeral_seconds=3600)
    async with run_bot(bot):
        await bo.slash("video", image=picture)
        await community.advance(500)
        assert await given[0].read() == PICTURE
        await community.advance(101)
        with pytest.raises(discord.NotFound):
            await given[0].read()
        assert sandbox.world.attachments
        await community.advance(3000)
        assert not sandbox.world.attachments
        assert not list(sandbox.world.files.iterdir())


async def test_a_covered_file_says_so_in_its_flags(community: Community) -> None:
    bo = community.member("Bo", channel="general")
    message = await bo.write("look", File("SPOILER_fox.png", PICTURE), File("fox.png", PICTURE))
    assert [one.get("flags", 0) & 1 << 3 for one in message.raw["attachments"]] == [1 << 3, 0]


async def test_what_the_client_does_not_upload(community: Community, rest: Rest, sandbox: DiscordSandbox) -> None:
    image = {"name": "image", "description": "d", "type": 11, "file_types": ["image", ".PDF"]}
    form = {"name": "edit", "description": "d", "options": [image]}
    assert (await rest("PUT", f"/applications/{sandbox.application_id}/commands", [form]))[0] == 200
    bo, dev = community.member("Bo", channel="general"), community.member("Dev", channel="general")
    large = File("a.png", b"x" * (20 * 1024 * 1024 + 1))
    with pytest.raises(Refused, match=r"image: takes files of the types image, \.pdf"):
        await bo.slash("edit", image=File("a.mp4"))
    with pytest.raises(Refused, match="too large"):
        await bo.slash("edit", image=large)
    for who, file in ((bo, File("a.PNG")), (bo, File("a.pdf")), (dev, large), (bo.hostile(), File("a.exe"))):
        sent = await community.invoke(
            user=who.name, channel="general", command="edit", options={"image": file}, force=who.force, wait=0
        )
        assert sent.state == "waiting"


async def test_while_one_types_nothing_is_uploaded_and_nothing_resolved(
    run_bot: RunBot, community: Community, bot: Bot, picture: Path, sandbox: DiscordSandbox
) -> None:
    seen: list[Any] = []

    @bot.tree.command(description="Make a video")
    async def video(
        interaction: Interaction,
        model: str,
        image: discord.Attachment | None = None,
        count: app_commands.Range[int, 1, 4] = 1,
        who: discord.Member | None = None,
    ) -> None:
        """Nobody gets this far."""

    @video.autocomplete("model")
    async def models(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        seen.append(interaction.namespace)
        return [
            app_commands.Choice(
                name=f"{current} with picture" if interaction.namespace.image else current, value=current
            )
        ]

    bo = community.member("Bo", channel="video-lab")
    async with run_bot(bot):
        offered = await bo.autocomplete("video", "model", "kl", image=picture, count=3, who="Dev")
        assert [one.name for one in offered] == ["kl with picture"]
        assert (seen[0].count, type(seen[0].who), type(seen[0].image)) == (3, discord.Object, discord.Object)
        # What is not valid (yet) is left out.
        await bo.autocomplete("video", "model", "v", count=9)
        assert seen[1].count is None
        with pytest.raises(Refused, match="no such option"):
            await bo.autocomplete("video", "model", "v", size=9)
    assert not sandbox.world.attachments


async def test_an_answer_takes_the_files_over(
    run_bot: RunBot, community: Community, bot: Bot, picture: Path, tmp_path: Path
) -> None:
    """Edits of @original add files, keep those that are listed, and drop the others."""
    shown: list[discord.InteractionMessage] = []

    def view(*names: str) -> discord.ui.LayoutView:
        made = discord.ui.LayoutView()
        made.add_item(discord.ui.MediaGallery(*[discord.MediaGalleryItem(f"attachment://{name}") for name in names]))
        return made

    @bot.tree.command(description="Make a video")
    async def video(interaction: Interaction, image: discord.Attachment) -> None:
        await interaction.response.defer()
        first = await image.to_file(filename="first.png")
        shown.append(await interaction.edit_original_response(view=view("first.png"), attachments=[first]))

    bo = community.member("Bo", channel="video-lab")
    async with run_bot(bot):
        asked = await bo.slash("video", image=picture)
        card = await community.answer(asked)
        (kept,) = card.attachments
        assert (kept.filename, card.pictures) == ("first.png", (kept.url,))
        message = await bot.get_channel(int(card.channel_id)).fetch_message(int(card.id))
        media = message.components[0].items[0].media
        assert (media.attachment_id, media.width, media.content_type) == (int(kept.id), 64, "image/png")
        second = discord.File(io.BytesIO(PICTURE), "second.png")
        await message.edit(view=view("first.png", "second.png"), attachments=[Kept(kept.id), second])
        both = await bo.see(card)
        assert [one.filename for one in both.attachments] == ["first.png", "second.png"]
        await message.edit(view=view("second.png"), attachments=[Kept(both.attachments[1].id)])
        (left,) = (await bo.see(card)).attachments
        assert left.filename == "second.png"
        await community.download(left, tmp_path / "left.png")
        with pytest.raises(aiohttp.ClientResponseError, match="404"):
            await community.download(both.attachments[0], tmp_path / "dropped.png")


async def test_links_of_a_message_are_fresh_at_every_read_and_end_with_it(
    rest: Rest, community: Community, session: aiohttp.ClientSession, sandbox: DiscordSandbox
) -> None:
    path = f"/channels/{sandbox.world.channel_named('general').id}/messages"
    _, message = await rest("POST", path, {"content": "look"}, files={"a.png": PICTURE, "b.txt": b"0123456789"})
    await community.advance(25 * 3600)
    _, again = await rest("GET", f"{path}/{message['id']}")
    old, fresh = message["attachments"][1]["url"], again["attachments"][1]["url"]
    async with session.get(old) as answer:
        assert (answer.status, await answer.text()) == (404, GONE)
    async with session.get(fresh.replace("hm=", "hm=0")) as answer:
        assert answer.status == 404
    async with session.get(fresh) as answer:
        assert (answer.status, answer.headers["Content-Length"], await answer.read()) == (200, "10", b"0123456789")
    async with session.get(fresh, headers={"Range": "bytes=2-4"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"234")
    async with session.head(fresh) as answer:
        assert answer.headers["Content-Length"] == "10"
    await rest("DELETE", f"{path}/{message['id']}")
    async with session.get(fresh) as answer:
        assert (answer.status, await answer.text()) == (404, GONE)
    assert not list(sandbox.world.files.iterdir())


async def test_files_go_with_their_channel_and_stay_with_a_private_answer(
    run_bot: RunBot, community: Community, bot: Bot, picture: Path, sandbox: DiscordSandbox
) -> None:
    @bot.tree.command(description="Show")
    async def show(interaction: Interaction) -> None:
        await interaction.response.send_message(file=discord.File(io.BytesIO(PICTURE), "a.png"), ephemeral=True)

    bo = community.member("Bo", channel="video-lab")
    async with run_bot(bot):
        shown = await community.answer(await bo.slash("show"))
        assert shown.attachments[0].url.startswith(f"{sandbox.url}/ephemeral-attachments/")
        await community.advance(48 * 3600)
        assert (await bo.see(shown)).attachments
        await bo.write("mine", picture)
        await community.delete_channel("video-lab")
        assert not sandbox.world.attachments


async def test_downloads_can_fail(community: Community, picture: Path, tmp_path: Path) -> None:
    written = await community.member("Bo", channel="general").write("look", picture)
    (file,) = written.attachments
    await community.fault("/attachments/*", status=503)
    with pytest.raises(aiohttp.ClientResponseError, match="503"):
        await community.download(file, tmp_path / "x")
    # More than once: aiohttp asks again by itself when a connection it kept alive is cut.
    await community.fault("/attachments/*", drop=True, times=2)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await community.download(file, tmp_path / "x")
    await community.fault("/attachments/*", drop=True, when="after")
    with pytest.raises(aiohttp.ClientPayloadError):
        await community.download(file, tmp_path / "x")
    assert (tmp_path / "x").stat().st_size < len(PICTURE)
    assert (await community.download(file, tmp_path / "x")).read_bytes() == PICTURE


@pytest.mark.parametrize("seed", range(5))
async def test_on_the_disk_is_what_messages_show(
    rest: Rest, community: Community, sandbox: DiscordSandbox, seed: int
) -> None:
    """Whatever is posted, edited and deleted, accepted or refused: no file is left over, none is lost."""
    await community.rate_limits(enabled=False)
    dice = Random(seed)  # noqa: S311 - a seed replays
    path = f"/channels/{sandbox.world.channel_named('general').id}/messages"
    for _ in range(60):
        standing = list(sandbox.world.messages.values())
        fresh = {f"{n}.png": PICTURE for n in range(dice.randint(0, 4))}
        named = [{"id": n, "filename": name} for n, name in enumerate(fresh)][: dice.randint(0, 5)]
        deed = dice.choice(("POST", "POST", "PATCH", "PATCH", "DELETE")) if standing else "POST"
        if deed == "POST":
            await rest("POST", path, {"content": dice.choice(("", "x", "x" * 2001))}, files=fresh)
            continue
        one = dice.choice(standing)
        kept = [{"id": str(entry.id)} for entry in one.attachments if dice.random() < 0.5]
        asked = dice.choice(({"attachments": [*kept, *named]}, {"content": "y"}, {"attachments": []}, {"content": 5}))
        await rest(
            deed, f"{path}/{one.id}", *([asked] if deed == "PATCH" else []), files=fresh if deed == "PATCH" else None
        )
    shown = {entry.path for one in sandbox.world.messages.values() for entry in one.attachments}
    assert shown == {one.path for one in sandbox.world.attachments.values()} == set(sandbox.world.files.iterdir())
