"""What members can use, found in the code: a control that the page does not know fails a test."""

import ast
import asyncio
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import discord
from bot.chat.kit.sheets import Sheet
from bot.chat.settings.board import SECTIONS
from discord import app_commands, ui
from tests.architecture.kit import ROOT, Source
from tests.locales.kit import no_services

from bot.chat.client import DroverClient
from bot.chat.settings.setup import Done, Trial
from cogs import make_cogs

NOTHING: Any = None  # nothing is used here, so the services behind the commands are not needed
CHAT = [Source(path) for path in sorted((ROOT / "bot" / "chat").rglob("*.py"))]
# How the code makes buttons and selects: the function, which of its arguments is the verb, what the page calls it.
_MAKERS = {"QueueButton": "drover:queue", "PrivacyButton": "drover:privacy", "_danger": "drover:privacy"}
_WHOLE = {
    "QueuePick": "drover:queue-pick",
    "QueueMember": "drover:queue-member",
    "QueueChannel": "drover:queue-channel",
    "HistoryGo": "drover:past",
    "HistoryOpen": "drover:open",
    "UsageTable": "drover:table",
    "CancelOrder": "drover:cancel",
    "FreshLink": "drover:link",
    "TryAgain": "drover:again",
    "ConfirmPrice": "drover:confirm",
    "WithdrawOrder": "drover:withdraw",
}
_FAMILIES = {
    "QueueButton": "by verb",
    "PrivacyButton": "by verb",
    "Control": "by section",
    "SheetButton": "by sheet",
    "SheetSelect": "by sheet",
    "RowButton": "a base",
}


@cache
def tree() -> Sequence[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    """All commands, as the bot registers them; nothing of it needs a network."""
    return asyncio.run(_tree())


async def _tree() -> Sequence[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    client = DroverClient(make_services=no_services, make_cogs=lambda _: ())
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


def dynamic() -> set[str]:
    """The classes of controls that outlive the process."""
    return {one.__name__ for one in _below(ui.DynamicItem) if one.__module__.startswith("bot.")}


def known() -> set[str]:
    """Those of which this module knows how the code tells them apart."""
    return {*_WHOLE, *_FAMILIES}


def controls() -> set[str]:
    """Every button, select and form: "drover:cancel", "drover:queue pause", "panel access roles"."""
    return {*_WHOLE.values(), *_by_verb(), *_of_sections(), *_of_sheets()}


def _by_verb() -> Iterator[str]:
    for source in CHAT:
        for call in _calls(source.tree):
            family = _MAKERS.get(_name(call))
            if family is not None and not _forwards(call, source):
                yield from (f"{family} {verb}" for verb in _words(call.args[0], source))


def _forwards(call: ast.Call, source: Source) -> bool:
    """In a helper that is given its verb: whoever calls that is looked at instead."""
    return isinstance(call.args[0], ast.Name) and not list(_constants(call.args[0].id, source))


def _of_sections() -> Iterator[str]:
    """What each section says of itself (`Section.at` lets it make no other control); and what all have in common."""
    yield "panel show"
    for section in (*SECTIONS, Trial(NOTHING), Done()):
        yield from (f"panel {section.name} {verb}" for verb in (*section.acts, *section.opens))
        if section.opens:
            yield f"form {section.name}"


def _of_sheets() -> Iterator[str]:
    for source in CHAT:
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.ClassDef) or node.name not in sheets():
                continue
            for call in _calls(node):
                if _name(call) in {"button", "select"} and _of_self(call):
                    yield from (f"sheet {node.name} {verb}" for verb in _words(call.args[0], source))
                if _name(call) == "Form":
                    yield f"form {node.name}"


def sheets() -> set[str]:
    return {one.__name__ for one in _below(Sheet)}


def foreign_verbs() -> set[str]:
    """The verbs of sheets' controls that are made outside of the sheet's own class."""
    found: set[str] = set()
    for source in CHAT:
        for call in _calls(source.tree):
            if _name(call) in {"button", "select"} and isinstance(call.func, ast.Attribute) and not _of_self(call):
                found |= set(_words(call.args[0], source))
    return found


def made_by_hand() -> Iterator[str]:
    """Where the code makes a button or select for a message by itself, and not by one of the classes known here."""
    kinds = {"Button", "Select", "UserSelect", "RoleSelect", "ChannelSelect", "MentionableSelect"}
    for source in CHAT:
        if source.module.endswith(("controls", "session", "forms", "modal")):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _name(node) in kinds and _ui(node) and not _in_dynamic(node, source):
                yield source.at(node)


def _ui(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).endswith("ui")


def _in_dynamic(call: ast.Call, source: Source) -> bool:
    classes = [node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef) and node.name in dynamic()]
    return any(inner is call for one in classes for inner in ast.walk(one))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _of_self(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "self"


def _words(node: ast.expr, source: Source) -> list[str]:
    """The verbs that stand in an argument: a word, a constant's word, or one of two."""
    match node:
        case ast.Constant(value=str(word)):
            return [word]
        case ast.IfExp(body=body, orelse=other):
            return [*_words(body, source), *_words(other, source)]
        case ast.Name(id=name) if found := list(_constants(name, source)):
            return found
        case _:
            raise AssertionError(f"{source.at(node)}: write the verb as a word, so that it can be found")


def _constants(name: str, source: Source) -> Iterator[str]:
    """The word that a module calls `name`."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            for each, word in zip(_parts(node.targets[0]), _parts(node.value), strict=False):
                if getattr(each, "id", None) == name and isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield word.value


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _below(kind: type[Any]) -> set[type[Any]]:
    direct = {one for one in kind.__subclasses__() if one.__module__.startswith(("bot.", "discord.", "cogs."))}
    return direct.union(*(_below(one) for one in direct)) if direct else set()
