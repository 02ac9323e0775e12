"""What members can use, as the code declares it: a control that the page does not know fails a test."""

import ast
import asyncio
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.client import CONTROLS, DroverClient
from bot.chat.kit.session import FormSession
from bot.chat.settings.controls import SECTIONS
from bot.chat.settings.setup import Done, Protection, Trial
from cogs import make_cogs
from tests.architecture.kit import ROOT, Source
from tests.locales.kit import no_front_end

_VERBS = re.compile(r"[a-z]+(\|[a-z]+)+")  # a value of an id that is one of these words says what the control does
_BY_SECTION, _BY_SESSION = {"drover:set", "drover:fill"}, {"drover:sheet", "drover:pick", "drover:form"}


@cache
def tree() -> Sequence[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    """All commands, as the bot registers them; nothing of it needs a network."""
    return asyncio.run(_tree())


async def _tree() -> Sequence[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    client = DroverClient(make_front_end=no_front_end, make_cogs=make_cogs)
    for cog in make_cogs(client):
        await client.add_cog(cog)
    kinds = (discord.AppCommandType.message, discord.AppCommandType.user)
    slash = [one for one in client.tree.walk_commands() if isinstance(one, app_commands.Command)]
    menus = [menu for kind in kinds for menu in client.tree.get_commands(type=kind)]
    await client.close()
    return [*slash, *menus]


def commands() -> set[str]:
    """Slash commands as "/moderate ban", those of menus by their name."""
    return {one.name if isinstance(one, app_commands.ContextMenu) else f"/{one.qualified_name}" for one in tree()}


def typed() -> set[str]:
    """The options for which something is offered while a member types: "/video model"."""
    slash = (one for one in tree() if isinstance(one, app_commands.Command))
    return {f"/{one.qualified_name} {p.display_name}" for one in slash for p in one.parameters if p.autocomplete}


def controls() -> set[str]:
    """Every button, select and form: "drover:cancel", "drover:queue pause", "panel access roles"."""
    return {*_of_features(), *_of_sections(), *_of_sessions()}


def _of_features() -> Iterator[str]:
    for control in CONTROLS:
        if control.name in _BY_SECTION | _BY_SESSION:
            continue
        verbs = [values.split("|") for values in control.id.values.values() if _VERBS.fullmatch(values)]
        yield from (f"{control.name} {verb}" for verb in verbs[0]) if verbs else (control.name,)


def _of_sections() -> Iterator[str]:
    """`Section.at` lets a section make no control that it does not name."""
    yield "panel show"
    for section in (*SECTIONS.values(), Protection(), Trial(), Done()):
        yield from (f"panel {section.name} {verb}" for verb in (*section.acts, *section.opens))
        if section.opens:
            yield f"form {section.name}"


def _of_sessions() -> Iterator[str]:
    """`FormSession.button` and `select` do so as well."""
    for session in FormSession.__subclasses__():
        yield from (f"session {session.__name__} {verb}" for verb in session.verbs)
        if session.filled is not FormSession.filled:
            yield f"form {session.__name__}"


def dynamic() -> set[str]:
    """The classes of components that outlive the process."""
    return {one.__name__ for one in ui.DynamicItem.__subclasses__() if one.__module__.startswith("bot.")}


def made_by_hand() -> Iterator[str]:
    """Where the code makes a button or select by itself, and not by `bot.chat.kit.components`."""
    kinds = {"Button", "Select", "UserSelect", "RoleSelect", "ChannelSelect", "MentionableSelect"}
    for source in map(Source, sorted((ROOT / "bot" / "chat").rglob("*.py"))):
        if source.module.endswith((".kit.components", ".kit.modal")):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr in kinds and ast.unparse(node.value).endswith("ui"):
                yield source.at(node)
