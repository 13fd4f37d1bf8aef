"""Parts of backup and restore that need no market: programs, environments, listings, the lock."""

import os
import subprocess
from pathlib import Path

import pytest

from laotie.main.backup.keys import take_keys
from laotie.main.backup.making import _alone
from laotie.main.backup.manifest import KEYS, LISTING, MANIFEST, find_backup, media_lines
from laotie.main.backup.tools import BackupRefused, environment, find_tools


def test_the_oldest_programs_that_fit_the_server_are_taken() -> None:
    found = subprocess.run(  # noqa: S603 - a found binary
        [find_tools(18) / "pg_dump", "--version"], capture_output=True, text=True, check=True
    )
    assert int(found.stdout.split()[2].split(".")[0]) >= 18
    with pytest.raises(BackupRefused, match="PostgreSQL 99"):
        find_tools(99)


def test_the_programs_find_the_database_by_their_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    found = environment(
        "postgresql://lao:tie%40%20x@db.example.com:6432/market?sslmode=require&options=-c%20a%3Db"
    )
    assert {name: value for name, value in found.items() if name.startswith("PG")} == {
        "PGHOST": "db.example.com",
        "PGPORT": "6432",
        "PGUSER": "lao",
        "PGPASSWORD": "tie@ x",
        "PGDATABASE": "market",
        "PGSSLMODE": "require",
        "PGOPTIONS": "-c a=b -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=15s",
        "PGAPPNAME": "laotie backup",
        "PGCLIENTENCODING": "UTF8",
    }
    assert found["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("name", ["../secret.key", "/etc/passwd", "goods/../../secret.key"])
def test_a_listing_that_leads_out_of_the_media_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / LISTING).write_text(f"{'0' * 64}  {name}\n")
    with pytest.raises(BackupRefused, match="not inside"):
        media_lines(tmp_path)


def test_a_file_name_with_two_spaces_is_one_name(tmp_path: Path) -> None:
    (tmp_path / LISTING).write_text(f"{'0' * 64}  a  b.jpg\n")
    assert media_lines(tmp_path) == [("0" * 64, "a  b.jpg")]


def test_the_newest_of_a_directory_is_found(tmp_path: Path) -> None:
    for name in ("laotie-20260101T000000Z", "laotie-20260301T000000Z", "laotie-20260201T000000Z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text("{}")
    (tmp_path / "laotie-20270101T000000Z").mkdir()  # not whole
    assert find_backup(tmp_path).name == "laotie-20260301T000000Z"
    assert find_backup(tmp_path / "laotie-20260101T000000Z").name == "laotie-20260101T000000Z"


def test_two_backups_into_one_directory_do_not_meet(tmp_path: Path) -> None:
    with _alone(tmp_path):
        with pytest.raises(BackupRefused, match="Another backup"), _alone(tmp_path):
            raise AssertionError("not alone")
        (tmp_path / ".making-laotie-x").mkdir()
    with _alone(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_key_that_is_replaced_is_kept_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAOTIE_SECRET_KEY", raising=False)
    monkeypatch.setenv("LAOTIE_ENCRYPTION_KEYS", "")
    folder, home = tmp_path / "laotie-20260101T000000Z", tmp_path / "home"
    folder.mkdir()
    (folder / MANIFEST).write_text("{}")
    (folder / KEYS).write_text('{"secret_key": "old", "encryption_keys": ["new", "older"]}')
    home.mkdir()
    (home / "secret.key").write_text("mine")
    take_keys(tmp_path, home)
    assert (home / "secret.key").read_text() == "old"
    assert (home / "secret.key").stat().st_mode & 0o077 == 0
    assert (home / "secret.key.before-restore").read_text() == "mine"
    assert os.environ["LAOTIE_ENCRYPTION_KEYS"] == "new,older"
    (folder / KEYS).write_text("{")
    with pytest.raises(BackupRefused, match="cannot be read"):
        take_keys(tmp_path, home)
