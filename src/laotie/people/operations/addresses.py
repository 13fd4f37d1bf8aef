"""The address book."""

from datetime import datetime

from django.db import transaction

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.rules import rules_at
from laotie.people.contracts import AddressView
from laotie.people.errors import LimitReached
from laotie.people.models import Account, Address
from laotie.people.queries import require_person
from laotie.people.rules import ADDRESSES_MOST
from laotie.people.texts import clean_line, clean_phone, clean_postcode
from laotie.people.viewing import address_view

RECIPIENT_LETTERS_MAX = 60
REGION_LETTERS_MAX = 100
STREET_LETTERS_MAX = 200


@transaction.atomic(savepoint=False)
def add_address(
    *,
    actor: Actor,
    recipient: str,
    phone: str,
    region: str,
    street: str,
    postcode: str = "",
    is_default: bool = False,
    now: datetime,
) -> AddressView:
    """Add an entry to the person's address book; the first one is the default.

    Raises: InvalidInput, LimitReached.
    """
    account_id = _lock_book(actor)
    found = Address.objects.filter(account_id=account_id).count()
    most = rules_at(now)[ADDRESSES_MOST]
    if found >= most:
        raise LimitReached(what="address", most=most)
    address = Address(account_id=account_id, created_at=now, is_default=is_default or found == 0)
    _fill(address, recipient=recipient, phone=phone, region=region, street=street, postcode=postcode)
    if address.is_default:
        _drop_default(account_id)
    address.save(force_insert=True)
    return address_view(address)


@transaction.atomic(savepoint=False)
def edit_address(
    *,
    actor: Actor,
    address_id: int,
    recipient: str,
    phone: str,
    region: str,
    street: str,
    postcode: str = "",
) -> AddressView:
    """Replace an entry's texts. Orders already placed keep what they were placed with.

    Raises: NotFound, InvalidInput.
    """
    address = _lock_address(actor, address_id)
    _fill(address, recipient=recipient, phone=phone, region=region, street=street, postcode=postcode)
    address.save()
    return address_view(address)


@transaction.atomic(savepoint=False)
def set_default_address(*, actor: Actor, address_id: int) -> AddressView:
    """Make an entry the one proposed at checkout.

    Raises: NotFound.
    """
    address = _lock_address(actor, address_id)
    _drop_default(address.account_id)
    address.is_default = True
    address.save(update_fields=["is_default"])
    return address_view(address)


@transaction.atomic(savepoint=False)
def remove_address(*, actor: Actor, address_id: int) -> None:
    """Delete an entry.

    Raises: NotFound.
    """
    _lock_address(actor, address_id).delete()


def _lock_book(actor: Actor) -> int:
    """Take the person's account row, so that two additions cannot both be the last or the default one."""
    account_id = require_person(actor)
    Account.objects.select_for_update(no_key=True).get(pk=account_id)
    return account_id


def _lock_address(actor: Actor, address_id: int) -> Address:
    account_id = _lock_book(actor)
    address = Address.objects.filter(pk=address_id, account_id=account_id).first()
    if address is None:
        raise NotFound(what="address")
    return address


def _drop_default(account_id: int) -> None:
    Address.objects.filter(account_id=account_id, is_default=True).update(is_default=False)


def _fill(address: Address, *, recipient: str, phone: str, region: str, street: str, postcode: str) -> None:
    address.recipient = clean_line(recipient, field_name="recipient", most=RECIPIENT_LETTERS_MAX)
    address.phone = clean_phone(phone)
    address.region = clean_line(region, field_name="region", most=REGION_LETTERS_MAX)
    address.street = clean_line(street, field_name="street", most=STREET_LETTERS_MAX)
    address.postcode = clean_postcode(postcode)
