"""Questions about payouts: who may ask for one, and what stands in the way."""

from datetime import datetime

from laotie.core import clock
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page
from laotie.core.rules import rules_at
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import (
    PayoutView,
    agency_address,
    buyer_address,
    creator_address,
    leader_address,
    shop_address,
)
from laotie.people import queries as people
from laotie.trust.contracts import Party, PartyKind, PayoutDesk
from laotie.trust.models import Freeze
from laotie.trust.queries.deposits import get_deposit
from laotie.trust.rules import PAYOUT_DAY_FEN_MOST, PAYOUTS_A_DAY_MOST

SHOP_DAY_FACTOR = 10  # a shop moves what many people bought


def access_party(*, actor: Actor, name: str) -> Party:
    """Return the party of this name if the acting person may take its money out.

    A shop's owner and its staff with the permission `money`, an agency's owner, creators and leaders themselves;
    operators do not. Raises: NotFound.
    """
    kind, _colon, text = name.partition(":")
    if kind not in [*PartyKind] or not text.isdigit() or len(text) > 18 or actor.account_id is None:
        raise NotFound(what="account")
    number = int(text)
    if kind == PartyKind.SHOP:
        shop = people.get_shop(number)
        if "money" not in people.list_shop_permissions(account_id=actor.account_id, shop_id=number):
            raise NotFound(what="shop")
        people.access_shop(actor=actor, shop_id=number, permission="money")  # a blocked person may not
        return Party(name, PartyKind.SHOP, number, shop_address(number), shop.owner_id, name)
    if kind == PartyKind.AGENCY:
        agency = people.access_agency(actor=actor, agency_id=number)
        return Party(name, PartyKind.AGENCY, number, agency_address(number), agency.owner_id, name)
    if number != actor.account_id or not people.get_account(number).is_active:
        raise NotFound(what="account")
    wallets = {
        PartyKind.CREATOR: creator_address,
        PartyKind.LEADER: leader_address,
        PartyKind.BUYER: buyer_address,
    }
    address = wallets[PartyKind(kind)](number)
    return Party(name, PartyKind(kind), number, address, number, f"account:{number}")


def party_of_address(address: str) -> str:
    """Return the party's name behind a ledger address: shop:3:payable is shop:3's."""
    return address.rpartition(":")[0]


def find_freeze(*, party: str) -> str:
    """Return why a party's payouts are frozen, or an empty text."""
    return Freeze.objects.filter(party=party, lifted_at=None).values_list("reason", flat=True).first() or ""


def get_payout_desk(*, actor: Actor, name: str, now: datetime) -> PayoutDesk:
    """Return all that decides whether a party can be paid out.

    Raises: NotFound.
    """
    party = access_party(actor=actor, name=name)
    left, left_fen = left_today(party, now=now)
    return PayoutDesk(
        party=party,
        balance=ledger.get_balance(address=party.address),
        debts_fen=sum(find_debts(party).values()),
        identity=people.find_identity(account_id=party.account_id),
        check=people.find_identity_check(account_id=party.account_id),
        bank_account=people.find_bank_account(owner=party.owner),
        deposit=get_deposit(shop_id=party.number, now=now) if party.kind is PartyKind.SHOP else None,
        frozen_because=find_freeze(party=name),
        left_today=left,
        left_today_fen=left_fen,
    )


def list_payouts(*, actor: Actor, name: str, cursor: str = "", limit: int = 50) -> Page[PayoutView]:
    """Return a party's payouts, newest first.

    Raises: NotFound, BadCursor.
    """
    party = access_party(actor=actor, name=name)
    return ledger.list_payouts(addresses=[party.address], cursor=cursor, limit=limit)


def find_debts(party: Party) -> dict[str, int]:
    """Return what the same person owes at their other balances, by address: it is netted with the next payout."""
    person = party.account_id
    shops = [shop.id for shop in people.list_shops_of(account_id=person) if shop.owner_id == person]
    addresses = {
        creator_address(person),
        leader_address(person),
        buyer_address(person),
        *(shop_address(shop_id) for shop_id in shops),
        *(agency_address(agency.id) for agency in people.list_agencies_of(account_id=person)),
    } - {party.address}
    balances = ledger.get_balances(addresses=sorted(addresses))
    return {address: found.debt_fen for address, found in balances.items() if found.debt_fen}


def left_today(party: Party, *, now: datetime, besides_id: int | None = None) -> tuple[int, int]:
    """Return how many payouts, and of how much together, the party can still ask for on this platform day.

    `besides_id` is a payout not to count.
    """
    rules = rules_at(now)
    day = clock.start_of_day(clock.day_of(now))
    number, total_fen = ledger.count_payouts(addresses=[party.address], since=day, besides_id=besides_id)
    most_fen = rules[PAYOUT_DAY_FEN_MOST] * (SHOP_DAY_FACTOR if party.kind is PartyKind.SHOP else 1)
    return max(0, rules[PAYOUTS_A_DAY_MOST] - number), max(0, most_fen - total_fen)
