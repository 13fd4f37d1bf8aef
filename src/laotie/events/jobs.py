"""The worker finds the module's jobs here."""

from laotie.events.webhooks.jobs import send_due_messages, send_messages, trim_webhooks

__all__ = ["send_due_messages", "send_messages", "trim_webhooks"]
