"""The operator's applications: who wants to join, what they show, and the answer."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from laotie.people import operations, queries
from laotie.people.contracts import ApplicationState
from laotie.web.desk import PAGE_ROWS, Desk, choice_of, names_of, operator_page, tell_faults
from laotie.web.pages.operator import ReasonForm


@require_GET
@operator_page
def applications(desk: Desk) -> HttpResponse:
    """Show the applications in one state, those to answer first."""
    default = None if "state" in desk.request.GET else ApplicationState.SUBMITTED
    state = choice_of(desk.request, "state", ApplicationState, default)
    page = queries.list_applications(actor=desk.actor, state=state, cursor=desk.cursor, limit=PAGE_ROWS)
    values = {
        "place": "applications",
        "page": page,
        "state": state,
        "states": list(ApplicationState),
        "names": names_of({item.applicant_id for item in page.items}),
    }
    return desk.render("desk/operator/applications.html", values)


@require_GET
@operator_page
def application(desk: Desk, application_id: int) -> HttpResponse:
    """Show one application with its papers and who else has to do with the business."""
    detail = queries.get_application_detail(actor=desk.actor, application_id=application_id)
    others = {*detail.linked_account_ids, *detail.same_licence_ids}
    values = {
        "place": "applications",
        "detail": detail,
        "application": detail.application,
        "others": names_of(others),
        "may_answer": detail.application.state is ApplicationState.SUBMITTED,
    }
    return desk.render("desk/operator/application.html", values)


@require_POST
@operator_page
def approve(desk: Desk, application_id: int) -> HttpResponse:
    """Let an applicant in."""
    desk.attempt(
        operations.approve_application, done=gettext("The applicant is let in."), application_id=application_id
    )
    return redirect("operator_application", application_id)


@require_POST
@operator_page
def give_back(desk: Desk, application_id: int) -> HttpResponse:
    """Ask an applicant to mend something."""
    return _with_reason(
        desk,
        operations.return_application,
        gettext("The application is with the applicant again."),
        application_id,
    )


@require_POST
@operator_page
def reject(desk: Desk, application_id: int) -> HttpResponse:
    """Refuse an application for good."""
    return _with_reason(
        desk, operations.reject_application, gettext("The application is rejected."), application_id
    )


def _with_reason(desk: Desk, operation: Callable[..., object], done: str, application_id: int) -> HttpResponse:
    form = ReasonForm(desk.request.POST)
    if form.is_valid():
        desk.attempt(operation, done=done, application_id=application_id, reason=form.cleaned_data["reason"])
    else:
        tell_faults(desk.request, form)
    return redirect("operator_application", application_id)
