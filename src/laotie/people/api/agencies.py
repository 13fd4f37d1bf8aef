"""The people API: agencies and their contracts with creators."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from laotie.core.http import PageOf, idempotent, now_of, page_schema
from laotie.people import operations, queries
from laotie.people.api.common import REFUSALS, Cursor, Limit, reader, writer
from laotie.people.errors import ApplicationNeeded
from laotie.people.schemas import AgencyIn, AgencyOut, ContractIn, ContractOut, Id

router = Router(tags=["people"])


@router.post("/agencies", response={201: AgencyOut, **REFUSALS})
@idempotent
def open_agency(request: HttpRequest, body: AgencyIn) -> tuple[int, Schema]:
    """Open an agency of one's own, as an operator; others apply for one."""
    actor = writer(request)
    if not queries.is_operator(queries.require_person(actor)):
        raise ApplicationNeeded
    return 201, AgencyOut.of(operations.open_agency(actor=actor, name=body.name, now=now_of(request)))


@router.get("/me/agencies", response={200: list[AgencyOut], **REFUSALS})
def list_my_agencies(request: HttpRequest) -> list[AgencyOut]:
    """List the agencies I act for."""
    account_id = queries.require_person(reader(request))
    return [AgencyOut.of(view) for view in queries.list_agencies_of(account_id=account_id)]


@router.get("/me/agency-contracts", response={200: PageOf[ContractOut], **REFUSALS})
def list_contracts(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """List the contracts I am a side of."""
    page = queries.list_agency_contracts(actor=reader(request), cursor=cursor, limit=limit)
    return page_schema(page, ContractOut.of)


@router.post("/agencies/{agency_id}/contracts", response={201: ContractOut, **REFUSALS})
@idempotent
def propose_contract(request: HttpRequest, agency_id: Id, body: ContractIn) -> tuple[int, Schema]:
    """Propose a contract, as the agency or as the creator."""
    view = operations.propose_agency_share(
        actor=writer(request), agency_id=agency_id, now=now_of(request), **body.model_dump()
    )
    return 201, ContractOut.of(view)


@router.post("/agency-contracts/{contract_id}/accept", response={200: ContractOut, **REFUSALS})
@idempotent
def accept_contract(request: HttpRequest, contract_id: Id) -> Schema:
    """Accept a contract the other side proposed."""
    return ContractOut.of(
        operations.accept_agency_share(actor=writer(request), contract_id=contract_id, now=now_of(request))
    )


@router.post("/agency-contracts/{contract_id}/end", response={200: ContractOut, **REFUSALS})
@idempotent
def end_contract(request: HttpRequest, contract_id: Id) -> Schema:
    """Withdraw or decline a proposal, or give notice."""
    return ContractOut.of(
        operations.end_agency_share(actor=writer(request), contract_id=contract_id, now=now_of(request))
    )
