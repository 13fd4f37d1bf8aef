"""Restoring a backup: all of the database in one transaction, or nothing; then the media; then the audit."""

import contextlib
import shutil
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import psycopg
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.management import call_command
from django.core.signing import BadSignature, Signer
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from laotie.core.crypto import decrypt
from laotie.main.audit import audit_everything
from laotie.main.backup.making import ERROR_LETTERS_MAX, PROBE, Progress
from laotie.main.backup.manifest import (
    BLOCK,
    DUMP,
    MEDIA,
    Manifest,
    checksum,
    find_backup,
    media_lines,
    read_manifest,
    verify,
)
from laotie.main.backup.tools import BackupRefused, environment, find_tools, server_version

AFTERWARDS = Path(__file__).with_name("cluster.sql")
EMPTIED = "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"  # never in a dump


def restore_backup(directory: Path, *, dsn: str, replaces: bool, progress: Progress) -> dict[str, Any]:
    """Bring a backup (or the newest in a directory) into the database and return what was found and its audit.

    Raises: BackupRefused; then the database is as it was before.
    """
    folder = find_backup(directory)
    manifest = read_manifest(folder)
    progress("checksums")
    verify(folder, manifest)
    _require_known_migrations(manifest)
    warnings = _compare_keys(manifest)
    connections.close_all()
    with psycopg.connect(dsn, autocommit=True) as probe:
        tools = find_tools(max(server_version(probe), manifest.postgres))
        _require_room(probe, replaces=replaces)
    progress("database")
    _load(folder / DUMP, tools, dsn)
    call_command("migrate", verbosity=0, interactive=False)
    progress("media")
    _copy_media(folder)
    progress("audit")
    return {
        "restored": str(folder),
        "made_at": manifest.made_at,
        "counts": manifest.counts,
        "media_files": manifest.media_files,
        "warnings": warnings,
        "findings": [asdict(finding) for finding in audit_everything()],
    }


def _require_known_migrations(manifest: Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = sorted(set(manifest.migrations) - known)
    if unknown:
        raise BackupRefused(
            f"This backup was made by laotie {manifest.laotie}, which knows more than this one"
            f" ({unknown[0]}). Install that version or a newer one first."
        )


def _compare_keys(manifest: Manifest) -> list[str]:
    try:
        fits = decrypt(manifest.encryption_probe) == PROBE
    except InvalidToken:
        fits = False
    if not fits:
        raise BackupRefused(
            "The encryption keys here are not those of the backup: addresses could not be read. Set LAOTIE_SECRET_KEY"
            " (or LAOTIE_ENCRYPTION_KEYS) to the old ones, or restore --with-keys where the backup holds them."
        )
    try:
        Signer(salt="backup").unsign(manifest.secret_probe)
    except BadSignature:
        return ["The secret key is another one: people have to sign in again, and visitors are not recognised."]
    return []


def _require_room(connection: "psycopg.Connection[tuple[Any, ...]]", *, replaces: bool) -> None:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public'),"
        " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        "   AND backend_type = 'client backend' AND pid <> pg_backend_pid())"
    ).fetchone()
    assert row is not None
    tables, others = row
    if tables and not replaces:
        raise BackupRefused(
            "The database is not empty. To throw away what is in it and put the backup in its place: --replace."
        )
    if others:
        raise BackupRefused(f"{others} others use this database. Stop laotie (and what else reads it) first.")


def _load(dump: Path, tools: Path, dsn: str) -> None:
    """Feed the dump to psql inside one transaction, which is committed only once all of it was there."""
    found = environment(dsn)
    with tempfile.TemporaryFile("w+b") as trouble:
        reading = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            [str(tools / "pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)],
            env=found,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=trouble,
        )
        writing = subprocess.Popen(  # noqa: S603 - see above
            [str(tools / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"],
            env=found,
            stdin=subprocess.PIPE,
            stderr=trouble,
        )
        try:
            assert reading.stdout is not None
            assert writing.stdin is not None
            is_whole = _pour(reading, reading.stdout, writing.stdin)
            with contextlib.suppress(BrokenPipeError):
                writing.stdin.close()
            code = writing.wait()
        except BaseException:
            writing.kill()
            raise
        finally:
            for process in (reading, writing):
                if process.poll() is None:
                    process.kill()
                process.wait()
            if reading.stdout:
                reading.stdout.close()
        if code or not is_whole:
            trouble.seek(0)
            said = trouble.read().decode(errors="replace").strip()
            raise BackupRefused(f"Nothing was restored: {said[-ERROR_LETTERS_MAX:]}")


def _pour(reading: "subprocess.Popen[bytes]", source: IO[bytes], target: IO[bytes]) -> bool:
    """Write the whole transaction; without its COMMIT psql ends by rolling it back."""
    try:
        target.write(f"BEGIN; {EMPTIED}\n".encode())
        while block := source.read(BLOCK):
            target.write(block)
        if reading.wait():
            return False
        target.write(b"\n" + AFTERWARDS.read_bytes() + b"\nCOMMIT;\n")
        target.flush()
    except BrokenPipeError:  # psql has said why on its way out
        return False
    return True


def _copy_media(folder: Path) -> None:
    root = Path(settings.MEDIA_ROOT)
    for digest, name in media_lines(folder):
        target = root / name
        if target.exists() and checksum(target) == digest:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        coming = target.with_name(f".{target.name}.coming")
        shutil.copyfile(folder / MEDIA / name, coming)
        coming.replace(target)
