"""What the worker does for people: asks the verification service."""

from procrastinate.contrib.django import app

from laotie.core import clock
from laotie.people.operations.applications import end_licence_check, find_licence_answer
from laotie.people.operations.identities import end_identity_check, find_answer
from laotie.people.verification import VerificationUnavailable

ATTEMPTS_MAX = 5
WAIT_SECONDS = 4


@app.task(name="people.answer_identity_check")
def answer_identity_check(check_id: int, attempt: int = 1) -> None:
    """Ask, keep the answer, or ask again later; after five attempts say that there was none."""
    now = clock.utc_now()
    try:
        is_match = find_answer(check_id=check_id, now=now)
    except VerificationUnavailable:
        if attempt < ATTEMPTS_MAX:
            later = answer_identity_check.configure(schedule_in={"seconds": WAIT_SECONDS**attempt})
            later.defer(check_id=check_id, attempt=attempt + 1)
            return
        is_match = None
    else:
        if is_match is None:
            return
    end_identity_check(check_id=check_id, is_match=is_match, now=now)


@app.task(name="people.answer_licence_check")
def answer_licence_check(application_id: int, attempt: int = 1) -> None:
    """Ask about a business licence as about a person: keep the answer, or ask again later."""
    now = clock.utc_now()
    try:
        is_match = find_licence_answer(application_id=application_id, now=now)
    except VerificationUnavailable:
        if attempt < ATTEMPTS_MAX:
            later = answer_licence_check.configure(schedule_in={"seconds": WAIT_SECONDS**attempt})
            later.defer(application_id=application_id, attempt=attempt + 1)
            return
        end_licence_check(application_id=application_id, is_match=None)
        return
    if is_match is not None:
        end_licence_check(application_id=application_id, is_match=is_match)
