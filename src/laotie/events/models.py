"""Tables of the outbox: events, a cursor per subscriber, and the parking table for what could not be handled."""

from django.db import models
from django.db.models.expressions import Func

from laotie.events.webhooks.models import WebhookAttempt, WebhookEndpoint, WebhookMessage, WebhookSecret

__all__ = [
    "CurrentTransaction",
    "Cursor",
    "OutboxEvent",
    "ParkedEvent",
    "TransactionIdField",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookMessage",
    "WebhookSecret",
]


class CurrentTransaction(Func):
    """The id of the writing transaction, by which readers know what is settled."""

    function = "pg_current_xact_id"
    template = "%(function)s()"


class TransactionIdField(models.Field[str, str]):
    """PostgreSQL's xid8, read as text."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002 - Django's signature
        """Return the column's type."""
        return "xid8"


class OutboxEvent(models.Model):
    """One event, written in the transaction that made it true. Never edited."""

    xid = TransactionIdField(db_default=CurrentTransaction())
    name = models.CharField(max_length=100)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["xid", "id"], name="outbox_xid_id")]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Cursor(models.Model):
    """How far a subscriber has read, and how often it has failed at the event it stands before."""

    subscriber = models.CharField(max_length=100, primary_key=True)
    xid = TransactionIdField()
    event_id = models.BigIntegerField()
    attempts = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.subscriber} at {self.xid}/{self.event_id}"


class ParkedEvent(models.Model):
    """An event a subscriber could not handle after its retries; `laotie replay` tries again."""

    subscriber = models.CharField(max_length=100)
    event = models.ForeignKey(OutboxEvent, on_delete=models.PROTECT, related_name="+")
    error = models.TextField()
    attempts = models.IntegerField()
    parked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "event"], name="parked_subscriber_event")]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.event_id}"
