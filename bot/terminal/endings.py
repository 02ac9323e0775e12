"""How a command can end, as its exit code: what a script decides by."""

import enum


class Ending(enum.IntEnum):
    """0 to 2 mean what they mean for every command of `drover`."""

    DONE = 0
    FAILED = 1  # something failed while working; nothing was made
    WRONG_OPTION = 2  # an option or a setting is missing or wrong; nothing was ordered
    REFUSED = 3  # the model cannot do what was asked; nothing was ordered
    SOME_FAILED = 4
    UNKNOWN = 5  # the answer to the order was lost, and looking for it found nothing: it may have been made, and paid
    INTERRUPTED = 130


class Failed(Exception):
    """The command ends here. The message is for whoever typed it; `ending` is the exit code.

    `kind` names what failed, for scripts: `unreachable`, `key`, `rejected`, `disk`, `unknown`, `interrupted`.
    """

    def __init__(self, message: str, *, kind: str, ending: Ending = Ending.FAILED) -> None:
        super().__init__(message)
        self.kind = kind
        self.ending = ending
