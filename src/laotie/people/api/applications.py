"""The people API: applying to become something, and the operator's answer."""

import base64
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Router, Schema
from pydantic import Field

from laotie.core.errors import InvalidInput
from laotie.core.http import PageOf, idempotent, now_of, page_schema
from laotie.people import operations, queries
from laotie.people.api.common import REFUSALS, Cursor, Limit, in_session
from laotie.people.contracts import ApplicationKind, ApplicationState, ApplicationView
from laotie.people.schemas import Id, Input, ReasonIn

router = Router(tags=["people"])


class ApplicationIn(Input):
    """What an applicant says; a creator says only that they agree."""

    kind: ApplicationKind
    agrees: bool
    business_name: Annotated[str, Field(max_length=100)] = ""
    licence_number: Annotated[str, Field(max_length=30)] = ""
    licence_until: date | None = None
    public_name: Annotated[str, Field(max_length=60)] = ""
    public_name_en: Annotated[str, Field(max_length=60)] = ""
    categories: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)] = []


class PaperIn(Input):
    """A picture of a paper (base64 of JPEG, PNG or WebP), and the day it ends."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    picture: Annotated[str, Field(min_length=1, max_length=11_000_000)]
    valid_until: date | None = None


class PaperOut(Schema):
    """A paper of an application."""

    id: int
    title: str
    valid_until: date | None


class ApplicationOut(Schema):
    """An application and where it stands."""

    id: int
    applicant_id: int
    kind: str
    state: str
    business_name: str
    licence_number: str
    licence_until: date | None
    licence_check: str
    public_name: str
    public_name_en: str
    categories: list[str]
    agreement: str
    submitted_at: datetime
    moved_at: datetime
    reason: str
    outcome: str
    papers: list[PaperOut]

    @classmethod
    def of(cls, view: ApplicationView) -> "ApplicationOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


@router.get("/me/applications", response={200: list[ApplicationOut], **REFUSALS})
def list_my_applications(request: HttpRequest) -> list[ApplicationOut]:
    """List what I have applied for."""
    return [ApplicationOut.of(view) for view in queries.list_my_applications(actor=in_session(request))]


@router.post("/me/applications", response={201: ApplicationOut, **REFUSALS})
@idempotent
def send_application(request: HttpRequest, body: ApplicationIn) -> tuple[int, Schema]:
    """Apply, or send a returned application again."""
    view = operations.apply(actor=in_session(request), now=now_of(request), **body.model_dump())
    return 201, ApplicationOut.of(view)


@router.post("/applications/{application_id}/papers", response={201: ApplicationOut, **REFUSALS})
@idempotent
def add_paper(request: HttpRequest, application_id: Id, body: PaperIn) -> tuple[int, Schema]:
    """Add a picture of a paper to my application."""
    try:
        picture = base64.b64decode(body.picture, validate=True)
    except ValueError:  # not base64, or not even ASCII
        raise InvalidInput(field_name="picture", reason=gettext("This is not base64.")) from None
    view = operations.add_paper(
        actor=in_session(request),
        application_id=application_id,
        title=body.title,
        picture=picture,
        valid_until=body.valid_until,
        now=now_of(request),
    )
    return 201, ApplicationOut.of(view)


@router.post("/applications/{application_id}/withdrawal", response={200: ApplicationOut, **REFUSALS})
@idempotent
def withdraw(request: HttpRequest, application_id: Id) -> Schema:
    """Take my application back."""
    view = operations.withdraw_application(
        actor=in_session(request), application_id=application_id, now=now_of(request)
    )
    return ApplicationOut.of(view)


@router.get(
    "/papers/{paper_id}/picture",
    response={200: None, **REFUSALS},
    openapi_extra={"responses": {200: {"content": {"image/webp": {"schema": {"type": "string"}}}}}},
)
def read_paper(request: HttpRequest, paper_id: Id) -> HttpResponse:
    """Return the picture of a paper to its applicant or an operator."""
    content = queries.read_paper(actor=in_session(request), paper_id=paper_id)
    return HttpResponse(content, content_type="image/webp")


@router.get("/applications", response={200: PageOf[ApplicationOut], **REFUSALS}, tags=["operator"])
def list_applications(
    request: HttpRequest, state: ApplicationState | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """List applications, for operators."""
    page = queries.list_applications(actor=in_session(request), state=state, cursor=cursor, limit=limit)
    return page_schema(page, ApplicationOut.of)


@router.post(
    "/applications/{application_id}/approval", response={200: ApplicationOut, **REFUSALS}, tags=["operator"]
)
@idempotent
def approve(request: HttpRequest, application_id: Id) -> Schema:
    """Let somebody in."""
    view = operations.approve_application(
        actor=in_session(request), application_id=application_id, now=now_of(request)
    )
    return ApplicationOut.of(view)


@router.post(
    "/applications/{application_id}/return", response={200: ApplicationOut, **REFUSALS}, tags=["operator"]
)
@idempotent
def give_back(request: HttpRequest, application_id: Id, body: ReasonIn) -> Schema:
    """Ask an applicant to mend something."""
    view = operations.return_application(
        actor=in_session(request), application_id=application_id, reason=body.reason, now=now_of(request)
    )
    return ApplicationOut.of(view)


@router.post(
    "/applications/{application_id}/rejection", response={200: ApplicationOut, **REFUSALS}, tags=["operator"]
)
@idempotent
def reject(request: HttpRequest, application_id: Id, body: ReasonIn) -> Schema:
    """Refuse an application for good."""
    view = operations.reject_application(
        actor=in_session(request), application_id=application_id, reason=body.reason, now=now_of(request)
    )
    return ApplicationOut.of(view)
