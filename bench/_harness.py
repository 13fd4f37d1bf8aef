"""What every benchmark shares: a migrated server of its own, its peak memory, pgbench beside it, one line of JSON.

The server keeps fsync and synchronous_commit on, as in production, and lives in a temporary LAOTIE_HOME.
Import models and operations only inside `market()`: Django is set up there.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from laotie.core.embedded_postgres import EmbeddedPostgres, find_binaries

SHORT = os.environ.get("SHORT", "0") not in {
    "",
    "0",
}  # the short form: small enough for a smoke test, its figures mean little
SAMPLE_SECONDS = 0.5
TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def real_data(name: str, bench: str) -> Path:
    """Return a file or folder of LAOTIE_DATA, or say that there is none and end well."""
    root = os.environ.get("LAOTIE_DATA")
    path = Path(root or "") / name
    if not root or not path.exists():
        print(f"{bench}: needs {name} in LAOTIE_DATA, which is {root or 'not set'}; nothing was measured.")
        sys.exit(0)
    return path


@contextmanager
def market(**settings: str) -> Iterator[str]:
    """Run an empty, migrated market for the length of a `with` block and give its DSN.

    `settings` are PostgreSQL's, as shared_buffers="1GB".
    """
    with tempfile.TemporaryDirectory(prefix="laotie-bench-") as home:
        Path(home).chmod(0o755)  # a server started by root runs as `nobody`
        with EmbeddedPostgres(Path(home) / "postgres", settings=settings).running() as dsn:
            os.environ.update(
                LAOTIE_HOME=home,
                DATABASE_URL=dsn,
                LAOTIE_SECRET_KEY="only-for-benchmarks",  # noqa: S106 - guards nothing
                DJANGO_SETTINGS_MODULE="laotie.main.settings",
            )
            import django
            from django.core.management import call_command
            from django.db import connections

            django.setup()
            call_command("migrate", verbosity=0)
            try:
                yield dsn
            finally:
                connections.close_all()


def pgbench(dsn: str, *arguments: str) -> float:
    """Run pgbench against a server and return its transactions per second (0.0 for `-i`)."""
    done = subprocess.run(
        [find_binaries() / "pgbench", *arguments, dsn], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"pgbench {' '.join(arguments)}: {done.stderr.strip()}")
    found = TPS.search(done.stdout)
    return float(found[1]) if found else 0.0


def alternate(ours: Callable[[], float], peer: Callable[[], float], *, rounds: int = 5) -> tuple[float, float]:
    """Measure two rates by turns, so that a busy moment meets both, and return the median of each."""
    pairs = [(ours(), peer()) for _ in range(1 if SHORT else rounds)]
    mine, theirs = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(theirs)


class PeakMemory:
    """The most memory this process and all below it held together, sampled twice a second.

    Counted in proportional shares (PSS), so that PostgreSQL's shared buffers count once, not once per backend.
    """

    def __init__(self) -> None:
        self.peak_mb = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        self.peak_mb = max(self.peak_mb, sum(map(_memory_kb, _family(os.getpid()))) // 1024)


def report(*, bench: str, value: float, unit: str, limit: float, ratio: float, **more: Any) -> None:
    """Print the benchmark's last line: one JSON object. `more` names at least seconds and rss_mb."""
    assert {"seconds", "rss_mb"} <= more.keys()
    line = {"bench": bench, "value": value, "unit": unit, "limit": limit, "ratio": ratio, **more, "short": SHORT}
    print(json.dumps({key: round(found, 4) if isinstance(found, float) else found for key, found in line.items()}))


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Measure a `with` block; afterwards the list holds its seconds."""
    taken: list[float] = []
    start = time.perf_counter()
    try:
        yield taken
    finally:
        taken.append(time.perf_counter() - start)


def _family(root: int) -> list[int]:
    """Return a process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended while we looked
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _memory_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:  # it ended while we looked, or is not ours to see
        pass
    return 0
