"""Option values as the client would accept and send them."""

import base64
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord import commandforms as kinds
from sandbox.discord import objects, permissions, state, uploads
from sandbox.discord.control import lookup
from sandbox.discord.control.refusals import Refusal
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.world import World


@dataclass(slots=True, kw_only=True)
class Filling:
    """Turns plain values into options with resolved data, collecting what the client would complain about."""

    world: World
    place: state.Channel
    force: bool = False
    resolved: dict[str, Json] = field(default_factory=dict[str, Json])
    problems: dict[str, str] = field(default_factory=dict[str, str])

    def fill(self, form: Json, values: Json, focused: str | None = None) -> list[Json]:
        """The options to send. `focused` names the one that is being typed (autocomplete)."""
        listed = {str(as_object(one)["name"]): as_object(one) for one in as_list(form.get("options"))}
        for name in values.keys() - listed.keys():
            self.problems[name] = "the command has no such option"
        filled: list[Json] = []
        for name, option in listed.items():
            if name in values and values[name] is not None:
                filled.append(self._option(option, values[name], typing=name == focused))
            elif option.get("required") and focused is None:
                self.problems[name] = "this option is required"
        if self.problems and not self.force:
            raise Refusal(400, "the client would not send this", self.problems)
        return filled

    def _option(self, option: Json, given: Any, *, typing: bool) -> Json:
        name, kind = str(option["name"]), int(option["type"])
        about: Json = {"name": name, "type": kind}
        if typing:
            return {**about, "value": str(given) if kind == kinds.STRING else given, "focused": True}
        value, problem = self._value(option, kind, given)
        if problem:
            self.problems[name] = problem
        return {**about, "value": value}

    def _value(self, option: Json, kind: int, given: Any) -> tuple[Any, str | None]:
        if kind == kinds.ATTACHMENT:
            return self.attachment(given), None
        if kind in {kinds.USER_OPTION, kinds.ROLE, kinds.CHANNEL, kinds.MENTIONABLE}:
            return self._named(option, kind, given)
        if kind == kinds.BOOLEAN:
            return given, None if isinstance(given, bool) else "takes true or false"
        if kind == kinds.STRING:
            return given, _text_problem(option, given)
        return given, _number_problem(option, kind, given)

    def _named(self, option: Json, kind: int, given: Any) -> tuple[str, str | None]:
        if kind in {kinds.USER_OPTION, kinds.MENTIONABLE}:
            try:
                return self._user(lookup.user(self.world, given)), None
            except Refusal:
                if kind == kinds.USER_OPTION:
                    raise
        if kind == kinds.CHANNEL:
            place = lookup.channel(self.world, given)
            about = objects.channel(self.world, place, viewer=self.world.application.id)
            self.resolved.setdefault("channels", {})[str(place.id)] = about
            wanted = as_list(option.get("channel_types"))
            return str(place.id), "not that type of channel" if wanted and place.type not in wanted else None
        return self._role(given), None

    def _user(self, user: state.User) -> str:
        self.resolved.setdefault("users", {})[str(user.id)] = objects.user(user)
        guild = self.world.guilds.get(self.place.guild_id or 0)
        if guild is not None and user.id in guild.members:
            allowed = str(permissions.in_guild(guild, user.id))
            member = {**objects.bare_member(guild.members[user.id]), "permissions": allowed}
            self.resolved.setdefault("members", {})[str(user.id)] = member
        return str(user.id)

    def _role(self, given: Any) -> str:
        guild = self.world.guilds.get(self.place.guild_id or 0)
        for role in guild.roles.values() if guild else ():
            if str(given) in {role.name, str(role.id)}:
                self.resolved.setdefault("roles", {})[str(role.id)] = objects.role(role)
                return str(role.id)
        raise Refusal(404, f"no role is called {given!r}")

    def attachment(self, given: Any) -> str:
        """An upload {"filename", "base64", "description"?}; too large a file never leaves the client."""
        about = as_object(given)
        if "filename" not in about:
            raise Refusal(400, 'an attachment is {"filename": …, "base64": …}')
        content = base64.b64decode(str(about.get("base64", "")))
        if not self.force and len(content) > objects.upload_limit(self.world.guilds.get(self.place.guild_id or 0)):
            raise Refusal(413, f"{about['filename']} is too large to upload here")
        upload = uploads.write(self.world.files, str(about["filename"]), content)
        one = uploads.attach(self.world, upload, self.place.id, about, ephemeral=True)
        self.resolved.setdefault("attachments", {})[str(one.id)] = objects.attachment(self.world, one)
        return str(one.id)


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
