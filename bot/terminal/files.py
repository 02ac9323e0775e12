"""Results on the disk: named for what they show, never over a file that is there, never half a file."""

import errno
import os
import re
import tempfile
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from bot.terminal.endings import Failed

_LONGEST_NAME = 40  # characters of the words in a name
_ID = 6  # characters of a generation's id in a name
# What keeps a disk from taking a file; whatever else fails while a file is fetched is the network's doing.
_OF_THE_DISK = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOENT}
)


def prepare(folder: Path) -> None:
    """Makes the folder, and shows that it can be written. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def stem(prompt: str, model_id: str, tail: str) -> str:
    """The name of a result without its ending: words of the prompt (else the model), and `tail`."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", prompt or model_id).lower())
    name = ""
    for word in words:
        if name and len(name) + 1 + len(word) > _LONGEST_NAME:
            break
        name = f"{name}-{word}" if name else word[:_LONGEST_NAME]
    return f"{name or 'result'}-{tail}"


def tail(generation_id: str) -> str:
    """The end of a generation's id: by it, a file is found in the history, and one in the history on the disk."""
    return re.sub(r"\W", "", generation_id)[-_ID:]


@contextmanager
def unfinished(folder: Path) -> Generator[Path]:
    """A path in `folder` to write to; whatever is still there at the end is removed."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".drover-", suffix=".part")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108 - a path that may be gone


def keep(path: Path, folder: Path, name: str, ending: str) -> Path:
    """Moves what was written to `path` into `folder`, under the first name that is free. Raises `OSError`."""
    mode = 0o666 & ~_umask()
    for number in count(1):
        target = folder / (f"{name}{ending}" if number == 1 else f"{name}-{number}{ending}")
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))  # the name is ours from here on
        except FileExistsError:
            continue
        path.chmod(mode)
        path.replace(target)
        return target
    raise AssertionError("numbers do not end")


def of_the_disk(error: BaseException) -> OSError | None:
    """The disk's error that `error` is, or came from."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return cause if isinstance(cause, OSError) and cause.errno in _OF_THE_DISK else None


def disk_failed(folder: Path, error: OSError) -> Failed:
    return Failed(f"cannot write in {folder} ({error.strerror})", kind="disk")


def _umask() -> int:
    """There is no way to ask for it but to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
