"""A month's statement as a file: it adds up, and belongs to whom it belongs."""

import csv
import io
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client

from laotie.core.clock import utc_now
from laotie.ledger import queries as ledger
from laotie.orders.tests import makers
from laotie.people.models import Account
from laotie.people.tests.makers import make_person, make_staff

pytestmark = pytest.mark.django_db


def signed_in(account_id: int) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_a_month_adds_up_from_the_opening_to_the_closing_balance() -> None:
    market = makers.make_market()
    makers.open_plan(market)
    makers.click(market)
    makers.buy(market, until="settled")
    address = f"shop:{market.shop.id}:payable"
    (month, *_) = ledger.sum_by_month(address=address, time_zone=settings.TIME_ZONE)
    place = f"/desk/shops/{market.shop.id}/money/statement?month={month.month:%Y-%m}"
    answer = signed_in(market.tan.id).get(place)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    _head, opening, *moves, closing = list(csv.reader(io.StringIO(content)))
    assert len(moves) >= 1
    assert Decimal(opening[-1]) + sum(Decimal(row[-1]) for row in moves) == Decimal(closing[-1])
    assert Decimal(closing[-1]) * 100 == ledger.get_balance(address=address).balance_fen

    mei = signed_in(market.mei.id)
    assert mei.get("/desk/creator/money").status_code == 200
    mine = mei.get(f"/desk/creator/money/statement?month={month.month:%Y-%m}")
    assert b"".join(mine.streaming_content)  # type: ignore[attr-defined]
    # Others find nothing, and no month is none.
    clerk = make_staff(shop=market.shop, permissions=("orders",))
    for stranger in (make_person().id, market.mei.id, clerk.id):
        assert signed_in(stranger).get(place).status_code in {403, 404}
    for wrong in ("", "2026-13", "1999-01", "=1+1", f"{utc_now():%Y-%m}x"):
        assert signed_in(market.tan.id).get(place.split("?", maxsplit=1)[0], {"month": wrong}).status_code == 404
