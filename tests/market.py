"""A whole market for tests that need more than one process: its own PostgreSQL, the real web server, real HTTP."""

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laotie.core.embedded_postgres import EmbeddedPostgres, PostgresUnavailable

ROOT = Path(__file__).parent.parent
BINARIES = Path(sys.executable).parent
START_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 60


@dataclass
class LiveMarket:
    """A migrated market in a directory of its own; web and worker are started, killed and started again at will."""

    home: Path
    workers: int = 2
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose the web server's port once, so that clients find it again after a crash."""
        self.home.chmod(0o755)  # a server started by root runs as `nobody`
        self.postgres = EmbeddedPostgres(self.home / "postgres")
        self.port = _free_port()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What every process of this market finds in its environment."""
        return {
            **os.environ,
            "LAOTIE_HOME": str(self.home),
            "DATABASE_URL": self.postgres.dsn,
            "LAOTIE_URL": f"http://127.0.0.1:{self.port}",
            "LAOTIE_RATE_ACCOUNT": "1000000",
            "LAOTIE_RATE_ADDRESS": "1000000",
            "DJANGO_SETTINGS_MODULE": "laotie.main.settings",
            **self.variables,
        }

    def start_database(self) -> None:
        """Start the database, on the port it had before."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self.postgres.start(port=self.postgres.port)
            except PostgresUnavailable:  # what a kill -9 left still holds the shared memory for a moment
                assert time.monotonic() < deadline
                time.sleep(0.2)
            else:
                return

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        command = [
            *(str(BINARIES / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--workers", str(self.workers), "--blocking-threads", "4", "--backpressure", "128"),
            *("--no-ws", "--log-level", "warning", "--respawn-failed-workers", "laotie.main.wsgi:application"),
        ]
        self._start("web", command)
        self.wait_for_web()

    def start_worker(self) -> None:
        """Start the worker: events and jobs."""
        self._start("worker", [str(BINARIES / "laotie"), "worker"])

    def mend_worker(self) -> None:
        """Start a worker that ended again, as the supervisor does: without its database it gives up."""
        if self._children["worker"].poll() is not None:
            self.start_worker()

    def wait_for_web(self) -> None:
        """Wait until the web server answers."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError, http.client.HTTPException),
                contextlib.closing(Client(self.port)) as client,
            ):
                if client.call("GET", "/api/v1/rules")[0] == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("the web server did not answer: " + self.log("web"))

    def kill(self, name: str) -> None:
        """End web, worker or database as a power cut would: the whole group, by SIGKILL, at once."""
        if name == "database":
            # Its children notice that the postmaster is gone and end by themselves; a restart waits for them.
            os.kill(self.postgres.postmaster_pid, signal.SIGKILL)
            self.postgres.stop()
            return
        child = self._children.pop(name)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of laotie in this market."""
        return subprocess.run(  # noqa: S603 - our own command
            [str(BINARIES / "laotie"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def python(self, code: str) -> Any:
        """Run Python with Django set up, in a process of its own, and return what it printed last as JSON."""
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", f"import django; django.setup()\n{code}"],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None

    def log(self, name: str) -> str:
        """Return the end of what a process wrote."""
        path = self.home / f"{name}.log"
        return path.read_text(errors="replace")[-4_000:] if path.exists() else ""

    def stop(self) -> None:
        """End everything."""
        for name in list(self._children):
            self.kill(name)
        self.postgres.stop()

    def start_python(self, name: str, code: str) -> None:
        """Start Python that goes on until it is killed."""
        self._start(name, [sys.executable, "-c", f"import django; django.setup()\n{code}"])

    def _start(self, name: str, command: list[str]) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )


class Client:
    """A connection that stays open, as a shop's app keeps one."""

    def __init__(self, port: int, token: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
        self.token = token

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Send a request and return status and JSON; writes get an Idempotency-Key of their own unless named."""
        sent = {"Content-Type": "application/json", "Accept-Language": "en", **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if method != "GET":
            sent["Idempotency-Key"] = key or secrets.token_hex(8)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            self._connection.request(method, path, body=content, headers=sent)
            answer = self._connection.getresponse()
            found = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        return answer.status, json.loads(found) if found else None

    def pay(self, payment: Mapping[str, Any], *, notice_id: str = "", is_paid: bool = True) -> tuple[int, Any]:
        """Say what the sandbox says when a payment went through (or not)."""
        from laotie.orders.payments.sandbox import sign_notice  # noqa: PLC0415 - needs Django's settings

        body, headers = sign_notice(
            number=payment["number"],
            notice_id=notice_id or f"{payment['number']}-{is_paid}",
            is_paid=is_paid,
            amount_fen=payment["amount_fen"],
            currency=payment["currency"],
            sent_at=datetime.now(UTC),
        )
        return self.call("POST", "/api/v1/payments/sandbox/notices", body, headers=headers)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@contextlib.contextmanager
def live_market(*, seed: str, workers: int = 2) -> Iterator[tuple[LiveMarket, Any]]:
    """Run a market for the length of a `with` block, filled by the Python code `seed`; give what that printed."""
    with tempfile.TemporaryDirectory(prefix="laotie-market-") as home:
        Path(home, "static").mkdir()
        market = LiveMarket(Path(home), workers=workers)
        market.start_database()
        try:
            done = market.run("manage", "migrate", "--verbosity", "0")
            assert done.returncode == 0, done.stderr
            yield market, market.python(seed)
        finally:
            market.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
