"""A write under a key happens once; its answer is kept, encrypted, for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from laotie.core.errors import KeyReused, NotFound
from laotie.core.idempotency import Answer, write_once
from laotie.core.jobs import KEYS_KEPT, forget_old_keys
from laotie.core.models import IdempotencyKey

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


class Writes:
    """Counts how often the write itself ran."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> Answer:
        self.number += 1
        return Answer(201, f'{{"secret": "the secret number {self.number}"}}')


def once(write: Writes, *, key: str = "k", input_hash: str = "h", scope: str = "account:1") -> Answer:
    return write_once(write, scope=scope, key=key, input_hash=input_hash, now=NOW)


class TestWriteOnce:
    def test_gives_the_first_answer_again(self) -> None:
        write = Writes()
        assert once(write) == Answer(201, '{"secret": "the secret number 1"}')
        assert once(write) == Answer(201, '{"secret": "the secret number 1"}', is_repetition=True)
        assert write.number == 1

    def test_refuses_the_key_for_other_input(self) -> None:
        write = Writes()
        once(write)
        with pytest.raises(KeyReused):
            once(write, input_hash="other")
        assert write.number == 1

    def test_keeps_two_peoples_keys_apart(self) -> None:
        write = Writes()
        once(write)
        assert not once(write, scope="account:2").is_repetition

    def test_a_refused_write_leaves_no_key(self) -> None:
        def refuse() -> Answer:
            raise NotFound(what="order")

        with pytest.raises(NotFound):
            write_once(refuse, scope="account:1", key="k", input_hash="h", now=NOW)
        assert IdempotencyKey.objects.count() == 0

    def test_keeps_the_answer_encrypted(self) -> None:
        once(Writes())
        assert "the secret" not in str(IdempotencyKey.objects.get().answer)


def test_forget_old_keys_after_their_time() -> None:
    once(Writes())
    assert forget_old_keys(now=NOW + KEYS_KEPT) == 0
    assert forget_old_keys(now=NOW + KEYS_KEPT + timedelta(seconds=1)) == 1
    assert IdempotencyKey.objects.count() == 0
