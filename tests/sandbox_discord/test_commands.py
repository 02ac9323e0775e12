"""Registering commands, and who is offered them where."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.client import Community, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest


@pytest.fixture
def path(sandbox: DiscordSandbox) -> str:
    return f"/applications/{sandbox.application_id}/commands"


def option(**more: Any) -> dict[str, Any]:
    return {"name": "o", "description": "d", "type": 3, **more}


def command(*options: Any, **more: Any) -> dict[str, Any]:
    return {"name": "go", "description": "Go", "options": list(options), **more}


@pytest.mark.parametrize(
    ("form", "where"),
    [
        (command(name="Upper"), ["name"]),
        (command(name="with space"), ["name"]),
        (command(name="x" * 33), ["name"]),
        (command(description=""), ["description"]),
        (command(description="x" * 101), ["description"]),
        (command(description_localizations={"xx": "?"}), ["description_localizations", "xx"]),
        (command(*[option(name=f"o{n}") for n in range(26)]), ["options"]),
        (command(option(), option()), ["options", "1", "name"]),
        (command(option(), option(name="p", required=True)), ["options", "1"]),
        (command(option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])), ["options", "0", "choices"]),
        (command(option(choices=[{"name": "n", "value": 1}])), ["options", "0", "choices", "0", "value"]),
        (command(option(choices=[{"name": "n", "value": "v"}], autocomplete=True)), ["options", "0", "choices"]),
        (command(option(min_length=6001)), ["options", "0", "min_length"]),
        (command(option(), option(name="s", type=1)), ["options"]),
        (command(option(type=12)), ["options", "0", "type"]),
        (command(contexts=[3]), ["contexts", "0"]),
        (command(*[option(name=f"o{n}", description="x" * 100, choices=[
            {"name": "n" * 100, "value": f"{v}".ljust(100)} for v in range(9)]) for n in range(5)]), []),
    ],
)  # fmt: skip
async def test_what_cannot_be_registered(rest: Rest, path: str, form: Any, where: list[str]) -> None:
    status, body = await rest("POST", path, form)
    assert (status, body["code"]) == (400, 50035)
    node = body["errors"]
    for step in where:
        node = node[step]
    assert "_errors" in node


async def test_bulk_overwrite_keeps_ids_of_known_names(rest: Rest, path: str) -> None:
    _, first = await rest("PUT", path, [command(), command(name="two")])
    _, second = await rest("PUT", path, [command(description="Changed"), command(name="three")])
    assert second[0]["id"] == first[0]["id"]
    assert second[0]["version"] != first[0]["version"]
    assert [one["name"] for one in (await rest("GET", path))[1]] == ["go", "three"]
    assert (await rest("PUT", path, [command(), command()]))[1]["code"] == 50035
    assert (await rest("POST", path, command(description="Again")))[0] == 200
    status, made = await rest("POST", path, command(name="four"))
    assert status == 201
    one = f"{path}/{made['id']}"
    assert (await rest("PATCH", one, {"description": "Patched"}))[1]["description"] == "Patched"
    assert (await rest("GET", one))[1]["name"] == "four"
    assert (await rest("DELETE", one))[0] == 204
    assert (await rest("GET", one))[1]["code"] == 10063


async def test_two_hundred_commands_may_be_created_a_day(rest: Rest, path: str, community: Community) -> None:
    await community.rate_limits(enabled=False)
    for start in range(0, 200, 100):
        forms = [command(name=f"c{start + n}") for n in range(100)]
        assert (await rest("PUT", path, forms))[0] == 200
    assert (await rest("PUT", path, [command(name="c200")]))[1]["code"] == 30034
    await community.advance(24 * 3600 + 1)
    assert (await rest("PUT", path, [command(name="c200")]))[0] == 200
    assert (await rest("PUT", path, [command(name=f"d{n}") for n in range(101)]))[0] == 400


async def test_the_picker_is_gated_and_localised(
    rest: Rest, path: str, community: Community, sandbox: DiscordSandbox
) -> None:
    forms = [
        command(name="open", name_localizations={"de": "offen"}, description_localizations={"de": "Auf"}),
        command(name="mods", default_member_permissions=1 << 5),
        command(name="admins", default_member_permissions=0),
        command(name="guilds", contexts=[0]),
        command(name="adult", nsfw=True),
        {"name": "Look closer", "type": 3},
    ]
    assert (await rest("PUT", path, forms))[0] == 200

    async def names(user: str, channel: str, **more: Any) -> set[str]:
        return {one["name"] for one in await community.commands(user=user, channel=channel, **more)}

    everybody = {"open", "guilds", "Look closer"}
    assert await names("Bo", "general") == everybody
    assert await names("Cleo", "general") == everybody | {"mods"}
    assert await names("Ada", "night-screening") == everybody | {"mods", "admins", "adult"}
    assert await names("Bo", "dm") == {"open", "mods", "admins", "adult", "Look closer"}
    german = (await community.commands(user="Dev", channel="general"))[0]
    assert (german["name_localized"], german["description_localized"]) == ("offen", "Auf")
    with pytest.raises(Refused, match="default_member_permissions") as refused:
        await community.invoke(user="Bo", channel="general", command="mods")
    assert refused.value.status == 403
    forced = await community.invoke(user="Bo", channel="general", command="mods", force=True, wait=0)
    assert forced.state == "waiting"
    with pytest.raises(Refused, match="cannot see"):
        await community.invoke(user="Bo", channel="backstage", command="open")
    with pytest.raises(Refused, match="no command"):
        await community.invoke(user="Bo", channel="general", command="nothing")
    message = await community.write(user="Dev", channel="general", content="look")
    menu = {"user": "Bo", "channel": "general", "command": "Look closer", "kind": 3, "target": message.id, "wait": 0}
    used = await community.invoke(**menu)
    data = sandbox.world.interactions[int(used.id)].payload["data"]
    assert data["resolved"]["messages"][message.id]["content"] == "look"


async def test_options_are_checked_like_in_the_client(
    rest: Rest, path: str, community: Community, sandbox: DiscordSandbox, tmp_path: Path
) -> None:
    options = [
        option(name="text", required=True, min_length=2, max_length=5),
        option(name="whole", type=4, min_value=1, max_value=3),
        option(name="number", type=10),
        option(name="flag", type=5),
        option(name="pick", choices=[{"name": "A", "value": "a"}]),
        option(name="file", type=11),
    ]
    await rest("PUT", path, [command(*options)])
    wrong = {"text": "x", "whole": 4, "number": "1", "flag": 1, "pick": "b", "unknown": 1}
    with pytest.raises(Refused) as refused:
        await community.invoke(user="Bo", channel="general", command="go", options=wrong)
    assert refused.value.problems.keys() == wrong.keys()
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x40\x00\x00\x00\x20")
    right = {"text": "xx", "whole": 3, "number": 1.5, "flag": True, "pick": "a", "file": file}
    used = await community.invoke(user="Bo", channel="general", command="go", options=right, wait=0)
    data = sandbox.world.interactions[int(used.id)].payload["data"]
    (attached,) = data["resolved"]["attachments"].values()
    assert (attached["filename"], attached["width"], attached["ephemeral"]) == ("a.png", 64, True)
    saved = await community.download(attached["url"], tmp_path / "b.png")
    assert saved.read_bytes() == file.read_bytes()


async def test_people_roles_and_places_as_options_and_targets(
    rest: Rest, path: str, community: Community, sandbox: DiscordSandbox
) -> None:
    options = [
        option(name="who", type=9),
        option(name="what", type=9),
        option(name="where", type=7, channel_types=[0]),
        option(name="role", type=8),
    ]
    group = {"name": "g", "description": "d", "type": 2, "options": [option(name="s", type=1, options=options)]}
    await rest("PUT", path, [command(group), {"name": "Who is it", "type": 2}])

    async def data(**wish: Any) -> Any:
        used = await community.invoke(user="Bo", channel="general", wait=0, **wish)
        return sandbox.world.interactions[int(used.id)].payload["data"]

    values = {"who": "Cleo", "what": "Moderator", "where": "video-lab", "role": "Filmmaker"}
    used = await data(command="/go g s", options=values)
    assert used["options"][0]["options"][0]["options"][0]["value"] in used["resolved"]["members"]
    assert {one["name"] for one in used["resolved"]["roles"].values()} == {"Moderator", "Filmmaker"}
    for wrong in ({"where": "Club"}, {"role": "Nobody"}, {"who": "Nobody"}):
        with pytest.raises(Refused):
            await data(command="go g s", options=wrong)
    with pytest.raises(Refused, match="name one of the subcommands: g"):
        await data(command="go")
    with pytest.raises(Refused, match="no subcommand"):
        await data(command="go h")
    looked = await data(command="Who is it", kind=2, target="Dev")
    assert looked["resolved"]["users"][looked["target_id"]]["global_name"] == "Dev"


async def test_guild_commands_are_the_guilds_own(rest: Rest, community: Community, sandbox: DiscordSandbox) -> None:
    guild = sandbox.world.channel_named("lobby").guild_id
    base = f"/applications/{sandbox.application_id}/guilds/{guild}/commands"
    _, made = await rest("PUT", base, [command()])
    assert made[0]["guild_id"] == str(guild)
    assert await community.commands(user="Bo", channel="general") == []
    assert len(await community.commands(user="Bo", channel="lobby")) == 1
    assert (await rest("GET", base.replace(str(guild), "5")))[1]["code"] == 50001
    assert (await rest("GET", "/applications/5/commands"))[1]["code"] == 50001


async def test_a_guilds_command_and_a_global_one_of_the_same_name_are_both_there(
    rest: Rest, path: str, community: Community, sandbox: DiscordSandbox
) -> None:
    guild = sandbox.world.channel_named("lobby").guild_id
    _, everywhere = await rest("POST", path, command(description="Everywhere"))
    _, here = await rest("POST", f"/applications/{sandbox.application_id}/guilds/{guild}/commands", command())
    shown = await community.commands(user="Bo", channel="lobby")
    assert {(one["name"], one["id"]) for one in shown} == {("go", everywhere["id"]), ("go", here["id"])}

    async def used(**more: Any) -> Any:
        one = await community.invoke(user="Bo", channel="lobby", command="go", wait=0, **more)
        return sandbox.world.interactions[int(one.id)].payload["data"]["id"]

    assert await used() == here["id"]
    assert await used(scope="guild") == here["id"]
    assert await used(scope="global") == everywhere["id"]
    await rest("PATCH", f"{path.replace('commands', f'guilds/{guild}/commands')}/{here['id']}", {"nsfw": True})
    assert await used() == everywhere["id"]
