"""The rulebook over HTTP: shown to everyone it binds, published by operators."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from laotie.core import rules as rulebook
from laotie.core.audit_log import list_actions
from laotie.core.http import PageOf, actor_of, idempotent, now_of, page_schema
from laotie.people import queries as people

router = Router(tags=["rules"])

Value = int | str | dict[str, int]


class RuleOut(Schema):
    """One rule as it applies now."""

    key: str
    value: Any
    default: Any
    unit: str
    explanation: str
    basis: str


class RulesOut(Schema):
    """The rulebook as it applies now."""

    version: str
    valid_from: datetime
    rules: list[RuleOut]


class PublishIn(Schema):
    """A new version: what changes, from when, and why."""

    model_config = ConfigDict(extra="forbid")

    changes: Annotated[dict[str, Value], Field(min_length=1, max_length=100)]
    valid_from: datetime
    note: Annotated[str, Field(max_length=500)] = ""


class AuditLineOut(Schema):
    """One line of the audit log."""

    id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    acted_at: datetime


@router.get("/rules", response=RulesOut, auth=None)
def read_rules(request: HttpRequest) -> RulesOut:
    """Return the rules that apply now."""
    return _view(rulebook.rules_at(now_of(request)))


@router.post("/rules/versions", response={201: RulesOut})
@idempotent
def publish_rules(request: HttpRequest, wanted: PublishIn) -> tuple[int, RulesOut]:
    """Publish a version of the rules that starts at least a minute from now. For operators."""
    actor = actor_of(request, scope="rules:write")
    people.require_operator(actor=actor)
    made = rulebook.publish_rules(
        actor=actor,
        changes=wanted.changes,
        valid_from=wanted.valid_from,
        note=wanted.note,
        now=now_of(request),
    )
    return 201, _view(made)


@router.get("/audit-log", response=PageOf[AuditLineOut])
def read_audit_log(
    request: HttpRequest,
    cursor: Annotated[str, Query(max_length=500)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """Return what operators did, newest first. For operators."""
    people.require_operator(actor=actor_of(request, scope="rules:read"))
    page = list_actions(cursor=cursor, limit=limit)
    return page_schema(page, lambda line: AuditLineOut.model_validate(line, from_attributes=True))


def _view(found: rulebook.Rules) -> RulesOut:
    return RulesOut(
        version=found.version,
        valid_from=found.valid_from,
        rules=[
            RuleOut(
                key=rule.key,
                value=found[rule],
                default=rule.default,
                unit=rule.unit,
                explanation=gettext(rule.explanation),
                basis=rule.basis,
            )
            for rule in sorted(rulebook.REGISTRY.values(), key=lambda rule: rule.key)
        ],
    )
