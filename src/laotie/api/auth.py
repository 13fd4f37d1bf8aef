"""Who calls the API: a person's session (with CSRF protection) or a token with scopes."""

from dataclasses import dataclass

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security import SessionAuth as NinjaSessionAuth

from laotie.core.actor import Actor, person
from laotie.core.errors import NotSignedIn
from laotie.core.http import now_of
from laotie.people import queries as people

TOKEN_LETTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """The actor, and what its credential may do ("*" is everything the person may)."""

    actor: Actor
    scopes: frozenset[str]


class TokenAuth(HttpBearer):
    """`Authorization: Bearer <token>`."""

    openapi_description = "A token made under /api/v1/tokens; its scopes limit what it may do."

    def authenticate(self, request: HttpRequest, token: str) -> ApiCaller:
        """Return the token's person. A token that is none is refused here: nobody shows both it and a session.

        Raises: NotSignedIn.
        """
        found = None
        if token and len(token) <= TOKEN_LETTERS_MAX:
            found = people.find_token(secret=token, now=now_of(request))
        if found is None:
            raise NotSignedIn
        return ApiCaller(person(found.account_id), found.scopes)


class SessionAuth(NinjaSessionAuth):
    """The browser's session; writes need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiCaller | None:  # noqa: ARG002 - ninja's signature
        """Return the signed-in person, or None."""
        if not request.user.is_authenticated:
            return None
        return ApiCaller(person(request.user.pk), frozenset({"*"}))
