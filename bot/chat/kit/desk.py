"""Goes away: what is left of the client as controls saw it."""

from typing import Any, TypeAlias

Desk: TypeAlias = Any
