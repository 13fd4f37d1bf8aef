"""`laotie up`: one process that starts database, web and worker, keeps them running, and stops them in order."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from laotie.core.embedded_postgres import EmbeddedPostgres, PostgresUnavailable
from laotie.core.environment import env_number
from laotie.main.demo.build import build_demo_market, is_market_empty
from laotie.main.demo.people import DEMO_LOGINS, DEMO_PASSWORD
from laotie.people.queries import find_account_by_email

CHECK_SECONDS = 0.5
RESTART_PAUSE_SECONDS = 2.0
STOP_SECONDS_MAX = 15
WORKER_STOP_SECONDS_MAX = 5  # web workers within the web server
WEB_SECONDS_MAX = 60


@dataclass
class Child:
    """A process the supervisor keeps alive."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    not_before: float = 0.0

    def start(self) -> None:
        """Start it in a group of its own, so that Ctrl-C reaches only the supervisor."""
        command = [sys.executable, "-m", "laotie.main.tether", *self.command]
        self.process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own commands
        self.not_before = time.monotonic() + RESTART_PAUSE_SECONDS  # for the next start, if this one fails at once

    def ask_to_stop(self) -> None:
        """Ask it to finish what it does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Wait until it has finished what it does, then insist."""
        if self.process is None:
            return
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.sweep_group()

    def sweep_group(self) -> None:
        """End what a dead child left running: a killed web server's workers would keep its port."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Owns the market's processes from start to Ctrl-C."""

    def __init__(self, *, server: EmbeddedPostgres | None, host: str, port: int, with_demo: bool) -> None:
        """Name what is to run."""
        self._server = server
        self._with_demo = with_demo
        self._host, self._port = host, port
        self._probe = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not listened on
        self._has_database = True
        self._has_demo = False
        self._stopping = threading.Event()
        workers = env_number("LAOTIE_WEB_WORKERS", 2, least=1, most=64)
        binaries = Path(sys.executable).parent
        web = [
            str(binaries / "granian"),
            *("--interface", "wsgi", "--host", host, "--port", str(port)),
            *("--workers", str(workers), "--blocking-threads", "4", "--backpressure", "64"),
            *("--no-ws", "--log-level", "warning", "--respawn-failed-workers"),
            *("--workers-kill-timeout", str(WORKER_STOP_SECONDS_MAX)),
            "laotie.main.wsgi:application",
        ]
        self._children = [Child("web", web), Child("worker", [str(binaries / "laotie"), "worker"])]

    def run(self) -> None:
        """Prepare the database, start everything, and watch it until told to stop.

        Until the processes are started Ctrl-C interrupts at once; a demo half built is rolled back.
        """
        self._require_free_port()
        self._prepare()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stopping.set())
        try:
            for child in self._children:
                child.start()
            self._await_web()
            while not self._stopping.wait(CHECK_SECONDS):
                self._mend_database()
                self._mend_children()
        finally:
            click.echo("\nStopping …")
            for child in self._children:
                child.ask_to_stop()
            for child in self._children:
                child.stop()

    def _require_free_port(self) -> None:
        """Refuse a port somebody listens on, once the web server of a killed `up` has had its time to end."""
        deadline = time.monotonic() + WORKER_STOP_SECONDS_MAX + 1
        while True:
            try:
                socket.create_server((self._host, self._port)).close()
            except OSError as trouble:
                if trouble.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                    time.sleep(0.2)
                    continue
                raise click.ClickException(
                    f"{self._host}:{self._port} cannot be listened on: {os.strerror(trouble.errno or 0)}."
                    " Choose another with --port."
                ) from None
            return

    def _await_web(self) -> None:
        """Greet when the first page can be had."""
        deadline = time.monotonic() + WEB_SECONDS_MAX
        while time.monotonic() < deadline and not self._stopping.wait(0.1):
            self._mend_children()
            with contextlib.suppress(OSError), socket.create_connection((self._probe, self._port), timeout=1):
                self._greet()
                return

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        if self._with_demo and is_market_empty():
            click.echo("The market is empty; filling it with demo shops, goods and some weeks of orders …")
            build_demo_market(show_progress=True)
        self._has_demo = find_account_by_email(DEMO_LOGINS[0].email) is not None
        connections.close_all()  # from here on the supervisor has no business with the database's content

    def _greet(self) -> None:
        click.echo(f"\nlaotie is at {settings.SITE_URL}/  (API {settings.SITE_URL}/api/v1/docs)")
        if self._has_demo:
            click.echo(f"Demo logins, all with the password {DEMO_PASSWORD}:")
            for login in DEMO_LOGINS:
                click.echo(f"  {login.email:28} {login.display_name}, {login.role}")
        click.echo("Ctrl-C stops everything.\n")

    def _mend_database(self) -> None:
        """Start an embedded database again that was killed; web and worker reconnect by themselves."""
        if self._server is None or (self._has_database and self._server.poll() is None):
            return
        click.echo("The database ended; starting it again.", err=True)
        self._server.stop()
        try:
            self._server.start(port=self._server.port)
            self._has_database = True
        except PostgresUnavailable as trouble:  # the killed one's processes may still be ending
            self._has_database = False
            click.echo(str(trouble), err=True)
            self._stopping.wait(RESTART_PAUSE_SECONDS)

    def _mend_children(self) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                click.echo(f"{child.name} ended with {child.process.returncode}; starting it again.", err=True)
                child.sweep_group()
                child.process = None
            if child.process is None and time.monotonic() >= child.not_before:
                child.start()
