"""Where the database is: DATABASE_URL, or the embedded PostgreSQL in the data directory.

The first command that needs the embedded server owns it and writes its address to `database.url`; commands that
run meanwhile read it there. Imported before Django's settings, so nothing here touches Django.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from laotie.core.embedded_postgres import EmbeddedPostgres, PostgresUnavailable
from laotie.core.environment import env_path

ADDRESS_FILE = "database.url"


def home() -> Path:
    """Return the data directory (LAOTIE_HOME)."""
    return env_path("LAOTIE_HOME", Path("var"))


@contextlib.contextmanager
def database() -> Iterator[EmbeddedPostgres | None]:
    """Make a database available and put its address into the environment; give the server if it is ours."""
    if os.environ.get("DATABASE_URL"):
        yield None
        return
    server = EmbeddedPostgres(home() / "postgres")
    address = home() / ADDRESS_FILE
    try:
        dsn = server.start()
    except PostgresUnavailable:
        if not address.exists():
            raise
        os.environ["DATABASE_URL"] = address.read_text().strip()  # another command owns the server
        yield None
        return
    try:
        _write_private(address, dsn)
        os.environ["DATABASE_URL"] = dsn
        yield server
    finally:
        address.unlink(missing_ok=True)
        server.stop()


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
