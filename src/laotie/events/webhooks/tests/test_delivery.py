"""Webhooks against a real receiver: taken, refused, slow, redirecting, endless; retried, given up, sent again."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from laotie.core.actor import person
from laotie.core.errors import IllegalMove, InvalidInput, NotFound
from laotie.core.tests.receiver import Receiver, receiver
from laotie.events.delivery import deliver
from laotie.events.models import OutboxEvent, WebhookAttempt, WebhookEndpoint, WebhookMessage, WebhookSecret
from laotie.events.orders import LineShare, OrderPaid, OrderPlaced, PaidLine
from laotie.events.outbox import publish
from laotie.events.webhooks import operations, queries, sending
from laotie.events.webhooks.delivery import PAUSES, deliver_due, deliver_message, list_endpoints_with_due, trim_log
from laotie.events.webhooks.errors import TooManyWebhooks, WebhookIsDisabled
from laotie.events.webhooks.handlers import SUBSCRIPTIONS
from laotie.events.webhooks.states import MessageState

NOW = datetime.now(UTC).replace(microsecond=0)
TAN = person(3)
PLACED = "orders.order_placed.v1"


@pytest.fixture
def found(settings: object) -> Iterator[Receiver]:
    """Run a receiver, and allow private addresses for it."""
    settings.WEBHOOKS_ALLOW_PRIVATE = True  # type: ignore[attr-defined]
    with receiver() as running:
        yield running


def add(found: Receiver, *, owner: str = "shop:3", events: tuple[str, ...] = (PLACED,)) -> tuple[str, int]:
    """Add an endpoint at the receiver and return its secret and id."""
    secret, view = operations.add_endpoint(actor=TAN, owner=owner, url=found.url, events=events, now=NOW)
    return secret, view.id


def message_to(endpoint_id: int) -> int:
    """Queue a message and return its id."""
    return operations.send_test(endpoint_id=endpoint_id, now=NOW).id


def try_once(message_id: int, now: datetime = NOW, seconds_max: float = 15) -> WebhookMessage:
    """Let one attempt happen and return the message after it."""
    deliver_message(message_id=message_id, now=now, seconds_max=seconds_max)
    return WebhookMessage.objects.get(pk=message_id)


@pytest.mark.django_db
class TestDelivering:
    def test_sends_what_the_specifications_library_accepts(self, found: Receiver) -> None:
        secret, endpoint_id = add(found)
        message = try_once(message_to(endpoint_id))
        assert (message.state, message.delivered_at, message.attempts) == ("delivered", NOW, 1)
        [got] = found.received
        assert got.path == "/hook?shop=3"
        assert got.headers["webhook-id"] == message.number
        assert got.headers["content-type"] == "application/json"
        body = Webhook(secret).verify(got.body, got.headers)
        assert body == {
            "type": "events.webhook_test.v1",
            "timestamp": NOW.isoformat(),
            "data": {"endpoint_id": endpoint_id},
        }
        tried = WebhookAttempt.objects.get()
        assert (tried.status, tried.trouble, tried.answer) == (200, "", "thanks")

    def test_retries_at_the_suggested_pauses_with_the_same_id_and_then_gives_up(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        message_id = message_to(endpoint_id)
        found.status = 503
        now = NOW
        for pause in PAUSES:
            message = try_once(message_id, now)
            assert (message.state, message.next_attempt_at) == ("waiting", now + pause)
            assert deliver_message(message_id=message_id, now=now + pause - timedelta(seconds=1)) is False
            now += pause
        message = try_once(message_id, now)
        assert (message.state, message.next_attempt_at, message.attempts) == ("failed", None, len(PAUSES) + 1)
        assert len(found.received) == len(PAUSES) + 1
        assert {got.headers["webhook-id"] for got in found.received} == {message.number}
        stamps = [int(got.headers["webhook-timestamp"]) for got in found.received]
        assert stamps == sorted(set(stamps))
        assert WebhookEndpoint.objects.get().failing_since == NOW

    def test_a_success_ends_a_row_of_failures(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        message_id = message_to(endpoint_id)
        found.status = 500
        try_once(message_id)
        assert WebhookEndpoint.objects.get().failing_since == NOW
        found.status = 204
        assert try_once(message_id, NOW + timedelta(seconds=5)).state == "delivered"
        assert WebhookEndpoint.objects.get().failing_since is None

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_follows_no_redirect(self, found: Receiver, status: int) -> None:
        _, endpoint_id = add(found)
        found.status, found.headers = status, {"Location": f"http://127.0.0.1:{found.port}/elsewhere"}
        assert try_once(message_to(endpoint_id)).state == "waiting"
        assert [got.path for got in found.received] == ["/hook?shop=3"]
        assert WebhookAttempt.objects.get().status == status

    def test_gives_a_silent_endpoint_its_time_and_no_more(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        found.hangs = threading.Event()
        assert try_once(message_to(endpoint_id), seconds_max=0.2).state == "waiting"
        assert WebhookAttempt.objects.get().trouble == "timeout"

    def test_gives_no_more_time_to_one_that_drips(self, found: Receiver) -> None:
        """A byte now and then passes a time-out between bytes; the limit is over the whole attempt."""
        _, endpoint_id = add(found)
        found.drips = True
        assert try_once(message_to(endpoint_id), seconds_max=0.3).state == "waiting"
        assert WebhookAttempt.objects.get().trouble == "timeout"

    def test_reads_only_the_beginning_of_an_endless_answer(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        found.floods = True
        assert try_once(message_to(endpoint_id)).state == "delivered"
        assert WebhookAttempt.objects.get().answer == "thanks" + "." * (sending.ANSWER_LETTERS_KEPT - 6)

    def test_a_refused_connection_is_a_failure_like_others(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        WebhookEndpoint.objects.update(url="http://127.0.0.1:1/")
        assert try_once(message_to(endpoint_id)).state == "waiting"
        assert WebhookAttempt.objects.get().trouble == "connection"

    def test_an_answer_that_is_no_text_is_kept_as_text(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        found.answer = b"\xff\x00ok"
        assert try_once(message_to(endpoint_id)).state == "delivered"
        assert WebhookAttempt.objects.get().answer == "\ufffdok"

    def test_gone_switches_the_endpoint_off_at_once_and_tells(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        other = message_to(endpoint_id)
        found.status = 410
        assert try_once(message_to(endpoint_id)).state == "failed"
        assert WebhookMessage.objects.get(pk=other).state == "failed"
        view = queries.get_endpoint(endpoint_id=endpoint_id, now=NOW)
        assert (view.disabled_at, view.disabled_reason) == (NOW, "gone")
        assert OutboxEvent.objects.get(name="events.webhook_disabled.v1").payload == {
            "endpoint_id": endpoint_id,
            "owner": "shop:3",
            "reason": "gone",
        }

    def test_five_days_without_success_switch_it_off_and_a_second_less_does_not(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        found.status = 500
        try_once(message_to(endpoint_id))
        for moment, reason in (
            (NOW + timedelta(days=5) - timedelta(seconds=1), ""),
            (NOW + timedelta(days=5), "failing"),
        ):
            message = WebhookMessage.objects.order_by("id").last()
            assert message is not None
            WebhookMessage.objects.filter(pk=message.pk).update(attempts=0, next_attempt_at=moment)
            try_once(message.pk, moment)
            assert queries.get_endpoint(endpoint_id=endpoint_id, now=moment).disabled_reason == reason

    def test_a_lease_lets_a_crashed_attempt_be_made_again(self, found: Receiver) -> None:
        """A worker that dies after the claim leaves a waiting message that is due again after the lease."""
        _, endpoint_id = add(found)
        message_id = message_to(endpoint_id)
        WebhookMessage.objects.filter(pk=message_id).update(attempts=1, next_attempt_at=NOW + timedelta(minutes=1))
        assert list_endpoints_with_due(now=NOW) == []
        later = NOW + timedelta(minutes=1)
        assert list_endpoints_with_due(now=later) == [endpoint_id]
        assert deliver_due(endpoint_id=endpoint_id, clock_now=lambda: later) == 1

    def test_sends_in_order_and_stops_at_the_first_failure(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        first, second = message_to(endpoint_id), message_to(endpoint_id)
        found.status = 500
        assert deliver_due(endpoint_id=endpoint_id, clock_now=lambda: NOW) == 0
        assert len(found.received) == 1
        found.status = 200
        later = NOW + timedelta(seconds=5)
        assert deliver_due(endpoint_id=endpoint_id, clock_now=lambda: later) == 2
        numbers = [WebhookMessage.objects.get(pk=pk).number for pk in (first, second, first)]
        assert [got.headers["webhook-id"] for got in found.received] == [numbers[0], numbers[1], numbers[0]]


@pytest.mark.django_db(transaction=True)
class TestSecrets:
    def test_are_encrypted_at_rest(self, found: Receiver) -> None:
        secret, _ = add(found)
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM events_webhooksecret")
            [(stored,)] = cursor.fetchall()
        assert secret not in stored
        assert secret.removeprefix("whsec_") not in stored
        assert WebhookSecret.objects.get().secret == secret

    def test_both_sign_until_the_overlap_ends_to_the_second(self, found: Receiver) -> None:
        old, endpoint_id = add(found)
        new, view = operations.rotate_secret(actor=TAN, endpoint_id=endpoint_id, overlap_hours=1, now=NOW)
        ends_at = NOW + timedelta(hours=1)
        assert view.signs_until == (ends_at,)
        for moment in (ends_at - timedelta(seconds=1), ends_at):
            message = operations.send_test(endpoint_id=endpoint_id, now=moment)
            assert deliver_message(message_id=message.id, now=moment)
        before, after = (got.headers["webhook-signature"].split(" ") for got in found.received)
        assert (len(before), len(after)) == (2, 1)
        assert queries.get_endpoint(endpoint_id=endpoint_id, now=ends_at).signs_until == ()
        now_signed = operations.send_test(endpoint_id=endpoint_id, now=NOW)
        deliver_message(message_id=now_signed.id, now=NOW)
        got = found.received[-1]
        assert Webhook(new).verify(got.body, got.headers)
        assert Webhook(old).verify(got.body, got.headers)

    def test_without_an_overlap_the_old_one_ends_at_once(self, found: Receiver) -> None:
        old, endpoint_id = add(found)
        new, view = operations.rotate_secret(actor=TAN, endpoint_id=endpoint_id, overlap_hours=0, now=NOW)
        assert view.signs_until == ()
        try_once(message_to(endpoint_id))
        got = found.received[0]
        assert Webhook(new).verify(got.body, got.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(got.body, got.headers)

    def test_never_more_than_two_sign(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        for _ in range(3):
            operations.rotate_secret(actor=TAN, endpoint_id=endpoint_id, now=NOW)
        try_once(message_to(endpoint_id))
        assert len(found.received[0].headers["webhook-signature"].split(" ")) == 2

    def test_an_overlap_beyond_a_week_is_refused(self, found: Receiver) -> None:
        secret, endpoint_id = add(found)
        with pytest.raises(InvalidInput):
            operations.rotate_secret(actor=TAN, endpoint_id=endpoint_id, overlap_hours=169, now=NOW)
        assert WebhookSecret.objects.get().secret == secret


@pytest.mark.django_db(transaction=True)
class TestSendingAgain:
    def test_is_possible_once_a_message_is_delivered_or_given_up(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        message_id = message_to(endpoint_id)
        with pytest.raises(IllegalMove):
            operations.resend(endpoint_id=endpoint_id, message_id=message_id, now=NOW)
        try_once(message_id)
        again = operations.resend(endpoint_id=endpoint_id, message_id=message_id, now=NOW)
        assert (again.state, again.attempts) == (MessageState.WAITING, 0)
        assert try_once(message_id).state == "delivered"
        first, second = found.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert len(queries.get_message(endpoint_id=endpoint_id, message_id=message_id).tries) == 2

    def test_nothing_goes_to_an_endpoint_that_is_off(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        message_id = message_to(endpoint_id)
        operations.edit_endpoint(actor=TAN, endpoint_id=endpoint_id, is_on=False, now=NOW)
        with pytest.raises(WebhookIsDisabled):
            operations.resend(endpoint_id=endpoint_id, message_id=message_id, now=NOW)
        with pytest.raises(WebhookIsDisabled):
            operations.send_test(endpoint_id=endpoint_id, now=NOW)
        assert WebhookMessage.objects.get().state == "failed"
        operations.edit_endpoint(actor=TAN, endpoint_id=endpoint_id, is_on=True, now=NOW)
        operations.resend(endpoint_id=endpoint_id, message_id=message_id, now=NOW)
        assert try_once(message_id).state == "delivered"

    def test_another_endpoints_message_is_not_there(self, found: Receiver) -> None:
        _, mine = add(found)
        _, theirs = add(found, owner="shop:4")
        message_id = message_to(theirs)
        with pytest.raises(NotFound):
            operations.resend(endpoint_id=mine, message_id=message_id, now=NOW)


@pytest.mark.django_db(transaction=True)
class TestEndpoints:
    @pytest.mark.parametrize(
        ("owner", "name"),
        [
            ("shop:3", "people.account_opened.v1"),
            ("account:7", "orders.order_shipped.v1"),
            ("account:7", "catalog.stock_received.v1"),
            ("platform", "orders.order_eaten.v1"),
        ],
    )
    def test_events_of_no_concern_cannot_be_chosen(self, found: Receiver, owner: str, name: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            add(found, owner=owner, events=(PLACED, name))
        assert refusal.value.field_name == "events"
        assert WebhookEndpoint.objects.count() == 0

    def test_an_owner_has_at_most_twenty(self, found: Receiver) -> None:
        for _ in range(20):
            add(found)
        with pytest.raises(TooManyWebhooks):
            add(found)
        add(found, owner="shop:4")

    def test_removing_one_takes_its_log_along(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        try_once(message_to(endpoint_id))
        operations.remove_endpoint(actor=TAN, endpoint_id=endpoint_id, now=NOW)
        assert (
            WebhookMessage.objects.count() == WebhookAttempt.objects.count() == WebhookSecret.objects.count() == 0
        )


@pytest.mark.django_db
def test_the_log_is_kept_for_thirty_days_and_ten_thousand_messages(
    found: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, endpoint_id = add(found)
    old, *kept = [message_to(endpoint_id) for _ in range(5)]
    WebhookMessage.objects.filter(pk=old).update(created_at=NOW - timedelta(days=30, seconds=1))
    assert trim_log(now=NOW) == 1
    monkeypatch.setattr("laotie.events.webhooks.delivery.MESSAGES_KEPT_PER_ENDPOINT", 3)
    assert trim_log(now=NOW) == 1
    assert list(WebhookMessage.objects.order_by("id").values_list("id", flat=True)) == kept[1:]


def paid() -> OrderPaid:
    """Return a paid order of shop 3, won by creator 7 of agency 9, recruited by leader 8."""
    line = PaidLine(1, 2, 3, 1, 1_000, creator_id=7, rate_bp=1_000, leader_id=8, leader_rate_bp=100, agency_id=9)
    shares = (
        LineShare(1, "creator", "creator:7:commission", 72),
        LineShare(1, "agency", "agency:9:commission", 18),
        LineShare(1, "leader", "leader:8:fee", 10),
        LineShare(1, "platform_fee", "platform:fee", 50),
        LineShare(1, "shop", "shop:3:payable", 850),
    )
    return OrderPaid(order_id=5, shop_id=3, buyer_id=6, paid_at=NOW, lines=(line,), shares=shares)


@pytest.mark.django_db(transaction=True)
class TestQueueing:
    def test_each_owner_gets_only_what_concerns_them_and_of_it_only_their_own(self, found: Receiver) -> None:
        paid_name = "orders.order_paid.v1"
        owners = ["shop:3", "account:6", "account:7", "account:8", "platform", "shop:4", "account:5", "account:9"]
        ids = {owner: add(found, owner=owner, events=(paid_name,))[1] for owner in owners}
        add(found, owner="shop:3", events=(PLACED,))
        with transaction.atomic():
            publish(paid(), now=NOW)
        deliver(SUBSCRIPTIONS[0], now=NOW)
        sent = {
            row.endpoint_id: json.loads(row.body)["data"] for row in WebhookMessage.objects.order_by("endpoint_id")
        }
        assert {owner for owner, pk in ids.items() if pk in sent} == set(owners[:5])
        assert len(sent) == 5
        assert sent[ids["platform"]] == json.loads(paid().to_json())
        shop = sent[ids["shop:3"]]
        assert [share["address"] for share in shop["shares"]] == ["shop:3:payable"]
        assert "agency_id" not in shop["lines"][0]
        assert sent[ids["account:6"]] == {
            "order_id": 5,
            "shop_id": 3,
            "buyer_id": 6,
            "paid_at": NOW.isoformat(),
        }
        creator = sent[ids["account:7"]]
        assert set(creator) == {"order_id", "shop_id", "paid_at", "shares"}
        assert [(share["address"], share["amount_fen"]) for share in creator["shares"]] == [
            ("creator:7:commission", 72)
        ]
        assert [share["amount_fen"] for share in sent[ids["account:8"]]["shares"]] == [10]

    def test_a_job_per_endpoint_stands_in_the_same_transaction(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        placed = OrderPlaced(order_id=1, shop_id=3, buyer_id=2, payable_fen=100)
        with transaction.atomic():
            publish(placed, placed, placed, now=NOW)
        deliver(SUBSCRIPTIONS[0], now=NOW)
        assert WebhookMessage.objects.count() == 3
        [job] = ProcrastinateJob.objects.filter(status="todo", queueing_lock=f"webhook:{endpoint_id}")
        assert (job.queue_name, job.args) == ("webhooks", {"endpoint_id": endpoint_id})

    def test_what_happened_before_an_endpoint_was_there_is_not_sent_to_it(self, found: Receiver) -> None:
        add(found)
        placed = OrderPlaced(order_id=1, shop_id=3, buyer_id=2, payable_fen=100)
        with transaction.atomic():
            publish(placed, now=NOW - timedelta(seconds=1))
        deliver(SUBSCRIPTIONS[0], now=NOW)
        assert WebhookMessage.objects.count() == 0

    def test_an_endpoint_that_is_off_gets_nothing(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        operations.edit_endpoint(actor=TAN, endpoint_id=endpoint_id, is_on=False, now=NOW)
        with transaction.atomic():
            publish(OrderPlaced(order_id=1, shop_id=3, buyer_id=2, payable_fen=100), now=NOW)
        deliver(SUBSCRIPTIONS[0], now=NOW)
        assert WebhookMessage.objects.count() == 0

    def test_two_workers_send_a_message_once(self, found: Receiver) -> None:
        _, endpoint_id = add(found)
        message_id = message_to(endpoint_id)
        together = threading.Barrier(4)

        def work(_: int) -> bool:
            together.wait()
            try:
                return deliver_message(message_id=message_id, now=NOW)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(work, range(4))) == [False, False, False, True]
        assert len(found.received) == 1
