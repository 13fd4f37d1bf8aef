"""What the people API's parts share: who asks with which right, and the kinds of values in addresses."""

from typing import Annotated

from django.http import HttpRequest
from pydantic import Field

from laotie.core.actor import Actor
from laotie.core.http import Problem, actor_of
from laotie.people import queries
from laotie.people.schemas import MeOut

REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}

Cursor = Annotated[str, Field(max_length=1_000)]
Followable = Annotated[str, Field(max_length=30, pattern=r"^(account|shop):[1-9][0-9]{0,17}$")]
Limit = Annotated[int, Field(ge=1, le=100)]
DONE = (204, None)


def reader(request: HttpRequest) -> Actor:
    """Return the acting person if the credential covers people:read."""
    return actor_of(request, scope="people:read")


def writer(request: HttpRequest) -> Actor:
    """Return the acting person if the credential covers people:write."""
    return actor_of(request, scope="people:write")


def in_session(request: HttpRequest) -> Actor:
    """Return the person, signed in by themselves: no token has every scope."""
    return actor_of(request, scope="*")


def me_out(actor: Actor) -> MeOut:
    """Return the person as they see themselves."""
    return MeOut.of(queries.get_account(queries.require_person(actor)))
