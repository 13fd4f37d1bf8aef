"""Questions about applications: one's own, and those operators have to judge."""

import base64

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.core.personal import record_look
from laotie.people.contracts import ApplicationDetail, ApplicationKind, ApplicationState, ApplicationView
from laotie.people.models import Application, ApplicationPaper
from laotie.people.queries.accounts import get_account, is_operator, require_operator, require_person
from laotie.people.queries.identities import find_identity, list_linked_accounts
from laotie.people.viewing import application_view

SAME_MOST = 50


def list_my_applications(*, actor: Actor) -> tuple[ApplicationView, ...]:
    """Return a person's applications, newest first (at most 100)."""
    rows = Application.objects.filter(applicant_id=require_person(actor)).prefetch_related("papers")
    return tuple(application_view(row) for row in rows.order_by("-id")[:100])


def find_my_application(*, actor: Actor, kind: ApplicationKind) -> ApplicationView | None:
    """Return a person's newest application of a kind, or None."""
    rows = Application.objects.filter(applicant_id=require_person(actor), kind=kind).prefetch_related("papers")
    row = rows.order_by("-id").first()
    return application_view(row) if row else None


def list_applications(
    *, actor: Actor, state: ApplicationState | None = None, cursor: str = "", limit: int = 50
) -> Page[ApplicationView]:
    """Return applications to operators; those to answer the oldest first, others the newest.

    Raises: NotAllowed, BadCursor.
    """
    require_operator(actor=actor)
    rows = Application.objects.prefetch_related("papers")
    if state is not None:
        rows = rows.filter(state=state)
    order = ("id",) if state is ApplicationState.SUBMITTED else ("-id",)
    return page_of(rows, application_view, order=order, cursor=cursor, limit=limit)


def get_application_detail(*, actor: Actor, application_id: int) -> ApplicationDetail:
    """Return an application to an operator, with who else has to do with the same person or business.

    Raises: NotAllowed, NotFound.
    """
    require_operator(actor=actor)
    row = Application.objects.prefetch_related("papers").filter(pk=application_id).first()
    if row is None:
        raise NotFound(what="application")
    same = Application.objects.filter(licence_number=row.licence_number).exclude(licence_number="")
    ids = set(same.exclude(applicant_id=row.applicant_id).values_list("applicant_id", flat=True)[:SAME_MOST])
    return ApplicationDetail(
        application=application_view(row),
        applicant_name=get_account(row.applicant_id).display_name,
        identity=find_identity(account_id=row.applicant_id),
        linked_account_ids=list_linked_accounts(account_id=row.applicant_id),
        same_licence_ids=tuple(sorted(ids)),
    )


def read_paper(*, actor: Actor, paper_id: int) -> bytes:
    """Return the picture of a paper (WebP) to its applicant or an operator, whose look is logged.

    Raises: NotFound.
    """
    row = ApplicationPaper.objects.select_related("application").filter(pk=paper_id).first()
    if row is None:
        raise NotFound(what="picture")
    if row.application.applicant_id != actor.account_id:
        if actor.account_id is None or not is_operator(actor.account_id):
            raise NotFound(what="picture")
        record_look(actor=actor, subject=f"account:{row.application.applicant_id}", fields=("paper",))
    return base64.b64decode(row.picture)
