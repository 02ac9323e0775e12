"""The commands that need no Discord, as click reads them. What they need to run is imported when they run."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.terminal.shell import Work

_KINDS = ("video", "image")
_STATUSES = ("queued", "processing", "succeeded", "failed", "cancelled")
_GROUPS = (
    "text-to-video",
    "image-to-video",
    "reference-to-video",
    "video-to-video",
    "upscale",
    "text-to-image",
    "image-editing",
)
_CODES = """\b
Exit codes:
  0  all of it was made, and saved
  1  something failed while working; nothing was made, or saved
  2  an option or a setting is missing or wrong; nothing was ordered
  3  the model cannot do what was asked; nothing was ordered
  4  some of several outputs failed
  5  nobody knows: it may have been made, and paid; look before you order again
  130  stopped by Ctrl-C or SIGTERM
"""
_AGE = re.compile(r"(\d{1,6})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def _in_a_shell(command: "Callable[..., Work]") -> Callable[..., None]:
    """Carries out what the command returns, exits with its code, and adds `--json`."""

    @wraps(command)
    def run(*, as_json: bool, **options: Any) -> None:
        from bot.terminal.shell import carry_out

        carry_out(command(**options), as_json=as_json)

    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(run)


_namespace = click.option("--namespace", help="Whose. Without it: the key's own.")
_output = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder for the files; made if need be. Without it: this one. Nothing in it is overwritten.",
)


def _pairs(_: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = [text.partition("=") for text in texts]
    for (name, equals, _value), text in zip(pairs, texts, strict=True):
        if not name or not equals:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param=parameter)
    return tuple((name.strip(), value) for name, _, value in pairs)


def _once(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(context, parameter, texts)
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise click.BadParameter(f"{', '.join(twice)} is given more than once", param=parameter)
    return pairs


def _unicode(_: click.Context, parameter: click.Parameter, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("is not text in UTF-8", param=parameter) from None
    return text


def _moment(_: click.Context, parameter: click.Parameter, text: str | None) -> datetime | None:
    """A moment: 12h, 7d or 2w ago, or as ISO 8601 writes it, in UTC where it names no zone."""
    if text is None:
        return None
    try:
        if match := _AGE.fullmatch(text):
            return datetime.now(UTC) - int(match[1]) * _UNITS[match[2]]
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{text!r} is neither like 12h, 7d, 2w nor like 2026-11-20", param=parameter) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


@click.command(epilog=_CODES)
@click.option("-m", "--model", help="Its id or name; `drover models` lists them. Without it: the operator's default.")
@click.option("--kind", type=click.Choice(_KINDS), help="What to make where no model says it. Without both: a video.")
@click.option("-p", "--prompt", default="", callback=_unicode, help="What to show; - reads it from standard input.")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    callback=_once,
    metavar="NAME=VALUE",
    help="A parameter of the model; `drover model ID` lists them. May be repeated.",
)
@click.option(
    "--shots",
    metavar="FILE",
    help="A storyboard in place of the prompt, one shot a line: `5s Aerial view of waves`. - is standard input.",
)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    callback=_pairs,
    metavar="NAME=FILE",
    help="A file, or an address that Oxen can fetch, for a parameter that takes one. May be repeated.",
)
@click.option("-n", "--count", type=click.IntRange(1, 4), default=1, show_default=True, help="How many outputs.")
@click.option("--namespace", help="Who pays, and where Oxen keeps the results. Without it: the key's own.")
@click.option("--sync", is_flag=True, help="One call that answers when it is made. It cannot be cancelled.")
@click.option("--format", "form", type=click.Choice(("url", "b64_json")), help="How --sync answers. Without it: url.")
@_output
@_in_a_shell
def generate(*, sync: bool, form: str | None, kind: str | None, **asked: Any) -> "Work":
    """Order video or images from Oxen, wait, and keep the files.

    The key of the settings orders; it or --namespace pays. Everything is checked against the model before anything
    is sent. Ctrl-C asks whether to cancel what is under way; where nobody can be asked, it cancels.
    """
    if form is not None and not sync:
        raise click.UsageError("--format goes with --sync")
    if asked["prompt"] == "-" and asked["shots"] == "-":
        raise click.UsageError("--prompt and --shots cannot both be standard input")
    if asked["inputs"] and asked["model"] is None:
        raise click.UsageError("--input goes with --model: each model has inputs of its own")
    if both := {name for name, _ in asked["parameters"]} & {name for name, _ in asked["inputs"]}:
        raise click.UsageError(f"{', '.join(sorted(both))}: --param and --input cannot both give it")

    from bot.domain.models.catalogue import MediaKind
    from bot.terminal.generate import generate as order
    from bot.terminal.request import GenerateOptions

    given = GenerateOptions(kind=MediaKind(kind) if kind else None, sync=sync, inline=form == "b64_json", **asked)
    return lambda shell: order(shell, given)


@click.command(epilog=_CODES)
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@_output
@_in_a_shell
def download(*, ids: tuple[str, ...], output: Path) -> "Work":
    """Fetch what was ordered before. Waits for it where need be."""
    from bot.terminal.generate import fetch

    return lambda shell: fetch(shell, ids, output)


@click.command()
@click.argument("words", nargs=-1)
@click.option("--kind", type=click.Choice(_KINDS), help="Only what makes this.")
@click.option("--group", type=click.Choice(_GROUPS), help="Only what does this.")
@_in_a_shell
def models(*, words: tuple[str, ...], kind: str | None, group: str | None) -> "Work":
    """List the models. Every one of WORDS has to occur in the name or the id."""
    from bot.domain.models.catalogue import MediaKind, ModelGroup
    from bot.terminal.lists import models as browse

    wanted = MediaKind(kind) if kind else None, ModelGroup(group) if group else None
    return lambda shell: browse(shell, " ".join(words), *wanted)


@click.command()
@click.argument("name", metavar="MODEL")
@_in_a_shell
def model(*, name: str) -> "Work":
    """Show one model and its parameters. Also its price, and an order for it."""
    from bot.terminal.lists import model as show

    return lambda shell: show(shell, name)


@click.command()
@_namespace
@click.option("--model", metavar="ID", help="Only what this model makes.")
@click.option("--status", type=click.Choice(_STATUSES), help="Only what is in this. Without it: queued or processing.")
@click.option("--kind", type=click.Choice(_KINDS), help="Only what is to become this.")
@_in_a_shell
def queue(**wanted: Any) -> "Work":
    """List what is under way at Oxen, whoever ordered it."""
    from bot.terminal.lists import QueueFilter
    from bot.terminal.lists import queue as show

    return lambda shell: show(shell, QueueFilter(**wanted))


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@_in_a_shell
def cancel(*, ids: tuple[str, ...]) -> "Work":
    """End what is under way. Exits with 0 if all of it ended so, 4 if some, 1 if none."""
    from bot.terminal.lists import cancel as end

    return lambda shell: end(shell, ids)


@click.command()
@click.option("--cost", is_flag=True, help="With what each cost, and all together.")
@_namespace
@click.option("--since", callback=_moment, metavar="WHEN", help="12h, 7d, 2w, or a day like 2026-11-20.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
@_in_a_shell
def history(*, cost: bool, namespace: str | None, since: datetime | None, limit: int) -> "Work":
    """List what is over, newest first, as far back as Oxen keeps it."""
    from bot.terminal.lists import Period
    from bot.terminal.lists import history as show

    period = Period(most=limit, since=since)
    return lambda shell: show(shell, namespace, period, cost=cost)


ALL = (generate, download, models, model, queue, cancel, history)
