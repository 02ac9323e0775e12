"""The catalogue: `/api/ai/models`, its search, one model, and the older path that earlier pages name.

Custom models can be renamed, activated, deactivated and deleted by whoever may bill the namespace that owns them.
What the provider's schema leaves open is decided so: activating takes a minute (divided by the speed), fires an event
of another name on the key's stream, and does nothing to a model that is active already; a model of the provider's
own is nobody's to change.
"""

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.catalogue import Model
from sandbox.oxen.keys import ApiKey
from sandbox.oxen.streams import DEPLOYMENT, encode
from sandbox.oxen.wire import Rejection, answer, bad_request, json_object

DEPLOY_SECONDS = 60.0
# What `PUT /api/ai/models/:id` may change.
OPEN_FIELDS = {"display_name": str, "summary": str, "description": str, "image_url": str}


def routes(parts: Parts) -> list[Route]:
    models = _Models(parts)
    one = "/api/ai/models/{model_id}"
    return [
        Route("GET", "/api/ai/models", "models", models.list),
        Route("GET", "/api/ai/models/search", "models", models.search),
        Route("GET", one, "models", models.get),
        Route("PUT", one, "models", models.change),
        Route("DELETE", one, "models", models.delete),
        Route("POST", f"{one}/activate", "models", models.activate),
        Route("POST", f"{one}/deactivate", "models", models.deactivate),
        Route("GET", "/api/evaluations/models/{model_id}", "models", models.get_older),
    ]


class _Models:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """Filtered by who trained a model, case aside, by whose it is, and by what fine-tuning it offers."""
        key = self._parts.key(request)
        shown = [each for each in self._parts.catalogue.all() if each.shown_to(key)]
        if (developer := request.query.get("developer_name")) is not None:
            shown = [each for each in shown if each.developer.casefold() == developer.casefold()]
        if (owner := request.query.get("provider_name")) is not None:
            shown = [each for each in shown if each.row["owned_by"] == owner]
        if (action := request.query.get("action")) is not None:
            shown = [each for each in shown if action in each.actions]
        return _listed(shown, self._now())

    async def search(self, request: web.Request) -> web.Response:
        key = self._parts.key(request)
        found = self._parts.catalogue.search(request.query.get("search", ""))
        return _listed([model for model in found if model.shown_to(key)], self._now())

    async def get(self, request: web.Request) -> web.Response:
        _, model = self._model(request)
        if request.query.get("deployment_status") == "live" and not model.is_active(self._now()):
            raise _unknown(model.id)
        return self._answer(model)

    async def get_older(self, request: web.Request) -> web.Response:
        """The same model with its schema under the older name."""
        body = self._model(request)[1].body(self._now())
        body["json_request_schema"] = body.pop("request_schema", None)
        return answer(body)

    async def change(self, request: web.Request) -> web.Response:
        _, model = self._own(request)
        asked = await json_object(request)
        changes = {name: value for name, value in asked.items() if name in OPEN_FIELDS}
        for name, value in changes.items():
            if not isinstance(value, OPEN_FIELDS[name]):
                raise bad_request(f"{name} must be text")
        return self._answer(self._parts.catalogue.put({"id": model.id, **changes}))

    async def delete(self, request: web.Request) -> web.Response:
        _, model = self._own(request)
        self._parts.catalogue.remove(model.id)
        return self._answer(model)

    async def activate(self, request: web.Request) -> web.Response:
        key, model = self._own(request)
        if model.active_from is None:
            ready = self._now() + DEPLOY_SECONDS / self._parts.scheduler.speed
            model = self._parts.catalogue.deploy(model.id, ready)
            self._tell(key, model)
        return self._answer(model)

    async def deactivate(self, request: web.Request) -> web.Response:
        key, model = self._own(request)
        if model.active_from is not None:
            model = self._parts.catalogue.deploy(model.id, None)
            self._tell(key, model)
        return self._answer(model)

    def _tell(self, key: ApiKey, model: Model) -> None:
        """An event that concerns no generation: whoever waits for one passes it over."""
        (deployment,) = model.body(self._now())["deployments"]
        self._parts.streams.publish(key.key, encode(DEPLOYMENT, {"model": model.id, **deployment}))

    def _model(self, request: web.Request) -> tuple[ApiKey, Model]:
        """Raises Rejection: 401, or 404 for a model that is not there, or not for this key."""
        key = self._parts.key(request)
        model_id = request.match_info["model_id"]
        model = self._parts.catalogue.get(model_id)
        if model is None or not model.shown_to(key):
            raise _unknown(model_id)
        return key, model

    def _own(self, request: web.Request) -> tuple[ApiKey, Model]:
        """Raises Rejection, also (403) for a model of the provider's own."""
        key, model = self._model(request)
        if not model.is_custom:
            raise Rejection.titled(403, "forbidden", "Forbidden", "Only custom models can be changed.")
        return key, model

    def _now(self) -> float:
        return self._parts.clock.now()

    def _answer(self, model: Model) -> web.Response:
        return answer(model.body(self._now()))


def _listed(models: list[Model], now: float) -> web.Response:
    return answer({"object": "list", "data": [model.body(now) for model in models]})


def _unknown(model_id: str) -> Rejection:
    return Rejection.plain(404, f"Model not found: {model_id}")
