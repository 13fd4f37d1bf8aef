"""Personal data: who saw it in clear, what an export holds, what is forgotten with a person.

What the market holds about people, and where, stands in docs/personal-data.md; a test compares it with the models.
"""

from typing import Any

from django.db.models import Model, QuerySet

from laotie.core.actor import Actor
from laotie.core.models import IdempotencyKey, PersonalAccess

EXPORT_ROWS_MAX = 10_000


def record_look(*, actor: Actor, subject: str, fields: tuple[str, ...]) -> None:
    """Write one line of the access log: the actor is shown these fields of somebody else in clear."""
    PersonalAccess.objects.create(actor=actor.address, subject=subject, fields=" ".join(fields))


def export_rows(rows: QuerySet[Any, Model], *names: str) -> list[dict[str, Any]]:
    """Return the named columns of the newest rows (at most 10,000), decrypted, for a person's export."""
    return list(rows.order_by("-pk").values(*names)[:EXPORT_ROWS_MAX])


def forget_answers(*, actor: Actor) -> None:
    """Forget the kept answers to a person's writes; some hold addresses."""
    IdempotencyKey.objects.filter(scope=actor.address).delete()
