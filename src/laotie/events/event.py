"""What an event is: a frozen dataclass in the past tense, with ids and keyed hashes, never personal data.

One file per publishing module holds its events; importing `laotie.events.registry` knows them all.
"""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self

from pydantic import TypeAdapter

EVENTS: dict[str, type["Event"]] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `name` is what goes over the wire, as orders.order_paid.v1."""

    name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the event in the registry. Dataclass slots make the class twice, so the later one stays."""
        super(Event, cls).__init_subclass__(**kwargs)
        assert cls.name.count(".") == 2, f"{cls.__name__} needs a name such as orders.order_paid.v1"
        EVENTS[cls.name] = cls

    def to_json(self) -> str:
        """Return the event as the outbox keeps it; moments in ISO 8601."""
        return json.dumps(self, default=_as_json)

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Read an event back; values a newer version added are passed over, ones it lacks fall to the defaults."""
        event: Self = _reader_of(cls.name).validate_python(payload)
        return event


@cache
def _reader_of(name: str) -> TypeAdapter[Any]:
    """Return what reads an event; making one takes longer than handling most events."""
    return TypeAdapter(EVENTS[name])


def _as_json(value: Any) -> Any:
    """Return a dataclass's fields or a moment's text; asdict would copy every value deeply."""
    if isinstance(value, datetime):
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}
