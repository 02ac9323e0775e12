"""Rate limits with Discord's headers (public documentation: topics/rate-limits).

The numbers of the buckets are not promised by Discord; these are what people measured: 5 channel messages per 5 s, 5
requests per 2 s for a webhook, whichever they are, 50 requests per second over all, interaction endpoints exempt from
the last.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.discord.clock import Clock


@dataclass(frozen=True, slots=True)
class Limit:
    requests: int
    seconds: float


_USUAL = Limit(50, 1.0)
_LIMITS: Mapping[tuple[str, str], Limit] = {
    ("POST", "/channels/{channel_id}/messages"): Limit(5, 5.0),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): Limit(5, 5.0),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): Limit(5, 1.0),
}
_WEBHOOK = Limit(5, 2.0)
_GLOBAL = Limit(50, 1.0)
GLOBAL, WEBHOOK, NONE = "global", "webhook", "none"
_MAJOR = ("channel_id", "guild_id", "webhook_token", "interaction_token")


@dataclass(slots=True)
class Window:
    ends: float = 0.0
    used: int = 0

    def take(self, now: float, limit: Limit) -> bool:
        """Count a request; False when the window is full."""
        if now >= self.ends:
            self.ends, self.used = now + limit.seconds, 0
        self.used += 1
        return self.used <= limit.requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    headers: dict[str, str]
    retry_after: float | None = None
    """Seconds; None lets the request pass."""
    is_global: bool = False

    def body(self) -> dict[str, object]:
        who = "The resource is" if self.headers.get("X-RateLimit-Scope") == "shared" else "You are"
        message = f"{who} being rate limited."
        return {"message": message, "retry_after": self.retry_after, "global": self.is_global, "code": 0}


def counts_against(template: str) -> str:
    """The limit that a request uses up besides its own bucket's: GLOBAL, its WEBHOOK's, or NONE.

    Callbacks of interactions have no bucket and no headers (hikari `routes.POST_INTERACTION_RESPONSE`, which tells
    of any; DSharpPlus pull request 1928), and count towards no limit.
    """
    if template.startswith("/interactions"):
        return NONE
    return WEBHOOK if template.startswith("/webhooks") else GLOBAL


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """`enabled` switches the refusals off, not the headers. `scale` multiplies every allowance."""

    clock: Clock
    enabled: bool = True
    scale: float = 1.0
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict[tuple[str, str], Window])
    _everything: Window = field(default_factory=Window)

    def take(self, method: str, template: str, params: Mapping[str, str]) -> Verdict:
        """Count a request. Headers for its answer, and how long to wait when there is no room for it."""
        against = counts_against(template)
        if against == NONE:
            return Verdict(headers={})
        now = self.clock.now()
        bucket, limit, window = self._bucket(method, template, params)
        if against == GLOBAL and not self._everything.take(now, self._scaled(_GLOBAL)) and self.enabled:
            return _refusal(self._everything.ends - now, {}, "global")
        fits = window.take(now, limit)
        left = window.ends - now
        headers = _headers(bucket, limit.requests, limit.requests - window.used, window.ends, left)
        return Verdict(headers=headers) if fits or not self.enabled else _refusal(left, headers, "user")

    def refuse(self, method: str, template: str, params: Mapping[str, str], wait: float, scope: str) -> Verdict:
        """What a request is answered that shall find its limit used up, `wait` seconds before it may come again.

        `scope`: "user", this bucket; "shared", the resource, whose limit the headers do not tell; "global".
        """
        now = self.clock.now()
        if scope == "global" or counts_against(template) == NONE:
            return _refusal(wait, {}, scope)
        bucket, limit, window = self._bucket(method, template, params)
        if scope == "shared":
            ends = max(window.ends, now)
            return _refusal(
                wait, _headers(bucket, limit.requests, limit.requests - window.used, ends, ends - now), scope
            )
        return _refusal(wait, _headers(bucket, limit.requests, 0, now + wait, wait), scope)

    def _bucket(self, method: str, template: str, params: Mapping[str, str]) -> tuple[str, Limit, Window]:
        major = next((params[name] for name in _MAJOR if name in params), "")
        limit, shared = _LIMITS.get((method, template), _USUAL), f"{method}{template}"
        if counts_against(template) == WEBHOOK:
            limit, shared = _WEBHOOK, WEBHOOK
        bucket = hashlib.md5(shared.encode(), usedforsecurity=False).hexdigest()
        return bucket, self._scaled(limit), self._windows.setdefault((bucket, major), Window())

    def _scaled(self, limit: Limit) -> Limit:
        return Limit(max(1, int(limit.requests * self.scale)), limit.seconds)


def _headers(bucket: str, requests: int, remaining: int, ends: float, left: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(requests),
        "X-RateLimit-Remaining": str(max(0, remaining)),
        "X-RateLimit-Reset": f"{ends:.3f}",
        "X-RateLimit-Reset-After": f"{left:.3f}",
        "X-RateLimit-Bucket": bucket,
    }


def _refusal(wait: float, headers: dict[str, str], scope: str) -> Verdict:
    """The header has whole seconds, the body says it exactly."""
    headers = {**headers, "X-RateLimit-Scope": scope, "Retry-After": str(math.ceil(wait))}
    headers |= {"X-RateLimit-Global": "true"} if scope == "global" else {}
    return Verdict(headers=headers, retry_after=round(wait + 0.001, 3), is_global=scope == "global")
