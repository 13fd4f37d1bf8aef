"""Makers of trust: a party that is ready to be paid out, through the real operations."""

from datetime import datetime

from laotie.core.actor import Actor, person
from laotie.ledger.contracts import Leg, PayoutView, creator_address, shop_address
from laotie.ledger.operations import post
from laotie.ledger.queries import get_balance
from laotie.people.tests.makers import NOW, SixPeople, make_bank_account, make_identity
from laotie.trust import operations

SANDBOX = "channel:sandbox"
DEPOSIT_FEN = 50_000


def make_income(*, address: str, fen: int, key: str = "income", now: datetime = NOW) -> None:
    """Let money arrive in a balance."""
    post(
        key=f"{key}:{address}",
        kind="settlement",
        subject="order:1",
        legs=[Leg(SANDBOX, -fen), Leg(address, fen)],
        now=now,
    )


def make_ready_shop(six: SixPeople, *, fen: int = 100_000, now: datetime = NOW) -> str:
    """Make Tan's shop ready to be paid out, with a balance, and return its party's name."""
    make_identity(account=six.tan, now=now)
    make_bank_account(actor=person(six.tan.id), owner=f"shop:{six.shop.id}", now=now)
    operations.record_deposit(
        actor=person(six.shen.id),
        shop_id=six.shop.id,
        amount_fen=DEPOSIT_FEN,
        reference=f"到账{six.shop.id}",
        now=now,
    )
    make_income(address=shop_address(six.shop.id), fen=fen, now=now)
    return f"shop:{six.shop.id}"


def make_ready_creator(six: SixPeople, *, fen: int = 100_000, now: datetime = NOW) -> str:
    """Make Mei ready to be paid out, with a balance, and return her party's name."""
    make_identity(account=six.mei, name="梅晓红", now=now)
    make_bank_account(actor=person(six.mei.id), owner=f"account:{six.mei.id}", now=now)
    make_income(address=creator_address(six.mei.id), fen=fen, now=now)
    return f"creator:{six.mei.id}"


def make_payout(*, actor: Actor, party: str, fen: int = 10_000, now: datetime = NOW) -> PayoutView:
    """Ask for a payout."""
    return operations.request_payout(actor=actor, party=party, amount_fen=fen, now=now)


def available(address: str) -> int:
    """Return what could leave an address."""
    return get_balance(address=address).available_fen
