"""API keys and the namespaces that each may bill."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_NAMESPACE = "sandbox"
DEFAULT_KEYS: Mapping[str, tuple[str, ...] | None] = {"sandbox": None}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`namespaces` of None: it may bill any."""

    key: str
    namespaces: tuple[str, ...] | None

    @property
    def own_namespace(self) -> str:
        """Who pays when a request names no `target_namespace`."""
        return self.namespaces[0] if self.namespaces else DEFAULT_NAMESPACE

    def may_bill(self, namespace: str) -> bool:
        return self.namespaces is None or namespace in self.namespaces


class Keyring:
    def __init__(self, keys: Mapping[str, tuple[str, ...] | None] = DEFAULT_KEYS) -> None:
        self._keys = {key: ApiKey(key, namespaces) for key, namespaces in keys.items()}

    def find(self, authorization: str | None) -> ApiKey | None:
        """The key of an `Authorization: Bearer <key>` header; None without one, or for an unknown key."""
        scheme, _, key = (authorization or "").partition(" ")
        return self._keys.get(key.strip()) if scheme.lower() == "bearer" else None


def parse_key(text: str) -> tuple[str, tuple[str, ...] | None]:
    """`KEY=namespace,namespace`; a bare `KEY` may bill any namespace. Raises ValueError for anything else."""
    key, equals, listed = text.partition("=")
    namespaces = tuple(name.strip() for name in listed.split(",") if name.strip())
    if not key or (equals and not namespaces):
        raise ValueError(f"{text!r} is not KEY=namespace,namespace")
    return key, namespaces or None
