"""Gives the tests a database: DATABASE_URL if set, else an embedded PostgreSQL of their own for the run.

Loaded before Django reads its settings. Parallel workers each start a server of their own: readers of the outbox stop
below the oldest transaction of the whole server, so one worker's open test would hold up another's events.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from laotie.core.embedded_postgres import EmbeddedPostgres

OWN = "LAOTIE_TESTS_OWN_DATABASE"  # set by the first process where the run brings its own database

_server: EmbeddedPostgres | None = None
_home = ""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the database before anything imports the settings."""
    global _server, _home  # noqa: PLW0603 - one per process, ended at exit
    _home = tempfile.mkdtemp(prefix="laotie-tests-")
    Path(_home).chmod(0o755)
    os.environ["LAOTIE_HOME"] = _home
    os.environ.setdefault("LAOTIE_SECRET_KEY", "only-for-tests")
    if not os.environ.get("DATABASE_URL"):
        os.environ[OWN] = "true"
    if os.environ.get(OWN):
        # Nothing here must survive a crash, so nothing waits for the disk; the crash tests start their own server.
        quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        _server = EmbeddedPostgres(Path(_home) / "postgres", settings=quick)
        os.environ["DATABASE_URL"] = _server.start()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Let refusals speak English, whatever language the test before asked for."""
    with translation.override("en"):
        yield


def _clean_up() -> None:
    """Stop the database and remove what the run wrote."""
    if _server is not None:
        _server.stop()
    if _home:
        shutil.rmtree(_home, ignore_errors=True)


atexit.register(_clean_up)
