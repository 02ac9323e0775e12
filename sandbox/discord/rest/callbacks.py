"""The first answer to an interaction: POST /interactions/{id}/{token}/callback."""

from typing import Any

from sandbox.discord import errors, interactions, messages, modals, state, wire
from sandbox.discord.forms import (
    Json,
    Problems,
    anything,
    as_list,
    as_object,
    both,
    each,
    mapping,
    one_of,
    shape,
    text,
    validate,
)
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT
from sandbox.discord.rest.kit import NOTHING, Call, Reply, post
from sandbox.discord.uploads import Body
from sandbox.discord.world import World

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_CHOICES = shape(
    {},
    {
        "choices": each(
            shape({"name": text(1, 100), "value": anything}, {"name_localizations": mapping(text(1, 100))}), 0, 25
        )
    },
)


def callback(call: Call) -> Reply:
    world = call.world
    one = interactions.waiting(world, call.id("interaction_id"), call.params["interaction_token"])
    validate(shape({"type": one_of(1, 4, 5, 6, 7, 8, 9, 10, 12)}), call.form)
    kind = int(call.form["type"])
    _fits(one, kind)
    _ANSWERS[kind](world, one, Body(json=as_object(call.form.get("data")), uploads=call.body.uploads))
    return Reply(200, wire.callback(world, one)) if call.asked("with_response") else NOTHING


def _fits(one: state.Interaction, kind: int) -> None:
    """Which answers which interaction takes. A modal of a component's may update that component's message."""
    on_message = one.type == COMPONENT or (one.type == MODAL_SUBMIT and one.source_id is not None)
    allowed = {
        COMMAND: {MESSAGE, DEFERRED, MODAL},
        COMPONENT: {MESSAGE, DEFERRED, MODAL},
        MODAL_SUBMIT: {MESSAGE, DEFERRED},
        AUTOCOMPLETE: {CHOICES},
    }[one.type]
    if kind not in (allowed | {DEFERRED_UPDATE, UPDATE} if on_message else allowed):
        problems = Problems()
        listed = ", ".join(str(number) for number in sorted(allowed))
        problems.add(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", f"This interaction takes only the types {listed}.")
        problems.settle()


def _message(world: World, one: state.Interaction, body: Body) -> None:
    messages.check_sizes(world, world.channels.get(one.channel_id), body, one)
    written = messages.draft(body, prefix=("data",), settable=messages.SETTABLE | state.EPHEMERAL, from_webhook=True)
    fresh = interactions.reply_to(world, one, ephemeral=bool(written.flags & state.EPHEMERAL))
    messages.create(world, written, fresh, silent=True)
    _answered_with(world, one, fresh, MESSAGE)


def _deferred(world: World, one: state.Interaction, body: Body) -> None:
    """A message that says the bot is thinking. EPHEMERAL is the only flag it takes."""
    flags = as_object(body.json).get("flags") or 0
    if flags & ~state.EPHEMERAL:
        problems = Problems()
        problems.add(("data", "flags"), "MESSAGE_FLAGS_INVALID", "Only EPHEMERAL may be set on a deferred message.")
        problems.settle()
    fresh = interactions.reply_to(world, one, ephemeral=bool(flags & state.EPHEMERAL))
    fresh.flags |= state.LOADING
    world.messages[fresh.id] = fresh
    one.deferred = one.thinking = True
    _answered_with(world, one, fresh, DEFERRED)
    interactions.await_answer(world, one)


def _answered_with(world: World, one: state.Interaction, fresh: state.Message, kind: int) -> None:
    one.original_id, one.ephemeral = fresh.id, fresh.only_for is not None
    interactions.acknowledge(world, one, kind)
    wire.announce(world, fresh, "created")


def _deferred_update(world: World, one: state.Interaction, _body: Body) -> None:
    one.original_id = one.source_id
    interactions.acknowledge(world, one, DEFERRED_UPDATE)


def _update(world: World, one: state.Interaction, body: Body) -> None:
    source = world.messages.get(one.source_id or 0)
    if source is None:
        raise errors.unknown_message()
    messages.check_sizes(world, world.channels[source.channel_id], body, one)
    written = messages.draft(body, prefix=("data",), editing=source, from_webhook=True)
    messages.edit(world, written, source)
    one.original_id = one.source_id
    interactions.acknowledge(world, one, UPDATE)


def _choices(world: World, one: state.Interaction, body: Body) -> None:
    kind = _focused_type(as_list(as_object(one.payload["data"]).get("options")))
    value = {4: _whole, 10: _any_number}.get(kind, text(0, 100))
    validate(
        shape({"data": both(_CHOICES, shape({}, {"choices": each(shape({"value": value}))}))}), {"data": body.json}
    )
    one.choices = [as_object(entry) for entry in as_list(as_object(body.json).get("choices"))]
    interactions.acknowledge(world, one, CHOICES)


def _whole(value: Any, path: tuple[str, ...], problems: Problems) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


def _any_number(value: Any, path: tuple[str, ...], problems: Problems) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not float.')


def _focused_type(options: list[Any]) -> int:
    for entry in options:
        option: Json = as_object(entry)
        if option.get("focused"):
            return int(option["type"])
        inner = _focused_type(as_list(option.get("options")))
        if inner:
            return inner
    return 0


def _modal(world: World, one: state.Interaction, body: Body) -> None:
    one.modal = modals.accepted(body.json)
    interactions.acknowledge(world, one, MODAL)


def _unsupported(_world: World, _one: state.Interaction, _body: Body) -> None:
    problems = Problems()
    problems.add(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", "The stand-in has no activities or premium prompts.")
    problems.settle()


_ANSWERS = {
    1: _unsupported,
    MESSAGE: _message,
    DEFERRED: _deferred,
    DEFERRED_UPDATE: _deferred_update,
    UPDATE: _update,
    CHOICES: _choices,
    MODAL: _modal,
    10: _unsupported,
    12: _unsupported,
}
ROUTES = (post("/interactions/{interaction_id}/{interaction_token}/callback", callback, public=True),)
