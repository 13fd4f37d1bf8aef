"""The rulebook: every rate, limit and deadline as versioned configuration with validity dates (RULES 13.1).

Each module defines its rules in its own `rules.py`; here is only how they are kept. A version holds the values
that differ from the defaults and applies from a moment on. Versions are never edited, and none starts within a
minute of its publication, so that every process, which looks for new ones twice a minute, knows it in time.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar, cast

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor, system
from laotie.core.audit_log import record_action
from laotie.core.errors import InvalidInput
from laotie.core.models import RuleVersion

DEFAULT_BOOK = "default"
NOTICE_LEAST = timedelta(minutes=1)
FRESH_SECONDS = 30.0
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

V = TypeVar("V", int, str, dict[str, int])


@dataclass(frozen=True, slots=True)
class Rule(Generic[V]):
    """One rule: its key, its default, what its number means, its bounds, and where it comes from."""

    key: str
    default: V
    unit: str  # bp, fen, seconds, days, count, text
    explanation: str  # a gettext sentence for those it binds
    basis: str  # section of RULES.md
    least: int = 0
    most: int = 10**15
    choices: tuple[str, ...] = ()  # what a text may be; empty where it is free

    def check(self, value: Any) -> V:
        """Return the value if it is one this rule can have.

        Raises: InvalidInput.
        """
        if type(value) is not type(self.default):
            raise InvalidInput(field_name=self.key, reason=gettext(_("This value has the wrong type.")))
        if isinstance(self.default, dict) and "general" in self.default and "general" not in value:
            raise InvalidInput(field_name=self.key, reason=gettext(_("It must have a value for general.")))
        if self.choices and value not in self.choices:
            sentence = gettext(_("Choose among: {names}.")).format(names=", ".join(self.choices))
            raise InvalidInput(field_name=self.key, reason=sentence)
        numbers = list(value.values()) if isinstance(value, dict) else [value]
        for number in numbers:
            if type(self.default) is str:
                continue
            if type(number) is not int or not self.least <= number <= self.most:
                raise InvalidInput(
                    field_name=self.key,
                    reason=gettext(_("It must be a whole number from {least} to {most}.")).format(
                        least=self.least, most=self.most
                    ),
                )
        checked: V = value
        return checked


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as they stand at one moment. Things computed with them remember `version`."""

    book: str
    number: int
    valid_from: datetime
    overrides: Mapping[str, Any]

    @property
    def version(self) -> str:
        """The version's name, as default/3."""
        return f"{self.book}/{self.number}"

    def __getitem__(self, rule: Rule[V]) -> V:
        return cast(V, self.overrides.get(rule.key, rule.default))


REGISTRY: dict[str, Rule[Any]] = {}
_known: dict[str, tuple[float, list[Rules]]] = {}
_lock = Lock()


def define(rule: Rule[V]) -> Rule[V]:
    """Enter a rule in the registry; two of the same key are a mistake."""
    assert rule.key not in REGISTRY, f"{rule.key} is defined twice"
    REGISTRY[rule.key] = rule
    return rule


def rules_at(moment: datetime, book: str = DEFAULT_BOOK) -> Rules:
    """Return the rules of a book that apply at a moment; before its first version, the defaults."""
    for version in reversed(_versions(book)):
        if version.valid_from <= moment:
            return version
    return Rules(book, 0, EPOCH, {})


def rules_of_version(name: str) -> Rules:
    """Return the rules of a version by its name, as default/3."""
    book, _slash, number = name.partition("/")
    for version in _versions(book):
        if version.number == int(number):
            return version
    return Rules(book, 0, EPOCH, {})


def list_versions(book: str = DEFAULT_BOOK) -> list[RuleVersion]:
    """Return every version of a book, newest first, with its note and author."""
    return list(RuleVersion.objects.filter(book=book).order_by("-number"))


@transaction.atomic
def publish_rules(
    *,
    actor: Actor,
    changes: Mapping[str, Any],
    valid_from: datetime,
    now: datetime,
    note: str = "",
    book: str = DEFAULT_BOOK,
) -> Rules:
    """Add a version that changes some rules of the newest one from a moment in the future on.

    Raises: InvalidInput for an unknown rule, a value out of bounds, or a start without a minute's notice.
    """
    if valid_from < now + NOTICE_LEAST:
        raise InvalidInput(
            field_name="valid_from", reason=gettext(_("New rules start one minute from now at the earliest."))
        )
    return _add_version(actor=actor, changes=changes, valid_from=valid_from, now=now, note=note, book=book)


@transaction.atomic
def establish_book(*, book: str, values: Mapping[str, Any], note: str, now: datetime) -> Rules:
    """Give an imported market its own book, valid from the beginning of time; a second call changes nothing."""
    found = _read_versions(book)
    if found:
        return found[0]
    return _add_version(actor=system("rules"), changes=values, valid_from=EPOCH, now=now, note=note, book=book)


def forget_versions() -> None:
    """Drop what this process remembers of the versions."""
    with _lock:
        _known.clear()


def _add_version(
    *, actor: Actor, changes: Mapping[str, Any], valid_from: datetime, now: datetime, note: str, book: str
) -> Rules:
    for key, value in changes.items():
        if key not in REGISTRY:
            raise InvalidInput(field_name=key, reason=gettext(_("There is no such rule.")))
        REGISTRY[key].check(value)
    newest = RuleVersion.objects.select_for_update().filter(book=book).order_by("-valid_from").first()
    if newest is not None and newest.valid_from >= valid_from:
        raise InvalidInput(field_name="valid_from", reason=gettext(_("A later version is already published.")))
    number = (RuleVersion.objects.filter(book=book).aggregate(most=Max("number"))["most"] or 0) + 1
    made = RuleVersion.objects.create(
        book=book,
        number=number,
        valid_from=valid_from,
        values={**(newest.values if newest else {}), **changes},
        note=note,
        actor=actor.address,
        created_at=now,
    )
    record_action(
        actor=actor,
        action="rules.publish",
        subject=f"rules:{made}",
        now=now,
        changes=dict(changes),
        valid_from=valid_from.isoformat(),
    )
    transaction.on_commit(forget_versions)
    return _view(made)


def _versions(book: str) -> list[Rules]:
    with _lock:
        read_at, versions = _known.get(book, (float("-inf"), []))
    if time.monotonic() - read_at > FRESH_SECONDS:
        versions = _read_versions(book)
        with _lock:
            _known[book] = (time.monotonic(), versions)
    return versions


def _read_versions(book: str) -> list[Rules]:
    return [_view(row) for row in RuleVersion.objects.filter(book=book).order_by("valid_from")]


def _view(row: RuleVersion) -> Rules:
    return Rules(row.book, row.number, row.valid_from, row.values)
