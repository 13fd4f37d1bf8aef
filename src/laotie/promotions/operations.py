"""The verbs of promotions: offer a coupon, close it, take one, spend some on a checkout, give them back.

Spending happens inside the transaction that places the order; a coupon spent on an order that comes to nothing goes
back to its owner.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.catalog import queries as catalog
from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import InvalidInput, NotAllowed, NotFound
from laotie.core.money import FEN_MAX
from laotie.core.rules import rules_at
from laotie.people import operations as people_operations
from laotie.people import queries as people
from laotie.promotions.contracts import (
    CLAIMS_PER_CHECKOUT_MAX,
    Audience,
    ClaimState,
    ClaimView,
    CouponState,
    CouponView,
    LineForCoupons,
    Payer,
    Saving,
)
from laotie.promotions.errors import (
    CouponGone,
    CouponLimit,
    CouponNotYet,
    CouponSpent,
    FollowersOnly,
    TooManyCoupons,
)
from laotie.promotions.models import Claim, Coupon, CouponProduct
from laotie.promotions.policy import apply_coupons
from laotie.promotions.rules import COUPON_TOTAL_MOST, COUPONS_OPEN_MOST
from laotie.promotions.states import COUPON_LIFE
from laotie.promotions.viewing import claim_view, coupon_view, terms_of

TITLE_LETTERS_MAX = 40
PRODUCTS_MAX = 200
USE_DAYS_MAX = 365


@transaction.atomic(savepoint=False)
def offer_coupon(
    *,
    actor: Actor,
    payer: Payer,
    title: str,
    threshold_fen: int,
    amount_fen: int,
    total_most: int,
    claim_from: datetime,
    claim_until: datetime,
    use_until: datetime,
    now: datetime,
    shop_id: int | None = None,
    product_ids: Collection[int] = (),
    audience: Audience = Audience.EVERYBODY,
    per_person_most: int = 1,
    use_days: int | None = None,
) -> CouponView:
    """Offer a coupon: a shop's (by its staff), one's own as a creator, or the platform's (by an operator).

    `threshold_fen` 0 makes a red packet: it takes off what it can. The payer's budget is total_most × amount_fen.
    Raises: NotFound, NotAllowed, InvalidInput, TooManyCoupons.
    """
    creator_id = _admit(actor, payer, shop_id, now, title)
    _check_amounts(threshold_fen, amount_fen, total_most, per_person_most, now)
    _check_times(claim_from, claim_until, use_until, use_days, now)
    if audience is Audience.FOLLOWERS and payer is Payer.PLATFORM:
        raise InvalidInput(field_name="audience", reason=gettext(_("Nobody follows the platform.")))
    goods = sorted(set(product_ids))
    _check_products(goods, payer, shop_id)
    _require_room(payer, shop_id, creator_id, now)
    row = Coupon.objects.create(
        payer=payer.value,
        shop_id=shop_id if payer is Payer.SHOP else None,
        creator_id=creator_id,
        title=_title(title),
        threshold_fen=threshold_fen,
        amount_fen=amount_fen,
        currency=settings.CURRENCY,
        audience=audience.value,
        total_most=total_most,
        per_person_most=per_person_most,
        claim_from=claim_from,
        claim_until=claim_until,
        use_until=use_until,
        use_days=use_days,
        made_by=actor.address,
        made_at=now,
    )
    CouponProduct.objects.bulk_create(CouponProduct(coupon=row, product_id=product_id) for product_id in goods)
    return coupon_view(row)


@transaction.atomic(savepoint=False)
def close_coupon(*, actor: Actor, coupon_id: int, now: datetime) -> CouponView:
    """Stop giving a coupon out; those who have one keep it.

    Raises: NotFound, NotAllowed, IllegalMove.
    """
    row = Coupon.objects.select_for_update().filter(pk=coupon_id).first()
    if row is None:
        raise NotFound(what="coupon")
    if row.payer == Payer.CREATOR and actor.account_id != row.creator_id and actor.kind != "system":
        people.require_operator(actor=actor)
    else:
        try:
            _admit(actor, Payer(row.payer), row.shop_id, now, row.title)
        except NotFound:
            raise NotFound(what="coupon") from None
    COUPON_LIFE.require(CouponState(row.state), CouponState.CLOSED)
    row.state, row.closed_at = CouponState.CLOSED.value, now
    row.save(update_fields=["state", "closed_at"])
    return coupon_view(row)


@transaction.atomic(savepoint=False)
def claim_coupon(*, actor: Actor, coupon_id: int, now: datetime) -> ClaimView:
    """Take a coupon. However many ask at once, no more are given out than there are.

    Raises: NotFound, NotSignedIn, CouponGone, CouponNotYet, CouponLimit, FollowersOnly.
    """
    account_id = people.require_person(actor)
    # One statement decides; its row lock makes the takers of one coupon come one after another.
    given = Coupon.objects.filter(
        pk=coupon_id,
        state=CouponState.OPEN,
        claimed__lt=F("total_most"),
        claim_from__lte=now,
        claim_until__gt=now,
    ).update(claimed=F("claimed") + 1)
    row = Coupon.objects.prefetch_related("products").filter(pk=coupon_id).first()
    if row is None:
        raise NotFound(what="coupon")
    if not given:
        if row.state == CouponState.OPEN and row.claim_from > now:
            raise CouponNotYet(claim_from=row.claim_from.isoformat())
        raise CouponGone
    if row.audience == Audience.FOLLOWERS:
        followed = f"shop:{row.shop_id}" if row.payer == Payer.SHOP else f"account:{row.creator_id}"
        if not people.is_following(account_id=account_id, followed=followed):
            raise FollowersOnly
    taken = Claim.objects.filter(coupon=row, account_id=account_id).count()
    if taken >= row.per_person_most:
        raise CouponLimit(per_person_most=row.per_person_most)
    until = row.use_until if row.use_days is None else min(row.use_until, now + timedelta(days=row.use_days))
    claim = Claim.objects.create(
        coupon=row, account_id=account_id, number=taken + 1, claimed_at=now, usable_until=until
    )
    return claim_view(claim)


def spend_coupons(
    *, account_id: int, claim_ids: Collection[int], lines: Sequence[LineForCoupons], used_for: str, now: datetime
) -> tuple[tuple[Saving, ...], ...]:
    """Use a person's coupons for a basket and return what they take off each line. In the order's transaction.

    Raises: NotFound for somebody else's, CouponSpent, CouponNotFitting, CouponsDoNotStack, InvalidInput.
    """
    assert connection.in_atomic_block, "a coupon is spent in the transaction of its order"
    wanted = sorted(set(claim_ids))
    if len(wanted) > CLAIMS_PER_CHECKOUT_MAX:
        sentence = gettext(_("No more than {most} coupons can be used at once."))
        raise InvalidInput(field_name="claim_ids", reason=sentence.format(most=CLAIMS_PER_CHECKOUT_MAX))
    rows = list(
        Claim.objects.select_for_update(of=("self",))
        .select_related("coupon")
        .prefetch_related("coupon__products")
        .filter(pk__in=wanted, account_id=account_id)
        .order_by("pk")
    )
    if len(rows) < len(wanted):
        raise NotFound(what="coupon")
    for row in rows:
        if row.state != ClaimState.HELD or row.usable_until <= now:
            raise CouponSpent(claim_id=row.pk)
    savings = apply_coupons(lines=lines, coupons={row.pk: terms_of(row.coupon) for row in rows})
    Claim.objects.filter(pk__in=wanted).update(state=ClaimState.USED, used_for=used_for, used_at=now)
    return savings


def return_coupons(*, used_for: str) -> int:
    """Give back what was spent on something that came to nothing, and return how many. Over time they still expire."""
    assert connection.in_atomic_block
    return Claim.objects.filter(used_for=used_for).update(state=ClaimState.HELD, used_for="", used_at=None)


def _admit(actor: Actor, payer: Payer, shop_id: int | None, now: datetime, title: str) -> int | None:
    """Let in who may spend this payer's money; return the creator when it is their own."""
    if payer is Payer.SHOP:
        if shop_id is None:
            raise NotFound(what="shop")
        people.access_shop(actor=actor, shop_id=shop_id, permission="promotions")
        people_operations.note_operator(actor=actor, shop_id=shop_id, action="coupon.change", now=now, title=title)
        return None
    if payer is Payer.CREATOR:
        account_id = people.require_person(actor)
        if not people.get_account(account_id).is_creator:
            raise NotAllowed(needs="the creator role")
        return account_id
    people.require_operator(actor=actor)
    record_action(actor=actor, action="coupon.change", subject="platform", now=now, title=title)
    return None


def _check_amounts(
    threshold_fen: int, amount_fen: int, total_most: int, per_person_most: int, now: datetime
) -> None:
    most = rules_at(now)[COUPON_TOTAL_MOST]
    for name, value, least, largest in (
        ("amount_fen", amount_fen, 1, FEN_MAX),
        ("threshold_fen", threshold_fen, 0, FEN_MAX),
        ("total_most", total_most, 1, most),
        ("per_person_most", per_person_most, 1, 100),
    ):
        if type(value) is not int or not least <= value <= largest:
            sentence = gettext(_("It must be a whole number from {least} to {most}."))
            raise InvalidInput(field_name=name, reason=sentence.format(least=least, most=largest))
    if threshold_fen and threshold_fen < amount_fen:
        raise InvalidInput(
            field_name="threshold_fen", reason=gettext(_("It cannot be less than what the coupon takes off."))
        )


def _check_times(
    claim_from: datetime, claim_until: datetime, use_until: datetime, use_days: int | None, now: datetime
) -> None:
    if claim_until <= max(claim_from, now):
        raise InvalidInput(field_name="claim_until", reason=gettext(_("The end must lie after the start.")))
    if use_until < claim_until:
        raise InvalidInput(
            field_name="use_until", reason=gettext(_("It cannot be used for a shorter time than it is given out."))
        )
    if use_days is not None and not 1 <= use_days <= USE_DAYS_MAX:
        sentence = gettext(_("It must be a whole number from {least} to {most}."))
        raise InvalidInput(field_name="use_days", reason=sentence.format(least=1, most=USE_DAYS_MAX))


def _check_products(product_ids: Sequence[int], payer: Payer, shop_id: int | None) -> None:
    if len(product_ids) > PRODUCTS_MAX:
        sentence = gettext(_("It must be a whole number from {least} to {most}."))
        raise InvalidInput(field_name="product_ids", reason=sentence.format(least=0, most=PRODUCTS_MAX))
    found = catalog.get_products(product_ids) if product_ids else {}
    for product_id in product_ids:
        known = found.get(product_id)
        if known is None or (payer is Payer.SHOP and known.shop_id != shop_id):
            raise NotFound(what="product")


def _require_room(payer: Payer, shop_id: int | None, creator_id: int | None, now: datetime) -> None:
    most = rules_at(now)[COUPONS_OPEN_MOST]
    given = Coupon.objects.filter(payer=payer.value, state=CouponState.OPEN, claim_until__gt=now)
    if payer is Payer.SHOP and shop_id is not None:
        given = given.filter(shop_id=shop_id)
    elif creator_id is not None:
        given = given.filter(creator_id=creator_id)
    if given.count() >= most:
        raise TooManyCoupons(most=most)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 1 <= len(title) <= TITLE_LETTERS_MAX or not title.isprintable():
        sentence = gettext(_("It must have {least} to {most} characters."))
        raise InvalidInput(field_name="title", reason=sentence.format(least=1, most=TITLE_LETTERS_MAX))
    return title
