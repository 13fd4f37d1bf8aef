"""Gives the tests a database: DATABASE_URL if set, else an embedded PostgreSQL of their own for the run.

Loaded before Django reads its settings. The parallel workers inherit what the first process started.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from laotie.core.embedded_postgres import EmbeddedPostgres

_server: EmbeddedPostgres | None = None
_home = ""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the database before anything imports the settings."""
    global _server, _home  # noqa: PLW0603 - one per process, ended at exit
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    _home = tempfile.mkdtemp(prefix="laotie-tests-")
    os.environ["LAOTIE_HOME"] = _home
    Path(_home, "static").mkdir()  # where whitenoise expects collected files; it warns where there is no folder
    os.environ.setdefault("LAOTIE_SECRET_KEY", "only-for-tests")
    if not os.environ.get("DATABASE_URL"):
        Path(_home).chmod(0o755)
        # Nothing here must survive a crash, so nothing waits for the disk; the crash tests start their own server.
        quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        _server = EmbeddedPostgres(Path(_home) / "postgres", settings=quick)
        os.environ["DATABASE_URL"] = _server.start()


def _clean_up() -> None:
    """Stop the database and remove what the run wrote."""
    if _server is not None:
        _server.stop()
    if _home:
        shutil.rmtree(_home, ignore_errors=True)


atexit.register(_clean_up)
