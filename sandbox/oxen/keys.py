"""API keys, the namespaces that each may bill, and what becomes of a key that is revoked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DEFAULT_NAMESPACE = "sandbox"
DEFAULT_KEYS: Mapping[str, tuple[str, ...] | None] = {"sandbox": None}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`namespaces`: its user's own first, then the organizations that the user is a member of; None for any at all."""

    key: str
    namespaces: tuple[str, ...] | None

    @property
    def own_namespace(self) -> str:
        """Who pays when a request names no `target_namespace`."""
        return self.namespaces[0] if self.namespaces else DEFAULT_NAMESPACE

    def may_bill(self, namespace: str) -> bool:
        return self.namespaces is None or namespace in self.namespaces


class Keyring:
    """Each request looks here: what is put in or taken out holds from the next one on."""

    def __init__(self, keys: Mapping[str, tuple[str, ...] | None] = DEFAULT_KEYS) -> None:
        self._keys = {key: ApiKey(key, namespaces) for key, namespaces in keys.items()}

    def find(self, authorization: str | None) -> ApiKey | None:
        """The key of an `Authorization: Bearer <key>` header; None without one, or for an unknown key."""
        scheme, _, key = (authorization or "").partition(" ")
        return self._keys.get(key.strip()) if scheme.lower() == "bearer" else None

    def all(self) -> list[ApiKey]:
        return list(self._keys.values())

    def put(self, key: str, namespaces: Iterable[str] | None) -> ApiKey:
        """A new key, or other memberships of a known one."""
        self._keys[key] = ApiKey(key, None if namespaces is None else tuple(namespaces))
        return self._keys[key]

    def revoke(self, key: str) -> bool:
        """Whether there was such a key."""
        return self._keys.pop(key, None) is not None


def parse_key(text: str) -> tuple[str, tuple[str, ...] | None]:
    """`KEY=namespace,namespace`; a bare `KEY` may bill any namespace. Raises ValueError for anything else."""
    key, equals, listed = text.partition("=")
    namespaces = tuple(name.strip() for name in listed.split(",") if name.strip())
    if not key or (equals and not namespaces):
        raise ValueError(f"{text!r} is not KEY=namespace,namespace")
    return key, namespaces or None
