"""How coupons come off a basket. Pure arithmetic on integer fen: no database, no clock.

The rule a buyer can keep in mind: one coupon a shop, one a creator, one of the platform. They come off in this order,
each looks at what its goods cost after the ones before, and takes its amount off them in proportion.
"""

from collections.abc import Mapping, Sequence

from laotie.core.money import split_fen
from laotie.promotions.contracts import CouponTerms, LineForCoupons, Saving
from laotie.promotions.errors import CouponNotFitting, CouponsDoNotStack
from laotie.promotions.states import Payer

ORDER = (Payer.SHOP, Payer.CREATOR, Payer.PLATFORM)
KINDS = {Payer.SHOP: "shop_coupon", Payer.CREATOR: "creator_red_packet", Payer.PLATFORM: "platform_coupon"}


def apply_coupons(
    *, lines: Sequence[LineForCoupons], coupons: Mapping[int, CouponTerms]
) -> tuple[tuple[Saving, ...], ...]:
    """Return for each line what the coupons (by claim) take off it.

    Raises: CouponsDoNotStack for a second one of a giver, CouponNotFitting.
    """
    open_fen = [line.goods_fen for line in lines]
    savings: list[list[Saving]] = [[] for _ in lines]
    givers: set[tuple[Payer, int | None]] = set()
    for claim_id, terms in sorted(coupons.items(), key=lambda item: (ORDER.index(item[1].payer), item[0])):
        giver = (terms.payer, terms.shop_id or terms.creator_id)
        if giver in givers:
            raise CouponsDoNotStack(claim_id=claim_id)
        givers.add(giver)
        fitting = [place for place, line in enumerate(lines) if _fits(terms, line)]
        whole_fen = sum(open_fen[place] for place in fitting)
        least_fen = max(terms.threshold_fen, len(fitting) + 1)
        if whole_fen < least_fen:
            raise CouponNotFitting(claim_id=claim_id, missing_fen=least_fen - whole_fen)
        # A fen stays on every line: an order that costs nothing has no payment to wait for.
        weights = tuple(open_fen[place] - 1 for place in fitting)
        parts = split_fen(min(terms.amount_fen, sum(weights)), weights)
        for place, part_fen in zip(fitting, parts, strict=True):
            if part_fen:
                open_fen[place] -= part_fen
                savings[place].append(Saving(terms.payer_address, KINDS[terms.payer], part_fen))
    return tuple(tuple(line) for line in savings)


def choose_best(*, lines: Sequence[LineForCoupons], coupons: Mapping[int, CouponTerms]) -> tuple[int, ...]:
    """Return the claims to use: of every giver, in turn, the one that takes most off with those before it."""
    chosen: dict[int, CouponTerms] = {}
    for payer in ORDER:
        givers = sorted(
            {terms.shop_id or terms.creator_id or 0 for terms in coupons.values() if terms.payer is payer}
        )
        for giver in givers:
            own = [
                claim_id
                for claim_id, terms in sorted(coupons.items())
                if terms.payer is payer and (terms.shop_id or terms.creator_id or 0) == giver
            ]
            before_fen = total_saved(apply_or_none(lines, chosen))
            saved = {one: total_saved(apply_or_none(lines, {**chosen, one: coupons[one]})) for one in own}
            best = max(own, key=lambda one: saved[one])
            if saved[best] > before_fen:
                chosen[best] = coupons[best]
    return tuple(sorted(chosen))


def apply_or_none(
    lines: Sequence[LineForCoupons], coupons: Mapping[int, CouponTerms]
) -> tuple[tuple[Saving, ...], ...]:
    """Return what coupons take off, or nothing where they do not fit."""
    try:
        return apply_coupons(lines=lines, coupons=coupons)
    except (CouponNotFitting, CouponsDoNotStack):
        return ()


def total_saved(savings: Sequence[Sequence[Saving]]) -> int:
    """Return the sum of savings."""
    return sum(saving.amount_fen for line in savings for saving in line)


def _fits(terms: CouponTerms, line: LineForCoupons) -> bool:
    if terms.currency != line.currency or (terms.product_ids and line.product_id not in terms.product_ids):
        return False
    if terms.payer is Payer.SHOP:
        return line.shop_id == terms.shop_id
    return terms.payer is Payer.PLATFORM or line.creator_id == terms.creator_id
