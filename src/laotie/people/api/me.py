"""The people API: me, my address book, whom I follow, my tokens."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from laotie.core.http import PageOf, idempotent, now_of, page_schema
from laotie.people import operations, queries
from laotie.people.api.common import DONE, REFUSALS, Cursor, Followable, Limit, in_session, me_out, reader, writer
from laotie.people.schemas import CreatorIn, FollowOut, Id, MeIn, MeOut, NewTokenOut, ProfileOut, TokenIn, TokenOut

router = Router(tags=["people"])


@router.get("/me", response={200: MeOut, **REFUSALS})
def getme_out(request: HttpRequest) -> MeOut:
    """Show the signed-in person."""
    return me_out(reader(request))


@router.patch("/me", response={200: MeOut, **REFUSALS})
@idempotent
def editme_out(request: HttpRequest, body: MeIn) -> Schema:
    """Change what I say about myself."""
    return MeOut.of(
        operations.edit_account(
            actor=writer(request),
            display_name=body.display_name,
            language=body.language,
            introduction=body.introduction,
        )
    )


@router.post("/me/creator", response={200: MeOut, **REFUSALS})
@idempotent
def become_creator(request: HttpRequest, body: CreatorIn) -> Schema:
    """Become a creator."""
    actor = writer(request)
    queries.require_creator_or_adult(actor=actor, now=now_of(request))
    return MeOut.of(operations.become_creator(actor=actor, introduction=body.introduction, now=now_of(request)))


@router.get("/accounts/{account_id}", response={200: ProfileOut, **REFUSALS}, auth=None)
def get_profile(request: HttpRequest, account_id: Id) -> ProfileOut:  # noqa: ARG001 - ninja's signature
    """Show a person to everyone."""
    view = queries.get_account(account_id)
    return ProfileOut(
        id=view.id,
        display_name=view.display_name,
        introduction=view.introduction,
        is_creator=view.is_creator,
        followers=queries.count_followers(f"account:{view.id}"),
    )


@router.get("/me/following", response={200: PageOf[FollowOut], **REFUSALS})
def list_following(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """List whom I follow."""
    page = queries.list_following(actor=reader(request), cursor=cursor, limit=limit)
    return page_schema(page, FollowOut.of)


@router.put("/me/following/{followed}", response={204: None, **REFUSALS})
@idempotent
def follow(request: HttpRequest, followed: Followable) -> Any:
    """Follow a person (`account:7`) or a shop (`shop:3`)."""
    operations.follow(actor=writer(request), followed=followed, now=now_of(request))
    return DONE


@router.delete("/me/following/{followed}", response={204: None, **REFUSALS})
@idempotent
def unfollow(request: HttpRequest, followed: Followable) -> Any:
    """Stop following."""
    operations.unfollow(actor=writer(request), followed=followed, now=now_of(request))
    return DONE


@router.get("/me/tokens", response={200: PageOf[TokenOut], **REFUSALS})
def list_tokens(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """List my API tokens."""
    page = queries.list_tokens(actor=in_session(request), cursor=cursor, limit=limit)
    return page_schema(page, TokenOut.of)


@router.post("/me/tokens", response={201: NewTokenOut, **REFUSALS})
@idempotent
def create_token(request: HttpRequest, body: TokenIn) -> tuple[int, Schema]:
    """Make an API token."""
    secret, view = operations.create_token(
        actor=in_session(request),
        name=body.name,
        scopes=body.scopes,
        expires_at=body.expires_at,
        now=now_of(request),
    )
    return 201, NewTokenOut(secret=secret, token=TokenOut.of(view))


@router.delete("/me/tokens/{token_id}", response={204: None, **REFUSALS})
@idempotent
def revoke_token(request: HttpRequest, token_id: Id) -> Any:
    """Revoke an API token."""
    operations.revoke_token(actor=in_session(request), token_id=token_id, now=now_of(request))
    return DONE
