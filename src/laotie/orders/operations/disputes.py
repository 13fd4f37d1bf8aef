"""The platform decides (平台介入): evidence from both sides, a ruling, one appeal to somebody else (RULES 8.8).

A ruling for the buyer is carried out at once. If the shop's appeal is upheld, the platform makes the shop whole from
its guarantee fund; nobody takes money back from a buyer. If the buyer's appeal is upheld, the case is paid then.
"""

from datetime import datetime, timedelta

from django.db import transaction

from laotie.core.actor import Actor, system
from laotie.core.audit_log import record_action
from laotie.core.errors import IllegalMove, NotFound
from laotie.core.pictures import as_webp
from laotie.core.rules import rules_of_version
from laotie.events.orders import DisputeEnded
from laotie.events.outbox import publish
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg, shop_address
from laotie.orders.contracts import AfterSaleState, DisputeState, DisputeView, Side
from laotie.orders.errors import AppealOver, EvidenceClosed, EvidenceTooMuch, SameJudge
from laotie.orders.models import AfterSale, Dispute, Evidence, Order
from laotie.orders.operations.after_sale import close_case, enter_case, grant_case, pay_case, take_goods
from laotie.orders.operations.cases import lock_case, move_case
from laotie.orders.operations.refunds import clean_words
from laotie.orders.rules import APPEAL_DAYS, DECIDE_HOURS, EVIDENCE_HOURS
from laotie.orders.states import DISPUTE_LIFE
from laotie.orders.viewing import dispute_view
from laotie.people import queries as people

EVIDENCE_MOST = 9
WORDS_MOST = 500
GUARANTEE = "platform:guarantee"


@transaction.atomic(savepoint=False)
def open_dispute(*, actor: Actor, case_id: int, words: str, now: datetime) -> DisputeView:
    """Ask the platform after a refusal, as the buyer, saying why.

    Raises: NotFound, IllegalMove, InvalidInput.
    """
    case, order = lock_case(case_id)
    if order.buyer_id != actor.account_id:
        raise NotFound(what="after-sale case")
    said = clean_words(words, "words", most=WORDS_MOST)
    rules = rules_of_version(order.rules_version)
    if Dispute.objects.filter(case=case).exists():  # the ruling was carried out and refused again
        raise IllegalMove(found=case.state, wanted=AfterSaleState.DISPUTED)
    evidence_by = now + timedelta(hours=rules[EVIDENCE_HOURS])
    move_case(case, AfterSaleState.DISPUTED, actor=actor, now=now, act_by=None)
    dispute = Dispute.objects.create(
        case=case,
        opened_at=now,
        evidence_by=evidence_by,
        decide_by=evidence_by + timedelta(hours=rules[DECIDE_HOURS]),
    )
    Evidence.objects.create(dispute=dispute, side=Side.BUYER, author=actor.address, words=said, shown_at=now)
    return dispute_view(dispute)


@transaction.atomic(savepoint=False)
def show_evidence(
    *, actor: Actor, case_id: int, words: str = "", picture: bytes = b"", now: datetime
) -> DisputeView:
    """Show words or a picture, as the buyer or for the shop, while evidence is taken or an appeal is heard.

    Raises: NotFound, EvidenceClosed, EvidenceTooMuch, NotAPicture, InvalidInput.
    """
    dispute, order, side = _enter_side(actor, case_id, "dispute.show_evidence", now)
    said = clean_words(words, "words", most=WORDS_MOST) if words.strip() or not picture else ""
    is_open = dispute.state == DisputeState.APPEALED or (
        dispute.state == DisputeState.EVIDENCE and now < dispute.evidence_by
    )
    if not is_open:
        raise EvidenceClosed(until=dispute.evidence_by.isoformat())
    if Evidence.objects.filter(dispute=dispute, side=side).count() >= EVIDENCE_MOST:
        raise EvidenceTooMuch(most=EVIDENCE_MOST)
    Evidence.objects.create(
        dispute=dispute,
        side=side,
        author=actor.address,
        words=said,
        picture=as_webp(picture) if picture else "",
        shown_at=now,
    )
    assert order.pk == dispute.case.order_id
    return dispute_view(dispute)


@transaction.atomic(savepoint=False)
def rule_dispute(*, actor: Actor, case_id: int, winner: Side, ruling: str, now: datetime) -> DisputeView:
    """Decide a dispute, as an operator, with reasons both sides read; a ruling for the buyer is carried out at once.

    Raises: NotAllowed, NotFound, IllegalMove, InvalidInput.
    """
    people.require_operator(actor=actor)
    dispute, case, order = _lock(case_id)
    words = clean_words(ruling, "ruling", most=WORDS_MOST)
    decide(dispute, case, order, winner=winner, ruling=words, actor=actor, now=now)
    record_action(
        actor=actor, action="dispute.rule", subject=f"order:{order.pk}", now=now, winner=winner.value, reason=words
    )
    return dispute_view(dispute)


@transaction.atomic(savepoint=False)
def appeal_ruling(*, actor: Actor, case_id: int, words: str, now: datetime) -> DisputeView:
    """Appeal once against a ruling, as the side that lost.

    Raises: NotFound, IllegalMove, AppealOver, InvalidInput.
    """
    dispute, _order, side = _enter_side(actor, case_id, "dispute.appeal", now)
    DISPUTE_LIFE.require(DisputeState(dispute.state), DisputeState.APPEALED)
    if side == dispute.winner:
        raise IllegalMove(found=dispute.state, wanted=DisputeState.APPEALED)
    assert dispute.appeal_by is not None
    if now >= dispute.appeal_by:
        raise AppealOver(until=dispute.appeal_by.isoformat())
    said = clean_words(words, "words", most=WORDS_MOST)
    dispute.state, dispute.appealed_at = DisputeState.APPEALED, now
    dispute.save(update_fields=["state", "appealed_at"])
    Evidence.objects.create(dispute=dispute, side=side, author=actor.address, words=said, shown_at=now)
    return dispute_view(dispute)


@transaction.atomic(savepoint=False)
def rule_appeal(*, actor: Actor, case_id: int, winner: Side, ruling: str, now: datetime) -> DisputeView:
    """Decide an appeal for good, as another operator than the first.

    Raises: NotAllowed, NotFound, IllegalMove, SameJudge, InvalidInput.
    """
    people.require_operator(actor=actor)
    dispute, case, order = _lock(case_id)
    words = clean_words(ruling, "ruling", most=WORDS_MOST)
    if dispute.state != DisputeState.APPEALED:
        raise IllegalMove(found=dispute.state, wanted=DisputeState.FINAL)
    if dispute.ruled_by == actor.address:
        raise SameJudge
    if winner != dispute.winner:
        _turn_round(case, order, winner=winner, actor=actor, now=now)
    _end(dispute, case, order, winner=winner, ruling=words, actor=actor, now=now)
    record_action(
        actor=actor,
        action="dispute.rule_appeal",
        subject=f"order:{order.pk}",
        now=now,
        winner=winner.value,
        reason=words,
    )
    return dispute_view(dispute)


def decide(
    dispute: Dispute, case: AfterSale, order: Order, *, winner: Side, ruling: str, actor: Actor, now: datetime
) -> None:
    """Write a ruling down and carry it out; the order is locked."""
    DISPUTE_LIFE.require(DisputeState(dispute.state), DisputeState.RULED)
    rules = rules_of_version(order.rules_version)
    dispute.state, dispute.winner, dispute.ruling = DisputeState.RULED, winner, ruling
    dispute.ruled_by, dispute.ruled_at = actor.address, now
    dispute.appeal_by = now + timedelta(days=rules[APPEAL_DAYS])
    dispute.save()
    if winner == Side.SHOP:
        close_case(case, order, actor=actor, now=now, reason="ruled for the shop")
    elif case.return_tracking_number:
        take_goods(case, order, actor=actor, is_sellable=False, now=now)
    else:
        grant_case(case, order, actor=actor, now=now)


def judge_in_silence(*, case_id: int, now: datetime) -> None:
    """When the time for evidence is over: a silent shop has lost, otherwise an operator decides (RULES 8.8)."""
    dispute, case, order = _lock(case_id)
    if dispute.state != DisputeState.EVIDENCE or now < dispute.evidence_by:
        return
    if Evidence.objects.filter(dispute=dispute, side=Side.SHOP).exists():
        dispute.state = DisputeState.DECIDING
        dispute.save(update_fields=["state"])
        return
    decide(
        dispute, case, order, winner=Side.BUYER, ruling="silent shop", actor=system("dispute-deadline"), now=now
    )


def end_unappealed(*, case_id: int, now: datetime) -> None:
    """Make a ruling final that nobody appealed in time."""
    dispute, case, order = _lock(case_id)
    if dispute.state == DisputeState.RULED and dispute.appeal_by is not None and now >= dispute.appeal_by:
        winner = Side(dispute.winner)
        _end(dispute, case, order, winner=winner, ruling="", actor=system("dispute-deadline"), now=now)


def _turn_round(case: AfterSale, order: Order, *, winner: Side, actor: Actor, now: datetime) -> None:
    """Carry an appeal out that was upheld."""
    if winner == Side.BUYER:
        pay_case(case, order, actor=actor, now=now)
        return
    refund = case.refund
    if refund is None or refund.shop_fen <= 0:
        return
    ledger.post(
        key=f"guarantee:case:{case.pk}",
        kind="guarantee",
        subject=f"case:{case.pk}",  # not the order's: its own legs still add up to what was paid
        legs=[Leg(GUARANTEE, -refund.shop_fen), Leg(shop_address(order.shop_id), refund.shop_fen)],
        currency=order.currency,
        now=now,
    )


def _end(
    dispute: Dispute, case: AfterSale, order: Order, *, winner: Side, ruling: str, actor: Actor, now: datetime
) -> None:
    DISPUTE_LIFE.require(DisputeState(dispute.state), DisputeState.FINAL)
    dispute.state, dispute.final_winner, dispute.final_ruling = DisputeState.FINAL, winner, ruling
    dispute.final_by, dispute.ended_at = actor.address, now
    dispute.save()
    publish(
        DisputeEnded(
            case_id=case.pk,
            order_id=order.pk,
            shop_id=order.shop_id,
            kind=case.kind,
            winner=winner.value,
            was_appealed=dispute.appealed_at is not None,
        ),
        now=now,
    )


def _lock(case_id: int) -> tuple[Dispute, AfterSale, Order]:
    case, order = lock_case(case_id)
    dispute = Dispute.objects.filter(case=case).first()
    if dispute is None:
        raise NotFound(what="dispute")
    return dispute, case, order


def _enter_side(actor: Actor, case_id: int, action: str, now: datetime) -> tuple[Dispute, Order, Side]:
    """Lock a dispute for one of its two sides.

    Raises: NotFound.
    """
    dispute, case, order = _lock(case_id)
    if order.buyer_id == actor.account_id:
        return dispute, order, Side.BUYER
    enter_case(actor, case.pk, action, now)
    return dispute, order, Side.SHOP
