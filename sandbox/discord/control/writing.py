"""A member writes, or forwards what somebody wrote."""

import math
import re

from sandbox.discord import messages, permissions, state, wire
from sandbox.discord.control import lookup
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.forms import Json, as_list
from sandbox.discord.uploads import Body
from sandbox.discord.world import World

_PICTURE_LINK = re.compile(r"https?://\S+\.(?:png|gif|jpe?g|webp)\b\S*")


def write(world: World, body: Json) -> state.Message:
    """A member's own message. Links to pictures are shown as embeds, as the client's unfurling does."""
    member, place, fresh = _fresh(world, body)
    if body.get("reply_to"):
        target = lookup.message(world, body["reply_to"], member)
        if target.channel_id != place.id or target.only_for is not None:
            raise Refusal(400, "that message is elsewhere, or only one person sees it")
        fresh.type, fresh.reference, fresh.reference_channel = state.REPLY, target.id, place.id
    files, content = as_list(body.get("attachments")), str(body.get("content") or "")
    if len(files) > messages.MOST_ATTACHMENTS:
        raise Refusal(400, f"a message has at most {messages.MOST_ATTACHMENTS} files")
    if files and not permissions.allows(world.allowed(place, member.id), "ATTACH_FILES"):
        raise Refusal(403, f"{member.name} cannot attach files in #{place.name}")
    filling = Filling(world=world, place=place, member=member)
    attached = [world.attachments[int(filling.attachment(one))] for one in files]
    for one in attached:
        one.ephemeral = False
    # A message of files alone has no content; the check that it is not empty knows nothing of these files.
    form = {"content": content or ("\u200b" if files else "")}
    made = messages.create(world, messages.draft(Body(json=form)), fresh, silent=True)
    made.content, made.attachments = content.strip(), attached
    made.embeds = [_unfurled(link) for link in _PICTURE_LINK.findall(content)]
    wire.announce(world, made, "created")
    return made


def forward(world: World, body: Json) -> state.Message:
    """A message forwarded to `channel`: a snapshot of it, whose files stay when it goes."""
    member, _, fresh = _fresh(world, body)
    source = lookup.message(world, body.get("message_id"), member)
    if source.only_for is not None:
        raise Refusal(403, "what only one person sees cannot be forwarded")
    return messages.forward(world, fresh, source)


def delete(world: World, message_id: str, who: object) -> None:
    """A member deletes what is theirs, or what they moderate, or dismisses what only they see."""
    if who is None:
        one = world.messages.get(int(message_id) if message_id.isdecimal() else 0)
        if one is None:
            raise Refusal(404, f"no message {message_id}")
    else:
        member = lookup.user(world, who)
        one = lookup.message(world, message_id, member)
        moderates = permissions.allows(world.allowed(world.channels[one.channel_id], member.id), "MANAGE_MESSAGES")
        if member.id not in {one.author_id, one.only_for} and not moderates:
            raise Refusal(403, f"{member.name} cannot delete that message")
    messages.delete(world, one)


def _fresh(world: World, body: Json) -> tuple[state.User, state.Channel, state.Message]:
    member = lookup.user(world, body.get("user"))
    place = lookup.channel(world, body.get("channel"), member=member, inside=body.get("guild"))
    lookup.seen_by(world, member, place)
    allowed = world.allowed(place, member.id)
    needed = "SEND_MESSAGES_IN_THREADS" if place.type in state.THREADS else "SEND_MESSAGES"
    locked = place.locked and not permissions.allows(allowed, "MANAGE_THREADS")
    if place.type not in state.WRITABLE or locked or not permissions.allows(allowed, needed):
        raise Refusal(403, f"{member.name} cannot write in #{place.name}")
    take_turn(world, member, place, place.slowmode, place.spoke_at)
    fresh = state.Message(id=world.ids.next(), channel_id=place.id, author_id=member.id, created_at=world.clock.now())
    return member, place, fresh


def take_turn(world: World, member: state.User, place: state.Channel, seconds: int, last: dict[int, float]) -> None:
    """Refuse what slow mode does not let pass yet, as Discord does with 20016; else note that it was done.

    Members may write one message and open one thread in that time. Bots and who has BYPASS_SLOWMODE are exempt
    (public documentation: resources/channel), and so is using a command or a button (discord-api-docs issue 6465).
    """
    exempt = member.bot or permissions.allows(world.allowed(place, member.id), "BYPASS_SLOWMODE")
    now = world.clock.now()
    left = last.get(member.id, -math.inf) + seconds - now
    if left > 0 and not exempt:
        problems = {"code": "20016", "retry_after": f"{left:.3f}"}
        raise Refusal(429, "This action cannot be performed due to slowmode rate limit", problems)
    last[member.id] = now


def _unfurled(link: str) -> Json:
    return {"type": "image", "url": link, "thumbnail": {"url": link, "proxy_url": link, "width": 0, "height": 0}}
