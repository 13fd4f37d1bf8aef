"""Joining: applications to become creator, merchant, agency, leader or provider, and the operator's answer.

A creator with a verified name of 18 years or more is let in at once (RULES 2.3); the others run a business, whose
licence the verification service is asked about and an operator looks at.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from laotie.core.actor import Actor, person, system
from laotie.core.audit_log import record_action
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.pictures import as_webp
from laotie.events.outbox import publish
from laotie.events.people import ApplicationMoved
from laotie.people.contracts import ADULT_YEARS, ApplicationView
from laotie.people.documents import read_licence_number
from laotie.people.errors import (
    AgreementMissing,
    ApplicationOpen,
    IdentityMissing,
    LicenceExpired,
    PapersMissing,
    TooManyPapers,
    TooYoung,
)
from laotie.people.models import Application, ApplicationMove, ApplicationPaper
from laotie.people.operations.accounts import become_creator
from laotie.people.operations.agencies import open_agency
from laotie.people.operations.shops import open_shop
from laotie.people.queries import find_identity, require_operator, require_person
from laotie.people.states import APPLICATION_LIFE, ApplicationKind, ApplicationState, CheckState
from laotie.people.texts import clean_line
from laotie.people.verification import verifier_named
from laotie.people.viewing import application_view

PAPERS_MOST = 12
CATEGORIES_MOST = 20
NAME_LETTERS_MAX = 60
BUSINESS_LETTERS_MAX = 100
REASON_LETTERS_MAX = 500
TITLE_LETTERS_MAX = 60
# Which text binds whom; a new text has a new number, and old applications remember theirs.
AGREEMENTS = {kind: f"{kind}/1" for kind in ApplicationKind}
NAMED = (ApplicationKind.MERCHANT, ApplicationKind.AGENCY)


@transaction.atomic(savepoint=False)
def apply(
    *,
    actor: Actor,
    kind: ApplicationKind,
    agrees: bool,
    now: datetime,
    business_name: str = "",
    licence_number: str = "",
    licence_until: date | None = None,
    public_name: str = "",
    public_name_en: str = "",
    categories: Collection[str] = (),
) -> ApplicationView:
    """Apply to become something, or send a returned application again.

    Raises: IdentityMissing, TooYoung, AgreementMissing, ApplicationOpen, InvalidInput, LicenceExpired.
    """
    account_id = require_person(actor)
    _require_adult(account_id, now=now)
    if not agrees:
        raise AgreementMissing
    values = _values(
        kind,
        business_name=business_name,
        licence_number=licence_number,
        licence_until=licence_until,
        public_name=public_name,
        public_name_en=public_name_en,
        categories=categories,
        now=now,
    )
    values |= {"agreement": AGREEMENTS[kind], "agreed_at": now}
    returned = (
        Application.objects.select_for_update()
        .filter(applicant_id=account_id, kind=kind, state=ApplicationState.RETURNED)
        .first()
    )
    if returned is not None:
        for name, value in values.items():
            setattr(returned, name, value)
        returned.licence_check = CheckState.ASKED.value if kind is not ApplicationKind.CREATOR else ""
        _move(returned, ApplicationState.SUBMITTED, actor=actor, now=now)
        _ask_about_licence(returned)
        return application_view(returned)
    application = Application(applicant_id=account_id, kind=kind, submitted_at=now, moved_at=now, **values)
    application.licence_check = CheckState.ASKED.value if kind is not ApplicationKind.CREATOR else ""
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError:
        raise ApplicationOpen from None
    _record(application, None, ApplicationState.SUBMITTED, actor=actor, reason="", now=now)
    if kind is ApplicationKind.CREATOR:
        _approve(application, actor=system("joining"), now=now)
    else:
        _ask_about_licence(application)
    return application_view(application)


@transaction.atomic(savepoint=False)
def add_paper(
    *, actor: Actor, application_id: int, title: str, picture: bytes, valid_until: date | None, now: datetime
) -> ApplicationView:
    """Add a picture of a paper to an application that is not decided, as its applicant.

    Raises: NotFound, NotAPicture, TooManyPapers, LicenceExpired, InvalidInput, IllegalMove.
    """
    application = _lock(application_id)
    if application.applicant_id != actor.account_id:
        raise NotFound(what="application")
    APPLICATION_LIFE.require(ApplicationState(application.state), ApplicationState.WITHDRAWN)  # it is open
    if ApplicationPaper.objects.filter(application=application).count() >= PAPERS_MOST:
        raise TooManyPapers(most=PAPERS_MOST)
    if valid_until is not None and valid_until <= timezone.localdate(now):
        raise LicenceExpired(until=valid_until.isoformat())
    ApplicationPaper.objects.create(
        application=application,
        title=clean_line(title, field_name="title", most=TITLE_LETTERS_MAX),
        valid_until=valid_until,
        picture=as_webp(picture),
        added_at=now,
    )
    return application_view(application)


@transaction.atomic(savepoint=False)
def withdraw_application(*, actor: Actor, application_id: int, now: datetime) -> ApplicationView:
    """Take an application back that is not decided.

    Raises: NotFound, IllegalMove.
    """
    application = _lock(application_id)
    if application.applicant_id != actor.account_id:
        raise NotFound(what="application")
    _move(application, ApplicationState.WITHDRAWN, actor=actor, now=now)
    return application_view(application)


@transaction.atomic(savepoint=False)
def approve_application(*, actor: Actor, application_id: int, now: datetime) -> ApplicationView:
    """Let somebody in, as an operator: the shop or the agency opens with it; on record.

    Raises: NotAllowed, NotFound, IllegalMove, PapersMissing, LicenceExpired, LimitReached.
    """
    require_operator(actor=actor)
    application = _lock(application_id)
    if application.licence_until is not None and application.licence_until <= timezone.localdate(now):
        raise LicenceExpired(until=application.licence_until.isoformat())
    if not ApplicationPaper.objects.filter(application=application).exists():
        raise PapersMissing
    _approve(application, actor=actor, now=now)
    _on_record(actor, application, "application.approve", "", now)
    return application_view(application)


@transaction.atomic(savepoint=False)
def return_application(*, actor: Actor, application_id: int, reason: str, now: datetime) -> ApplicationView:
    """Ask an applicant to mend something, as an operator; on record.

    Raises: NotAllowed, NotFound, IllegalMove, InvalidInput.
    """
    return _answer(actor, application_id, ApplicationState.RETURNED, "application.return", reason, now)


@transaction.atomic(savepoint=False)
def reject_application(*, actor: Actor, application_id: int, reason: str, now: datetime) -> ApplicationView:
    """Refuse an application for good, as an operator; on record.

    Raises: NotAllowed, NotFound, IllegalMove, InvalidInput.
    """
    return _answer(actor, application_id, ApplicationState.REJECTED, "application.reject", reason, now)


def find_licence_answer(*, application_id: int, now: datetime) -> bool | None:
    """Ask the verification service about a business, outside of any transaction; None if nothing is asked.

    Raises: VerificationUnavailable.
    """
    row = Application.objects.filter(pk=application_id, licence_check=CheckState.ASKED).first()
    if row is None:
        return None
    return verifier_named(settings.VERIFICATION).is_business(
        number=row.licence_number, name=row.business_name, now=now
    )


def end_licence_check(*, application_id: int, is_match: bool | None) -> None:
    """Keep the service's answer for the operator who looks at the application."""
    states = {True: CheckState.MATCHED, False: CheckState.MISMATCHED, None: CheckState.UNANSWERED}
    Application.objects.filter(pk=application_id, licence_check=CheckState.ASKED).update(
        licence_check=states[is_match].value
    )


def _approve(application: Application, *, actor: Actor, now: datetime) -> None:
    applicant = person(application.applicant_id)
    outcome = ""
    if application.kind == ApplicationKind.CREATOR:
        outcome = f"creator:{become_creator(actor=applicant, now=now).id}"
    elif application.kind == ApplicationKind.MERCHANT:
        shop = open_shop(
            actor=applicant, name=application.public_name, name_en=application.public_name_en, now=now
        )
        outcome = f"shop:{shop.id}"
    elif application.kind == ApplicationKind.AGENCY:
        outcome = f"agency:{open_agency(actor=applicant, name=application.public_name, now=now).id}"
    application.outcome = outcome
    _move(application, ApplicationState.APPROVED, actor=actor, now=now)


def _answer(
    actor: Actor, application_id: int, wanted: ApplicationState, action: str, reason: str, now: datetime
) -> ApplicationView:
    require_operator(actor=actor)
    words = clean_line(reason, field_name="reason", most=REASON_LETTERS_MAX)
    application = _lock(application_id)
    _move(application, wanted, actor=actor, reason=words, now=now)
    _on_record(actor, application, action, words, now)
    return application_view(application)


def _move(
    application: Application, wanted: ApplicationState, *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    found = ApplicationState(application.state)
    APPLICATION_LIFE.require(found, wanted)
    application.state, application.moved_at, application.reason = wanted.value, now, reason
    if actor.account_id != application.applicant_id:
        application.reviewed_by = actor.address
    application.save()
    _record(application, found, wanted, actor=actor, reason=reason, now=now)


def _record(
    application: Application,
    old: ApplicationState | None,
    new: ApplicationState,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    ApplicationMove.objects.create(
        application=application, old=old or "", new=new, actor=actor.address, reason=reason, moved_at=now
    )
    moved = ApplicationMoved(
        application_id=application.pk,
        account_id=application.applicant_id,
        kind=application.kind,
        state=new.value,
        outcome=application.outcome,
    )
    publish(moved, now=now)


def _on_record(actor: Actor, application: Application, action: str, reason: str, now: datetime) -> None:
    record_action(
        actor=actor,
        action=action,
        subject=f"account:{application.applicant_id}",
        now=now,
        kind=application.kind,
        reason=reason,
    )


def _ask_about_licence(application: Application) -> None:
    from laotie.people.jobs import answer_licence_check  # noqa: PLC0415 - jobs import this

    answer_licence_check.defer(application_id=application.pk)


def _lock(application_id: int) -> Application:
    application = Application.objects.select_for_update().filter(pk=application_id).first()
    if application is None:
        raise NotFound(what="application")
    return application


def _require_adult(account_id: int, *, now: datetime) -> None:
    identity = find_identity(account_id=account_id)
    if identity is None:
        raise IdentityMissing
    if not identity.is_adult(timezone.localdate(now)):
        raise TooYoung(years=ADULT_YEARS)


def _values(
    kind: ApplicationKind,
    *,
    business_name: str,
    licence_number: str,
    licence_until: date | None,
    public_name: str,
    public_name_en: str,
    categories: Collection[str],
    now: datetime,
) -> dict[str, Any]:
    """Return what a kind of applicant has to say, cleaned.

    Raises: InvalidInput, LicenceExpired.
    """
    if kind is ApplicationKind.CREATOR:
        return {}
    if licence_until is not None and licence_until <= timezone.localdate(now):
        raise LicenceExpired(until=licence_until.isoformat())
    if len(categories) > CATEGORIES_MOST:
        raise InvalidInput(field_name="categories", reason=str(CATEGORIES_MOST))
    named = kind in NAMED
    return {
        "business_name": clean_line(business_name, field_name="business_name", most=BUSINESS_LETTERS_MAX, least=2),
        "licence_number": read_licence_number(licence_number),
        "licence_until": licence_until,
        "public_name": clean_line(
            public_name, field_name="public_name", most=NAME_LETTERS_MAX, least=2 if named else 0
        ),
        "public_name_en": clean_line(public_name_en, field_name="public_name_en", most=NAME_LETTERS_MAX, least=0),
        "categories": sorted({clean_line(code, field_name="categories", most=40) for code in categories}),
    }
