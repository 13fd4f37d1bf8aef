"""Who hears which events: every module's subscriptions in one list."""

from laotie.events.delivery import Subscription

SUBSCRIPTIONS: tuple[Subscription, ...] = ()
