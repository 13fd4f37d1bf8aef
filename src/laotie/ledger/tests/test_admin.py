"""The admin shows the ledger and changes nothing; the job releases what is due."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import RequestFactory

from laotie.core.clock import utc_now
from laotie.ledger.jobs import release_holds
from laotie.ledger.models import Account, Hold, Posting
from laotie.ledger.operations import place_hold
from laotie.ledger.tests.makers import MEI, NOW


@pytest.mark.parametrize("model", [Account, Hold, Posting])
def test_admin_is_for_reading(model: type[Account | Hold | Posting]) -> None:
    request = RequestFactory().get("/")
    page = admin.site.get_model_admin(model)
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    for inline in page.inlines:
        assert not inline(model, admin.site).has_add_permission(request, None)


@pytest.mark.django_db
def test_release_holds_releases_what_is_due_now() -> None:
    later = utc_now() + timedelta(days=1)
    place_hold(key="due", address=MEI, amount_fen=1, reason="r", until=NOW + timedelta(days=1), now=NOW)
    place_hold(key="later", address=MEI, amount_fen=1, reason="r", until=later, now=NOW)
    assert release_holds(0) == 1
    assert list(Hold.objects.order_by("id").values_list("state", flat=True)) == ["released", "active"]
