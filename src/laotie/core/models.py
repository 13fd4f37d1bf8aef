"""Tables every module leans on: idempotency keys, versions of the rules, logs of operators' acts and of looks."""

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """The first answer to a write, kept so that a repetition gets the same one."""

    scope = models.CharField(max_length=100)  # the actor's address: keys of two people never meet
    key = models.CharField(max_length=100)
    input_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_scope_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_created_at")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class RuleVersion(models.Model):
    """One version of a rulebook: the values that differ from the defaults, from a moment on. Never edited."""

    book = models.CharField(max_length=40)
    number = models.IntegerField()
    valid_from = models.DateTimeField()
    values = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    actor = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="rule_version_number"),
            models.UniqueConstraint(fields=["book", "valid_from"], name="rule_version_valid_from"),
        ]

    def __str__(self) -> str:
        return f"{self.book}/{self.number}"


class PersonalAccess(models.Model):
    """Somebody saw personal data of another in clear. Only ever added to; kept for half a year."""

    actor = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)  # an address, as order:7
    fields = models.CharField(max_length=200)  # what was seen, as recipient phone street
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-seen_at"], name="personal_access_subject"),
            models.Index(fields=["seen_at"], name="personal_access_seen_at"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} saw {self.subject}"


class SmsMessage(models.Model):
    """That a number was sent a text message, for the limits. What it said is nowhere in the database in clear."""

    phone_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["phone_hash", "-created_at"], name="sms_phone"),
            models.Index(fields=["created_at"], name="sms_created_at"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} at {self.created_at}"


class AuditEntry(models.Model):
    """What an operator (or staff in someone's name) did, under their own name. Only ever added to."""

    actor = models.CharField(max_length=100)
    action = models.CharField(max_length=100)  # subject.verb, as rules.publish
    subject = models.CharField(max_length=200)  # an address, as shop:7
    detail = models.JSONField(default=dict)
    acted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-acted_at"], name="audit_entry_acted_at")]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"
