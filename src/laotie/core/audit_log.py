"""The log of what operators do under their own name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from laotie.core.actor import Actor
from laotie.core.models import AuditEntry
from laotie.core.paging import Page, page_of


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the audit log."""

    id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    acted_at: datetime


def record_action(*, actor: Actor, action: str, subject: str, now: datetime, **detail: Any) -> None:
    """Write one line of the audit log, in the transaction of the action itself."""
    AuditEntry.objects.create(actor=actor.address, action=action, subject=subject, detail=detail, acted_at=now)


def list_actions(*, cursor: str = "", limit: int = 50) -> Page[AuditLine]:
    """Return the audit log, newest first."""
    return page_of(AuditEntry.objects.all(), _line, order=("-acted_at", "-id"), cursor=cursor, limit=limit)


def _line(entry: AuditEntry) -> AuditLine:
    return AuditLine(entry.pk, entry.actor, entry.action, entry.subject, entry.detail, entry.acted_at)
