"""Random lives of orders: whatever people, channels and clocks do, in whatever order, the books stay clean.

Every step is a real operation; a refusal is fine, a broken book is not. After each step the whole audit runs, and
once the events are delivered, the earnings say what the ledger says.
"""

import functools
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from laotie.alliance import operations as alliance
from laotie.alliance.contracts import PlanKind
from laotie.alliance.models import Earning
from laotie.catalog import operations as catalog
from laotie.catalog.tests.makers import make_product
from laotie.core.actor import Actor, person, system
from laotie.core.errors import DomainError
from laotie.events.event import EVENTS
from laotie.events.models import OutboxEvent
from laotie.ledger import operations as ledger_operations
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import BankAnswer
from laotie.ledger.models import Payout
from laotie.main.audit import audit_everything
from laotie.main.subscriptions import SUBSCRIPTIONS
from laotie.orders import operations
from laotie.orders.contracts import AfterSaleKind, BasketLine, Discount, Notice, OrderState, Side
from laotie.orders.jobs import carry_out_refunds
from laotie.orders.models import AfterSale, Dispute, LineDiscount, Order, OrderLine, Payment
from laotie.orders.tests import makers
from laotie.people.queries import get_account
from laotie.people.tests.makers import (
    make_agency_share,
    make_bank_account,
    make_identity,
    make_person,
    make_shop,
)
from laotie.promotions import operations as promotions
from laotie.promotions.contracts import Payer
from laotie.promotions.models import Claim, Coupon
from laotie.promotions.tests.makers import make_coupon
from laotie.trust import operations as trust

EARNING_ADDRESS = {
    "creator": "creator:{}:commission",
    "agency": "agency:{}:commission",
    "leader": "leader:{}:fee",
}

T = TypeVar("T")

picks = st.integers(0, 10_000)
few = st.integers(0, 3)
payers = st.sampled_from(["", "", "", "shop", "creator", "platform"])
lines_wanted = st.lists(st.tuples(picks, st.integers(1, 3), payers, st.integers(1, 3_000)), min_size=1, max_size=4)
spans = st.sampled_from(
    [timedelta(minutes=5), timedelta(minutes=16), timedelta(hours=49), timedelta(days=8), timedelta(days=16)]
)


class Lives(RuleBasedStateMachine):
    """Two shops, five SKUs, two buyers, a creator with an agency, a leader, and all that can happen to orders."""

    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()

    def open_the_market(self) -> None:
        self.now = makers.NOW
        self.market = market = makers.make_market(price_fen=9_999, stock=8, freight_fen=800)
        newcomer = make_shop(owner=make_person(name="新店"), activated_at=makers.NOW, now=makers.LONG_AGO)
        self.owners = {market.shop.id: market.merchant, newcomer.id: person(newcomer.owner_id)}
        leader = make_person(name="团长", is_creator=True, now=makers.LONG_AGO)
        stubborn = make_product(shop_id=newcomer.id, price_fen=44_44, stock=50, skus=2, now=makers.LONG_AGO)
        led = make_product(
            shop_id=newcomer.id, price_fen=3_333, stock=50, skus=2, trade="food", now=makers.LONG_AGO
        )
        self.products = (market.product, stubborn, led)
        self.skus = [sku.id for product in self.products for sku in product.skus]
        plan = makers.open_plan(market, rate_bp=1_990)
        alliance.set_step(
            actor=market.merchant, plan_id=plan.id, threshold=2, step_rate_bp=3_330, now=makers.LONG_AGO
        )
        alliance.open_plan(
            actor=self.owners[newcomer.id],
            shop_id=newcomer.id,
            kind=PlanKind.RECRUIT_NORMAL,
            product_id=led.id,
            rate_bp=1_111,
            leader_id=leader.id,
            leader_rate_bp=333,
            starts_at=makers.LONG_AGO,
            now=makers.LONG_AGO,
        )
        make_agency_share(creator=market.mei, share_bp=1_700, now=makers.LONG_AGO)
        self.buyers = (market.buyer, person(make_person(name="丽丽", now=makers.LONG_AGO).id))
        self.coupons = [
            make_coupon(
                actor=actor,
                payer=payer,
                shop_id=market.shop.id if payer is Payer.SHOP else None,
                threshold_fen=threshold_fen,
                amount_fen=amount_fen,
                per_person_most=100,
                now=self.now,
            )
            for actor, payer, threshold_fen, amount_fen in (
                (market.merchant, Payer.SHOP, 150_00, 17_01),
                (person(market.mei.id), Payer.CREATOR, 0, 3_33),
                (system("tests"), Payer.PLATFORM, 60_00, 7_77),
            )
        ]
        self.judges = tuple(
            person(make_person(name=name, is_operator=True, now=makers.LONG_AGO).id) for name in ("沈", "申")
        )
        self._make_payable()
        self.said: list[Notice] = []
        self.heard = 0
        for buyer in self.buyers:
            makers.click(market, viewer=get_account(buyer.account_id or 0), now=self.now)
            self.click(viewer=self.buyers.index(buyer), product=2, own=False)

    @initialize(
        lives=st.lists(st.tuples(lines_wanted, few, st.integers(1, 4)), min_size=3, max_size=6),
    )
    def live_before(self, lives: list[tuple[list[tuple[int, int, str, int]], int, int]]) -> None:
        """Start among orders in every state, so that short lives meet late things too."""
        self.open_the_market()
        for wanted, buyer, stages in lives:
            self.place(wanted=wanted, buyer=buyer, mistaken=False, coupons=[buyer])
            self.go_on(pick=0, stages=stages)

    # --- buying -----------------------------------------------------------------------------------------------

    @rule(wanted=lines_wanted, buyer=few, mistaken=st.booleans(), coupons=st.lists(few, max_size=3))
    def place(
        self,
        wanted: list[tuple[int, int, str, int]],
        buyer: int,
        mistaken: bool,  # noqa: FBT001
        coupons: list[int],
    ) -> None:
        """Lines may repeat a SKU, come from both shops, and carry anybody's discounts and coupons."""
        who = _one(self.buyers, buyer)
        for coupon in coupons:
            self._take(who, _one(self.coupons, coupon).id)
        held = Claim.objects.filter(account_id=who.account_id or 0, state="held").order_by("-id")
        lines = [
            BasketLine(_one(self.skus, sku), quantity, discounts=self._discount(payer, fen))
            for sku, quantity, payer, fen in wanted
        ]
        self._try(
            lambda: operations.place_order(
                buyer=who,
                lines=lines,
                claim_ids=list(held.values_list("pk", flat=True)[: len(coupons)]),
                destination=makers.HOME,
                expected_fen=1 if mistaken and buyer == 3 else None,
                now=self.now,
            )
        )

    @rule(viewer=few, product=few, own=st.booleans())
    def click(self, viewer: int, product: int, own: bool) -> None:  # noqa: FBT001
        clicked = _one(self.products, product)
        self._try(
            lambda: alliance.record_click(
                viewer_id=_one(self.buyers, viewer).account_id,
                visitor_key="visitor-000000001",
                product_id=clicked.id,
                creator_id=None if own and viewer == 3 else self.market.mei.id,
                shop_id=clicked.shop_id,
                entrance="showcase",
                now=self.now,
            )
        )

    @rule(
        wanted=lines_wanted, buyer=few, fen=st.one_of(st.none(), st.integers(1, 12_000)), backwards=st.booleans()
    )
    def pay_twice(
        self,
        wanted: list[tuple[int, int, str, int]],
        buyer: int,
        fen: int | None,
        backwards: bool,  # noqa: FBT001
    ) -> None:
        """In two parts that together are too much, one after the other or the other way round."""
        self.place(wanted=wanted, buyer=buyer, mistaken=False, coupons=[buyer])
        self.start_another_payment(pick=0, fen=fen)
        checkout = Payment.objects.order_by("-id").values_list("checkout_id", flat=True).first()
        payments = list(Payment.objects.filter(checkout=checkout).order_by("-id" if backwards else "id"))
        for payment in payments:
            self._hear(makers.notice_of(payment.number, now=self.now))

    @rule(pick=picks, fen=st.one_of(st.none(), st.integers(1, 12_000)))
    def start_another_payment(self, pick: int, fen: int | None) -> None:
        found = _of(list(Payment.objects.order_by("-id")[:5]), pick)
        if found is not None:
            self._try(
                lambda: operations.start_payment(
                    actor=person(found.checkout.buyer_id),
                    checkout_id=found.checkout_id,
                    channel="sandbox",
                    amount_fen=fen,
                    now=self.now,
                )
            )

    @rule(pick=few, is_paid=st.sampled_from([True, True, True, False]))
    def channel_speaks(self, pick: int, is_paid: bool) -> None:  # noqa: FBT001
        """About any payment, also one long past: failures, successes after failures, success twice."""
        payment = _of(list(Payment.objects.order_by("state", "-id")[:20][::-1]), pick)
        if payment is not None:
            self._hear(makers.notice_of(payment.number, is_paid=is_paid, now=self.now))

    @rule(pick=picks)
    def channel_repeats_itself(self, pick: int) -> None:
        notice = _of(self.said, pick)
        if notice is not None:
            self._hear(notice)

    @rule(pick=few, stages=st.integers(1, 4))
    def go_on(self, pick: int, stages: int) -> None:
        """An order goes some steps along the way most orders go: paid, shipped, received, settled."""
        order = _of(list(Order.objects.exclude(state__in=["closed", "settled"]).order_by("-id")[:4]), pick)
        for _ in range(stages if order is not None else 0):
            assert order is not None
            order.refresh_from_db()
            if order.state == OrderState.PLACED:
                waiting = Payment.objects.filter(checkout=order.checkout_id).exclude(state="paid").order_by("id")
                for payment in waiting:
                    self._hear(makers.notice_of(payment.number, now=self.now))
            elif order.state == OrderState.PAID:
                self._ship(order)
            elif order.state == OrderState.SHIPPED:
                self._receive(order)
            elif order.state == OrderState.RECEIVED:
                self.time_passes(span=timedelta(days=11), swept=True)

    # --- fulfilment -------------------------------------------------------------------------------------------

    @rule(pick=picks)
    def ship(self, pick: int) -> None:
        order = self._order(pick, OrderState.PAID)
        if order is not None:
            self._ship(order)

    @rule(pick=picks)
    def receive(self, pick: int) -> None:
        order = self._order(pick, OrderState.SHIPPED)
        if order is not None:
            self._receive(order)

    @rule(pick=picks, by_shop=st.booleans())
    def cancel(self, pick: int, by_shop: bool) -> None:  # noqa: FBT001
        order = _of(list(Order.objects.order_by("-id")[:6]), pick)
        if order is None:
            return
        who = self.owners[order.shop_id] if by_shop else person(order.buyer_id)
        if order.state == OrderState.PLACED:
            self._try(lambda: operations.cancel_unpaid_order(actor=who, order_id=order.pk, now=self.now))
        else:
            self._try(
                lambda: operations.cancel_paid_order(actor=who, order_id=order.pk, now=self.now, reason="不要了")
            )

    # --- refunds ----------------------------------------------------------------------------------------------

    @rule(
        pick=picks,
        units=few,
        fen=st.one_of(st.none(), st.integers(0, 9_999)),
        freight=st.sampled_from([0, 0, 800]),
    )
    def ask_for_money_back(self, pick: int, units: int, fen: int | None, freight: int) -> None:
        line = self._line(pick)
        if line is not None:
            self._try(
                lambda: operations.ask_after_sale(
                    actor=person(line.order.buyer_id),
                    order_id=line.order_id,
                    line_id=line.pk,
                    reason="少发",
                    goods_fen=fen,
                    freight_fen=freight,
                    quantity=units,
                    now=self.now,
                )
            )

    @rule(pick=picks, units=few, fen=st.one_of(st.none(), st.integers(1, 9_999)))
    def ask_and_agree(self, pick: int, units: int, fen: int | None) -> None:
        self.ask_for_money_back(pick=pick, units=units, fen=fen, freight=0)
        self.answer(pick=0, answer="agree")

    @rule(pick=picks, answer=st.sampled_from(["agree", "agree", "refuse", "withdraw"]))
    def answer(self, pick: int, answer: str) -> None:
        refund = _of(
            list(AfterSale.objects.select_related("order").filter(state="requested").order_by("-id")[:3]), pick
        )
        if refund is None:
            return
        shop = self.owners[refund.order.shop_id]
        buyer = person(refund.order.buyer_id)
        acts: dict[str, Callable[[], object]] = {
            "agree": lambda: operations.agree_after_sale(actor=shop, case_id=refund.pk, now=self.now),
            "refuse": lambda: operations.refuse_after_sale(
                actor=shop, case_id=refund.pk, answer="已发", now=self.now
            ),
            "withdraw": lambda: operations.withdraw_after_sale(actor=buyer, case_id=refund.pk, now=self.now),
        }
        self._try(acts[answer])

    @rule(pick=picks, kind=st.sampled_from([*AfterSaleKind]), units=few, sku=picks)
    def ask_for_after_sale(self, pick: int, kind: AfterSaleKind, units: int, sku: int) -> None:
        line = self._line(pick)
        if line is not None:
            self._try(
                lambda: operations.ask_after_sale(
                    actor=person(line.order.buyer_id),
                    order_id=line.order_id,
                    line_id=line.pk,
                    kind=kind,
                    reason="unwanted" if sku % 3 == 0 else "faulty: 坏了",
                    quantity=units,
                    exchange_sku_id=_one(self.skus, sku) if kind is AfterSaleKind.EXCHANGE else None,
                    now=self.now,
                )
            )

    @rule(pick=picks, steps=st.lists(st.integers(0, 7), min_size=1, max_size=5))
    def a_case_goes_on(self, pick: int, steps: list[int]) -> None:
        """Both sides do this and that; what does not fit is refused."""
        case = _of(list(AfterSale.objects.exclude(state__in=["done", "closed"]).order_by("-id")[:4]), pick)
        if case is None:
            return
        shop, buyer = self.owners[case.order.shop_id], person(case.order.buyer_id)
        now, case_id = self.now, case.pk
        parcel = {"carrier": "中通", "tracking_number": "ZT1"}
        acts: tuple[Callable[[], object], ...] = (
            lambda: operations.agree_after_sale(actor=shop, case_id=case_id, now=now),
            lambda: operations.send_back(actor=buyer, case_id=case_id, now=now, **parcel),
            lambda: operations.confirm_return(actor=shop, case_id=case_id, is_sellable=pick % 2 == 0, now=now),
            lambda: operations.ship_for_case(actor=shop, case_id=case_id, now=now, **parcel),
            lambda: operations.receive_for_case(actor=buyer, case_id=case_id, now=now),
            lambda: operations.refuse_after_sale(actor=shop, case_id=case_id, answer="不同意", now=now),
            lambda: operations.miss_interception(actor=shop, case_id=case_id, now=now),
            lambda: operations.withdraw_after_sale(actor=buyer, case_id=case_id, now=now),
        )
        for step in steps:
            self._try(acts[step])

    @rule(pick=picks, winner=st.sampled_from([*Side]), speaks=st.booleans())
    def a_refusal_is_disputed(self, pick: int, winner: Side, speaks: bool) -> None:  # noqa: FBT001
        case = _of(list(AfterSale.objects.filter(state__in=["requested", "returned"]).order_by("-id")[:4]), pick)
        if case is None:
            return
        shop, buyer = self.owners[case.order.shop_id], person(case.order.buyer_id)
        now, case_id = self.now, case.pk
        self._try(lambda: operations.refuse_after_sale(actor=shop, case_id=case_id, answer="不同意", now=now))
        self._try(lambda: operations.open_dispute(actor=buyer, case_id=case_id, words="不公平", now=now))
        if speaks:
            self._try(lambda: operations.show_evidence(actor=shop, case_id=case_id, words="已核实", now=now))
            judge = self.judges[0]
            self._try(
                lambda: operations.rule_dispute(
                    actor=judge, case_id=case_id, winner=winner, ruling="证据充分", now=now
                )
            )

    @rule(pick=picks, winner=st.sampled_from([*Side]))
    def a_ruling_is_appealed(self, pick: int, winner: Side) -> None:
        dispute = _of(list(Dispute.objects.filter(state="ruled").order_by("-id")[:4]), pick)
        if dispute is None:
            return
        case = dispute.case
        loser = self.owners[case.order.shop_id] if dispute.winner == "buyer" else person(case.order.buyer_id)
        now, case_id = self.now, case.pk
        self._try(lambda: operations.appeal_ruling(actor=loser, case_id=case_id, words="请复核", now=now))
        judge = self.judges[1]
        self._try(
            lambda: operations.rule_appeal(actor=judge, case_id=case_id, winner=winner, ruling="复核完毕", now=now)
        )

    @rule(pick=picks, percent=st.integers(1, 100))
    def the_channel_takes_money_back(self, pick: int, percent: int) -> None:
        payment = _of(list(Payment.objects.filter(state="paid").order_by("-id")[:5]), pick)
        if payment is not None:
            self._try(
                lambda: operations.record_charge_back(
                    actor=system("channel"),
                    payment_number=payment.number,
                    amount_fen=max(1, payment.amount_fen * percent // 100),
                    channel_ref=f"CB{percent}",
                    now=self.now,
                )
            )

    # --- money out --------------------------------------------------------------------------------------------

    @rule(pick=few, percent=st.integers(1, 100))
    def take_money_out(self, pick: int, percent: int) -> None:
        party, actor, address = _one(self.parties, pick)
        available_fen = ledger.get_balance(address=address).available_fen
        self._try(
            lambda: trust.request_payout(
                actor=actor, party=party, amount_fen=available_fen * percent // 100, now=self.now
            )
        )

    @rule(paid=st.booleans(), cancels=st.booleans())
    def the_bank_works(self, paid: bool, cancels: bool) -> None:  # noqa: FBT001
        judge = self.judges[0]
        for row in Payout.objects.filter(state="requested"):
            refuse = functools.partial(trust.refuse_payout, payout_id=row.pk, reason="先不付")
            approve = functools.partial(trust.approve_payout, payout_id=row.pk)
            self._try(functools.partial(refuse if cancels else approve, actor=judge, now=self.now))
        self._try(lambda: trust.make_payout_batch(actor=judge, now=self.now))
        for row in Payout.objects.filter(state="sent"):
            answer = BankAnswer(number=row.number, is_paid=paid, reason="" if paid else "退票")
            self._try(functools.partial(ledger_operations.end_payout, answer=answer, actor=judge, now=self.now))

    @rule(pick=picks)
    def a_payout_comes_back(self, pick: int) -> None:
        row = _of(list(Payout.objects.filter(state="paid").order_by("-id")[:3]), pick)
        if row is not None:
            judge = self.judges[0]
            self._try(lambda: trust.return_payout(actor=judge, payout_id=row.pk, reason="销户", now=self.now))

    @rule(pick=few, fen=st.integers(1, 60_000))
    def a_deposit_is_topped_up(self, pick: int, fen: int) -> None:
        shop_id = _one(list(self.owners), pick)
        self._try(
            lambda: trust.top_up_deposit(actor=self.owners[shop_id], shop_id=shop_id, amount_fen=fen, now=self.now)
        )

    def _make_payable(self) -> None:
        """Let the owners and Mei prove who they are and say where their money goes."""
        mei = self.market.mei
        make_identity(account=mei, now=makers.LONG_AGO)
        make_bank_account(actor=person(mei.id), owner=f"account:{mei.id}", now=makers.LONG_AGO)
        self.parties = [(f"creator:{mei.id}", person(mei.id), f"creator:{mei.id}:commission")]
        for shop_id, owner in self.owners.items():
            make_identity(account=get_account(owner.account_id or 0), now=makers.LONG_AGO)
            make_bank_account(actor=owner, owner=f"shop:{shop_id}", now=makers.LONG_AGO)
            trust.record_deposit(
                actor=self.judges[0],
                shop_id=shop_id,
                amount_fen=50_000,
                reference=f"到账{shop_id}",
                now=makers.LONG_AGO,
            )
            self.parties.append((f"shop:{shop_id}", owner, f"shop:{shop_id}:payable"))

    # --- refunds without being asked --------------------------------------------------------------------------

    @rule(pick=picks, units=few, percent=st.integers(0, 100), freight=st.sampled_from([0, 800]))
    def give_back_unasked(self, pick: int, units: int, percent: int, freight: int) -> None:
        line = self._line(pick)
        if line is not None:
            self._try(
                lambda: operations.refund_line(
                    actor=self.owners[line.order.shop_id],
                    order_id=line.order_id,
                    line_id=line.pk,
                    goods_fen=(line.paid_fen - line.refunded_fen) * percent // 100,
                    freight_fen=freight,
                    quantity=units,
                    reason="补偿",
                    now=self.now,
                )
            )

    @rule()
    def channels_carry_refunds_out(self) -> None:
        self._try(carry_out_refunds)

    # --- time -------------------------------------------------------------------------------------------------

    @rule(span=spans, swept=st.booleans())
    def time_passes(self, span: timedelta, swept: bool) -> None:  # noqa: FBT001
        """The jobs run, the stock's sweep sometimes before them and sometimes not at all."""
        self.now += span
        if swept:
            self._must(lambda: catalog.expire_reservations(now=self.now))
        for job in (
            operations.close_unpaid_checkouts,
            operations.act_on_due_cases,
            operations.act_on_due_disputes,
            operations.receive_due_orders,
            operations.settle_due_orders,
            ledger_operations.release_due_holds,
        ):
            self._must(lambda job=job: job(now=self.now))  # type: ignore[misc]

    @rule()
    def stock_is_swept_first(self) -> None:
        """Reservations end while a payment is on its way."""
        self.now += timedelta(minutes=16)
        self._must(lambda: catalog.expire_reservations(now=self.now))

    @rule()
    def events_arrive(self) -> None:
        """What the outbox delivers, in its order; then the earnings must say what the ledger says."""
        for event in OutboxEvent.objects.filter(pk__gt=self.heard).order_by("pk"):
            kind = EVENTS[event.name]
            for subscription in SUBSCRIPTIONS:
                handler = subscription.handlers.get(kind)
                if handler is not None:
                    handler(kind.from_payload(event.payload), event.occurred_at)
            self.heard = event.pk
        assert settled_earnings() == ledger_earnings()

    # --- always -----------------------------------------------------------------------------------------------

    @invariant()
    def coupons_are_spent_on_what_still_stands(self) -> None:
        """A used coupon belongs to a checkout with an order that has not come to nothing, and was counted once."""
        for claim in Claim.objects.exclude(used_for=""):
            checkout_id = int(claim.used_for.removeprefix("checkout:"))
            assert Order.objects.filter(checkout_id=checkout_id).exclude(state="closed").exists(), claim.used_for
        for coupon in self.coupons:
            assert Coupon.objects.get(pk=coupon.id).claimed == Claim.objects.filter(coupon_id=coupon.id).count()

    @invariant()
    def the_books_are_clean(self) -> None:
        assert list(audit_everything()) == []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    def _discount(self, payer: str, fen: int) -> tuple[Discount, ...]:
        if not payer:
            return ()
        return (Discount(f"creator:{self.market.mei.id}" if payer == "creator" else payer, "coupon", fen),)

    def _take(self, who: Actor, coupon_id: int) -> None:
        self._try(lambda: promotions.claim_coupon(actor=who, coupon_id=coupon_id, now=self.now))

    def _hear(self, notice: Notice) -> None:
        self.said.append(notice)
        self._try(lambda: operations.apply_notice(notice=notice, now=self.now))

    def _ship(self, order: Order) -> None:
        self._try(
            lambda: operations.ship_order(
                actor=self.owners[order.shop_id], order_id=order.pk, parcels=[("顺丰", "SF1")], now=self.now
            )
        )

    def _receive(self, order: Order) -> None:
        self._try(
            lambda: operations.confirm_receipt(actor=person(order.buyer_id), order_id=order.pk, now=self.now)
        )

    def _order(self, pick: int, state: OrderState) -> Order | None:
        return _of(list(Order.objects.filter(state=state).order_by("-id")[:4]), pick)

    def _line(self, pick: int) -> OrderLine | None:
        lines = OrderLine.objects.select_related("order").exclude(order__state__in=["placed", "closed"])
        return _of(list(lines.order_by("-id")[:10]), pick)

    def _try(self, act: Callable[[], object]) -> None:
        """Do something that may be refused; what is refused has changed nothing."""
        try:
            with transaction.atomic():
                act()
        except DomainError:
            pass

    def _must(self, act: Callable[[], object]) -> None:
        """Do what a job does; it has nobody to refuse to."""
        with transaction.atomic():
            act()


def _one(things: Sequence[T], pick: int) -> T:
    """Return one of some things, whatever number was drawn."""
    return things[pick % len(things)]


def _of(things: Sequence[T], pick: int) -> T | None:
    """Return one of them, whatever number was drawn; None where there are none."""
    return _one(things, pick) if things else None


def settled_earnings() -> dict[tuple[int, str], int]:
    """Return what the alliance says was paid, by order and ledger address."""
    found: dict[tuple[int, str], int] = {}
    for earning in Earning.objects.filter(settled_fen__gt=0):
        key = (earning.order_id, EARNING_ADDRESS[earning.role].format(earning.party_id))
        found[key] = found.get(key, 0) + earning.settled_fen
    return found


def ledger_earnings() -> dict[tuple[int, str], int]:
    """Return what lies in the ledger by order and address, the red packets a creator paid for added back."""
    found: dict[tuple[int, str], int] = {}
    for order in Order.objects.filter(state=OrderState.SETTLED):
        for address, fen in ledger.sum_by_subject(subject=f"order:{order.pk}").items():
            if address.startswith(("creator:", "agency:", "leader:")):
                found[order.pk, address] = fen
        for entry in LineDiscount.objects.filter(line__order=order, payer__startswith="creator:"):
            line = entry.line
            kept = entry.amount_fen
            if line.refunded_fen:
                kept = entry.amount_fen * (line.paid_fen - line.refunded_fen) // line.paid_fen
            key = (order.pk, f"{entry.payer}:commission")
            found[key] = found.get(key, 0) + kept
    return {key: fen for key, fen in found.items() if fen}


def live(examples: int, steps: int) -> None:
    """Run so many lives of so many steps."""
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=steps == SHORT_STEPS,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


SHORT_STEPS = 40


@pytest.mark.django_db
def test_random_lives_keep_the_books_clean() -> None:
    live(examples=15, steps=SHORT_STEPS)


@pytest.mark.proof
@pytest.mark.timeout(3_600)
@pytest.mark.django_db
def test_many_long_random_lives_keep_the_books_clean() -> None:
    live(examples=300, steps=120)
