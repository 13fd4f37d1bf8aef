"""The outbox: nothing is lost, nothing runs twice, what fails is parked and replayed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from laotie.events.delivery import ATTEMPTS_MAX, Subscription, deliver, list_lags, replay_parked
from laotie.events.models import Cursor, OutboxEvent, ParkedEvent
from laotie.events.orders import OrderPlaced
from laotie.events.outbox import publish

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def placed(order_id: int) -> OrderPlaced:
    return OrderPlaced(order_id=order_id, shop_id=1, buyer_id=2, payable_fen=100)


@pytest.mark.django_db(transaction=True)
class TestDeliver:
    def test_hands_each_event_once_in_order(self) -> None:
        heard: list[int] = []
        subscription = Subscription("test.hear", {OrderPlaced: lambda event, _at: heard.append(event.order_id)})
        with transaction.atomic():
            publish(placed(1), placed(2), now=NOW)
        assert deliver(subscription, now=NOW) == 2
        assert deliver(subscription, now=NOW) == 0
        assert heard == [1, 2]

    def test_goes_by_the_number_of_the_transaction_not_by_its_digits(self) -> None:
        """As text 10 comes before 9, and the cursor would pass over what it has not read."""
        heard: list[int] = []
        subscription = Subscription("test.hear", {OrderPlaced: lambda event, _at: heard.append(event.order_id)})
        for order_id, xid in ((1, "9"), (2, "10"), (3, "11")):
            payload = json.loads(placed(order_id).to_json())
            OutboxEvent.objects.create(xid=xid, name=OrderPlaced.name, payload=payload, occurred_at=NOW)
        assert deliver(subscription, now=NOW) == 3
        assert heard == [1, 2, 3]
        assert Cursor.objects.get(pk="test.hear").xid == "11"

    def test_stops_below_a_transaction_still_open(self) -> None:
        heard: list[int] = []
        subscription = Subscription("test.hear", {OrderPlaced: lambda event, _at: heard.append(event.order_id)})
        rival = connection.copy()
        try:
            rival.set_autocommit(False)
            with rival.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO events_outboxevent (name, payload, occurred_at) VALUES (%s, %s, %s)",
                    [
                        OrderPlaced.name,
                        '{"order_id":1,"shop_id":1,"buyer_id":1,"payable_fen":1}',
                        NOW,
                    ],
                )
            with transaction.atomic():
                publish(placed(2), now=NOW)
            assert deliver(subscription, now=NOW) == 0
            rival.commit()
            assert deliver(subscription, now=NOW) == 2
            assert heard == [1, 2]
        finally:
            rival.close()

    def test_parks_after_its_retries_and_replays(self) -> None:
        broken = True
        heard: list[int] = []

        def hear(event: OrderPlaced, _at: datetime) -> None:
            if broken and event.order_id == 1:
                raise ValueError("no")
            heard.append(event.order_id)

        subscription = Subscription("test.hear", {OrderPlaced: hear})
        with transaction.atomic():
            publish(placed(1), placed(2), now=NOW)
        now = NOW
        for _ in range(ATTEMPTS_MAX):
            deliver(subscription, now=now)
            now += timedelta(minutes=1)
        assert heard == [2]
        assert ParkedEvent.objects.count() == 1
        assert list_lags([subscription])[0].parked == 1
        broken = False
        assert replay_parked([subscription]) == (1, 0)
        assert heard == [2, 1]
        assert ParkedEvent.objects.count() == 0

    def test_waits_between_retries(self) -> None:
        calls: list[int] = []

        def hear(_event: OrderPlaced, _at: datetime) -> None:
            calls.append(1)
            raise ValueError("no")

        subscription = Subscription("test.hear", {OrderPlaced: hear})
        with transaction.atomic():
            publish(placed(1), now=NOW)
        deliver(subscription, now=NOW)
        deliver(subscription, now=NOW + timedelta(milliseconds=900))
        assert len(calls) == 1
        deliver(subscription, now=NOW + timedelta(seconds=1))
        assert len(calls) == 2
        assert Cursor.objects.get().attempts == 2
