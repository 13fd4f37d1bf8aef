"""The demo market's money on its way out: shops with deposits and bank accounts, payouts in several states."""

from collections.abc import Sequence
from datetime import datetime

from laotie.core.actor import Actor
from laotie.core.money import plain_yuan
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import shop_address
from laotie.main.demo.market import DemoMarket
from laotie.main.demo.people import OWNERS
from laotie.people import operations as people
from laotie.people.contracts import DocumentKind
from laotie.people.documents import CHECK_CHARACTERS, WEIGHTS
from laotie.trust import operations as trust

DEPOSIT_FEN = 50_000
LEAST_FEN = 1_000
PROVEN = ("guanshan", "zhili", "ciyan", "guoran")  # the newcomer opened later
BANKS = ("中国工商银行", "中国农业银行", "招商银行", "浙江农信", "中国建设银行")


def prove_owners(market: DemoMarket, *, now: datetime) -> None:
    """Let the owners of the shops that are open prove who they are and keep a deposit.

    Mei has done nothing of it: a visitor walks that way with her.
    """
    for number, (key, shop_id) in enumerate(market.shops.items()):
        owner, name = market.owner(key), OWNERS[key].display_name
        verify(owner, name=name, number=number, now=now)
        people.set_bank_account(
            actor=owner,
            owner=f"shop:{shop_id}",
            holder_name=name,
            account_number=_card_number(number),
            bank=BANKS[number],
            now=now,
        )
        trust.record_deposit(
            actor=market.actor("shen"),
            shop_id=shop_id,
            amount_fen=DEPOSIT_FEN,
            reference=f"网银转账 {key}",
            now=now,
        )


def take_money_out(market: DemoMarket, *, now: datetime) -> None:
    """Let two shops that have something ask for half of it, and the operator hand it to the bank."""
    _ask(market, _with_money(market)[:2], now=now)
    trust.make_payout_batch(actor=market.actor("shen"), now=now)


def hear_from_bank(market: DemoMarket, *, now: datetime) -> None:
    """Let the bank pay the first and fail the others; another is asked for, and one shop owes a larger deposit."""
    (batch,) = ledger.list_batches().items
    paid, *failed = (payout for payout, _destination in ledger.list_batch_payouts(batch.id))
    lines = (
        "number,amount,result,reason",
        f"{paid.number},{plain_yuan(paid.amount_fen)},paid,",
        *(f"{one.number},{plain_yuan(one.amount_fen)},failed,账户状态异常" for one in failed),
    )
    trust.apply_bank_file(
        actor=market.actor("shen"), batch_id=batch.id, content="\n".join(lines).encode(), now=now
    )
    _ask(market, _with_money(market)[-1:], now=now)
    trust.demand_deposit(
        actor=market.actor("shen"),
        shop_id=market.shops["guoran"],
        required_fen=2 * DEPOSIT_FEN,
        reason="生鲜类目保证金上调",
        now=now,
    )


def _with_money(market: DemoMarket) -> list[str]:
    """Return the shops that are ready to be paid out and have something."""
    ready = [key for key in market.shops if key in PROVEN]
    balances = ledger.get_balances(addresses=[shop_address(market.shops[key]) for key in ready])
    return [key for key in ready if balances[shop_address(market.shops[key])].available_fen >= LEAST_FEN]


def _ask(market: DemoMarket, keys: Sequence[str], *, now: datetime) -> None:
    """Take half of what these shops have, in whole yuan."""
    for key in keys:
        shop_id = market.shops[key]
        available_fen = ledger.get_balance(address=shop_address(shop_id)).available_fen
        amount_fen = available_fen // 200 * 100
        trust.request_payout(actor=market.owner(key), party=f"shop:{shop_id}", amount_fen=amount_fen, now=now)


def verify(owner: Actor, *, name: str, number: int, now: datetime) -> None:
    """Prove a person's name with a made-up card."""
    digits = f"330782198{number}0612{number + 101:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    check = people.ask_identity_check(
        actor=owner,
        legal_name=name,
        document=DocumentKind.ID_CARD,
        document_number=digits + CHECK_CHARACTERS[total % 11],
        now=now,
    )
    people.end_identity_check(check_id=check.id, is_match=True, now=now)


def _card_number(number: int) -> str:
    """Return a made-up card number with a true check digit."""
    body = f"62220210000000{number:04d}"
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(body + "0"))]
    total = sum(value // 10 + value % 10 for value in doubled)
    return body + str(-total % 10)
