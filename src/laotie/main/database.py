"""Where the database is: DATABASE_URL, or the embedded PostgreSQL in the data directory.

The first command that needs the embedded server owns it and writes its address to `database.url`; commands that
run meanwhile read it there. Imported before Django's settings, so nothing here touches Django.
"""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

from laotie.core.embedded_postgres import DirectoryOwned, EmbeddedPostgres
from laotie.core.environment import env_path

ADDRESS_FILE = "database.url"
WAIT_SECONDS_MAX = 8


def home() -> Path:
    """Return the data directory (LAOTIE_HOME)."""
    return env_path("LAOTIE_HOME", Path("var"))


@contextlib.contextmanager
def database(*, must_own: bool = False) -> Iterator[EmbeddedPostgres | None]:
    """Make a database available and put its address into the environment; give the server if it is ours.

    Raises: PostgresUnavailable; with `must_own` also when another command keeps the embedded server to itself.
    """
    if os.environ.get("DATABASE_URL"):
        yield None
        return
    server = EmbeddedPostgres(home() / "postgres")
    address = home() / ADDRESS_FILE
    found = _start_or_find(server, address, must_own=must_own)
    if found is not None:
        os.environ["DATABASE_URL"] = found
        yield None
        return
    try:
        _write_private(address, server.dsn)
        os.environ["DATABASE_URL"] = server.dsn
        yield server
    finally:
        address.unlink(missing_ok=True)
        server.stop()


def _start_or_find(server: EmbeddedPostgres, address: Path, *, must_own: bool) -> str | None:
    """Start the server and return None, or return where another command's server listens.

    The other command may be starting or about to end, so this waits a little for either.
    """
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            server.start()
        except DirectoryOwned:
            if not must_own and (found := _read_address(address)):
                return found
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return None


def _read_address(path: Path) -> str | None:
    """Return the written address if somebody listens there; a killed owner leaves its file behind."""
    try:
        found = path.read_text().strip()
        parts = urlparse(found)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1):
            return found
    except OSError:
        return None


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
