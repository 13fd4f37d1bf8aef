"""One person's data over HTTP: all of it for themselves, and its erasure. Only in a session, never by a token.

Also used by the command line; here the modules are asked one after another, each for its own tables.
"""

import json
from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from ninja import Path, Router, Schema
from ninja.responses import NinjaJSONEncoder
from pydantic import Field

from laotie.alliance import queries as alliance
from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.http import Problem, actor_of, idempotent, now_of
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import creator_address, leader_address
from laotie.orders import operations as order_operations
from laotie.orders import queries as orders
from laotie.people import operations as people_operations
from laotie.people import queries as people
from laotie.people.errors import ErasureBlocked

router = Router(tags=["persons"])

REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}
DONE = (204, None)

PathId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class ErasureIn(Schema):
    """Who erases an account writes its e-mail address, so that no slip of the hand does."""

    email: Annotated[str, Field(min_length=3, max_length=254)]


class ExportOut(Schema):
    """All the market holds about a person, by module and table; of each table the newest 10,000 rows."""

    account_id: int
    exported_at: datetime
    people: dict[str, Any]
    orders: dict[str, Any]
    alliance: dict[str, Any]
    money: dict[str, Any]


@router.get("/me/export", response={200: ExportOut, **REFUSALS})
def export_me(request: HttpRequest) -> ExportOut:
    """Return everything the market holds about me."""
    actor = _in_session(request)
    return export_person(actor=actor, account_id=people.require_person(actor), now=now_of(request))


@router.post("/me/erasure", response={204: None, **REFUSALS})
@idempotent
def erase_me(request: HttpRequest, body: ErasureIn) -> Any:
    """Erase my account for good. What others' books need stays, without telling whose it was."""
    actor = _in_session(request)
    erase_person(actor=actor, account_id=people.require_person(actor), email=body.email, now=now_of(request))
    return DONE


@router.get("/accounts/{account_id}/export", response={200: ExportOut, **REFUSALS})
def export_account(request: HttpRequest, account_id: PathId) -> ExportOut:
    """Return everything about a person, for operators who answer their request."""
    return export_person(actor=_in_session(request), account_id=account_id, now=now_of(request))


@router.post("/accounts/{account_id}/erasure", response={204: None, **REFUSALS})
@idempotent
def erase_account(request: HttpRequest, account_id: PathId, body: ErasureIn) -> Any:
    """Erase a person's account at their request, for operators."""
    erase_person(actor=_in_session(request), account_id=account_id, email=body.email, now=now_of(request))
    return DONE


@transaction.atomic
def export_person(*, actor: Actor, account_id: int, now: datetime) -> ExportOut:
    """Return everything about a person, for themselves and operators; written to the audit log.

    Raises: NotFound, NotAllowed.
    """
    if actor.account_id != account_id:
        people.require_operator(actor=actor)
    account = people.get_account(account_id)
    record_action(actor=actor, action="person.export", subject=f"account:{account_id}", now=now)
    bought = orders.export_buyer(account_id=account_id)
    for order in bought["orders"]:
        order["address"] = json.loads(order["address"]) if order["address"] else None
    return ExportOut(
        account_id=account.id,
        exported_at=now,
        people=_as_json(people.export_account(account_id=account_id)),
        orders=_as_json(bought),
        alliance=_as_json(alliance.export_creator(account_id=account_id)),
        money={
            "creator": _statement(creator_address(account_id)),
            "leader": _statement(leader_address(account_id)),
        },
    )


@transaction.atomic
def erase_person(*, actor: Actor, account_id: int, email: str, now: datetime) -> None:
    """Erase a person everywhere, or nowhere.

    Raises: NotFound, NotAllowed, ErasureBlocked, InvalidInput when `email` is not the account's.
    """
    if actor.account_id != account_id:
        people.require_operator(actor=actor)
    people_operations.confirm_email(account_id=account_id, email=email)
    if orders.count_open_orders_of(account_id=account_id):
        raise ErasureBlocked(what="order")
    for address in (creator_address(account_id), leader_address(account_id)):
        balance = ledger.get_balance(address=address, currency=settings.CURRENCY)
        if balance.balance_fen or balance.held_fen:
            raise ErasureBlocked(what="balance")
    people_operations.erase_account(actor=actor, account_id=account_id, now=now)
    order_operations.forget_buyer(account_id=account_id)


def _in_session(request: HttpRequest) -> Actor:
    """Return the person, signed in by themselves: no token has every scope."""
    return actor_of(request, scope="*")


def _statement(address: str) -> list[dict[str, Any]]:
    page = ledger.list_statement(address=address, limit=100, currency=settings.CURRENCY)
    return _as_json(  # type: ignore[no-any-return]
        [
            {
                "kind": line.kind,
                "subject": line.subject,
                "amount_fen": line.amount_fen,
                "posted_at": line.posted_at,
            }
            for line in page.items
        ]
    )


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=NinjaJSONEncoder))
