"""The alliance API alone, for its tests: whoever the header names is signed in, with the scopes it names."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from laotie.alliance.api import router
from laotie.core.actor import Actor, person
from laotie.core.errors import DomainError, NotSignedIn
from laotie.core.http import problem_response, validation_problem


@dataclass(frozen=True)
class Signed:
    """Who asks, and what their credential may do."""

    actor: Actor
    scopes: frozenset[str]


def sign_in(request: HttpRequest) -> Signed | None:
    """Believe the header."""
    account_id = request.headers.get("X-Account", "")
    scopes = frozenset(request.headers.get("X-Scopes", "*").split(","))
    return Signed(person(int(account_id)), scopes) if account_id else None


api = NinjaAPI(title="alliance", urls_namespace="alliance-test", auth=sign_in)
api.add_router("", router)


@api.exception_handler(DomainError)
def refuse(_request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer with a problem document."""
    return problem_response(error)


@api.exception_handler(AuthenticationError)
def refuse_stranger(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """Answer with a problem document."""
    return problem_response(NotSignedIn())


@api.exception_handler(ValidationError)
def refuse_form(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer with a problem document that names the field."""
    return validation_problem(error.errors, "Malformed.")


urlpatterns = [path("", api.urls)]
