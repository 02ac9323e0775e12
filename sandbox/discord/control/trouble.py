"""What befalls gateway connections, and the terms on which sessions start."""

from typing import Any

from sandbox.discord.control.kit import Refusal
from sandbox.discord.forms import Json
from sandbox.discord.gateway import Gateway

_ACTIONS = ("reconnect", "invalidate", "close", "drop", "heartbeat", "silence")


def disturb(gateway: Gateway, body: Json) -> Json:
    """`action`, for those of `shard` or for all.

    reconnect op 7, invalidate op 9 (`resumable`), close with a `code`, drop without one, heartbeat op 1, silence: the
    connections stay open and nothing is sent on them any more.
    """
    action, shard = body.get("action"), body.get("shard")
    connected = sum(one.connected and shard in {None, one.shard[0]} for one in gateway.sessions.values())
    if action == "reconnect":
        gateway.reconnect(shard)
    elif action == "invalidate":
        gateway.invalidate(shard, resumable=bool(body.get("resumable")))
    elif action == "close":
        gateway.close(int(body.get("code") or 4000), shard)
    elif action == "drop":
        gateway.close(None, shard)
    elif action == "heartbeat":
        gateway.ask_for_heartbeats(shard)
    elif action == "silence":
        gateway.fall_silent(shard)
    else:
        raise Refusal(400, f"action is one of {', '.join(_ACTIONS)}")
    return {"connected": connected}


def describe(gateway: Gateway) -> Json:
    """The terms, what is left of today's sessions, and the token, which one IDENTIFY too many replaces."""
    return {
        "heartbeat_ms": gateway.heartbeat_ms,
        "guilds_after": gateway.guilds_after,
        "guilds_per_shard": gateway.most_guilds,
        "shards": gateway.recommended_shards(),
        "identify_seconds": gateway.starts.seconds,
        "session_start_limit": gateway.starts.describe(),
        "too_soon": gateway.starts.too_soon,
        "token": gateway.world.application.token,
    }


def change(gateway: Gateway, body: Json) -> Json:
    """Set some of the terms; `remaining` and `max_concurrency` are those of the session start limit."""
    known = {"heartbeat_ms", "guilds_after", "guilds_per_shard", "shards", "identify_seconds", "remaining"}
    unknown = body.keys() - known - {"max_concurrency"}
    if unknown:
        raise Refusal(400, f"terms are {sorted(known | {'max_concurrency'})}; not {sorted(unknown)}")
    terms: dict[str, Any] = dict(body)
    starts = gateway.starts
    gateway.heartbeat_ms = int(terms.get("heartbeat_ms", gateway.heartbeat_ms))
    gateway.guilds_after = float(terms.get("guilds_after", gateway.guilds_after))
    gateway.most_guilds = int(terms.get("guilds_per_shard", gateway.most_guilds))
    gateway.shards = terms.get("shards", gateway.shards)
    starts.seconds = float(terms.get("identify_seconds", starts.seconds))
    starts.max_concurrency = max(1, int(terms.get("max_concurrency", starts.max_concurrency)))
    if "remaining" in terms:
        starts.leave(int(terms["remaining"]))
    return describe(gateway)
