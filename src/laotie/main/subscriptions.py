"""Who hears which events: every module's subscriptions in one list."""

from laotie.alliance import handlers as alliance
from laotie.catalog import handlers as catalog
from laotie.events.delivery import Subscription
from laotie.events.webhooks import handlers as webhooks
from laotie.main import notices

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *catalog.SUBSCRIPTIONS,
    *alliance.SUBSCRIPTIONS,
    *webhooks.SUBSCRIPTIONS,
    *notices.SUBSCRIPTIONS,
)
