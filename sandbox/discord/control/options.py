"""Option values as the client would accept and send them."""

import base64
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from sandbox.discord import commandforms as kinds
from sandbox.discord import objects, permissions, state, uploads
from sandbox.discord.control import lookup
from sandbox.discord.control.kit import Refusal
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.world import World

_GROUPS = {
    "image": frozenset({".png", ".gif", ".jpg", ".jpeg", ".jfif", ".webp", ".avif"}),
    "video": frozenset({".mp4", ".mov", ".qt", ".webm"}),
    "audio": frozenset({".mp3", ".m4a", ".wav", ".ogg", ".opus", ".flac"}),
}


@dataclass(slots=True, kw_only=True)
class Filling:
    """Turns plain values into options with resolved data, collecting what the client would complain about."""

    world: World
    place: state.Channel
    member: state.User
    force: bool = False
    partial: bool = False
    """Somebody still types (autocomplete): what is not valid is left out, and nothing is uploaded yet.

    Source: discord-api-docs pull request 4358.
    """
    resolved: dict[str, Json] = field(default_factory=dict[str, Json])
    problems: dict[str, str] = field(default_factory=dict[str, str])

    def fill(self, form: Json, values: Json, focused: str | None = None) -> list[Json]:
        """The options to send. `focused` names the one that is being typed (autocomplete)."""
        listed = {str(as_object(one)["name"]): as_object(one) for one in as_list(form.get("options"))}
        for name in values.keys() - listed.keys():
            self.problems[name] = "the command has no such option"
        filled: list[Json] = []
        for name, option in listed.items():
            given = values.get(name)
            if name == focused:
                filled.append(_typed(option, given))
            elif given is not None and (given != "" or self.force):
                filled += self._option(option, given)
            elif option.get("required") and not self.partial:
                self.problems[name] = "this option is required"
        self.settle()
        return filled

    def settle(self) -> None:
        """Refuse what the client would not send."""
        if self.problems and not self.force:
            raise Refusal(400, "the client would not send this", self.problems)

    def _option(self, option: Json, given: Any) -> list[Json]:
        name, kind = str(option["name"]), int(option["type"])
        value, problem = self._value(option, kind, given)
        if problem and self.partial and not self.force:
            return []
        if problem:
            self.problems[name] = problem
        return [{"name": name, "type": kind, "value": value}]

    def _value(self, option: Json, kind: int, given: Any) -> tuple[Any, str | None]:
        if kind == kinds.ATTACHMENT:
            return self.attachment(given), wrong_type(option, given)
        if kind in {kinds.USER_OPTION, kinds.ROLE, kinds.CHANNEL, kinds.MENTIONABLE}:
            return self.named(kind, given, as_list(option.get("channel_types")))
        if kind == kinds.BOOLEAN:
            return given, None if isinstance(given, bool) else "takes true or false"
        if kind == kinds.STRING:
            return given, _text_problem(option, given)
        return given, _number_problem(option, kind, given)

    def named(self, kind: int, given: Any, channel_types: list[Any]) -> tuple[str, str | None]:
        """The id of a person, role or channel called by name, resolved; and what is wrong with it."""
        if kind in {kinds.USER_OPTION, kinds.MENTIONABLE}:
            try:
                return self._user(lookup.user(self.world, given)), None
            except Refusal:
                if kind == kinds.USER_OPTION:
                    raise
        if kind == kinds.CHANNEL:
            place = lookup.channel(self.world, given, inside=self.place.guild_id)
            about = objects.partial_channel(self.world, place, self.member.id)
            self.resolved.setdefault("channels", {})[str(place.id)] = about
            misfit = bool(channel_types) and place.type not in channel_types
            return str(place.id), "not that type of channel" if misfit else None
        return self._role(given), None

    def _user(self, user: state.User) -> str:
        self.resolved.setdefault("users", {})[str(user.id)] = objects.user(user)
        guild = self.world.guilds.get(self.place.guild_id or 0)
        if guild is not None and user.id in guild.members:
            allowed = str(permissions.in_guild(guild, user.id))
            member = {**objects.resolved_member(guild.members[user.id]), "permissions": allowed}
            self.resolved.setdefault("members", {})[str(user.id)] = member
        return str(user.id)

    def _role(self, given: Any) -> str:
        guild = self.world.guilds.get(self.place.guild_id or 0)
        if guild is None:
            raise Refusal(404, "there are no roles here")
        role = lookup.role(guild, given)
        self.resolved.setdefault("roles", {})[str(role.id)] = objects.role(role)
        return str(role.id)

    def attachment(self, given: Any) -> str:
        """An upload {"filename", "base64" or "upload", "description"?}; too large a file never leaves the client."""
        about = as_object(given)
        if "filename" not in about:
            raise Refusal(400, 'an attachment is {"filename": …, "base64": …} or {"filename": …, "upload": …}')
        if self.partial:
            return str(self.world.ids.next())
        upload = self._upload(about)
        guild = self.world.guilds.get(self.place.guild_id or 0)
        if not self.force and upload.size > objects.upload_limit(guild, self.member):
            upload.path.unlink()
            raise Refusal(413, f"{about['filename']} is too large to upload here")
        one = uploads.attach(self.world, upload, self.place.id, about, ephemeral=True)
        uploads.forget_later(self.world, one)
        self.resolved.setdefault("attachments", {})[str(one.id)] = objects.attachment(self.world, one)
        return str(one.id)

    def _upload(self, about: Json) -> state.Upload:
        if "upload" not in about:
            content = base64.b64decode(str(about.get("base64", "")))
            return uploads.write(self.world.files, str(about["filename"]), content)
        sent = self.world.uploads.pop(str(about["upload"]), None)
        if sent is None:
            raise Refusal(404, f"{about['filename']} was not sent ahead, or is used up")
        return sent


def _typed(option: Json, given: Any) -> Json:
    kind = int(option["type"])
    value = str(given) if kind == kinds.STRING else given
    return {"name": str(option["name"]), "type": kind, "value": value, "focused": True}


def wrong_type(asked: Json, given: Any) -> str | None:
    """What the client says to a file whose name does not fit `file_types`; it looks at nothing else.

    Source: public documentation, reference, "File Type Filtering".
    """
    wanted = [str(one).lower() for one in as_list(asked.get("file_types"))]
    suffix = PurePath(str(as_object(given).get("filename", ""))).suffix.lower()
    fits = not wanted or any(suffix in _GROUPS.get(one, {one}) for one in wanted)
    return None if fits else f"takes files of the types {', '.join(wanted)}"


def _text_problem(option: Json, given: Any) -> str | None:
    if not isinstance(given, str):
        return "takes a text"
    low, high = int(option.get("min_length", 0)), int(option.get("max_length", 6000))
    if not low <= len(given) <= high:
        return f"takes {low} to {high} characters"
    return _choice_problem(option, given)


def _number_problem(option: Json, kind: int, given: Any) -> str | None:
    whole = kind == kinds.INTEGER
    if isinstance(given, bool) or not isinstance(given, int if whole else (int, float)):
        return "takes a whole number" if whole else "takes a number"
    low, high = option.get("min_value", -(2**53)), option.get("max_value", 2**53)
    if not low <= given <= high:
        return f"takes {low} to {high}"
    return _choice_problem(option, given)


def _choice_problem(option: Json, given: Any) -> str | None:
    choices = [as_object(one)["value"] for one in as_list(option.get("choices"))]
    return "not one of the choices" if choices and given not in choices else None
