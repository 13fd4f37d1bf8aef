"""Mails about what a person must know at once, until the module `messaging` takes this over."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.mail import queue_mail
from laotie.events.delivery import Subscription
from laotie.events.events import WebhookDisabled
from laotie.people import queries as people
from laotie.people.contracts import AccountView

REASONS = {
    "failing": _("Nothing could be delivered to it for five days."),
    "gone": _("It answered that it is gone for good (410)."),
}


def tell_webhook_owner(event: WebhookDisabled, occurred_at: datetime) -> None:  # noqa: ARG001 - a handler's signature
    """Write to whom an endpoint belongs that it was given up; who switched it off knows."""
    if event.reason not in REASONS:
        return
    account = _owner(event.owner)
    if account is None or not account.is_active:
        return
    with translation.override(account.language):
        queue_mail(
            to=account.email,
            subject=gettext("A webhook was switched off"),
            text=gettext("Webhook {number} of {owner} was switched off.").format(
                number=event.endpoint_id, owner=event.owner
            )
            + "\n"
            + gettext(REASONS[event.reason])
            + "\n"
            + gettext("What could not be delivered can be sent again once it is switched on."),
        )


def _owner(address: str) -> AccountView | None:
    """Return the person behind an owner; operators see the platform's webhooks in the admin."""
    kind, _colon, number = address.partition(":")
    if kind == "shop":
        return people.get_account(people.get_shop(int(number)).owner_id)
    return people.get_account(int(number)) if kind == "account" else None


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription("main.tell_webhook_owner", {WebhookDisabled: tell_webhook_owner}),
)
