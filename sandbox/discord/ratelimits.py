"""Rate limits with Discord's headers (public documentation: topics/rate-limits).

The numbers of the buckets are not promised by Discord; these are what people measured: 5 channel messages per 5 s, 5
webhook requests per 2 s, 50 requests per second over all, interaction endpoints exempt from the last.
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
        return {
            "message": "You are being rate limited.",
            "retry_after": self.retry_after,
            "global": self.is_global,
            "code": 0,
        }


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
        limit = self._limit(method, template)
        major = next((params[name] for name in _MAJOR if name in params), "")
        bucket = hashlib.md5(f"{method}{template}".encode(), usedforsecurity=False).hexdigest()
        window = self._windows.setdefault((bucket, major), Window())
        now = self.clock.now()
        exempt = template.startswith(("/interactions", "/webhooks"))
        if not exempt and not self._everything.take(now, self._scaled(_GLOBAL)) and self.enabled:
            return self._refusal(self._everything.ends - now, {"X-RateLimit-Global": "true"}, is_global=True)
        fits = window.take(now, limit)
        left = window.ends - now
        headers = {
            "X-RateLimit-Limit": str(limit.requests),
            "X-RateLimit-Remaining": str(max(0, limit.requests - window.used)),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        return Verdict(headers=headers) if fits or not self.enabled else self._refusal(left, headers)

    def _limit(self, method: str, template: str) -> Limit:
        if template.startswith("/webhooks"):
            return self._scaled(_WEBHOOK)
        return self._scaled(_LIMITS.get((method, template), _USUAL))

    def _scaled(self, limit: Limit) -> Limit:
        return Limit(max(1, int(limit.requests * self.scale)), limit.seconds)

    def _refusal(self, left: float, headers: dict[str, str], *, is_global: bool = False) -> Verdict:
        scope = "global" if is_global else "user"
        headers |= {"X-RateLimit-Scope": scope, "Retry-After": str(math.ceil(left))}
        return Verdict(headers=headers, retry_after=round(left + 0.001, 3), is_global=is_global)
