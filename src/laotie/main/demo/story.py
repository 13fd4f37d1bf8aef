"""Drives the demo market's lives through the ordinary operations, each step at its moment in the past."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from laotie.alliance import operations as alliance
from laotie.core.actor import Actor, person, system
from laotie.core.sql import fetch_all, fetch_one
from laotie.ledger import operations as ledger
from laotie.main.demo.lives import PRODUCT_OF_SKU, SHELF_ENTRANCE, SHOP_ENTRANCE, SHOP_OF_PRODUCT, Fate, Life
from laotie.main.demo.market import CHANNEL_SKU, DemoMarket
from laotie.orders import operations as orders
from laotie.orders import queries
from laotie.orders.contracts import AfterSaleKind, AfterSaleState, BasketLine, CheckoutView, Notice, OrderView

CARRIERS = (("顺丰速运", "SF"), ("中通快递", "ZT"), ("圆通速递", "YT"), ("韵达快递", "YD"))
REASONS = ("少件", "与描述不符", "包装破损", "不想要了", "尺码不合适", "坏果三个，已拍照")
REFUSALS = ("商品已使用，影响二次销售", "已超过坏果包赔时间", "照片与订单不符，请联系客服")
AFTER_DEADLINE = timedelta(seconds=20)
BEFORE_SETTLEMENT = frozenset({Fate.PART_BACK, Fate.ALL_BACK, Fate.ASKED, Fate.REFUSED, Fate.WITHDRAWN})
AFTER_SETTLEMENT = frozenset({Fate.PART_BACK_LATER, Fate.ALL_BACK_LATER})


@dataclass(slots=True)
class Story:
    """What happens, in the order of time; a step may put further steps on the agenda."""

    market: DemoMarket
    now: datetime
    _agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    def plan(self, at: datetime, step: Callable[[datetime], None]) -> None:
        """Put a step on the agenda; one that lies in the future never happens here."""
        if at <= self.now:
            heapq.heappush(self._agenda, (at, next(self._count), step))

    def live(self, life: Life) -> None:
        """Put an order's beginning on the agenda."""
        self.plan(life.at - timedelta(minutes=4), lambda at: self._click(life, at))
        self.plan(life.at, lambda at: self._place(life, at))

    def run(self, on_progress: Callable[[datetime], None]) -> int:
        """Do everything on the agenda in the order of time and return how many steps that were."""
        done = 0
        while self._agenda:
            at, _number, step = heapq.heappop(self._agenda)
            step(at)
            done += 1
            on_progress(at)
        return done

    def _click(self, life: Life, at: datetime) -> None:
        if life.via == SHELF_ENTRANCE:
            return
        for product in dict.fromkeys(PRODUCT_OF_SKU[code] for code, _quantity in life.skus):
            shop_id = self.market.shops[SHOP_OF_PRODUCT[product]]
            creator_id = None if life.via == SHOP_ENTRANCE else self.market.accounts[life.via]
            buyer_id = self.market.accounts[life.buyer]
            alliance.record_click(
                viewer_id=buyer_id,
                visitor_key=f"demo-visitor-{buyer_id:08}",
                product_id=self.market.products[product],
                creator_id=creator_id,
                shop_id=shop_id,
                entrance=f"shop:{shop_id}" if creator_id is None else f"showcase:{creator_id}",
                now=at,
            )

    def _place(self, life: Life, at: datetime) -> None:
        is_led = life.via not in {SHOP_ENTRANCE, SHELF_ENTRANCE}
        channel = f"creator:{self.market.accounts[life.via]}" if is_led else "shelf"
        checkout = orders.place_order(
            buyer=self.market.actor(life.buyer),
            lines=[BasketLine(self.market.skus[code], quantity, channel) for code, quantity in life.skus],
            address_id=self.market.addresses[life.buyer],
            now=at,
        )
        if life.fate == Fate.UNPAID:
            self.keep_deadlines_at(checkout.pay_until)
        elif life.fate == Fate.GIVEN_UP:
            self.plan(at + life.hours("give up", 0.05, 0.2), lambda later: self._give_up(life, checkout, later))
        else:
            self.plan(at + life.hours("pay", 0.01, 0.2), lambda later: self._pay(life, checkout, later))

    def _give_up(self, life: Life, checkout: CheckoutView, at: datetime) -> None:
        orders.cancel_unpaid_order(actor=self.market.actor(life.buyer), order_id=checkout.order_ids[0], now=at)

    def _pay(self, life: Life, checkout: CheckoutView, at: datetime) -> None:
        payment = checkout.payment
        notice = Notice(
            channel=payment.channel,
            notice_id=f"{payment.number}-paid",
            payment_number=payment.number,
            channel_ref=f"SB{payment.number}",
            is_paid=True,
            amount_fen=payment.amount_fen,
            currency=payment.currency,
            sent_at=at,
        )
        orders.apply_notice(notice=notice, now=at)
        for order_id in checkout.order_ids:
            _Order(self, life, order_id).begin(at)

    def keep_deadlines_at(self, deadline: datetime) -> None:
        """Do what the worker does when a deadline has passed."""
        self.plan(deadline + AFTER_DEADLINE, self._keep_deadlines)

    def _keep_deadlines(self, at: datetime) -> None:
        orders.close_unpaid_checkouts(now=at)
        orders.act_on_due_cases(now=at)
        orders.receive_due_orders(now=at)
        orders.settle_due_orders(now=at)
        ledger.release_due_holds(now=at)

    def finish_refunds(self, at: datetime) -> None:
        """Let the payment channel give back what the books say is on its way."""
        for (part_id,) in fetch_all("SELECT id FROM orders_refundpart WHERE done_at IS NULL ORDER BY id"):
            orders.finish_refund_part(part_id=part_id, channel_ref=f"SR{part_id}", now=at)


@dataclass(slots=True)
class _Order:
    """One paid order of a life, step by step."""

    story: Story
    life: Life
    id: int

    def begin(self, paid_at: datetime) -> None:
        """Go on after payment."""
        if self.life.fate == Fate.CANCELLED:
            self.story.plan(paid_at + self.life.hours("cancel", 0.5, 2.5), self._cancel)
            return
        late = self.life.fate == Fate.SLOW
        hours = self.life.hours("ship", 50, 80) if late else self.life.hours("ship", 3, 37)
        self.story.plan(paid_at + hours, self._ship)

    def _view(self) -> OrderView:
        return queries.access_order(actor=self.story.market.actor(self.life.buyer), order_id=self.id).order

    def _row(self) -> tuple[int, str, datetime]:
        found = fetch_one("SELECT shop_id, state, settle_at FROM orders_order WHERE id = %s", [self.id])
        assert found is not None
        shop_id, state, settle_at = found
        return shop_id, state, settle_at

    def _clerk(self) -> Actor:
        shop_id, _state, _settle_at = self._row()
        return self.story.market.staff(self.story.market.shop_of(shop_id))

    def _cancel(self, at: datetime) -> None:
        actor = self.story.market.actor(self.life.buyer)
        orders.cancel_paid_order(actor=actor, order_id=self.id, reason="拍错了，重新下单", now=at)
        self.story.plan(at + self.life.hours("give back", 0.1, 2), self.story.finish_refunds)

    def _ship(self, at: datetime) -> None:
        carrier, prefix = CARRIERS[self.id % len(CARRIERS)]
        number = f"{prefix}{10_000_000_000 + self.id * 7_919}"
        orders.ship_order(actor=self._clerk(), order_id=self.id, parcels=[(carrier, number)], now=at)
        self.story.plan(at + self.life.hours("carry", 20, 38), self._arrive)
        if self.life.fate in BEFORE_SETTLEMENT:
            self.story.plan(at + self.life.hours("complain", 39, 60), self._ask)
        elif self.life.luck is not None and self.life.luck % 4 == 0 and self.life.fate not in AFTER_SETTLEMENT:
            received_by = at + timedelta(days=10)
            self.story.keep_deadlines_at(received_by)  # never confirms: time does
            for days in (7, 10):
                self.story.keep_deadlines_at(received_by + timedelta(days=days, seconds=40))
        else:
            self.story.plan(at + self.life.hours("receive", 40, 130), self._receive)

    def _arrive(self, at: datetime) -> None:
        orders.record_delivery(order_id=self.id, actor=system("carrier"), now=at)

    def _receive(self, at: datetime) -> None:
        if self._row()[1] != "shipped":  # sent back and refunded meanwhile
            return
        buyer = self.story.market.actor(self.life.buyer)
        orders.confirm_receipt(actor=buyer, order_id=self.id, now=at)
        _shop_id, _state, settle_at = self._row()
        self.story.keep_deadlines_at(settle_at)
        if self.life.fate in AFTER_SETTLEMENT:
            self.story.plan(settle_at + self.life.hours("complain", 6, 60), self._ask)

    def _ask(self, at: datetime) -> None:
        line = self._view().lines[0]
        whole = self.life.fate in {Fate.ALL_BACK, Fate.ALL_BACK_LATER}
        asks_for_all = whole or self.life.fate in {Fate.ASKED, Fate.WITHDRAWN}
        case = orders.ask_after_sale(
            actor=self.story.market.actor(self.life.buyer),
            order_id=self.id,
            line_id=line.id,
            kind=AfterSaleKind.RETURN_REFUND if asks_for_all else AfterSaleKind.REFUND_ONLY,
            goods_fen=None if asks_for_all else line.paid_fen * (20 + self.id % 40) // 100,
            reason=REASONS[self.id % len(REASONS)],
            now=at,
        )
        if self.life.fate == Fate.ASKED:
            assert case.act_by is not None
            self.story.keep_deadlines_at(case.act_by)  # silence agrees
            self.story.keep_deadlines_at(case.act_by + timedelta(days=10, minutes=5))  # and nothing is sent back
        else:
            hours = self.life.hours("answer", 1, 30)
            self.story.plan(at + hours, lambda later: self._answer(case.id, later))

    def _answer(self, case_id: int, at: datetime) -> None:
        clerk = self._clerk()
        if self.life.fate == Fate.REFUSED:
            words = REFUSALS[self.id % len(REFUSALS)]
            orders.refuse_after_sale(actor=clerk, case_id=case_id, answer=words, now=at)
            self.story.keep_deadlines_at(at + timedelta(days=3, minutes=5))
        elif self.life.fate == Fate.WITHDRAWN:
            orders.withdraw_after_sale(actor=self._buyer(), case_id=case_id, now=at)
        elif orders.agree_after_sale(actor=clerk, case_id=case_id, now=at).state is AfterSaleState.RETURNING:
            self.story.plan(
                at + self.life.hours("send back", 5, 30), lambda later: self._send_back(case_id, later)
            )
        else:
            self.story.plan(at + self.life.hours("give back", 0.1, 2), self.story.finish_refunds)
        _shop_id, state, _settle_at = self._row()
        if state == "shipped":
            self.story.plan(at + self.life.hours("receive", 12, 48), self._receive)

    def _send_back(self, case_id: int, at: datetime) -> None:
        carrier, prefix = CARRIERS[self.id % len(CARRIERS)]
        number = f"{prefix}{20_000_000_000 + self.id * 7_919}"
        orders.send_back(actor=self._buyer(), case_id=case_id, carrier=carrier, tracking_number=number, now=at)
        self.story.plan(at + self.life.hours("come back", 20, 60), lambda later: self._take_back(case_id, later))

    def _take_back(self, case_id: int, at: datetime) -> None:
        orders.confirm_return(actor=self._clerk(), case_id=case_id, is_sellable=self.id % 3 != 0, now=at)
        self.story.plan(at + self.life.hours("give back", 0.1, 2), self.story.finish_refunds)

    def _buyer(self) -> Actor:
        return self.story.market.actor(self.life.buyer)


def look_around(story: Story, life: Life) -> None:
    """Let somebody open a product page through a creator's entrance and buy nothing."""
    product = PRODUCT_OF_SKU[life.skus[0][0]]
    market = story.market
    story.plan(
        life.at,
        lambda at: _look(market, life, product, at),
    )


def _look(market: DemoMarket, life: Life, product: str, at: datetime) -> None:
    creator_id = market.accounts[life.via]
    alliance.record_click(
        viewer_id=None,
        visitor_key=f"demo-passer-by-{life.luck:012}",
        product_id=market.products[product],
        creator_id=creator_id,
        shop_id=market.shops[SHOP_OF_PRODUCT[product]],
        entrance=f"showcase:{creator_id}",
        now=at,
    )


def fill_cart(market: DemoMarket, *, now: datetime) -> None:
    """Leave things in Lin's cart, one of them at Mei's price."""
    lin = person(market.accounts["lin"])
    mei = f"creator:{market.accounts['mei']}"
    alliance.record_click(
        viewer_id=market.accounts["lin"],
        visitor_key=f"demo-visitor-{market.accounts['lin']:08}",
        product_id=market.products[PRODUCT_OF_SKU[CHANNEL_SKU]],
        creator_id=market.accounts["mei"],
        shop_id=market.shops[SHOP_OF_PRODUCT[PRODUCT_OF_SKU[CHANNEL_SKU]]],
        entrance=f"showcase:{market.accounts['mei']}",
        now=now,
    )
    for code, quantity, channel in ((CHANNEL_SKU, 1, mei), ("YZ-NAV", 2, "shelf"), ("DFB-W", 1, "shelf")):
        orders.put_in_cart(actor=lin, sku_id=market.skus[code], quantity=quantity, channel=channel, now=now)
