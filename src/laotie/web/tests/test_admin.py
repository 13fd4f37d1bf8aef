"""The operator's admin: every registered table opens, list and row, to operators only, and nothing can be changed."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import models

from laotie.core.clock import utc_now
from laotie.core.models import AuditEntry, RuleVersion
from laotie.core.rules import publish_rules
from laotie.events.models import Cursor
from laotie.orders.models import Order
from laotie.web.tests.desk_makers import make_desk_market

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model.__module__.startswith("laotie.")]


def address_of(model: type[models.Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def test_every_table_opens_to_shen_and_can_be_changed_by_nobody() -> None:
    desks = make_desk_market()
    shen, tan = desks.client("shen"), desks.client("tan")
    now = utc_now()
    publish_rules(
        actor=desks.market.merchant, changes={"settle.delay_days": 8}, valid_from=now + timedelta(days=1), now=now
    )
    Cursor.objects.create(subscriber="tests", xid="1", event_id=1, moved_at=now)
    opened = 0
    for model in OURS:
        address = address_of(model)
        assert shen.get(address).status_code == 200, address
        assert shen.get(address + "?q=1").status_code == 200, address
        assert tan.get(address).status_code == 302, address
        assert shen.get(address + "add/").status_code == 403, address
        row = model._default_manager.first()
        if row is not None:
            change = f"{address}{row.pk}/change/"
            assert shen.get(change).status_code == 200, change
            assert shen.post(change, {}).status_code == 403, change
            assert shen.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403, change
            opened += 1
    assert opened >= 20
    assert shen.get("/admin/").status_code == 200


@pytest.mark.parametrize("model", [Order, RuleVersion, AuditEntry, Cursor])
def test_what_operators_look_for_is_registered(model: type[models.Model]) -> None:
    assert admin.site.is_registered(model)


def test_an_orders_page_shows_no_address() -> None:
    desks = make_desk_market()
    written = desks.client("shen").get(f"{address_of(Order)}{desks.paid.id}/change/").content.decode()
    assert "文三路" not in written
    assert "13800005678" not in written
