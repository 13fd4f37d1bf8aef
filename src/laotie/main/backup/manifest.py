"""The manifest of a backup: what is in it, of what time and version, and how to know that nothing has changed."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from laotie.main.backup.tools import BackupRefused

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
MEDIA = "media"
LISTING = "media.sha256"
KEYS = "keys.json"
NAME_PREFIX = "laotie-"
BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. The probes tell whether the keys at hand fit without telling the keys."""

    laotie: str
    made_at: str
    postgres: int
    dump_sha256: str
    dump_bytes: int
    media_sha256: str  # of the listing, which has a line per file
    media_files: int
    media_bytes: int
    encryption_probe: str
    secret_probe: str
    migrations: list[str]
    counts: dict[str, int]
    are_keys_included: bool = False
    format: int = FORMAT
    not_included: list[str] = field(default_factory=list)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; it comes last."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Return a backup's manifest.

    Raises: BackupRefused when there is none, or of a format this version cannot read.
    """
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        if found.get("format") != FORMAT:
            raise BackupRefused(f"{folder} has format {found.get('format')}; this laotie reads format {FORMAT}.")
        return Manifest(**found)
    except FileNotFoundError:
        raise BackupRefused(f"{folder} is no backup: it has no {MANIFEST}.") from None
    except (TypeError, ValueError, AttributeError) as trouble:
        raise BackupRefused(f"{folder / MANIFEST} cannot be read: {trouble}") from None


def list_backups(directory: Path) -> list[Path]:
    """Return the finished backups in a directory, oldest first: their names are their times."""
    return sorted(path.parent for path in directory.glob(f"{NAME_PREFIX}*/{MANIFEST}"))


def find_backup(directory: Path) -> Path:
    """Return the directory if it is a backup, else the newest one in it.

    Raises: BackupRefused.
    """
    if (directory / MANIFEST).exists():
        return directory
    found = list_backups(directory)
    if not found:
        raise BackupRefused(f"There is no backup in {directory}.")
    return found[-1]


def verify(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its checksum.

    Raises: BackupRefused, naming the first file that is not what was written.
    """
    _compare(folder / DUMP, manifest.dump_sha256)
    _compare(folder / LISTING, manifest.media_sha256)
    for digest, name in media_lines(folder):
        _compare(folder / MEDIA / name, digest)


def media_lines(folder: Path) -> list[tuple[str, str]]:
    """Return (checksum, path) of every media file.

    Raises: BackupRefused for a path that leads out of the folder.
    """
    lines = [line.split("  ", 1) for line in (folder / LISTING).read_text().splitlines()]
    for _digest, name in lines:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise BackupRefused(f"{LISTING} names {name}, which is not inside the media.")
    return [(digest, name) for digest, name in lines]


def checksum(path: Path) -> str:
    """Return a file's SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _compare(path: Path, wanted: str) -> None:
    try:
        found = checksum(path)
    except OSError as trouble:
        raise BackupRefused(f"{path} cannot be read: {trouble.strerror}") from None
    if found != wanted:
        raise BackupRefused(f"{path} is damaged: its checksum is not the one in the manifest.")
