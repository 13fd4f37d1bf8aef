"""The admin: operators look, nobody changes, everybody else stays out."""

import pytest
from django.contrib import admin
from django.test import Client

from laotie.people.models import Account
from laotie.people.tests.makers import (
    make_address,
    make_agency_share,
    make_brand,
    make_shop_account,
    make_six,
)

pytestmark = pytest.mark.django_db

PAGES = [
    "account",
    "shop",
    "staff",
    "shopaccount",
    "agency",
    "agencycontract",
    "agencycontractmove",
    "brand",
    "brandauthorisation",
    "apitoken",
]


def client_of(account_id: int) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id))
    return client


@pytest.mark.parametrize("page", PAGES)
def test_operators_look_and_nobody_changes(page: str) -> None:
    six = make_six()
    make_shop_account(shop=six.shop, account=six.mei)
    make_agency_share(creator=six.mei)
    make_brand(shop=six.shop)
    shen = client_of(six.shen.id)
    assert shen.get(f"/admin/people/{page}/").status_code == 200
    assert shen.get(f"/admin/people/{page}/add/").status_code == 403
    lin = client_of(six.lin.id)
    assert lin.get(f"/admin/people/{page}/").status_code == 302


def test_an_account_page_shows_no_password_and_takes_no_change() -> None:
    six = make_six()
    shen = client_of(six.shen.id)
    path = f"/admin/people/account/{six.lin.id}/change/"
    page = shen.get(path)
    assert page.status_code == 200
    assert six.lin.email in page.content.decode()
    assert "password" not in page.content.decode().split("<form", 1)[-1].split("</form", 1)[0]
    assert shen.post(path, {"display_name": "x"}).status_code == 403
    assert Account.objects.get(pk=six.lin.id).display_name == "林晓"


def test_address_books_are_not_there() -> None:
    six = make_six()
    make_address(owner=six.lin)
    assert client_of(six.shen.id).get("/admin/people/address/").status_code == 404
    assert not [model for model in admin.site._registry if model.__name__ == "Address"]
