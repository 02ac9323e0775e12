"""The catalogue: `/api/ai/models`, its search, one model, and the older path that earlier pages name."""

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.catalogue import Model
from sandbox.oxen.wire import Rejection


def routes(parts: Parts) -> list[Route]:
    models = _Models(parts)
    return [
        Route("GET", "/api/ai/models", "models", models.list),
        Route("GET", "/api/ai/models/search", "models", models.search),
        Route("GET", "/api/ai/models/{model_id}", "models", models.get),
        Route("GET", "/api/evaluations/models/{model_id}", "models", models.get_older),
    ]


class _Models:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """`developer_name` and `provider_name` filter by owner; `action` (fine-tuning) is not in the catalogue."""
        self._parts.key(request)
        owners = [request.query[name] for name in ("developer_name", "provider_name") if name in request.query]
        models = self._parts.catalogue.all()
        return _listed([model for model in models if all(model.row["owned_by"] == owner for owner in owners)])

    async def search(self, request: web.Request) -> web.Response:
        self._parts.key(request)
        return _listed(self._parts.catalogue.search(request.query.get("search", "")))

    async def get(self, request: web.Request) -> web.Response:
        return web.json_response(self._model(request).row)

    async def get_older(self, request: web.Request) -> web.Response:
        """The same model with its schema under the older name."""
        row = dict(self._model(request).row)
        row["json_request_schema"] = row.pop("request_schema", None)
        return web.json_response(row)

    def _model(self, request: web.Request) -> Model:
        self._parts.key(request)
        model_id = request.match_info["model_id"]
        model = self._parts.catalogue.get(model_id)
        if model is None:
            raise Rejection.plain(404, f"Model not found: {model_id}")
        return model


def _listed(models: list[Model]) -> web.Response:
    return web.json_response({"object": "list", "data": [model.row for model in models]})
