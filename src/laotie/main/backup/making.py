"""Making a backup while the market sells: one snapshot of the database, then the media, then the manifest.

The snapshot is a reading transaction: it waits for nobody, nobody waits for it, and the outbox's readers pay no heed to
it. Media are copied after it, so what the snapshot speaks of is there. The folder has its name only once it is whole.
"""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.signing import Signer
from psycopg import sql

from laotie.core.crypto import encrypt
from laotie.main.backup.manifest import (
    DUMP,
    KEYS,
    LISTING,
    MEDIA,
    NAME_PREFIX,
    Manifest,
    checksum,
    list_backups,
    write_manifest,
)
from laotie.main.backup.tools import BackupRefused, environment, find_tools, server_version

MAKING_PREFIX = ".making-"
PROBE = "laotie"
COUNTED = ("people_account", "people_shop", "catalog_sku", "orders_order", "ledger_posting", "events_outboxevent")
KEYS_NOT_INCLUDED = (
    "the secret key (LAOTIE_SECRET_KEY, or secret.key in the data directory)",
    "the encryption keys (LAOTIE_ENCRYPTION_KEYS), without which addresses cannot be read",
)
NEVER_INCLUDED = ("passwords of the database, mail server and payment channels", "caught mails and text messages")
ERROR_LETTERS_MAX = 2_000

Progress = Callable[[str], None]


def make_backup(
    directory: Path, *, dsn: str, now: datetime, with_keys: bool, keep: int | None, progress: Progress
) -> dict[str, Any]:
    """Write a backup into `directory` and return what was written; with `keep` remove all but the newest so many.

    Raises: BackupRefused; then nothing is left of it.
    """
    started = time.monotonic()
    name = f"{NAME_PREFIX}{now:%Y%m%dT%H%M%SZ}"
    with _alone(directory):
        final = directory / name
        if final.exists():
            raise BackupRefused(f"{final} is already there.")
        making = directory / f"{MAKING_PREFIX}{name}"
        making.mkdir(mode=0o700)
        try:
            manifest = _fill(making, dsn=dsn, now=now, with_keys=with_keys, progress=progress)
            _sync(making)
            making.rename(final)
        except BaseException:  # Ctrl-C as well: half a backup is none
            shutil.rmtree(making, ignore_errors=True)
            raise
        _sync_folder(directory)
        removed = _remove_old(directory, keep)
    return {
        "backup": str(final),
        "seconds": round(time.monotonic() - started, 1),
        "database_bytes": manifest.dump_bytes,
        "media_files": manifest.media_files,
        "media_bytes": manifest.media_bytes,
        "counts": manifest.counts,
        "keys_included": with_keys,
        "not_included": manifest.not_included,
        "removed": removed,
    }


def _fill(making: Path, *, dsn: str, now: datetime, with_keys: bool, progress: Progress) -> Manifest:
    with psycopg.connect(dsn, autocommit=True) as connection:
        tools = find_tools(server_version(connection))
        postgres = server_version(connection)
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        counts = {name: _count(connection, name) for name in COUNTED}
        migrations = [
            f"{app}.{migration}"
            for app, migration in connection.execute(
                "SELECT app, name FROM django_migrations ORDER BY id"
            ).fetchall()
        ]
        _dump(making / DUMP, tools, dsn, str(row[0]), progress)
    files, total = _copy_media(making, progress)
    if with_keys:
        _write_private(
            making / KEYS,
            json.dumps({"secret_key": settings.SECRET_KEY, "encryption_keys": list(settings.ENCRYPTION_SECRETS)}),
        )
    manifest = Manifest(
        laotie=version("laotie"),
        made_at=now.isoformat(),
        postgres=postgres,
        dump_sha256=checksum(making / DUMP),
        dump_bytes=(making / DUMP).stat().st_size,
        media_sha256=checksum(making / LISTING),
        media_files=files,
        media_bytes=total,
        encryption_probe=encrypt(PROBE),
        secret_probe=Signer(salt="backup").sign(PROBE),
        migrations=migrations,
        counts=counts,
        are_keys_included=with_keys,
        not_included=[*(() if with_keys else KEYS_NOT_INCLUDED), *NEVER_INCLUDED],
    )
    write_manifest(making, manifest)
    return manifest


def _dump(target: Path, tools: Path, dsn: str, snapshot: str, progress: Progress) -> None:
    command = [
        str(tools / "pg_dump"),
        *("--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges"),
        *("--verbose", f"--file={target}"),
    ]
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        command,
        env=environment(dsn),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as dumping:
        assert dumping.stderr is not None
        try:
            for line in dumping.stderr:
                said = [*said[-20:], line]
                if "dumping contents of table" in line:
                    progress(line.rpartition("table ")[2].strip().strip('"').replace("public.", ""))
        except BaseException:
            dumping.kill()
            raise
    if dumping.returncode:
        raise BackupRefused(f"pg_dump failed: {''.join(said)[-ERROR_LETTERS_MAX:].strip()}")


def _copy_media(making: Path, progress: Progress) -> tuple[int, int]:
    """Copy what is there, with a line and a checksum per file; what is deleted meanwhile is passed over."""
    root, files, total = Path(settings.MEDIA_ROOT), 0, 0
    (making / MEDIA).mkdir()
    with (making / LISTING).open("w") as listing:
        for source in sorted(root.rglob("*")) if root.exists() else ():
            if source.is_symlink() or not source.is_file() or "\n" in str(source):
                continue
            name = source.relative_to(root)
            target = making / MEDIA / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(source, target)
            except FileNotFoundError:
                continue
            listing.write(f"{checksum(target)}  {name}\n")
            files, total = files + 1, total + target.stat().st_size
            progress(f"media {files}")
    return files, total


def _count(connection: "psycopg.Connection[tuple[Any, ...]]", table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def _remove_old(directory: Path, keep: int | None) -> list[str]:
    if keep is None:
        return []
    old = list_backups(directory)[:-keep]
    for folder in old:
        shutil.rmtree(folder)
    return [folder.name for folder in old]


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Be the only one who makes backups here; what an interrupted one left is removed."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as trouble:
        raise BackupRefused(f"{directory} cannot be written to: {trouble.strerror}") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(f"Another backup is being made in {directory}.") from None
        for left in directory.glob(f"{MAKING_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(lock)


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _sync(folder: Path) -> None:
    """Bring every file to the disk before the folder gets its name."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
