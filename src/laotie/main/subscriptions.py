"""Who hears which events: every module's subscriptions in one list."""

from laotie.alliance import handlers as alliance
from laotie.catalog import handlers as catalog
from laotie.events.delivery import Subscription

SUBSCRIPTIONS: tuple[Subscription, ...] = (*catalog.SUBSCRIPTIONS, *alliance.SUBSCRIPTIONS)
