"""Balances and statements over HTTP, each party's own: a shop's, a creator's, a leader's, an agency's."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema

from laotie.core.http import PageOf, actor_of, page_schema
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import StatementLine, agency_address, creator_address, leader_address, shop_address
from laotie.people import queries as people

router = Router(tags=["money"])

SCOPE = "ledger:read"

PathId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str, Query(max_length=500)]
Currency = Annotated[str, Query(pattern="^[A-Z]{3}$")]


class BalanceOut(Schema):
    """What is owed to a party: its balance, what of it is held back, what may leave, and what it owes."""

    currency: str
    balance_fen: int
    held_fen: int
    available_fen: int
    debt_fen: int


class StatementLineOut(Schema):
    """One movement with the balance after it."""

    posting_id: int
    kind: str
    subject: str
    memo: str
    amount_fen: int
    balance_after_fen: int
    posted_at: datetime


@router.get("/shops/{shop_id}/balance", response=BalanceOut)
def read_shop_balance(request: HttpRequest, shop_id: PathId, currency: Currency = "CNY") -> BalanceOut:
    """Return a shop's balance to those who may see its money."""
    return _balance(_shop(request, shop_id), currency)


@router.get("/shops/{shop_id}/statement", response=PageOf[StatementLineOut])
def list_shop_statement(
    request: HttpRequest, shop_id: PathId, currency: Currency = "CNY", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Return a shop's movements, newest first."""
    return _statement(_shop(request, shop_id), currency, cursor, limit)


@router.get("/me/commission/balance", response=BalanceOut)
def read_commission_balance(request: HttpRequest, currency: Currency = "CNY") -> BalanceOut:
    """Return what I have earned as a creator; the reserve is part of what is held."""
    return _balance(creator_address(_me(request)), currency)


@router.get("/me/commission/statement", response=PageOf[StatementLineOut])
def list_commission_statement(
    request: HttpRequest, currency: Currency = "CNY", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Return my movements as a creator, newest first."""
    return _statement(creator_address(_me(request)), currency, cursor, limit)


@router.get("/me/leader-fee/balance", response=BalanceOut)
def read_leader_balance(request: HttpRequest, currency: Currency = "CNY") -> BalanceOut:
    """Return what I have earned as a leader."""
    return _balance(leader_address(_me(request)), currency)


@router.get("/me/leader-fee/statement", response=PageOf[StatementLineOut])
def list_leader_statement(
    request: HttpRequest, currency: Currency = "CNY", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Return my movements as a leader, newest first."""
    return _statement(leader_address(_me(request)), currency, cursor, limit)


@router.get("/agencies/{agency_id}/balance", response=BalanceOut)
def read_agency_balance(request: HttpRequest, agency_id: PathId, currency: Currency = "CNY") -> BalanceOut:
    """Return an agency's balance to those who act for it."""
    return _balance(_agency(request, agency_id), currency)


@router.get("/agencies/{agency_id}/statement", response=PageOf[StatementLineOut])
def list_agency_statement(
    request: HttpRequest, agency_id: PathId, currency: Currency = "CNY", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Return an agency's movements, newest first."""
    return _statement(_agency(request, agency_id), currency, cursor, limit)


def _shop(request: HttpRequest, shop_id: int) -> str:
    actor = actor_of(request, scope=SCOPE)
    return shop_address(people.access_shop(actor=actor, shop_id=shop_id, permission="money").id)


def _agency(request: HttpRequest, agency_id: int) -> str:
    return agency_address(people.access_agency(actor=actor_of(request, scope=SCOPE), agency_id=agency_id).id)


def _me(request: HttpRequest) -> int:
    return people.require_person(actor_of(request, scope=SCOPE))


def _balance(address: str, currency: str) -> BalanceOut:
    return BalanceOut.model_validate(ledger.get_balance(address=address, currency=currency), from_attributes=True)


def _statement(address: str, currency: str, cursor: str, limit: int) -> dict[str, Any]:
    page = ledger.list_statement(address=address, currency=currency, cursor=cursor, limit=limit)
    return page_schema(page, _line)


def _line(line: StatementLine) -> StatementLineOut:
    return StatementLineOut.model_validate(line, from_attributes=True)
