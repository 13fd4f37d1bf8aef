"""The people API: my address book. Answers to writes are masked: they are kept for repetitions of the request."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from laotie.core.http import idempotent, now_of
from laotie.people import operations, queries
from laotie.people.api.common import DONE, REFUSALS, reader, writer
from laotie.people.schemas import AddressIn, AddressOut, Id, NewAddressIn

router = Router(tags=["people"])


@router.get("/me/addresses", response={200: list[AddressOut], **REFUSALS})
def list_addresses(request: HttpRequest) -> list[AddressOut]:
    """List my address book, masked."""
    return [AddressOut.of(view.masked()) for view in queries.list_addresses(actor=reader(request))]


@router.get("/me/addresses/{address_id}", response={200: AddressOut, **REFUSALS})
def get_address(request: HttpRequest, address_id: Id) -> AddressOut:
    """Show one of my addresses in clear."""
    return AddressOut.of(queries.access_address(actor=reader(request), address_id=address_id))


@router.post("/me/addresses", response={201: AddressOut, **REFUSALS})
@idempotent
def add_address(request: HttpRequest, body: NewAddressIn) -> tuple[int, Schema]:
    """Add an address."""
    view = operations.add_address(actor=writer(request), now=now_of(request), **body.model_dump())
    return 201, AddressOut.of(view.masked())


@router.put("/me/addresses/{address_id}", response={200: AddressOut, **REFUSALS})
@idempotent
def edit_address(request: HttpRequest, address_id: Id, body: AddressIn) -> Schema:
    """Replace an address."""
    view = operations.edit_address(actor=writer(request), address_id=address_id, **body.model_dump())
    return AddressOut.of(view.masked())


@router.put("/me/addresses/{address_id}/default", response={200: AddressOut, **REFUSALS})
@idempotent
def set_default_address(request: HttpRequest, address_id: Id) -> Schema:
    """Make an address the default."""
    view = operations.set_default_address(actor=writer(request), address_id=address_id)
    return AddressOut.of(view.masked())


@router.delete("/me/addresses/{address_id}", response={204: None, **REFUSALS})
@idempotent
def remove_address(request: HttpRequest, address_id: Id) -> Any:
    """Delete an address."""
    operations.remove_address(actor=writer(request), address_id=address_id)
    return DONE
