"""Questions about address books; each opens only to its owner."""

from laotie.core.actor import Actor
from laotie.core.crypto import decrypt
from laotie.core.errors import NotFound
from laotie.core.sql import Asked, Rows, send_prepared
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
    return Asked(send_prepared(_ADDRESS, [address_id, require_person(actor)]), _read_address).answer()


def ask_address(*, actor: Actor, address_id: int) -> Asked[AddressView]:
    """Ask as `access_address` does, in a trip shared with others, for an order that will copy the address.

    The account is locked with it: an erasure of the person waits until the order is there to be found.
    """
    return Asked(
        send_prepared(f"{_ADDRESS} FOR SHARE OF account", [address_id, require_person(actor)]), _read_address
    )


def _read_address(rows: Rows) -> AddressView:
    if not rows:
        raise NotFound(what="address")
    found_id, recipient, phone, region, street, postcode, is_default = rows[0]
    return AddressView(
        found_id, decrypt(recipient), decrypt(phone), region, decrypt(street), postcode, is_default=is_default
    )


_ADDRESS = """
SELECT address.id, recipient, phone, region, street, postcode, is_default
  FROM people_address address JOIN people_account account ON account.id = address.account_id AND account.is_active
 WHERE address.id = %s::bigint AND address.account_id = %s::bigint
"""
