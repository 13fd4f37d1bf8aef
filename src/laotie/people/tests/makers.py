"""Makers of people and their things: the smallest valid thing, through the real operations."""

import itertools
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from django.db import transaction

from laotie.core.actor import Actor, person, system
from laotie.core.errors import DomainError
from laotie.people import operations
from laotie.people.contracts import (
    SHOP_PERMISSIONS,
    AccountView,
    AddressView,
    AgencyContractView,
    AgencyView,
    BrandView,
    DocumentKind,
    ShopAccountView,
    ShopView,
)
from laotie.people.documents import CHECK_CHARACTERS, CREDIT_LETTERS, WEIGHTS

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)

_numbers = itertools.count(1)

E = TypeVar("E", bound=DomainError)


@dataclass(frozen=True, slots=True)
class SixPeople:
    """The six people of every test, and the shop three of them have to do with."""

    lin: AccountView  # buys
    mei: AccountView  # creator
    tan: AccountView  # owns the shop
    bo: AccountView  # works for Tan, with `bo_permissions`
    guo: AccountView  # a stranger
    shen: AccountView  # operator
    shop: ShopView

    def actors(self) -> dict[str, Actor]:
        """Return the six as actors by name."""
        names = ("lin", "mei", "tan", "bo", "guo", "shen")
        return {name: person(getattr(self, name).id) for name in names}


def make_person(
    *,
    name: str = "林晓",
    email: str = "",
    password: str | None = None,
    is_creator: bool = False,
    is_operator: bool = False,
    now: datetime = NOW,
) -> AccountView:
    """Make an account with a verified e-mail address."""
    account = operations.open_account(
        email=email or f"person{next(_numbers)}@laotie.example",
        display_name=name,
        password=password,
        verified=True,
        now=now,
    )
    if is_creator:
        account = operations.become_creator(actor=person(account.id), now=now)
    if is_operator:
        account = operations.grant_operator(actor=system("test"), account_id=account.id, now=now)
    return account


def make_shop(
    *,
    owner: AccountView | None = None,
    name: str = "老谭山货",
    activated_at: datetime | None = None,
    now: datetime = NOW,
) -> ShopView:
    """Make a shop, with an owner of its own unless one is given."""
    owner = owner or make_person(name="谭老板", now=now)
    return operations.open_shop(actor=person(owner.id), name=name, activated_at=activated_at, now=now)


def make_staff(
    *,
    shop: ShopView,
    permissions: Collection[str] = SHOP_PERMISSIONS,
    account: AccountView | None = None,
    now: datetime = NOW,
) -> AccountView:
    """Make someone who works for a shop."""
    account = account or make_person(name="小波", now=now)
    operations.add_staff(
        actor=person(shop.owner_id), shop_id=shop.id, account_id=account.id, permissions=permissions, now=now
    )
    return account


def make_shop_account(
    *,
    shop: ShopView,
    account: AccountView | None = None,
    kind: str = "official",
    is_own_room: bool = True,
    now: datetime = NOW,
) -> ShopAccountView:
    """Join an account to a shop, accepted by its person."""
    account = account or make_person(name="官方号", now=now)
    operations.link_shop_account(
        actor=person(shop.owner_id),
        shop_id=shop.id,
        account_id=account.id,
        kind=kind,
        is_own_room=is_own_room,
        now=now,
    )
    return operations.accept_shop_account(actor=person(account.id), shop_id=shop.id, now=now)


def make_six(*, bo_permissions: Collection[str] = ("catalog", "orders"), now: datetime = NOW) -> SixPeople:
    """Make the six people and Tan's shop."""
    tan = make_person(name="谭老板", now=now)
    shop = make_shop(owner=tan, now=now)
    return SixPeople(
        lin=make_person(name="林晓", now=now),
        mei=make_person(name="梅子", is_creator=True, now=now),
        tan=tan,
        bo=make_staff(shop=shop, permissions=bo_permissions, now=now),
        guo=make_person(name="郭路人", now=now),
        shen=make_person(name="沈运营", is_operator=True, now=now),
        shop=shop,
    )


def make_agency(*, owner: AccountView | None = None, now: datetime = NOW) -> AgencyView:
    """Make an agency."""
    owner = owner or make_person(name="安机构", now=now)
    return operations.open_agency(actor=person(owner.id), name="安心传媒", now=now)


def make_agency_share(
    *,
    creator: AccountView,
    agency: AgencyView | None = None,
    share_bp: int = 2_000,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    now: datetime = NOW,
) -> AgencyContractView:
    """Make an agency contract that both sides have accepted."""
    agency = agency or make_agency(now=now)
    proposed = operations.propose_agency_share(
        actor=person(agency.owner_id),
        agency_id=agency.id,
        creator_id=creator.id,
        share_bp=share_bp,
        starts_at=starts_at or now,
        ends_at=ends_at,
        now=now,
    )
    return operations.accept_agency_share(actor=person(creator.id), contract_id=proposed.id, now=now)


def make_address(*, owner: AccountView, now: datetime = NOW) -> AddressView:
    """Make an entry of someone's address book."""
    return operations.add_address(
        actor=person(owner.id),
        recipient="林晓",
        phone="13812345678",
        region="浙江省 金华市 义乌市",
        street="福田街道银海路399号",
        postcode="322000",
        now=now,
    )


def make_brand(*, shop: ShopView, name: str = "", now: datetime = NOW) -> BrandView:
    """Make a brand owned by a shop."""
    return operations.register_brand(
        actor=person(shop.owner_id), name=name or f"山货牌{next(_numbers)}", shop_id=shop.id, now=now
    )


def id_card_number(*, born: str = "19880808", serial: int = 123) -> str:
    """Return an identity number that is valid in form, of somebody born on a day."""
    digits = f"330782{born}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + CHECK_CHARACTERS[total % 11]


def licence_number(*, serial: int = 1) -> str:
    """Return a unified social credit code that is valid in form."""
    body = f"91330782{serial:09d}"
    total = sum(CREDIT_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + CREDIT_LETTERS[-total % 31]


def make_identity(
    *, account: AccountView, name: str = "谭建国", born: str = "19880808", now: datetime = NOW
) -> None:
    """Verify a person, as the service's yes does."""
    number = id_card_number(born=born, serial=next(_numbers) % 90 + 1)
    check = operations.ask_identity_check(
        actor=person(account.id),
        legal_name=name,
        document=DocumentKind.ID_CARD,
        document_number=number,
        now=now,
    )
    operations.end_identity_check(check_id=check.id, is_match=True, now=now)


def make_bank_account(
    *, actor: Actor, owner: str, number: str = "6222021234567890128", now: datetime = NOW
) -> None:
    """Say where somebody's money goes."""
    operations.set_bank_account(
        actor=actor, owner=owner, holder_name="谭建国", account_number=number, bank="中国工商银行", now=now
    )


@contextmanager
def refused(error: type[E]) -> Iterator[pytest.ExceptionInfo[E]]:
    """Expect a refusal inside a savepoint, so that the test can look at the world afterwards."""
    with pytest.raises(error) as found, transaction.atomic():
        yield found
