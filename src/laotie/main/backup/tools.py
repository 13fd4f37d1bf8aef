"""PostgreSQL's own programs: which pg_dump, pg_restore and psql to use, and how they find the database."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg

from laotie.core.embedded_postgres import PostgresUnavailable, find_binaries

DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("pg_dump", "pg_restore", "psql")
UNLIMITED = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=15s"


class BackupRefused(Exception):
    """A backup or a restore cannot be done; the sentence says why."""


def find_tools(server_version: int) -> Path:
    """Return the folder of programs that fit a server (as 18): the oldest that is not older than it.

    Raises: BackupRefused.
    """
    found = sorted((version, str(folder)) for folder in _folders() if (version := _version_of(folder)))
    for version, folder in found:
        if version >= server_version:
            return Path(folder)
    have = ", ".join(str(version) for version, _ in found) or "none"
    raise BackupRefused(
        f"The server is PostgreSQL {server_version}, and its programs pg_dump, pg_restore and psql are needed in that"
        f" version or a newer one; found: {have}."
    )


def server_version(connection: "psycopg.Connection[tuple[object, ...]]") -> int:
    """Return the server's major version."""
    return connection.info.server_version // 10_000


def environment(dsn: str) -> dict[str, str]:
    """Return an environment in which the programs find the database; a password has no business in a command line."""
    given = psycopg.conninfo.conninfo_to_dict(dsn)
    names = {
        entry.keyword.decode(): entry.envvar.decode()
        for entry in psycopg.pq.Conninfo.get_defaults()
        if entry.envvar
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    found = {names[keyword]: str(value) for keyword, value in given.items() if keyword in names}
    found["PGOPTIONS"] = " ".join(part for part in (found.get("PGOPTIONS", ""), UNLIMITED) if part)
    return {**kept, **found, "PGAPPNAME": "laotie backup", "PGCLIENTENCODING": "UTF8"}


def _folders() -> Iterator[Path]:
    found = shutil.which("pg_dump")
    if found:
        yield Path(found).parent
    yield from DEBIAN.glob("*/bin")
    try:
        yield find_binaries()
    except PostgresUnavailable:
        return


def _version_of(folder: Path) -> int:
    """Return the major version of a folder's programs; 0 where one is missing."""
    if not all((folder / name).exists() for name in NEEDED):
        return 0
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - a found binary
    version = re.search(r"(\d+)(\.\d+)*(beta\d+|rc\d+)?\s*(\(.*\))?\s*$", said.stdout.strip())
    return int(version.group(1)) if version else 0
