"""The people API: proving who one is, and where one's money goes. Both need the person's own session."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from laotie.core.http import idempotent, now_of
from laotie.people import operations, queries
from laotie.people.api.common import REFUSALS, in_session
from laotie.people.contracts import BankAccountView, DocumentKind, IdentityCheckView
from laotie.people.schemas import Id, Input, Name

router = Router(tags=["people"])

OwnerKind = Annotated[Literal["account", "shop", "agency"], Path()]


class IdentityIn(Input):
    """A person's name as in their document, and the document."""

    legal_name: Name
    document: DocumentKind
    document_number: Annotated[str, Field(min_length=5, max_length=30)]
    birth_date: date | None = None


class IdentityOut(Schema):
    """Whether a person's name is verified, masked, and how the last attempt went."""

    is_verified: bool
    name_masked: str
    number_masked: str
    document: DocumentKind | None
    verified_at: datetime | None
    last_check: str | None


class CheckOut(Schema):
    """An attempt to verify a name."""

    id: int
    state: str
    asked_at: datetime

    @classmethod
    def of(cls, view: IdentityCheckView) -> "CheckOut":
        """Return the view as sent."""
        return cls(id=view.id, state=view.state.value, asked_at=view.asked_at)


class BankAccountIn(Input):
    """A bank account."""

    holder_name: Name
    account_number: Annotated[str, Field(min_length=8, max_length=40)]
    bank: Name
    branch_code: Annotated[str, Field(max_length=20)] = ""


class BankAccountOut(Schema):
    """A bank account, masked; it is paid to from `usable_from` on."""

    owner: str
    bank: str
    number_masked: str
    holder_masked: str
    added_at: datetime
    usable_from: datetime

    @classmethod
    def of(cls, view: BankAccountView) -> "BankAccountOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


@router.get("/me/identity", response={200: IdentityOut, **REFUSALS})
def get_identity(request: HttpRequest) -> IdentityOut:
    """Say whether my real name is verified."""
    account_id = queries.require_person(in_session(request))
    found = queries.find_identity(account_id=account_id)
    check = queries.find_identity_check(account_id=account_id)
    return IdentityOut(
        is_verified=found is not None,
        name_masked=found.name_masked if found else "",
        number_masked=found.number_masked if found else "",
        document=found.document if found else None,
        verified_at=found.verified_at if found else None,
        last_check=check.state.value if check else None,
    )


@router.post("/me/identity/checks", response={201: CheckOut, **REFUSALS})
@idempotent
def ask_identity_check(request: HttpRequest, body: IdentityIn) -> tuple[int, Schema]:
    """Verify my real name; the answer comes a moment later."""
    view = operations.ask_identity_check(actor=in_session(request), now=now_of(request), **body.model_dump())
    return 201, CheckOut.of(view)


@router.get("/bank-accounts/{kind}/{number}", response={200: BankAccountOut, **REFUSALS})
def get_bank_account(request: HttpRequest, kind: OwnerKind, number: Id) -> BankAccountOut:
    """Show, masked, where my, my shop's or my agency's money goes."""
    owner = f"{kind}:{number}"
    queries.require_owner(actor=in_session(request), owner=owner)
    return BankAccountOut.of(queries.get_bank_account(owner=owner))


@router.put("/bank-accounts/{kind}/{number}", response={200: BankAccountOut, **REFUSALS})
@idempotent
def set_bank_account(request: HttpRequest, kind: OwnerKind, number: Id, body: BankAccountIn) -> Schema:
    """Say where my, my shop's or my agency's money goes."""
    view = operations.set_bank_account(
        actor=in_session(request), owner=f"{kind}:{number}", now=now_of(request), **body.model_dump()
    )
    return BankAccountOut.of(view)
