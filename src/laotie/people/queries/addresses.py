"""Questions about address books; each opens only to its owner."""

from laotie.core.actor import Actor
from laotie.core.crypto import decrypt
from laotie.core.errors import NotFound
from laotie.core.sql import fetch_one_prepared
from laotie.people.contracts import AddressView
from laotie.people.models import Address
from laotie.people.queries.accounts import require_person
from laotie.people.viewing import address_view


def list_addresses(*, actor: Actor) -> tuple[AddressView, ...]:
    """Return the person's address book in clear, the default first, then the newest (at most `address.most`)."""
    rows = Address.objects.filter(account_id=require_person(actor)).order_by("-is_default", "-id")
    return tuple(address_view(row) for row in rows)


def access_address(*, actor: Actor, address_id: int) -> AddressView:
    """Return an entry of the person's own address book.

    Raises: NotFound.
    """
    row = fetch_one_prepared(_ADDRESS, [address_id, require_person(actor)])  # every checkout asks this
    if row is None:
        raise NotFound(what="address")
    found_id, recipient, phone, region, street, postcode, is_default = row
    return AddressView(
        found_id, decrypt(recipient), decrypt(phone), region, decrypt(street), postcode, is_default=is_default
    )


_ADDRESS = """
SELECT id, recipient, phone, region, street, postcode, is_default
  FROM people_address WHERE id = %s::bigint AND account_id = %s::bigint
"""
