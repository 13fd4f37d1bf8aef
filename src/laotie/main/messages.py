"""`laotie messages`: what the catchers of mail and text messages hold, so that a newcomer finds the login code."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

BETWEEN_MAILS = b"\n" + b"-" * 79 + b"\n"  # as Django's file backend writes them
FILES_READ_MAX = 1_000
LINES_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class CaughtMessage:
    """A caught message."""

    kind: str  # mail, sms
    at: datetime
    to: str
    subject: str
    text: str


def list_caught(*, mail: Path, sms: Path, limit: int) -> list[CaughtMessage]:
    """Return the newest caught messages, newest first."""
    found = [message for path in _newest(mail, "*.log") for message in _read_mails(path)]
    found += [message for path in _newest(sms, "*.json") for message in _read_sms(path)]
    return sorted(found, key=lambda message: message.at, reverse=True)[:limit]


def _newest(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)[:FILES_READ_MAX]


def _read_mails(path: Path) -> list[CaughtMessage]:
    found = []
    for part in path.read_bytes().split(BETWEEN_MAILS):
        if not part.strip():
            continue
        mail = message_from_bytes(part.lstrip(), _class=EmailMessage, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        body = mail.get_body(("plain", "html"))
        date = mail["Date"].datetime if mail["Date"] else datetime.fromtimestamp(path.stat().st_mtime, UTC)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)  # "-0000" says UTC and is read as no zone
        text = body.get_content() if body is not None else ""
        found.append(
            CaughtMessage("mail", date, str(mail["To"] or ""), str(mail["Subject"] or ""), _shorten(text))
        )
    return found


def _read_sms(path: Path) -> list[CaughtMessage]:
    try:
        found = json.loads(path.read_text())
    except ValueError:  # being written at this moment
        return []
    text = ", ".join(f"{name}: {value}" for name, value in found["values"].items())
    return [CaughtMessage("sms", datetime.fromisoformat(found["sent_at"]), found["phone"], found["purpose"], text)]


def _shorten(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[:LINES_SHOWN_MAX])
