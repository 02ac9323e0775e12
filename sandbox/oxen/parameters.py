"""The rules a request meets when it runs, not when it is enqueued ("Validation" in the queue's reference)."""

import re
from collections.abc import Mapping
from typing import Any, cast

from sandbox.oxen.catalogue import Model
from sandbox.oxen.schema import IS_REQUIRED, NO_URI, violation

BOTH_PROMPTS = "Cannot provide both 'prompt' and 'multi_prompt'."
NO_PROMPT = "Either 'prompt' or 'multi_prompt' must be provided."
# The models whose own page quotes other sentences ("Kling O3 Edit: Video to Video", "Errors").
WORDED_OTHERWISE = {"kling-video-o3-pro-video-to-video-edit"}
FIELD_REQUIRED, INVALID_URL = "Field required", "Invalid URL"
# How `POST /api/ai/images/edit` hands its `mask` and `size` on; no parameter of a model is called like that.
EDIT_MASK, EDIT_SIZE = "edit.mask", "edit.size"
# Named by the queue's reference for every model.
COMMON = {"prompt", "seed", "aspect_ratio", "duration", EDIT_MASK, EDIT_SIZE}
SHOT_SECONDS = 5
SHORTEST_TOTAL, LONGEST_TOTAL = 3, 15


class Refused(Exception):
    """The generation fails with this message."""

    @property
    def message(self) -> str:
        return str(self.args[0])


def checked(model: Model, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that count: what was given, with the model's defaults beneath.

    Raises Refused. Parameters that the model does not know are passed over; null is "not given".
    """
    given = _as_sampled(model, {name: value for name, value in parameters.items() if value is not None})
    _check_prompts(model, given)
    if problem := violation(model.request_schema, given):
        raise Refused(_worded(model, problem))
    known = model.properties.keys() | COMMON
    counting = {name: value for name, value in given.items() if name in known}
    _check_shots(counting.get("multi_prompt"))
    return {**model.defaults, **counting}


def _check_prompts(model: Model, given: Mapping[str, Any]) -> None:
    prompt, shots = given.get("prompt"), given.get("multi_prompt")
    if prompt is not None and not isinstance(prompt, str):  # also where the model's schema knows none
        raise Refused("prompt must be of type string")
    if prompt and shots:
        raise Refused(BOTH_PROMPTS)
    if not prompt and not shots and ("prompt" in model.required or "multi_prompt" in model.properties):
        raise Refused(FIELD_REQUIRED if model.id in WORDED_OTHERWISE else NO_PROMPT)


def _worded(model: Model, problem: str) -> str:
    if model.id in WORDED_OTHERWISE:
        if problem.endswith(IS_REQUIRED):
            return FIELD_REQUIRED
        if problem.endswith(NO_URI):
            return INVALID_URL
    return problem


def _as_sampled(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the provider's pages take whatever the model's schema says: `input_image` is "string or array", and a
    sample of Seedance's walkthrough writes its `duration` as text.
    """
    seconds = given.get("duration")
    if model.properties.get("duration", {}).get("type") == "integer" and isinstance(seconds, str):
        given = {**given, "duration": int(seconds) if re.fullmatch(r"[0-9]{1,4}", seconds) else seconds}
    image = given.get("input_image")
    wants_list = model.properties.get("input_image", {}).get("type") == "array"
    if wants_list and isinstance(image, str):
        return {**given, "input_image": [image]}
    if not wants_list and isinstance(image, list):
        match cast("list[Any]", image):
            case [only]:
                return {**given, "input_image": only}
            case _:
                pass
    return dict(given)


def _check_shots(shots: list[Mapping[str, Any]] | None) -> None:
    if not shots:
        return
    total = sum(shot_seconds(shot) for shot in shots)
    if total > LONGEST_TOTAL:
        raise Refused(f"Total shot duration ({total}s) exceeds maximum allowed ({LONGEST_TOTAL}s).")
    if total < SHORTEST_TOTAL:
        raise Refused(f"Total shot duration ({total}s) is below minimum allowed ({SHORTEST_TOTAL}s).")


def shot_seconds(shot: Mapping[str, Any]) -> int:
    return int(shot.get("duration") or SHOT_SECONDS)
