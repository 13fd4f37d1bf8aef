"""The operator's admin shows the alliance's tables and changes none."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from laotie.alliance import models
from laotie.alliance.tests.makers import (
    NOW,
    make_account,
    make_click,
    make_creator,
    make_operator,
    make_plan,
    make_product,
    make_shop,
)
from laotie.core.actor import person
from laotie.people.models import Account

SHOWN = [
    models.Plan,
    models.Step,
    models.Receipt,
    models.ShowcaseEntry,
    models.Click,
    models.Earning,
    models.EarningMove,
]


@pytest.mark.django_db
def test_shows_every_table_and_adds_to_none() -> None:
    shop_id, mei_id = make_shop(), make_creator()
    product_id = make_product(shop_id=shop_id)
    make_plan(actor=person(make_account(name="Tan")), shop_id=shop_id, product_id=product_id)
    make_click(viewer_id=None, creator_id=mei_id, product_id=product_id, shop_id=shop_id, now=NOW)
    shen_id = make_operator()
    Account.objects.filter(pk=shen_id).update(is_superuser=True)
    client = Client()
    client.force_login(Account.objects.get(pk=shen_id))
    for model in SHOWN:
        assert model in admin.site._registry
        assert client.get(reverse(f"admin:alliance_{model.__name__.lower()}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:alliance_{model.__name__.lower()}_add")).status_code == 403
