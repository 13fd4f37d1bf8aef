"""Playing the sandbox's provider: the buyer says what shall happen, the worker sends the callbacks."""

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.orders.models import Payment
from laotie.orders.states import Behaviour


def play_sandbox(*, actor: Actor, number: str, behaviour: Behaviour) -> None:
    """Let the sandbox behave as its buyer asks about one of their payments.

    Raises: NotFound.
    """
    mine = Payment.objects.filter(number=number, channel="sandbox", checkout__buyer_id=actor.account_id)
    if not mine.exists():
        raise NotFound(what="payment")
    from laotie.orders.jobs import schedule_sandbox_notices  # noqa: PLC0415 - jobs call operations in turn

    schedule_sandbox_notices(number=number, behaviour=behaviour)
