"""One model of the provider to a value: what can be ordered of it, and whether it is up (openapi.json, `Model`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from bot.domain.models.catalogue import Model
from bot.oxen import wire

DeploymentStatus = Literal["active", "inactive", "deploying", "deactivating", "error", "unknown"]
_STATUSES = frozenset(get_args(DeploymentStatus))
_MOST = 20  # deployments of one model that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteModel:
    """`custom`: trained by somebody from `source`; only such a model has to be activated before it can be used."""

    model: Model
    custom: bool = False
    source: str | None = None
    deployments: tuple[DeploymentStatus, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether an order of it can run now: a base model always, a custom one where a deployment is active."""
        return not self.custom or "active" in self.deployments


def remote_model(payload: object) -> RemoteModel:
    """Raises `ValueError` when it is none."""
    model = wire.model(payload)
    fields = cast("Mapping[str, Any]", payload)
    source: object = fields.get("source_model")
    found: object = fields.get("deployments")
    deployments = cast("list[object]", found)[:_MOST] if isinstance(found, list) else []
    return RemoteModel(
        model=model,
        custom=fields.get("model_type") == "custom",
        source=wire.plain(source) if isinstance(source, str) else None,
        deployments=tuple(_status(each) for each in deployments),
    )


def _status(deployment: object) -> DeploymentStatus:
    status: object = cast("Mapping[str, Any]", deployment).get("status") if isinstance(deployment, Mapping) else None
    return cast("DeploymentStatus", status) if isinstance(status, str) and status in _STATUSES else "unknown"
