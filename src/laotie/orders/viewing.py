"""From rows to the values that cross the border."""

import json

from django.db.models import Q

from laotie.core.crypto import mask_name, mask_phone
from laotie.orders.contracts import (
    AfterSaleKind,
    AfterSaleState,
    AfterSaleView,
    ChargeBackView,
    Destination,
    DisputeState,
    DisputeView,
    EvidenceView,
    LineView,
    MoveView,
    OrderState,
    OrderView,
    ParcelView,
    PaymentState,
    PaymentView,
    RefundState,
    RefundView,
    ScanKind,
    ScanView,
    Side,
)
from laotie.orders.models import (
    AfterSale,
    ChargeBack,
    Dispute,
    Order,
    OrderLine,
    OrderMove,
    Parcel,
    Payment,
    Refund,
)
from laotie.orders.payments import channel_of

HIDDEN = "****"


def order_view(order: Order) -> OrderView:
    """Return an order with its lines; prefetch `lines` for more than one."""
    lines = sorted(order.lines.all(), key=lambda line: line.pk)
    return OrderView(
        id=order.pk,
        checkout_id=order.checkout_id,
        shop_id=order.shop_id,
        buyer_id=order.buyer_id,
        state=OrderState(order.state),
        goods_fen=order.goods_fen,
        freight_fen=order.freight_fen,
        discount_fen=order.discount_fen,
        payable_fen=order.payable_fen,
        paid_fen=order.paid_fen,
        refunded_fen=order.refunded_fen,
        freight_refunded_fen=order.freight_refunded_fen,
        currency=order.currency,
        close_reason=order.close_reason,
        rules_version=order.rules_version,
        placed_at=order.placed_at,
        pay_until=order.pay_until,
        paid_at=order.paid_at,
        ship_by=order.ship_by,
        shipped_at=order.shipped_at,
        receive_by=order.receive_by,
        received_at=order.received_at,
        settle_at=order.settle_at,
        settled_at=order.settled_at,
        closed_at=order.closed_at,
        lines=tuple(line_view(line) for line in lines),
    )


def line_view(line: OrderLine) -> LineView:
    """Return a line as others see it."""
    return LineView(
        id=line.pk,
        sku_id=line.sku_id,
        product_id=line.product_id,
        title=line.title,
        sku_name=line.sku_name,
        picture_url=line.picture_url,
        quantity=line.quantity,
        price_fen=line.price_fen,
        goods_fen=line.goods_fen,
        discount_fen=line.shop_discount_fen + line.funded_fen,
        paid_fen=line.paid_fen,
        refunded_fen=line.refunded_fen,
        returned_quantity=line.returned_quantity,
        creator_id=line.creator_id,
        attribution=line.attribution,
    )


def move_view(move: OrderMove) -> MoveView:
    """Return a step of an order's life."""
    return MoveView(move.old, move.new, move.actor, move.reason, move.moved_at, move.refund_id, move.case_id)


def parcel_view(parcel: Parcel) -> ParcelView:
    """Return a parcel with its scans, oldest first; prefetch `scans` for more than one."""
    scans = sorted(parcel.scans.all(), key=lambda scan: (scan.scanned_at, scan.pk))
    return ParcelView(
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        shipped_at=parcel.shipped_at,
        delivered_at=parcel.delivered_at,
        state=parcel.state,
        scans=tuple(ScanView(ScanKind(scan.kind), scan.place, scan.scanned_at) for scan in scans),
    )


def refund_view(refund: Refund) -> RefundView:
    """Return a refund."""
    return RefundView(
        id=refund.pk,
        order_id=refund.order_id,
        line_id=refund.line_id,
        state=RefundState(refund.state),
        goods_fen=refund.goods_fen,
        freight_fen=refund.freight_fen,
        quantity=refund.quantity,
        reason=refund.reason,
        agreed_at=refund.agreed_at,
        succeeded_at=refund.succeeded_at,
    )


def case_view(case: AfterSale, *, title: str = "") -> AfterSaleView:
    """Return an after-sale case, with its dispute if there is one."""
    dispute = getattr(case, "dispute", None)
    return AfterSaleView(
        id=case.pk,
        order_id=case.order_id,
        line_id=case.line_id,
        kind=AfterSaleKind(case.kind),
        state=AfterSaleState(case.state),
        goods_fen=case.goods_fen,
        freight_fen=case.freight_fen,
        quantity=case.quantity,
        reason=case.reason,
        answer=case.answer,
        exchange_sku_id=case.exchange_sku_id,
        return_carrier=case.return_carrier,
        return_tracking_number=case.return_tracking_number,
        refund_id=case.refund_id,
        requested_at=case.requested_at,
        moved_at=case.moved_at,
        act_by=case.act_by,
        title=title,
        dispute=dispute_view(dispute) if dispute is not None else None,
    )


def dispute_view(dispute: Dispute) -> DisputeView:
    """Return a dispute with what both sides have shown."""
    shown = dispute.evidence.defer("picture").annotate(has_picture=~Q(picture="")).order_by("id")
    return DisputeView(
        id=dispute.pk,
        case_id=dispute.case_id,
        state=DisputeState(dispute.state),
        opened_at=dispute.opened_at,
        evidence_by=dispute.evidence_by,
        decide_by=dispute.decide_by,
        winner=Side(dispute.winner) if dispute.winner else None,
        ruling=dispute.ruling,
        ruled_at=dispute.ruled_at,
        appeal_by=dispute.appeal_by,
        appealed_at=dispute.appealed_at,
        final_winner=Side(dispute.final_winner) if dispute.final_winner else None,
        final_ruling=dispute.final_ruling,
        ended_at=dispute.ended_at,
        evidence=tuple(
            EvidenceView(row.pk, Side(row.side), row.words, row.has_picture, row.shown_at) for row in shown
        ),
    )


def charge_back_view(row: ChargeBack) -> ChargeBackView:
    """Return a charge-back."""
    return ChargeBackView(
        id=row.pk,
        payment_number=row.payment.number,
        channel_ref=row.channel_ref,
        amount_fen=row.amount_fen,
        lost_fen=row.lost_fen,
        taken_at=row.taken_at,
    )


def payment_view(payment: Payment) -> PaymentView:
    """Return a payment."""
    return PaymentView(
        id=payment.pk,
        number=payment.number,
        checkout_id=payment.checkout_id,
        channel=payment.channel,
        state=PaymentState(payment.state),
        amount_fen=payment.amount_fen,
        currency=payment.currency,
        pay_url=channel_of(payment.channel).pay_url(payment.number),
    )


def destination_of(order: Order, *, masked: bool) -> Destination | None:
    """Return where an order goes; masked for those who do not have to ship it."""
    if not order.address:
        return None
    found = Destination(**json.loads(order.address))
    if not masked:
        return found
    return Destination(mask_name(found.recipient), mask_phone(found.phone), found.region, HIDDEN, "")
