"""Why members cannot use the bot, in words for whoever runs it: `/readyz` and `drover check` say the same."""

import shutil
from pathlib import Path

from bot.store.storage import Storage

LEAST_ROOM = 1024 * 1024  # bytes; with less, what is written next may not fit
_KIB = 1024


def oxen_away(url: str, why: str) -> str:
    return f"Oxen: cannot be reached at {url} ({why}); check OXEN_API_URL and the network"


STANDING_BY = "standing by: other processes have every role that this one is for"
STOPPING = "Drover: is stopping"
KEY_REFUSED = "Oxen: does not accept OXEN_API_KEY; make a new key on oxen.ai"
NO_CATALOGUE = "Oxen: the list of models has not come yet, so nothing can be ordered"
DISCORD_OFF = "Discord: not connected; check the network, and discordstatus.com"


def discord_away(why: str) -> str:
    return f"Discord: cannot be reached ({why}); check the network, and discordstatus.com"


def discord_partly(connected: int, shards: int) -> str:
    return (
        f"Discord: {connected} of {shards} connections (shards) stand; the servers of the others wait. At a start each "
        "takes up to 5 seconds; later, check the network, and discordstatus.com"
    )


def file_gone(database: Path) -> str:
    return (
        f"database: the file {database} (or its -wal) was removed or replaced while Drover runs; what is ordered now "
        "will be lost. Stop Drover, lay the file there again or use `drover restore COPY`, and start"
    )


def database_waits(storage: Storage) -> str:
    if storage.file is None:
        return f"database: {storage} does not answer; look whether PostgreSQL runs, at its disk, and at the network"
    return (
        f"database: {storage} takes no changes at the moment; another program has it locked (a shell of sqlite3, "
        "a tool for copies), or the disk hangs"
    )


def folder_waits(folder: Path) -> str:
    return f"work folder: {folder} does not answer; look at the disk, or at the network that it is on"


def no_room(subject: str, folder: Path) -> str | None:
    """Too little room on the disk of that folder, if it is; raises `OSError`."""
    free = shutil.disk_usage(folder).free
    if free >= LEAST_ROOM:
        return None
    return f"{subject}: the disk with {folder} is full ({free // _KIB} KiB are left); make room on it"


FELT = {  # the loops and worker pools whose work members wait for, and what that work is
    "catalogue": "fetching the list of models",
    "tracking": "watching what Oxen makes",
    "streams": "listening to Oxen",
    "reconciliation": "looking for orders whose answers were lost",
    "submission": "sending orders to Oxen",
    "cancelling": "cancelling at Oxen",
    "delivery": "posting results",
    "cards": "showing how orders stand",
    "confirmations": "asking about prices",
    "keys": "looking after the keys of servers",
}


def fails(part: str) -> str:
    return f"{part}: {FELT.get(part, 'its work')} fails again and again; the log says why"


def hangs(part: str) -> str:
    what = FELT.get(part, "its work")
    return f"{part}: {what} has not come to an end for too long; the log may say why. A restart loses nothing"
