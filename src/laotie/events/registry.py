"""Knows every event: importing this imports each publishing module's file."""

from laotie.events import alliance, orders, people
from laotie.events.event import EVENTS

__all__ = ["EVENTS", "alliance", "orders", "people"]
