"""The rulebook: versions with dates, never edited, known everywhere in time."""

from datetime import UTC, datetime, timedelta

import pytest

from laotie.core.actor import person
from laotie.core.audit_log import list_actions
from laotie.core.errors import InvalidInput
from laotie.core.models import RuleVersion
from laotie.core.rules import EPOCH, establish_book, forget_versions, publish_rules, rules_at, rules_of_version
from laotie.core.tests.sample_rules import FEES, SECONDS

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
SHEN = person(6)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget_versions()


def publish(changes: dict[str, object], *, days: int = 1) -> None:
    publish_rules(actor=SHEN, changes=changes, valid_from=NOW + timedelta(days=days), now=NOW)
    forget_versions()


class TestPublishRules:
    def test_applies_from_its_day_on_and_not_before(self) -> None:
        publish({"sample.seconds": 1_800})
        assert rules_at(NOW)[SECONDS] == 900
        assert rules_at(NOW + timedelta(days=1))[SECONDS] == 1_800
        assert rules_at(NOW + timedelta(days=1)).version == "default/1"

    def test_keeps_what_earlier_versions_changed(self) -> None:
        publish({"sample.seconds": 1_800})
        publish({"sample.fees_bp": {"general": 600}}, days=2)
        later = rules_at(NOW + timedelta(days=3))
        assert (later[SECONDS], later[FEES]) == (1_800, {"general": 600})
        assert rules_of_version("default/1")[FEES]["general"] == 500

    def test_leaves_a_line_in_the_audit_log_under_the_operators_name(self) -> None:
        publish({"sample.seconds": 1_800})
        (line,) = list_actions().items
        assert (line.actor, line.action, line.detail["changes"]) == (
            "account:6",
            "rules.publish",
            {"sample.seconds": 1_800},
        )

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"sample.seconds": "900"}, "sample.seconds"),
            ({"sample.seconds": True}, "sample.seconds"),
            ({"sample.seconds": -1}, "sample.seconds"),
            ({"sample.fees_bp": {"general": 99_999}}, "sample.fees_bp"),
            ({"no.such": 1}, "no.such"),
        ],
    )
    def test_refuses_what_a_rule_cannot_be(self, changes: dict[str, object], field: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            publish(changes)
        assert refusal.value.field_name == field
        assert RuleVersion.objects.count() == 0

    def test_refuses_to_start_without_notice(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            publish_rules(actor=SHEN, changes={"sample.seconds": 60}, valid_from=NOW, now=NOW)
        assert refusal.value.field_name == "valid_from"
        assert RuleVersion.objects.count() == 0


class TestEstablishBook:
    def test_is_valid_from_the_beginning_and_made_once(self) -> None:
        first = establish_book(book="olist", values={"sample.seconds": 86_400}, note="", now=NOW)
        again = establish_book(book="olist", values={"sample.seconds": 60}, note="", now=NOW)
        forget_versions()
        assert first == again
        assert first.valid_from == EPOCH
        assert rules_at(datetime(2016, 9, 1, tzinfo=UTC), "olist")[SECONDS] == 86_400
