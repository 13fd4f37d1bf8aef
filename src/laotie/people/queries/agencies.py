"""Questions about agencies and their contracts."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.people.contracts import AgencyContractView, AgencyShare, AgencyView
from laotie.people.models import Agency, AgencyContract
from laotie.people.queries.accounts import require_person
from laotie.people.states import BINDING_STATES
from laotie.people.viewing import agency_view, contract_view


def find_agency_share(*, creator_id: int, at: datetime) -> AgencyShare | None:
    """Return which agency shares a creator's commission at a moment, and how much, or None."""
    row = AgencyContract.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        creator_id=creator_id,
        state__in=BINDING_STATES,
        starts_at__lte=at,
    ).first()
    return AgencyShare(row.agency_id, row.share_bp, row.pk) if row else None


def find_agency_shares(*, creator_ids: Collection[int], at: datetime) -> dict[int, AgencyShare]:
    """Return the agency shares of several creators at a moment, by creator id, in one statement."""
    rows = AgencyContract.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        creator_id__in=set(creator_ids),
        state__in=BINDING_STATES,
        starts_at__lte=at,
    )
    return {row.creator_id: AgencyShare(row.agency_id, row.share_bp, row.pk) for row in rows}


def access_agency(*, actor: Actor, agency_id: int) -> AgencyView:
    """Return an agency the person acts for.

    Raises: NotFound.
    """
    row = Agency.objects.filter(pk=agency_id, owner_id=require_person(actor)).first()
    if row is None:
        raise NotFound(what="agency")
    return agency_view(row)


def list_agencies_of(*, account_id: int) -> tuple[AgencyView, ...]:
    """Return the agencies a person acts for (at most `agency.most`)."""
    return tuple(agency_view(row) for row in Agency.objects.filter(owner_id=account_id).order_by("id"))


def access_agency_contract(*, actor: Actor, contract_id: int) -> AgencyContractView:
    """Return a contract the person is a side of.

    Raises: NotFound.
    """
    row = (
        AgencyContract.objects.filter(_is_side(require_person(actor)), pk=contract_id)
        .select_related("agency", "creator")
        .first()
    )
    if row is None:
        raise NotFound(what="contract")
    return contract_view(row)


def list_agency_contracts(*, actor: Actor, cursor: str = "", limit: int = 50) -> Page[AgencyContractView]:
    """Return the contracts the person is a side of, as creator or for an agency, newest first."""
    rows = AgencyContract.objects.filter(_is_side(require_person(actor))).select_related("agency", "creator")
    return page_of(rows, contract_view, order=("-id",), cursor=cursor, limit=limit)


def _is_side(account_id: int) -> Q:
    return Q(creator_id=account_id) | Q(agency__owner_id=account_id)
