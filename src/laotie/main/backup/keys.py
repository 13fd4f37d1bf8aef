"""Keys that came with a backup. Taken before anything reads the settings, so nothing here knows Django."""

import json
import os
from pathlib import Path

from laotie.main.backup.manifest import KEYS, find_backup
from laotie.main.backup.tools import BackupRefused


def take_keys(directory: Path, home: Path) -> None:
    """Take the keys out of a backup made with them, before anything reads settings; a key replaced is kept aside.

    Raises: BackupRefused when the backup holds none.
    """
    try:
        found = json.loads((find_backup(directory) / KEYS).read_text())
        secret, ring = str(found["secret_key"]), [str(part) for part in found["encryption_keys"]]
    except FileNotFoundError:
        raise BackupRefused("This backup was made without keys.") from None
    except (ValueError, KeyError, TypeError):
        raise BackupRefused(f"{KEYS} cannot be read.") from None
    if not os.environ.get("LAOTIE_SECRET_KEY"):
        kept = home / "secret.key"
        home.mkdir(parents=True, exist_ok=True)
        if kept.exists() and kept.read_text().strip() != secret:
            kept.rename(home / "secret.key.before-restore")
        kept.touch(mode=0o600)
        kept.write_text(secret)
    if ring != [secret]:
        os.environ["LAOTIE_ENCRYPTION_KEYS"] = ",".join(ring)  # for this command; the operator sets it for good
