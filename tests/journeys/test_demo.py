"""The demo market: everything a visitor is promised is there, and the books are clean."""

import pytest
from django.contrib.staticfiles import finders

from laotie.core.sql import fetch_all
from laotie.main.audit import audit_everything
from laotie.main.demo import goods
from laotie.main.demo.build import MarketNotEmpty, build_demo_market, is_market_empty
from laotie.main.demo.lives import imagine_lives, tell_lives
from laotie.main.demo.people import DEMO_LOGINS
from laotie.main.demo.story import Story
from laotie.orders.tests.makers import NOW
from laotie.people.tests.makers import make_person

pytestmark = pytest.mark.django_db(transaction=True)

ORDER_STATES = {"placed", "paid", "shipped", "received", "settled", "closed"}


def column(statement: str, *values: object) -> set[object]:
    """Return the only column of a query's answer as a set."""
    return {value for (value,) in fetch_all(statement, values)}


def test_the_demo_market_has_everything_and_clean_books() -> None:
    report = build_demo_market(show_progress=False, imagined=0)
    assert list(audit_everything()) == []
    assert (report["shops"], report["products"]) == (5, 40)
    assert column("SELECT email FROM people_account") >= {login.email for login in DEMO_LOGINS}
    mail = {login.display_name: login.email for login in DEMO_LOGINS}

    of_lin = "FROM orders_order o JOIN people_account a ON a.id = o.buyer_id WHERE a.email = %s"
    assert column(f"SELECT o.state {of_lin}", mail["林晓"]) == ORDER_STATES
    assert column(f"SELECT o.close_reason {of_lin}", mail["林晓"]) == {"", "unpaid", "cancelled", "refunded"}

    earned = "SELECT e.state FROM alliance_earning e JOIN people_account a ON a.id = e.party_id WHERE a.email = %s"
    assert column(earned, mail["梅子"]) == {"paid", "received", "settled", "void"}

    refunds = "SELECT r.state || ' ' || r.is_after_settlement FROM orders_refund r"
    assert column(refunds) >= {
        *("agreed false", "succeeded false", "succeeded true"),
    }
    to_answer = (
        "SELECT r.state FROM orders_aftersale r JOIN orders_order o ON o.id = r.order_id"
        " JOIN people_shop s ON s.id = o.shop_id JOIN people_account a ON a.id = s.owner_id WHERE a.email = %s"
    )
    assert "requested" in column(to_answer, mail["谭志远"])
    assert column("SELECT kind FROM alliance_plan") == {
        *("normal", "product_targeted", "shop_targeted", "exclusive", "recruit_normal", "recruit_exclusive"),
    }
    assert column("SELECT attribution FROM orders_orderline") >= {"ok", "own_click", "no_click", "self_purchase"}
    assert column("SELECT count(*) > 0 FROM orders_orderline WHERE receipt_number > 5") == {True}
    assert column("SELECT count(*) FROM events_parkedevent") == {0}
    addresses = column("SELECT split_part(address, ':', 1) FROM ledger_account WHERE balance_fen > 0")
    assert addresses == {"shop", "creator", "agency", "leader"}


def test_a_market_with_anybody_in_it_is_not_touched() -> None:
    make_person(name="先到")
    with pytest.raises(MarketNotEmpty):
        build_demo_market(show_progress=False, imagined=0)
    assert column("SELECT display_name FROM people_account") == {"先到"}
    assert column("SELECT count(*) FROM catalog_category") == {0}


def test_an_interrupted_build_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Story, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build_demo_market(show_progress=False, imagined=0)
    assert is_market_empty()
    assert column("SELECT count(*) FROM events_outboxevent") == {0}


@pytest.mark.django_db(transaction=False)
def test_imagined_lives_are_the_same_for_the_same_seed() -> None:
    first = imagine_lives(count=50, now=NOW, seed=1)
    assert first == imagine_lives(count=50, now=NOW, seed=1)
    assert first != imagine_lives(count=50, now=NOW, seed=2)
    assert all(life.at < NOW for life in (*first, *tell_lives(now=NOW)))


def test_every_picture_of_the_demo_exists() -> None:
    keys = [entry.key for entry in goods.PRODUCTS]
    assert len(set(keys)) == 40
    assert [key for key in keys if not finders.find(goods.picture_of(key).removeprefix("/static/"))] == []
