"""The command line as an operator meets it: processes of their own, on a data directory of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

LAOTIE = str(Path(sys.executable).parent / "laotie")
START_SECONDS_MAX = 90
STOP_SECONDS_MAX = 40


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory that the embedded server's user may enter."""
    path = tmp_path_factory.mktemp("home")
    for part in (path, path.parent, path.parent.parent):
        part.chmod(0o755)
    return path


def environment(home: Path) -> dict[str, str]:
    """Return a newcomer's environment: nothing is set but the data directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LAOTIE_", "DATABASE_URL"))}
    return {**kept, "LAOTIE_HOME": str(home)}


def laotie(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(  # noqa: S603 - our own command
        [LAOTIE, *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
        check=False,
    )


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def market(home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start `laotie up` without the demo and wait until it has greeted."""
    port = free_port()
    running = subprocess.Popen(  # noqa: S603 - our own command
        [LAOTIE, "up", "--no-demo", "--port", str(port)],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert running.stdout is not None
        said = []
        for line in running.stdout:
            said.append(line)
            if "Ctrl-C stops everything" in line:
                break
        else:
            pytest.fail("".join(said))
        yield running, port
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
            running.wait(STOP_SECONDS_MAX)
        if running.stdout is not None:
            running.stdout.close()


def processes_of(home: Path) -> dict[int, str]:
    """Return the command lines of all processes that were started with this data directory."""
    mark = f"LAOTIE_HOME={home}".encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if mark in (process / "environ").read_bytes().split(b"\0") and command:
                found[int(process.name)] = command.replace(b"\0", b" ").decode()
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return found


def oldest_of(home: Path, part: str) -> int:
    """Return the first process whose command line has this part."""
    return min(pid for pid, command in processes_of(home).items() if part in command)


def is_healthy(home: Path, port: int) -> bool:
    """Say whether pages come and the database answers."""
    examined = laotie(home, "doctor", "--json")
    verdicts = {check["name"]: check["verdict"] for check in json.loads(examined.stdout)["checks"]}
    try:
        return get(port, "/api/v1/openapi.json") == 200 and verdicts["database"] == "good"
    except OSError:
        return False


def get(port: int, path: str) -> int:
    """Return the status of a page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        status: int = answer.status
        return status


def test_help_names_the_commands(home: Path) -> None:
    done = laotie(home, "--help")
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.split("Commands:")[1].splitlines() if line.strip()}
    assert listed >= {"up", "demo", "import", "audit", "doctor", "user", "backup", "restore", "messages"}


def test_a_new_database_is_examined_before_it_has_tables(home: Path) -> None:
    done = laotie(home, "doctor", "--json")
    checks = {check["name"]: check["verdict"] for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, checks["database"], checks["migrations"]) == (1, "good", "bad")
    refused = laotie(home, "audit")
    assert refused.returncode == 1
    assert "not up to date" in refused.stderr


def test_an_account_is_opened_and_the_books_are_audited_without_up(home: Path) -> None:
    arguments = ("user", "add", "first@laotie.example", "--name", "沈岚", "--operator")
    added = laotie(home, *arguments, "--password", "Kuai-le-42-mai", "--json")
    assert json.loads(added.stdout)["is_operator"] is True
    again = laotie(home, *arguments, "--password", "Kuai-le-42-mai")
    assert again.returncode == 1
    assert "Error: " in again.stderr
    audited = laotie(home, "audit", "--json")
    assert (audited.returncode, json.loads(audited.stdout)) == (0, {"ok": True, "findings": []})
    demo = laotie(home, "demo", "--json")
    assert demo.returncode == 1
    assert "not empty" in demo.stderr
    assert processes_of(home) == {}


def test_a_person_is_exported_and_erased(home: Path) -> None:
    email = "lin@laotie.example"
    laotie(home, "user", "add", email, "--name", "林晓", "--password", "Kuai-le-42-mai")
    exported = json.loads(laotie(home, "user", "export", email).stdout)
    assert exported["people"]["account"][0]["display_name"] == "林晓"
    asked = laotie(home, "user", "erase", email)
    assert asked.returncode == 1  # nobody said yes
    assert json.loads(laotie(home, "user", "erase", email, "--yes", "--json").stdout)["erased"] > 0
    gone = laotie(home, "user", "export", email)
    assert (gone.returncode, gone.stderr.strip()) == (1, "Error: There is no such account.")
    assert processes_of(home) == {}


def test_what_was_caught_is_listed_without_a_database(home: Path) -> None:
    folder = home / "sms"
    folder.mkdir()
    caught = {"phone": "+8613812345678", "purpose": "login_code", "values": {"code": "482913"}}
    (folder / "one.json").write_text(json.dumps({**caught, "sent_at": "2026-03-01T04:00:00+00:00"}))
    assert "code: 482913" in laotie(home, "messages").stdout
    [found] = json.loads(laotie(home, "messages", "--json").stdout)["messages"]
    assert (found["kind"], found["to"], found["text"]) == ("sms", "+8613812345678", "code: 482913")
    assert processes_of(home) == {}


def test_up_serves_beside_other_commands_and_stops_when_asked(
    market: tuple[subprocess.Popen[str], int], home: Path
) -> None:
    running, port = market
    assert get(port, "/api/v1/openapi.json") == 200
    beside = laotie(home, "audit", "--json")
    assert (beside.returncode, json.loads(beside.stdout)["ok"]) == (0, True)
    second = laotie(home, "up", "--port", str(port))
    assert second.returncode == 2
    assert "already runs" in second.stderr
    running.send_signal(signal.SIGTERM)
    assert running.wait(STOP_SECONDS_MAX) == 0
    assert processes_of(home) == {}


def test_up_mends_what_is_killed_and_ctrl_c_stops_it(
    market: tuple[subprocess.Popen[str], int], home: Path
) -> None:
    running, port = market
    for part in ("granian", "laotie worker", "postgres -D"):
        os.kill(oldest_of(home, part), signal.SIGKILL)
    deadline = time.monotonic() + START_SECONDS_MAX
    while not is_healthy(home, port):
        assert time.monotonic() < deadline, "not mended"
        time.sleep(0.2)
    assert oldest_of(home, "laotie worker")
    running.send_signal(signal.SIGINT)
    assert running.wait(STOP_SECONDS_MAX) == 0
    assert processes_of(home) == {}


def test_a_killed_up_leaves_nothing_that_the_next_command_does_not_end(
    market: tuple[subprocess.Popen[str], int], home: Path
) -> None:
    running, _port = market
    running.kill()
    running.wait()
    audited = laotie(home, "audit", "--json")
    assert (audited.returncode, json.loads(audited.stdout)["ok"]) == (0, True)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while processes_of(home):
        assert time.monotonic() < deadline, processes_of(home)
        time.sleep(0.1)
