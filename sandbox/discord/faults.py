"""Failures on demand: what an unreliable Discord does to some requests, a given number of times."""

import itertools
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase

from sandbox.discord.forms import Json


@dataclass(slots=True, kw_only=True)
class Fault:
    """Hits requests whose method and route fit; `*` in the route stands for anything.

    The route is matched against both the template (/channels/{channel_id}/messages) and the path.
    """

    route: str
    method: str | None = None
    status: int | None = None
    code: int = 0
    message: str = "Sandbox fault"
    retry_after: float | None = None
    """Seconds, for a 429: makes it one of the documented kind, with its headers."""
    scope: str = "user"
    """Of such a 429: user, shared (not this bot's fault) or global."""
    drop: bool = False
    """Close the connection instead of answering."""
    when: str = "before"
    """before: the request has no effect. after: it took effect, but the answer is the fault."""
    latency: float = 0.0
    """Real seconds to wait first."""
    times: int | None = 1
    """None: until removed."""
    id: int = field(default_factory=itertools.count(1).__next__)
    hits: int = 0

    def fits(self, method: str, template: str, path: str) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if self.method not in {None, method}:
            return False
        # fnmatch reads [..] as a set; routes have none.
        return fnmatchcase(template, self.route) or fnmatchcase(path, self.route)

    def describe(self) -> Json:
        return asdict(self)

    def body(self) -> Json:
        return {"message": self.message, "code": self.code}


@dataclass(slots=True)
class Faults:
    listed: list[Fault] = field(default_factory=list[Fault])

    def strike(self, method: str, template: str, path: str) -> Fault | None:
        """The first fault that fits a request; this counts as one of its times."""
        for fault in self.listed:
            if fault.fits(method, template, path):
                fault.hits += 1
                return fault
        return None
