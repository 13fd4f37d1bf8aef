"""Knows every event: importing this imports each publishing module's file."""

from laotie.events import alliance, catalog, events, orders, people
from laotie.events.event import EVENTS

__all__ = ["EVENTS", "alliance", "catalog", "events", "orders", "people"]
