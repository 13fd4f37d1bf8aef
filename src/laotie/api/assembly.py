"""The public API, assembled from the modules' routers: authentication, limits, problem documents, OpenAPI 3.1."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from laotie.alliance.api import router as alliance
from laotie.api.auth import SessionAuth, TokenAuth
from laotie.api.limits import Limit
from laotie.api.money import router as money
from laotie.api.openapi import complete_schema
from laotie.api.persons import router as persons
from laotie.api.rules import router as rules
from laotie.api.webhooks import router as webhooks
from laotie.catalog.api import router as catalog
from laotie.core.errors import BodyTooLarge, DomainError, InvalidInput, NotFound, NotSignedIn
from laotie.core.http import problem_response, validation_problem
from laotie.orders.api import router as orders
from laotie.people.api import router as people
from laotie.promotions.api import router as promotions
from laotie.trust.api import router as trust


class Api(NinjaAPI):
    """NinjaAPI whose OpenAPI document also tells of keys, problems and limits."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the document, completed."""
        return complete_schema(super().get_openapi_schema(**options))


api = Api(
    title="laotie",
    version="1",
    description="The public API of a laotie market.",
    urls_namespace="api",
    auth=[TokenAuth(), SessionAuth()],
    throttle=[Limit()],
    openapi_url="openapi.json",
    docs_url="docs",
)
# Django tries addresses one after another: the busiest first.
for router in (orders, catalog, people, promotions, alliance, money, trust, rules, webhooks, persons):
    api.add_router("", router)


@api.exception_handler(DomainError)
def _refusal(_request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_response(error)


@api.exception_handler(ValidationError)
def _malformed(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return validation_problem(error.errors, gettext("The request is not what this address expects."))


@api.exception_handler(AuthenticationError)
def _stranger(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem_response(NotSignedIn())


@api.exception_handler(Http404)
def _missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem_response(NotFound(what="address"))


@api.exception_handler(DataError)
def _unstorable(_request: HttpRequest, _error: DataError) -> HttpResponse:
    reason = gettext("It holds a character or a number that cannot be stored.")
    return problem_response(InvalidInput(field_name="body", reason=reason))


@api.exception_handler(RequestDataTooBig)
def _too_large(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return problem_response(BodyTooLarge(megabytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000))


@api.exception_handler(HttpError)
def _unreadable(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(InvalidInput(field_name="body", reason=str(error)))
