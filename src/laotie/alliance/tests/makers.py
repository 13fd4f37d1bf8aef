"""Makers of the alliance's tests: each builds the smallest valid thing through the modules' own operations."""

from datetime import UTC, datetime
from typing import Any

from laotie.alliance import operations
from laotie.alliance.contracts import FrozenTerms, LineForTerms, PlanKind, PlanView
from laotie.catalog.tests import makers as catalog
from laotie.core.actor import Actor, person, system
from laotie.people import operations as people
from laotie.people.queries import find_account_by_email

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def make_account(*, name: str = "Lin", now: datetime = NOW) -> int:
    """Open an account; the same name gives the same person."""
    email = f"{name.lower()}@laotie.example"
    known = find_account_by_email(email)
    return (known or people.open_account(email=email, display_name=name, now=now)).id


def make_creator(*, name: str = "Mei", now: datetime = NOW) -> int:
    """Open an account that is a creator."""
    account_id = make_account(name=name, now=now)
    people.become_creator(actor=person(account_id), now=now)
    return account_id


def make_operator(*, name: str = "Shen", now: datetime = NOW) -> int:
    """Open an account that is an operator."""
    account_id = make_account(name=name, now=now)
    people.grant_operator(actor=system("test"), account_id=account_id, now=now)
    return account_id


def make_shop(*, owner: str = "Tan", now: datetime = NOW) -> int:
    """Open a shop."""
    return people.open_shop(actor=person(make_account(name=owner)), name=f"{owner}'s shop", now=now).id


def make_product(*, shop_id: int, trade: str = "general", on_sale: bool = True, now: datetime = NOW) -> int:
    """Create a product of a trade."""
    return catalog.make_product(shop_id=shop_id, trade=trade, on_sale=on_sale, now=now).id


def make_plan(
    *,
    actor: Actor,
    shop_id: int,
    product_id: int | None,
    kind: PlanKind = PlanKind.NORMAL,
    rate_bp: int = 2_000,
    now: datetime = NOW,
    **more: Any,
) -> PlanView:
    """Open a plan of any kind with what that kind needs."""
    if kind in {PlanKind.RECRUIT_NORMAL, PlanKind.RECRUIT_EXCLUSIVE}:
        more = {"leader_id": make_account(name="Leader"), "leader_rate_bp": 200, **more}
    return operations.open_plan(
        actor=actor,
        shop_id=shop_id,
        kind=kind,
        product_id=product_id,
        rate_bp=rate_bp,
        now=now,
        **{"starts_at": now, **more},
    )


def make_click(
    *,
    viewer_id: int | None,
    creator_id: int | None,
    product_id: int,
    shop_id: int,
    now: datetime = NOW,
    visitor_key: str = "visitor-0123456789",
) -> int:
    """Record a click."""
    return operations.record_click(
        viewer_id=viewer_id,
        visitor_key=visitor_key,
        product_id=product_id,
        creator_id=creator_id,
        shop_id=shop_id,
        entrance="showcase" if creator_id is None else f"showcase:{creator_id}",
        now=now,
    )


def make_line(*, product_id: int, shop_id: int, trade: str = "general") -> LineForTerms:
    """Describe an order line."""
    return LineForTerms(product_id=product_id, shop_id=shop_id, trade=trade)


def make_terms(**values: Any) -> FrozenTerms:
    """Freeze terms of 20 % with the platform's 10 % shares."""
    given: dict[str, Any] = {
        "creator_id": 7,
        "plan_id": 1,
        "plan_kind": PlanKind.NORMAL,
        "rate_bp": 2_000,
        "step_threshold": None,
        "step_rate_bp": None,
        "leader_id": None,
        "leader_rate_bp": 0,
        "agency_id": None,
        "agency_share_bp": 0,
        "platform_commission_bp": 1_000,
        "platform_leader_bp": 1_000,
        "click_id": 1,
        "rules_version": "default/0",
    }
    return FrozenTerms(**{**given, **values})
