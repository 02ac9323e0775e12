"""Whatever JSON comes in, the answer is a refusal or a result, never a crash."""

import contextlib
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.discord import commandforms, community, forms, messages, modals, state, uploads, wire
from sandbox.discord.client import Community
from sandbox.discord.clock import Clock
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.control.submissions import Filled
from sandbox.discord.errors import ApiError
from sandbox.discord.uploads import Body
from sandbox.discord.world import World
from tests.sandbox_discord.kit import Rest

TEXT = {"type": 10, "content": "hello <@1150000000000000012>"}
INPUT = {"type": 4, "custom_id": "t", "style": 1, "label": "l", "min_length": 1}
SELECT = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "b", "emoji": {"name": "x"}}]}
BUTTON = {"type": 2, "style": 1, "label": "x", "custom_id": "c"}
GALLERY = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "description": "d"}]}
SECTION = {"type": 9, "components": [TEXT], "accessory": {"type": 11, "media": {"url": "https://example.com"}}}
ROWS = [{"type": 1, "components": [BUTTON]}, {"type": 1, "components": [SELECT]}]
EMBED = {
    "title": "t", "color": 3, "image": {"url": "attachment://a.png"}, "author": {"name": "n"},
    "fields": [{"name": "a", "value": "b", "inline": True}], "footer": {"text": "x", "icon_url": None},
}  # fmt: skip
ATTACHMENTS = [{"id": 0, "filename": "a.png", "description": "d"}]
CLASSIC = {
    "content": "hello @everyone", "allowed_mentions": {"parse": ["users"], "roles": ["5"]}, "embeds": [EMBED],
    "attachments": ATTACHMENTS, "components": ROWS,
}  # fmt: skip
CARD = {
    "flags": 1 << 15, "attachments": ATTACHMENTS,
    "components": [{"type": 17, "accent_color": 5, "components": [TEXT, GALLERY, SECTION, {"type": 14}, *ROWS]}],
}  # fmt: skip
CHOICE = {"name": "a", "value": "b", "name_localizations": {"de": "x"}}
OPTION = {"type": 3, "name": "o", "description": "d", "required": True, "choices": [CHOICE], "min_length": 1}
SUB = {"type": 1, "name": "s", "description": "d", "options": [OPTION, {"type": 4, "name": "i", "description": "d"}]}
COMMAND = {
    "name": "go", "description": "d", "name_localizations": {"de": "los"}, "contexts": [0],
    "default_member_permissions": "8", "options": [{"type": 2, "name": "g", "description": "d", "options": [SUB]}],
}  # fmt: skip
LABELS = [{"type": 18, "label": "l", "component": one} for one in (INPUT, {"type": 19, "custom_id": "f"}, SELECT)]
MODAL = {"custom_id": "m", "title": "t", "components": [*LABELS, TEXT]}
HOSTILE: list[Any] = [
    *(None, True, 0, -1, 5, 1 << 15, 1 << 70, 1.5, 1e300, "", "x", "x" * 5000, "attachment://a.png"),
    *([], {}, [None], [{}], [[]], {"x": 1}, {"type": 1}, TEXT, BUTTON, GALLERY),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def damaged(form: Any) -> st.SearchStrategy[Any]:
    """The form with one or two values replaced or gone."""

    def damage(changes: list[tuple[tuple[Any, ...], int]]) -> Any:
        result = copy.deepcopy(form)
        for path, number in changes:
            with contextlib.suppress(KeyError, IndexError, TypeError):
                node = result
                for step in path[:-1]:
                    node = node[step]
                if number == len(HOSTILE):
                    del node[path[-1]]
                else:
                    node[path[-1]] = copy.deepcopy(HOSTILE[number])
        return result

    change = st.tuples(st.sampled_from(list(places(form))), st.integers(0, len(HOSTILE)))
    return st.lists(change, max_size=2).map(damage)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    form = community.read(community.DEFAULT)
    fresh = World(clock=Clock(), application=community.application_of(form, None), files=tmp_path_factory.mktemp("w"))
    community.settle(fresh, form)
    return fresh


many = settings(max_examples=200)


@given(damaged(CLASSIC) | damaged(CARD), damaged(CLASSIC) | damaged(CARD))
@many
def test_messages(world: World, first: Any, second: Any) -> None:
    place = world.channel_named("general")
    one = state.Message(id=world.ids.next(), channel_id=place.id, author_id=world.application.id, created_at=0.0)
    files = (uploads.write(world.files, "a.png", b"x"),)
    with contextlib.suppress(ApiError):
        messages.create(world, messages.draft(Body(json=first, uploads=files)), one)
        wire.message(world, one)
        messages.edit(world, messages.draft(Body(json=second, uploads=files), editing=one), one)
        wire.message(world, one)


@given(damaged(COMMAND))
@many
def test_commands(form: Any) -> None:
    with contextlib.suppress(ApiError):
        forms.validate(commandforms.check, form)
        commandforms.localized(commandforms.settle(form), "de")


@given(damaged(MODAL))
@many
def test_modals(world: World, form: Any) -> None:
    who = next(iter(world.users.values()))
    filling = Filling(world=world, place=world.channel_named("general"), member=who, force=True)
    with contextlib.suppress(ApiError, Refusal):
        filled = Filled(modal=modals.accepted(form), filling=filling)
        filled.fill({"t": "x", "s": ["b"], "x": 1})
        filled.components()


@pytest.mark.parametrize("form", [CLASSIC, CARD])
def test_each_body_is_accepted_before_it_is_damaged(form: Any) -> None:
    messages.draft(Body(json=form))
    forms.validate(commandforms.check, COMMAND)
    modals.accepted(MODAL)


def test_a_community_that_contradicts_itself_is_refused(world: World) -> None:
    empty = World(clock=Clock(), application=world.application, files=Path())
    guild = {"name": "G", "owner": "Ada", "members": {"Bo": ["Nobody"]}}
    with pytest.raises(KeyError, match="Nobody"):
        community.settle(empty, {"guilds": [guild]})


TAG = {"name": "idea", "moderated": True, "id": "5"}
OVERWRITE = {"id": "5", "type": 0, "allow": "1024", "deny": "0"}
CHANGED = {
    "name": "x", "topic": "t", "nsfw": False, "rate_limit_per_user": 5, "default_auto_archive_duration": 60,
    "flags": 16, "available_tags": [TAG], "permission_overwrites": [OVERWRITE],
}  # fmt: skip
THREAD = {"name": "x", "type": 11, "auto_archive_duration": 60, "rate_limit_per_user": 5, "invitable": True}
POST = {"name": "x", "message": {"content": "x"}, "applied_tags": ["5"], "auto_archive_duration": 60}
RETHREADED = {"name": "x", "archived": False, "locked": False, "applied_tags": ["5"], "flags": 2, "invitable": True}
FORWARD = {"message_reference": {"type": 1, "message_id": "5", "channel_id": "5", "guild_id": "5"}}


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("PATCH", "/channels/{forum}", CHANGED),
        ("POST", "/channels/{text}/threads", THREAD),
        ("POST", "/channels/{forum}/threads", POST),
        ("PATCH", "/channels/{thread}", RETHREADED),
        ("POST", "/channels/{text}/messages", FORWARD),
        ("POST", "/channels/{text}/messages/bulk-delete", {"messages": ["5", "6"]}),
    ],
)
async def test_channels_and_threads(rest: Rest, community: Community, method: str, path: str, form: Any) -> None:
    """Each value of a form in turn becomes something that it should not be."""
    await community.rate_limits(enabled=False)
    await community.set_role("@everyone", guild="Film Club", permissions=["ALL"])
    forum = await community.open_channel("ideas", guild="Film Club", type="forum")
    text = await community.open_channel("words", guild="Film Club")
    thread = await community.open_thread(user="Bo", channel="words", name="takes")
    where = path.format(forum=forum, text=text, thread=thread)
    for step in places(form):
        for wrong in HOSTILE:
            body = copy.deepcopy(form)
            node = body
            for each in step[:-1]:
                node = node[each]
            node[step[-1]] = wrong
            status, answer = await rest(method, where, body)
            assert status != 500, (step, wrong, answer)
