"""Tables of webhooks: endpoints, their secrets, what is sent to them, and each attempt to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from laotie.core.crypto import EncryptedTextField
from laotie.events.webhooks.states import MessageState


class WebhookEndpoint(models.Model):
    """Where an owner's chosen events go."""

    owner = models.CharField(max_length=40)  # shop:3, account:7, platform
    url = models.TextField()
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=100))
    created_by = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        app_label = "events"
        indexes = [models.Index(fields=["owner"], name="webhook_owner")]
        constraints = [
            models.CheckConstraint(condition=Q(events__len__gt=0), name="webhook_events_chosen"),
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="webhook_disabled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk} of {self.owner}"


class WebhookSecret(models.Model):
    """A secret that signs; after a rotation the old one goes on until `ends_at`."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    secret = EncryptedTextField()
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "events"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(ends_at__isnull=True), name="webhook_one_newest_secret"
            )
        ]

    def __str__(self) -> str:
        return f"secret of webhook {self.endpoint_id}"


class WebhookMessage(models.Model):
    """An event on its way to an endpoint; the body is kept as it is signed."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=40, unique=True)  # the webhook-id header, the same at every attempt
    event = models.CharField(max_length=100)
    body = models.TextField()
    state = models.CharField(max_length=10, default=MessageState.WAITING)
    attempts = models.IntegerField(default=0)  # since it was last asked for
    next_attempt_at = models.DateTimeField(null=True)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "events"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[*MessageState]), name="webhook_message_state"),
            models.CheckConstraint(
                condition=Q(state=MessageState.WAITING, next_attempt_at__isnull=False)
                | (~Q(state=MessageState.WAITING) & Q(next_attempt_at__isnull=True)),
                name="webhook_message_next_attempt",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="webhook_message_endpoint"),
            models.Index(fields=["created_at"], name="webhook_message_created"),
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="webhook_message_due"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.event}"


class WebhookAttempt(models.Model):
    """One attempt to deliver: what was answered, or why nothing was."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="tries")
    attempted_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    trouble = models.CharField(max_length=40, blank=True)  # a code of sending.Trouble
    duration_ms = models.IntegerField()
    answer = models.TextField(blank=True)  # the beginning of what came back

    class Meta:
        app_label = "events"

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status or self.trouble}"
