"""Signatures: the specification's public test vector, and its own library on the other side."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from laotie.events.webhooks.signing import new_signing_secret, sign, signed_headers


def now() -> datetime:
    """The moment itself: the specification's library refuses what is older than five minutes."""
    return datetime.now(UTC).replace(microsecond=0)


def test_the_public_test_vector_is_reproduced() -> None:
    """The vector of the Standard Webhooks libraries."""
    assert (
        sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            sent_at=datetime.fromtimestamp(1_614_265_330, UTC),
            body=b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_the_specifications_own_library_accepts_what_we_sign() -> None:
    secret = new_signing_secret()
    body = '{"type":"orders.order_paid.v1","data":{"title":"新款"}}'
    headers = signed_headers([secret], message_id="msg_1", sent_at=now(), body=body.encode())
    assert Webhook(secret).verify(body, dict(headers))["type"] == "orders.order_paid.v1"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace("paid", "made"), dict(headers))


def test_what_the_library_signs_is_what_we_sign() -> None:
    secret = new_signing_secret()
    at = now()
    theirs = Webhook(secret).sign("msg_7", at, "{}")
    assert sign(secret, message_id="msg_7", sent_at=at, body=b"{}") == theirs


def test_in_a_rotation_both_secrets_verify_and_a_third_does_not() -> None:
    new, old, other = new_signing_secret(), new_signing_secret(), new_signing_secret()
    headers = dict(signed_headers([new, old], message_id="msg_1", sent_at=now(), body=b"{}"))
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert Webhook(new).verify("{}", headers) == {}
    assert Webhook(old).verify("{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify("{}", headers)


def test_a_secret_is_32_random_bytes() -> None:
    first, second = new_signing_secret(), new_signing_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


def test_a_secret_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        sign("whsec_***", message_id="msg_1", sent_at=now(), body=b"")
