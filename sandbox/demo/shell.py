"""The command line beside the bot: one command at a time, printed as an operator would see it."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from sandbox.demo import DemoFailed, expect
from sandbox.demo.processes import Processes
from sandbox.demo.screen import Screen


class Shell:
    """`environment` has what the commands need to reach the provider; `output` is the folder for what they make.

    What a command says is printed when it is over, in one piece: channels go on meanwhile.
    """

    def __init__(self, processes: Processes, screen: Screen, environment: Mapping[str, str], output: Path) -> None:
        self._processes = processes
        self._screen = screen
        self._environment = environment
        self._output = output

    async def generate(self, *arguments: str) -> list[Path]:
        """`drover generate`; the files that it made. Raises `DemoFailed` when it made none."""
        before = set(self._output.iterdir())
        shown = ("generate", *arguments, "--output", str(self._output))
        code, said = await self._processes.run((*shown[:-1], str(self._output.absolute())), self._environment)
        said = _shortened(said, self._output)
        self._screen.say("", f"$ drover {shlex.join(shown)}", *(f"  {line}" for line in said))
        made = sorted(set(self._output.iterdir()) - before)
        expect(code == 0 and made, f"drover generate ended with exit code {code}")
        return made


def _shortened(lines: list[str], folder: Path) -> list[str]:
    """With the folder as it was asked for, not as it had to be given to a process that works elsewhere."""
    return [line.replace(str(folder.absolute()), str(folder)) for line in lines]


async def new_master_key(processes: Processes) -> str:
    """What `drover keys new` prints. Raises `DemoFailed`."""
    code, said = await processes.run(("keys", "new"), {})
    if code != 0 or not said:
        raise DemoFailed(f"drover keys new ended with exit code {code}")
    return said[-1]
