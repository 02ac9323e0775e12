"""Deadlines, tokens and answers of interactions, with the bot's side spoken raw."""

from typing import Any

import pytest

from sandbox.discord.client import Community, Interaction, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest

COMMAND = {"name": "go", "description": "Go", "contexts": [0, 1], "integration_types": [0, 1]}


@pytest.fixture(autouse=True)
async def commands(rest: Rest, sandbox: DiscordSandbox) -> None:
    typed = {"name": "kind", "description": "Kind", "type": 3, "autocomplete": True}
    number = {"name": "count", "description": "Count", "type": 4, "autocomplete": True}
    body = [COMMAND, {"name": "find", "description": "Find", "options": [typed, number]}]
    assert (await rest("PUT", f"/applications/{sandbox.application_id}/commands", body))[0] == 200


class Side:
    """The bot's side of one interaction."""

    def __init__(self, rest: Rest, sandbox: DiscordSandbox, one: Interaction) -> None:
        self.rest = rest
        self.record = sandbox.world.interactions[int(one.id)]
        self.payload = self.record.payload
        self.webhook = f"/webhooks/{sandbox.application_id}/{self.record.token}"

    async def answer(self, kind: int, data: Any = None, **more: Any) -> tuple[int, Any]:
        body = {"type": kind} if data is None else {"type": kind, "data": data}
        path = f"/interactions/{self.record.id}/{self.record.token}/callback?with_response=1"
        return await self.rest("POST", path, body, **more)


async def invoke(community: Community, rest: Rest, sandbox: DiscordSandbox, **more: Any) -> Side:
    asked = {"user": "Bo", "channel": "video-lab", "command": "go", "wait": 0, **more}
    return Side(rest, sandbox, await community.invoke(**asked))


async def test_the_payload_carries_what_the_documentation_promises(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    payload = (await invoke(community, rest, sandbox)).payload
    assert payload["context"] == 0
    assert payload["authorizing_integration_owners"] == {"0": payload["guild_id"]}
    assert payload["attachment_size_limit"] == 20 * 1024 * 1024
    assert payload["member"]["user"]["global_name"] == "Bo"
    assert int(payload["member"]["permissions"]) & 1 << 11
    assert int(payload["app_permissions"]) & 1 << 15
    assert (payload["locale"], payload["guild_locale"]) == ("en-US", "en-US")
    assert payload["channel"]["name"] == "video-lab"
    direct = (await invoke(community, rest, sandbox, user="Eli", channel="dm")).payload
    assert (direct["context"], direct["user"]["global_name"]) == (1, "Eli")
    assert set(direct["authorizing_integration_owners"]) == {"0", "1"}


async def test_three_seconds_of_silence_kill_it(community: Community, rest: Rest, sandbox: DiscordSandbox) -> None:
    side = await invoke(community, rest, sandbox)
    await community.advance(2.5)
    assert side.record.state == "waiting"
    await community.advance(1)
    failed = await community.wait_for(lambda entry: entry.kind == "interaction_failed")
    assert failed.interaction.error == "The application did not respond"
    assert await side.answer(4, {"content": "late"}) == (404, {"message": "Unknown interaction", "code": 10062})
    assert (await rest("POST", side.webhook, {"content": "late"}))[1]["code"] == 10015


async def test_a_second_answer_is_one_too_many(community: Community, rest: Rest, sandbox: DiscordSandbox) -> None:
    side = await invoke(community, rest, sandbox)
    assert (await rest("POST", side.webhook, {"content": "too early"}))[1]["code"] == 10015
    status, body = await side.answer(4, {"content": "first"})
    assert (status, body["resource"]["message"]["content"]) == (200, "first")
    assert body["resource"]["message"]["interaction_metadata"]["user"]["global_name"] == "Bo"
    assert (await side.answer(4, {"content": "second"}))[1]["code"] == 40060


async def test_after_fifteen_minutes_only_the_bot_token_reaches_it(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    side = await invoke(community, rest, sandbox)
    _, body = await side.answer(5)
    message = body["resource"]["message"]
    assert message["flags"] == 128
    assert body["interaction"]["response_message_loading"] is True
    await community.advance(14 * 60)
    assert (await rest("PATCH", f"{side.webhook}/messages/@original", {"content": "still"}))[0] == 200
    unanswered = await invoke(community, rest, sandbox)
    await unanswered.answer(5)
    await community.advance(61)
    expired = {"message": "Invalid Webhook Token", "code": 50027}
    assert await rest("PATCH", f"{side.webhook}/messages/@original", {"content": "no"}) == (401, expired)
    assert await rest("POST", side.webhook, {"content": "no"}) == (401, expired)
    status, edited = await rest(
        "PATCH", f"/channels/{message['channel_id']}/messages/{message['id']}", {"content": "yes"}
    )
    assert (status, edited["content"], edited["flags"]) == (200, "yes", 0)
    await community.advance(15 * 60)
    expired = [entry for entry in await community.feed() if entry.kind == "interaction_expired"]
    assert [entry.interaction.id for entry in expired] == [str(unanswered.record.id)]


async def test_ephemeral_answers_are_for_one_pair_of_eyes(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    side = await invoke(community, rest, sandbox)
    _, body = await side.answer(5, {"flags": 64})
    message = body["resource"]["message"]
    status, edited = await rest("PATCH", f"{side.webhook}/messages/@original", {"content": "psst"})
    assert (status, edited["flags"]) == (200, 64)
    assert [one.text for one in await community.messages(channel="video-lab", user="Bo")] == ["psst"]
    assert await community.messages(channel="video-lab", user="Cleo") == []
    channel = f"/channels/{message['channel_id']}/messages"
    assert await rest("GET", channel) == (200, [])
    for method in ("GET", "PATCH", "DELETE"):
        body = {"content": "x"} if method == "PATCH" else None
        assert (await rest(method, f"{channel}/{message['id']}", body))[1]["code"] == 10008


async def test_a_members_nitro_counts_for_answers_and_not_for_messages(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    side = await invoke(community, rest, sandbox, user="Dev")
    assert side.payload["attachment_size_limit"] == 500 * 1024 * 1024
    film = {"film.mp4": bytes(26 * 1024 * 1024)}
    _, body = await side.answer(4, {"content": "film"}, files=film)
    channel = f"/channels/{body['resource']['message']['channel_id']}/messages"
    assert (await rest("POST", channel, {}, files=film))[1]["code"] == 40005
    plain = await invoke(community, rest, sandbox)
    assert (await plain.answer(4, {}, files=film))[1]["code"] == 40005


async def test_followups_and_the_deprecated_first_one(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    side = await invoke(community, rest, sandbox)
    _, body = await side.answer(5)
    _, first = await rest("POST", side.webhook, {"content": "edit", "flags": 64})
    assert (first["id"], first["flags"]) == (body["interaction"]["response_message_id"], 0)
    _, second = await rest("POST", side.webhook, {"content": "second", "flags": 64})
    assert second["message_reference"]["message_id"] == first["id"]
    assert (await community.messages(channel="video-lab", user="Bo"))[1].ephemeral
    assert (await rest("DELETE", f"{side.webhook}/messages/{second['id']}"))[0] == 204
    assert (await rest("GET", f"{side.webhook}/messages/{second['id']}"))[1]["code"] == 10008
    assert (await rest("GET", f"{side.webhook}/messages/@original"))[1]["content"] == "edit"


async def test_a_deferral_deleted_while_it_thinks_cannot_be_answered(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    side = await invoke(community, rest, sandbox)
    _, body = await side.answer(5)
    await community.delete_message(body["interaction"]["response_message_id"])
    assert (await rest("POST", side.webhook, {"content": "x"}))[1]["code"] == 10008
    assert (await rest("PATCH", f"{side.webhook}/messages/@original", {"content": "x"}))[1]["code"] == 10008
    other = await invoke(community, rest, sandbox)
    await other.answer(5)
    await community.delete_channel("video-lab")
    assert (await rest("PATCH", f"{other.webhook}/messages/@original", {"content": "x"}))[1]["code"] == 10008


async def test_a_user_install_has_five_followups(community: Community, rest: Rest, sandbox: DiscordSandbox) -> None:
    side = await invoke(community, rest, sandbox, user="Eli", channel="square")
    assert set(side.payload["authorizing_integration_owners"]) == {"1"}
    await side.answer(4, {"content": "hello"})
    await community.rate_limits(enabled=False)
    codes = [(await rest("POST", side.webhook, {"content": "more"}))[0] for _ in range(6)]
    assert codes == [200] * 5 + [400]


async def test_where_external_apps_are_denied_a_user_installs_answers_are_private(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    async def seen(kind: int, **more: Any) -> Any:
        side = await invoke(community, rest, sandbox, **{"user": "Eli", "channel": "square", **more})
        _, body = await side.answer(kind, {"content": "hello"} if kind == 4 else None)
        _, further = await rest("POST", side.webhook, {"content": "more"})
        return body["interaction"]["response_message_ephemeral"], bool(further["flags"] & 1 << 6)

    assert await seen(4) == (False, False)
    await community.join("Dev", "Elsewhere")
    await community.change_user("Dev", installed_app=True)
    await community.permit(channel="square", target="@everyone", deny=["USE_EXTERNAL_APPS"])
    assert await seen(4) == (False, False)  # Eli owns the server
    assert await seen(4, user="Dev") == (True, True)
    assert await seen(5, user="Dev") == (True, True)
    assert [one.only_for for one in await community.messages(channel="square", user="Dev")][-1] == "Dev"
    # Where the application is installed, the permission means nothing.
    await community.permit(channel="video-lab", target="@everyone", deny=["USE_EXTERNAL_APPS"])
    side = await invoke(community, rest, sandbox, user="Dev")
    assert (await side.answer(4, {"content": "x"}))[1]["interaction"]["response_message_ephemeral"] is False


async def test_a_deferral_takes_no_flag_but_ephemeral(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    side = await invoke(community, rest, sandbox)
    status, body = await side.answer(5, {"flags": 1 << 15})
    assert (status, body["code"]) == (400, 50035)
    assert side.record.state == "waiting"
    assert (await side.answer(5))[0] == 200
    text = {"type": 10, "content": "card"}
    status, card = await rest("PATCH", f"{side.webhook}/messages/@original", {"flags": 1 << 15, "components": [text]})
    assert (status, card["flags"], card["components"]) == (200, 1 << 15, [{"type": 10, "id": 1, "content": "card"}])


@pytest.mark.parametrize("kind", [6, 7, 8, 12, 99])
async def test_answers_that_do_not_fit_a_command(
    community: Community, rest: Rest, sandbox: DiscordSandbox, kind: int
) -> None:
    side = await invoke(community, rest, sandbox)
    status, body = await side.answer(kind)
    assert (status, body["code"], list(body["errors"])) == (400, 50035, ["type"])


async def test_autocomplete_takes_25_choices_of_the_right_kind(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    async def ask(focused: str, choices: list[Any]) -> tuple[int, Any]:
        asked = {"user": "Bo", "channel": "general", "command": "find", "focused": focused, "value": "1", "wait": 0}
        with pytest.raises(TimeoutError):
            await community.autocomplete(**asked)
        newest = (await community.interactions())[-1]
        return await Side(rest, sandbox, newest).answer(8, {"choices": choices})

    assert (await ask("kind", [{"name": str(n), "value": str(n)} for n in range(25)]))[0] == 200
    status, body = await ask("kind", [{"name": str(n), "value": str(n)} for n in range(26)])
    assert (status, list(body["errors"]["data"])) == (400, ["choices"])
    assert (await ask("kind", [{"name": "", "value": "x" * 101}]))[0] == 400
    assert (await ask("count", [{"name": "one", "value": "1"}]))[0] == 400
    assert (await ask("count", [{"name": "one", "value": 1}]))[0] == 200


async def test_buttons_update_their_message(community: Community, rest: Rest, sandbox: DiscordSandbox) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go:1"}]}
    side = await invoke(community, rest, sandbox)
    _, body = await side.answer(4, {"content": "press", "components": [row]})
    message_id = body["resource"]["message"]["id"]
    pressed = Side(rest, sandbox, await community.press(user="Dev", message_id=message_id, custom_id="go:1", wait=0))
    assert pressed.payload["message"]["id"] == message_id
    assert pressed.payload["data"]["component_type"] == 2
    _, body = await pressed.answer(7, {"content": "pressed", "components": []})
    assert body["resource"]["type"] == 7
    assert body["resource"]["message"]["components"] == []
    with pytest.raises(Refused, match="no such component"):
        await community.press(user="Dev", message_id=message_id, custom_id="go:1")


async def test_selects_take_their_options_only(community: Community, rest: Rest, sandbox: DiscordSandbox) -> None:
    options = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
    select = {"type": 3, "custom_id": "pick", "options": options, "placeholder": "Pick", "disabled": False}
    people = {"type": 5, "custom_id": "who"}
    side = await invoke(community, rest, sandbox)
    rows = [{"type": 1, "components": [one]} for one in (select, people)]
    _, body = await side.answer(4, {"content": "pick", "components": rows})
    asked = {"user": "Bo", "message_id": body["resource"]["message"]["id"], "wait": 0}
    with pytest.raises(Refused, match="not one of"):
        await community.press(**asked, label="Pick", values=["c"])
    picked = Side(rest, sandbox, await community.press(**asked, label="Pick", values=["b"]))
    assert picked.payload["data"]["values"] == ["b"]
    assert (await picked.answer(6))[0] == 200
    chosen = Side(rest, sandbox, await community.press(**asked, custom_id="who", values=["Cleo"]))
    (cleo,) = chosen.payload["data"]["values"]
    assert chosen.payload["data"]["resolved"]["users"][cleo]["global_name"] == "Cleo"


async def test_modals_are_checked_shown_and_submitted(
    community: Community, rest: Rest, sandbox: DiscordSandbox
) -> None:
    text = {"type": 18, "label": "Text", "component": {"type": 4, "custom_id": "text", "style": 1, "min_length": 2}}
    radio = {"type": 21, "custom_id": "one", "options": [{"label": n, "value": n} for n in ("a", "b")]}
    boxes = {"type": 22, "custom_id": "some", "options": [{"label": n, "value": n} for n in ("x", "y")]}
    labels = [{"type": 18, "label": "L", "component": one} for one in (radio, boxes, {"type": 23, "custom_id": "yes"})]
    side = await invoke(community, rest, sandbox)
    status, body = await side.answer(9, {"custom_id": "m", "title": "T" * 46, "components": [text]})
    assert (status, list(body["errors"]["data"])) == (400, ["title"])
    modal = {"custom_id": "m", "title": "T", "components": [text, *labels, {"type": 10, "content": "note"}]}
    assert (await side.answer(9, modal))[0] == 200
    values = {"text": "hi", "one": "a", "some": ["x", "y"], "yes": True}
    with pytest.raises(Refused) as refused:
        await community.submit(str(side.record.id), {"text": "h", "one": "c", "more": 1}, wait=0)
    assert refused.value.problems.keys() == {"text", "one", "some", "more"}
    sent = Side(rest, sandbox, await community.submit(str(side.record.id), values, wait=0))
    inner = [one["component"] for one in sent.payload["data"]["components"][:4]]
    assert [one.get("value", one.get("values")) for one in inner] == ["hi", "a", ["x", "y"], True]
    assert (await sent.answer(9, modal))[0] == 400
    status, body = await sent.answer(4, {"content": "thanks"})
    assert body["resource"]["message"]["interaction_metadata"]["triggering_interaction_metadata"]["type"] == 2
