"""`laotie up`: one process that starts database, web and worker, keeps them running, and stops them in order."""

import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command

from laotie.core.embedded_postgres import EmbeddedPostgres, PostgresUnavailable
from laotie.core.environment import env_number

CHECK_SECONDS = 0.5
RESTART_PAUSE_SECONDS = 2.0
STOP_SECONDS_MAX = 15


@dataclass
class Child:
    """A process the supervisor keeps alive."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    not_before: float = field(default=0.0)

    def start(self) -> None:
        """Start it in a group of its own, so that Ctrl-C reaches only the supervisor."""
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our own commands

    def stop(self) -> None:
        """Ask it to finish what it does, then insist."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Owns the market's processes from start to Ctrl-C."""

    def __init__(self, *, server: EmbeddedPostgres | None, host: str, port: int, with_demo: bool) -> None:
        """Name what is to run."""
        self._server = server
        self._with_demo = with_demo
        self._address = f"{host}:{port}"
        self._stopping = threading.Event()
        workers = env_number("LAOTIE_WEB_WORKERS", 2, least=1, most=64)
        binaries = Path(sys.executable).parent
        web = [
            str(binaries / "granian"),
            *("--interface", "wsgi", "--host", host, "--port", str(port)),
            *("--workers", str(workers), "--blocking-threads", "4", "--backpressure", "64"),
            *("--no-ws", "--log-level", "warning", "--respawn-failed-workers"),
            "laotie.main.wsgi:application",
        ]
        self._children = [Child("web", web), Child("worker", [str(binaries / "laotie"), "worker"])]

    def run(self) -> None:
        """Prepare the database, start everything, and watch it until told to stop."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        self._prepare()
        if self._stopping.is_set():
            return
        for child in self._children:
            child.start()
        self._greet()
        try:
            while not self._stopping.wait(CHECK_SECONDS):
                self._mend_database()
                self._mend_children()
        finally:
            click.echo("\nStopping …")
            for child in self._children:
                child.stop()

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        if self._with_demo:
            from laotie.main.demo.build import build_demo_market, is_market_empty  # noqa: PLC0415 - pictures and goods

            if is_market_empty():
                click.echo("The market is empty; filling it with demo shops, goods and some weeks of orders …")
                build_demo_market(show_progress=True)

    def _greet(self) -> None:
        click.echo(f"\nlaotie is at {settings.SITE_URL}/  (API {settings.SITE_URL}/api/v1/docs)")
        if self._with_demo:
            from laotie.main.demo.people import DEMO_LOGINS, DEMO_PASSWORD  # noqa: PLC0415 - see _prepare

            click.echo(f"Demo logins, all with the password {DEMO_PASSWORD}:")
            for login in DEMO_LOGINS:
                click.echo(f"  {login.email:24} {login.display_name}, {login.role}")
        click.echo("Ctrl-C stops everything.\n")

    def _mend_database(self) -> None:
        """Start an embedded database again that was killed; web and worker reconnect by themselves."""
        if self._server is None or self._server.poll() is None:
            return
        click.echo("The database ended; starting it again.", err=True)
        port = self._server.port
        self._server.stop()
        try:
            self._server.start(port=port)
        except PostgresUnavailable as trouble:
            click.echo(str(trouble), err=True)
            time.sleep(RESTART_PAUSE_SECONDS)

    def _mend_children(self) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                click.echo(f"{child.name} ended with {child.process.returncode}; starting it again.", err=True)
                child.process = None
                child.not_before = time.monotonic() + RESTART_PAUSE_SECONDS
            if child.process is None and time.monotonic() >= child.not_before:
                child.start()
