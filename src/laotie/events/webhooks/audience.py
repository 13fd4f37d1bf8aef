"""Whom an event concerns, and what of it they see. Deny by default: what is not named here reaches operators alone.

An event names its parties by ids in its payload. Of amounts everybody sees their own; a buyer does not see who earns
on an order, a shop not what its creators give to an agency.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from laotie.events import alliance, catalog, orders, people, trust
from laotie.events.event import EVENTS, Event

PLATFORM = "platform"
SHOP, ACCOUNT = "shop", "account"
AGENCY_FIELDS = frozenset({"agency_id"})

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Audience:
    """The owners an event concerns in one role, and the fields this role sees."""

    kind: str
    parties: Callable[[Payload], Iterable[int]]
    shown: frozenset[str]


def views_of(event: Event) -> dict[str, dict[str, Any]]:
    """Return what each owner concerned gets of an event, by the owner's address; operators get it whole."""
    payload: dict[str, Any] = json.loads(event.to_json())
    views: dict[str, dict[str, Any]] = {PLATFORM: payload}
    for audience in AUDIENCES.get(type(event), ()):
        for number in set(audience.parties(payload)):
            owner = f"{audience.kind}:{number}"
            seen = {name: _own(name, payload[name], owner) for name in payload if name in audience.shown}
            views[owner] = {**views.get(owner, {}), **seen}
    return views


def names_open_to(owner: str) -> tuple[str, ...]:
    """Return the names of the events that an owner may choose, in order."""
    if owner == PLATFORM:
        return tuple(sorted(EVENTS))
    kind = owner.partition(":")[0]
    return tuple(
        sorted(
            event.name for event, audiences in AUDIENCES.items() if any(entry.kind == kind for entry in audiences)
        )
    )


def _of(kind: str, field: str, *shown: str) -> Audience:
    """Name the one party that a field names; it always sees its own id."""
    return Audience(
        kind,
        lambda payload: () if payload[field] is None else (payload[field],),
        frozenset({field, *shown}),
    )


def _each_of(kind: str, field: str, *shown: str) -> Audience:
    return Audience(kind, lambda payload: payload[field], frozenset(shown))


def _earners(*shown: str) -> Audience:
    """Name the creators and leaders who have a share; each sees only their own."""
    return Audience(ACCOUNT, _earner_ids, frozenset({"shares", *shown}))


def _earner_ids(payload: Payload) -> Iterable[int]:
    for share in payload["shares"]:
        kind, number, *_ = share["address"].split(":")
        if kind in {"creator", "leader"}:
            yield int(number)


def _own(name: str, value: Any, owner: str) -> Any:
    if name == "shares":
        return [share for share in value if _owner_of(share["address"]) == owner]
    if name == "lines":
        return [{key: entry[key] for key in entry if key not in AGENCY_FIELDS} for entry in value]
    return value


def _owner_of(ledger_address: str) -> str:
    """Return whose a ledger account is; an agency's and the platform's are nobody's here."""
    kind, number, *_ = [*ledger_address.split(":"), ""]
    return f"{ACCOUNT}:{number}" if kind in {"creator", "leader"} else f"{kind}:{number}"


AUDIENCES: Mapping[type[Event], tuple[Audience, ...]] = {
    orders.OrderPlaced: (
        _of(SHOP, "shop_id", "order_id", "buyer_id", "payable_fen", "placed_from"),
        _of(ACCOUNT, "buyer_id", "order_id", "shop_id", "payable_fen"),
    ),
    orders.OrderPaid: (
        _of(SHOP, "shop_id", "order_id", "buyer_id", "paid_at", "lines", "shares", "placed_from"),
        _of(ACCOUNT, "buyer_id", "order_id", "shop_id", "paid_at"),
        _earners("order_id", "shop_id", "paid_at"),
    ),
    orders.OrderShipped: (_of(SHOP, "shop_id", "order_id", "shipped_at"),),
    orders.OrderReceived: (
        _of(SHOP, "shop_id", "order_id", "received_at", "is_automatic", "lines", "shares"),
        _earners("order_id", "shop_id", "received_at"),
    ),
    orders.OrderSettled: (
        _of(SHOP, "shop_id", "order_id", "settled_at", "shares"),
        _earners("order_id", "shop_id", "settled_at"),
    ),
    orders.AfterSaleMoved: (
        _of(SHOP, "shop_id", "case_id", "order_id", "line_id", "buyer_id", "kind", "state", "act_by"),
        _of(ACCOUNT, "buyer_id", "case_id", "order_id", "line_id", "shop_id", "kind", "state", "act_by"),
    ),
    people.ApplicationMoved: (_of(ACCOUNT, "account_id", "application_id", "kind", "state", "outcome"),),
    orders.LateCompensated: (
        _of(SHOP, "shop_id", "order_id", "buyer_id", "amount_fen"),
        _of(ACCOUNT, "buyer_id", "order_id", "shop_id", "amount_fen"),
    ),
    orders.DisputeEnded: (_of(SHOP, "shop_id", "case_id", "order_id", "kind", "winner", "was_appealed"),),
    trust.DepositChanged: (_of(SHOP, "shop_id", "held_fen", "required_fen"),),
    orders.OrderRefunded: (
        _of(
            SHOP,
            "shop_id",
            *("order_id", "refund_id", "line_id", "quantity", "goods_fen", "freight_fen", "is_settled"),
            *("reason", "remaining_base_fen", "shares"),
        ),
        _earners("order_id", "shop_id", "line_id", "is_settled"),
    ),
    orders.OrderClosed: (_of(SHOP, "shop_id", "order_id", "reason", "was_paid"),),
    catalog.ProductPutOnSale: (_of(SHOP, "shop_id", "product_id", "category_id"),),
    catalog.ProductTakenOff: (_of(SHOP, "shop_id", "product_id"),),
    alliance.PlanOpened: (
        _of(
            SHOP,
            "shop_id",
            *("plan_id", "kind", "product_id", "rate_bp", "creator_ids", "leader_id", "leader_rate_bp"),
            *("starts_at", "ends_at"),
        ),
        _of(ACCOUNT, "leader_id", "plan_id", "shop_id", "kind", "product_id", "leader_rate_bp"),
        _each_of(
            ACCOUNT, "creator_ids", "plan_id", "shop_id", "kind", "product_id", "rate_bp", "starts_at", "ends_at"
        ),
    ),
    alliance.PlanClosed: (_of(SHOP, "shop_id", "plan_id", "kind", "product_id", "reason"),),
    people.AccountOpened: (_of(ACCOUNT, "account_id"),),
    people.CreatorJoined: (_of(ACCOUNT, "account_id"),),
    people.ShopOpened: (
        _of(SHOP, "shop_id", "owner_id", "activated_at"),
        _of(ACCOUNT, "owner_id", "shop_id", "activated_at"),
    ),
    people.ShopSuspended: (_of(SHOP, "shop_id"),),
    people.AgencyShareAccepted: (
        _of(ACCOUNT, "creator_id", "contract_id", "agency_id", "share_bp", "starts_at", "ends_at"),
    ),
    people.Followed: (_of(ACCOUNT, "follower_id", "followed"),),
    people.Unfollowed: (_of(ACCOUNT, "follower_id", "followed"),),
}
