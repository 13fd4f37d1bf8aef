"""The address book: encrypted at rest, its owner's alone, masked where nobody delivers."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from laotie.core.actor import person
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.sql import fetch_one
from laotie.people import operations, queries
from laotie.people.errors import LimitReached
from laotie.people.models import Address
from laotie.people.tests.makers import NOW, make_address, make_person, make_six

pytestmark = pytest.mark.django_db

GOOD: dict[str, Any] = {
    "recipient": "林晓",
    "phone": "13812345678",
    "region": "浙江省 金华市 义乌市",
    "street": "福田街道银海路399号",
    "postcode": "322000",
}


class TestAddAddress:
    def test_is_in_clear_for_its_owner_and_masked_for_a_page(self) -> None:
        lin = make_person()
        view = operations.add_address(actor=person(lin.id), now=NOW, **GOOD)
        assert queries.access_address(actor=person(lin.id), address_id=view.id) == view
        assert (view.recipient, view.phone, view.street) == ("林晓", "13812345678", "福田街道银海路399号")
        masked = view.masked()
        assert (masked.recipient, masked.phone, masked.street) == ("林*", "138****5678", "福田****")

    def test_never_reaches_the_database_in_clear(self) -> None:
        address = make_address(owner=make_person())
        row = fetch_one("SELECT recipient || phone || street FROM people_address WHERE id = %s", [address.id])
        assert row is not None
        for secret in (address.recipient, address.phone, address.street):
            assert secret not in row[0]

    def test_makes_the_first_one_the_default_and_moves_it_on_request(self) -> None:
        lin = make_person()
        first, second = make_address(owner=lin), make_address(owner=lin)
        assert (first.is_default, second.is_default) == (True, False)
        third = operations.add_address(actor=person(lin.id), now=NOW, is_default=True, **GOOD)
        listed = [(view.id, view.is_default) for view in queries.list_addresses(actor=person(lin.id))]
        assert listed == [(third.id, True), (second.id, False), (first.id, False)]
        operations.set_default_address(actor=person(lin.id), address_id=first.id)
        listed = [(view.id, view.is_default) for view in queries.list_addresses(actor=person(lin.id))]
        assert listed == [(first.id, True), (third.id, False), (second.id, False)]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("recipient", ""),
            ("recipient", "x" * 61),
            ("recipient", "a\nb"),
            ("phone", "call me"),
            ("phone", "1234"),
            ("phone", "1" * 30),
            ("region", " "),
            ("region", "x" * 101),
            ("street", "x" * 201),
            ("street", "a\x07"),
            ("postcode", "32;00"),
            ("postcode", "1" * 13),
        ],
    )
    def test_refuses_bad_input_and_names_the_field(self, field: str, value: str) -> None:
        lin = make_person()
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.add_address(actor=person(lin.id), now=NOW, **{**GOOD, field: value})
        assert refusal.value.field_name == field
        assert Address.objects.count() == 0
        kept = make_address(owner=lin)
        with pytest.raises(InvalidInput), transaction.atomic():
            operations.edit_address(actor=person(lin.id), address_id=kept.id, **{**GOOD, field: value})
        assert queries.list_addresses(actor=person(lin.id)) == (kept,)

    def test_takes_numbers_as_people_write_them(self) -> None:
        lin = make_person()
        for phone, kept in (
            ("+86 138 1234 5678", "+86 138 1234 5678"),
            ("0579-8512345", "0579-8512345"),
            ("１３８１２３４５６７８", "13812345678"),
        ):
            view = operations.add_address(actor=person(lin.id), now=NOW, **{**GOOD, "phone": phone})
            assert view.phone == kept

    def test_stops_at_twenty(self) -> None:
        lin = make_person()
        for _ in range(20):
            make_address(owner=lin)
        with pytest.raises(LimitReached) as refusal, transaction.atomic():
            make_address(owner=lin)
        assert refusal.value.data() == {"what": "address", "most": 20}
        with CaptureQueriesContext(connection) as statements:
            assert len(queries.list_addresses(actor=person(lin.id))) == 20
        assert len(statements) == 1


class TestEditAddress:
    def test_replaces_the_texts(self) -> None:
        lin = make_person()
        address = make_address(owner=lin)
        operations.edit_address(
            actor=person(lin.id),
            address_id=address.id,
            recipient="林大",
            phone="13900001111",
            region="北京市",
            street="长安街1号",
        )
        found = queries.access_address(actor=person(lin.id), address_id=address.id)
        assert (found.recipient, found.phone, found.region, found.street, found.postcode) == (
            "林大",
            "13900001111",
            "北京市",
            "长安街1号",
            "",
        )
        assert found.is_default


class TestRemoveAddress:
    def test_deletes(self) -> None:
        lin = make_person()
        address = make_address(owner=lin)
        operations.remove_address(actor=person(lin.id), address_id=address.id)
        assert queries.list_addresses(actor=person(lin.id)) == ()
        assert Address.objects.count() == 0


@pytest.mark.parametrize("name", ["mei", "tan", "bo", "guo", "shen"])
def test_an_address_book_opens_to_nobody_else(name: str) -> None:
    six = make_six()
    address = make_address(owner=six.lin)
    actor = six.actors()[name]
    for address_id in (address.id, 10**15):
        for refused in (
            lambda wanted=address_id: queries.access_address(actor=actor, address_id=wanted),
            lambda wanted=address_id: operations.edit_address(actor=actor, address_id=wanted, **GOOD),
            lambda wanted=address_id: operations.set_default_address(actor=actor, address_id=wanted),
            lambda wanted=address_id: operations.remove_address(actor=actor, address_id=wanted),
        ):
            with pytest.raises(NotFound) as refusal, transaction.atomic():
                refused()
            assert refusal.value.data() == {"what": "address"}
    assert queries.list_addresses(actor=actor) == ()
    assert queries.list_addresses(actor=person(six.lin.id)) == (address,)
