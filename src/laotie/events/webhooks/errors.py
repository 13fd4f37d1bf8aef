"""Refusals of webhooks; their codes begin with `events`."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


@dataclass(eq=False)
class TooManyWebhooks(DomainError):
    """An owner has as many endpoints as it can have."""

    sentence = _("You have reached the limit of {most}.")
    most: int


@dataclass(eq=False)
class WebhookIsDisabled(DomainError):
    """Nothing is sent to an endpoint that is switched off."""

    sentence = _("This webhook is switched off. Switch it on first.")
