"""A member fills and sends a modal."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.discord import components, interactions, modals, state
from sandbox.discord.control import lookup, picks
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling, wrong_type
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.interactions import Context
from sandbox.discord.world import World

_MOST_CHARACTERS = 4000
_LISTS = components.SELECTS | {modals.FILE_UPLOAD, modals.CHECKBOXES}


def submit(world: World, body: Json) -> state.Interaction:
    """Send the modal an interaction was answered with; `values` by custom_id or label, uploads as lists of files."""
    asked, force = lookup.interaction(world, body.get("interaction_id")), bool(body.get("force"))
    member = lookup.user(world, body.get("user") or asked.user_id)
    if asked.modal is None:
        raise Refusal(409, "that interaction shows no modal")
    if not force and (asked.modal_closed or member.id != asked.user_id):
        raise Refusal(409, f"{member.name} has no such modal open")
    place = lookup.seen_by(world, member, lookup.channel(world, asked.channel_id))
    filling = Filling(world=world, place=place, member=member, force=force)
    filled = Filled(modal=asked.modal, filling=filling)
    filled.fill(as_object(body.get("values")))
    data: Json = {"custom_id": asked.modal["custom_id"], "components": filled.components()}
    data |= {"resolved": filling.resolved} if filling.resolved else {}
    context = Context(user=member, channel=place, locale=str(body.get("locale") or member.locale))
    source = world.messages.get(asked.source_id or 0)
    return interactions.send(
        world, context, interactions.MODAL_SUBMIT, data, source=source, triggered_by=asked, command=asked.command
    )


@dataclass(slots=True, kw_only=True)
class Filled:
    """A modal with what a member put into it."""

    modal: Json
    filling: Filling
    answers: dict[str, Any] = field(default_factory=dict[str, Any])

    def fill(self, values: Json) -> None:
        """Take every field's value, or what it shows by itself. Refusal names the fields the client would not send."""
        asked = {one["custom_id"]: one for one in modals.fields(self.modal["components"])}
        names = {
            **{label: custom_id for custom_id, label in modals.labels(self.modal).items()},
            **{n: n for n in asked},
        }
        given = {names.get(name, name): value for name, value in values.items()}
        problems = self.filling.problems
        problems |= dict.fromkeys(given.keys() - asked.keys(), "the modal has no such field")
        for custom_id, one in asked.items():
            self.answers[custom_id], problem = self._answer(one, given.get(custom_id))
            if problem:
                problems[custom_id] = problem
        self.filling.settle()

    def _answer(self, one: Json, given: Any) -> tuple[Any, str | None]:
        kind = one["type"]
        if kind == modals.CHECKBOX:
            return bool(one.get("default") if given is None else given), None
        if kind == components.TEXT_INPUT:
            written = str(one.get("value") or "") if given is None else str(given)
            return written, _text_problem(one, written)
        wanted = picks.shown(one) if given is None else _listed(given)
        if kind == modals.FILE_UPLOAD:
            return self._uploaded(one, wanted)
        values, problem = picks.pick(self.filling, one, wanted)
        if not values and one.get("required", True) and one.get("min_values") != 0:
            problem = "this field is required"
        return values if kind in _LISTS else next(iter(values), None), problem

    def _uploaded(self, one: Json, files: list[Any]) -> tuple[list[str], str | None]:
        low, high = picks.bounds(one)
        optional = not one.get("required", True)
        problem = next((wrong for wrong in (wrong_type(one, file) for file in files) if wrong), None)
        if not files and not optional:
            problem = "this field is required"
        elif not low <= len(files) <= high and (files or not optional):
            problem = f"takes {low} to {high} files"
        if problem and not self.filling.force:
            return [], problem
        return [self.filling.attachment(file) for file in files], problem

    def components(self) -> list[Json]:
        """The `components` of the submission: like the modal's, with answers in place of questions."""
        return [self._submitted(as_object(one)) for one in as_list(self.modal["components"])]

    def _submitted(self, component: Json) -> Json:
        about: Json = {"type": component["type"], "id": component["id"]}
        if component["type"] == modals.LABEL:
            return {**about, "component": self._submitted(as_object(component["component"]))}
        if component["type"] == components.ROW:
            return {
                **about,
                "components": [self._submitted(as_object(one)) for one in as_list(component["components"])],
            }
        if "custom_id" not in component:
            return about
        key = "values" if component["type"] in _LISTS else "value"
        return {**about, "custom_id": component["custom_id"], key: self.answers[component["custom_id"]]}


def _listed(given: Any) -> list[Any]:
    return as_list(given) if isinstance(given, list) else [] if given == "" else [given]


def _text_problem(one: Json, written: str) -> str | None:
    """An optional text may be left empty whatever its least length is."""
    if not written:
        return "this field is required" if one.get("required", True) else None
    low, high = one.get("min_length") or 0, one.get("max_length") or _MOST_CHARACTERS
    return None if low <= len(written) <= high else f"must be {low} to {high} characters"
