"""The operator's desk: the rulebook and its versions, the audit log, shops and accounts, the market's money."""

import json
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from laotie.core import rules as rulebook
from laotie.core.audit_log import list_actions
from laotie.core.errors import InvalidInput
from laotie.core.rules import Rule
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import ESCROW_SHARDS, escrow_address
from laotie.people import operations
from laotie.people import queries as people
from laotie.trust import queries as trust
from laotie.web.desk import PAGE_ROWS, Desk, names_of, operator_page, tell_faults
from laotie.web.fields import MomentField
from laotie.web.templatetags.desk import moment, words
from laotie.web.templatetags.laotie import fen, percent

NOTICE = timedelta(hours=1)  # what the form proposes; the rulebook itself asks for a minute
FIELD = "rule:"
INPUT_LETTERS_MAX = 4_000
DETAIL_LETTERS_MAX = 200
MONEY = (
    ("platform:fee", _("Technical service fees")),
    ("platform:commission", _("Platform's part of the commissions")),
    ("platform:expense:channel", _("What the payment channels kept")),
    ("platform:marketing", _("Discounts the platform paid")),
    ("platform:unclaimed", _("Money without an order")),
    ("channel:sandbox", _("Held at the sandbox payment channel")),
)


class VersionForm(forms.Form):
    """When a new version starts, and why."""

    valid_from = MomentField(label=_("Starts"))
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReasonForm(forms.Form):
    """Why an operator does something."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


@require_GET
@operator_page
def rules(desk: Desk) -> HttpResponse:
    """Show every rule with its present value, its default and where it comes from."""
    current = rulebook.rules_at(desk.now)
    versions = rulebook.list_versions()
    values = {
        "place": "rules",
        "current": current,
        "groups": _grouped(current),
        "coming": [version for version in versions if version.valid_from > desk.now],
    }
    return desk.render("desk/operator/rules.html", values)


@require_GET
@operator_page
def versions(desk: Desk) -> HttpResponse:
    """Show every version of the rulebook with what it changed."""
    found = rulebook.list_versions()
    older: dict[str, Any] = {}
    rows = []
    for version in reversed(found):
        rows.append((version, _changes(older, version.values)))
        older = version.values
    authors = names_of({_account_of(version.actor) for version in found})
    values = {"place": "versions", "rows": list(reversed(rows)), "authors": _by_address(authors)}
    return desk.render("desk/operator/versions.html", values)


@require_http_methods(["GET", "POST"])
@operator_page
def publish(desk: Desk) -> HttpResponse:
    """Take changes, show what they change and from when, and publish them once they are confirmed."""
    current = rulebook.rules_at(desk.now)
    newest = _newest_values()
    given = desk.request.POST
    if desk.request.method == "GET":
        starts = timezone.localtime(desk.now + NOTICE)
        form = VersionForm(initial={"valid_from": starts})
        return desk.render("desk/operator/publish.html", _publish_values(form, current, newest, {}, {}))
    form = VersionForm(given)
    changes, typed, faults = _read_changes(newest, given)
    if not changes and not faults:
        form.add_error(None, gettext("Change at least one rule."))
    values = _publish_values(form, current, newest, typed, faults)
    if not form.is_valid() or faults:
        return desk.render("desk/operator/publish.html", values, status=422)
    if "confirm" in given and desk.attempt(
        rulebook.publish_rules,
        done=gettext("The new rules are published."),
        form=form,
        changes=changes,
        valid_from=form.cleaned_data["valid_from"],
        note=form.cleaned_data["note"],
    ):
        return redirect("operator_versions")
    if form.errors:
        return desk.render("desk/operator/publish.html", values, status=422)
    older = {key: newest.get(key, rulebook.REGISTRY[key].default) for key in changes}
    values["preview"] = _changes(older, changes)
    return desk.render("desk/operator/preview.html", values)


@require_GET
@operator_page
def audit(desk: Desk) -> HttpResponse:
    """Show what operators did, newest first."""
    page = list_actions(cursor=desk.cursor, limit=PAGE_ROWS)
    ids = {_account_of(line.actor) for line in page.items} | {_account_of(line.subject) for line in page.items}
    shops = people.get_shops({_number_of(line.subject, "shop") or 0 for line in page.items})
    subjects = _by_address(names_of(ids)) | {f"shop:{number}": shop.name for number, shop in shops.items()}
    rows = [(line, _detail(line.detail)) for line in page.items]
    return desk.render(
        "desk/operator/audit.html", {"place": "audit", "page": page, "rows": rows, "names": subjects}
    )


@require_GET
@operator_page
def shops(desk: Desk) -> HttpResponse:
    """Show the shops, found by name."""
    text = desk.request.GET.get("text", "")[:100]
    page = people.list_shops(actor=desk.actor, text=text, cursor=desk.cursor, limit=PAGE_ROWS)
    owners = names_of({shop.owner_id for shop in page.items})
    deposits = trust.get_deposits(shop_ids=[shop.id for shop in page.items], now=desk.now)
    values = {"place": "shops", "page": page, "text": text, "owners": owners, "deposits": deposits}
    return desk.render("desk/operator/shops.html", values)


@require_GET
@operator_page
def accounts(desk: Desk) -> HttpResponse:
    """Show the accounts, found by e-mail address or name."""
    text = desk.request.GET.get("text", "")[:100]
    only_blocked = desk.request.GET.get("state") == "blocked"
    page = people.list_accounts(
        actor=desk.actor, text=text, only_blocked=only_blocked, cursor=desk.cursor, limit=PAGE_ROWS
    )
    values = {"place": "accounts", "page": page, "text": text, "only_blocked": only_blocked}
    return desk.render("desk/operator/accounts.html", values)


@require_POST
@operator_page
def suspend_shop(desk: Desk, shop_id: int) -> HttpResponse:
    """Stop a shop from selling."""
    done = gettext("The shop is suspended.")
    return _with_reason(desk, "operator_shops", operations.suspend_shop, done, shop_id=shop_id)


@require_POST
@operator_page
def reinstate_shop(desk: Desk, shop_id: int) -> HttpResponse:
    """Let a suspended shop sell again."""
    done = gettext("The shop may sell again.")
    return _with_reason(desk, "operator_shops", operations.reinstate_shop, done, shop_id=shop_id)


@require_POST
@operator_page
def block_account(desk: Desk, account_id: int) -> HttpResponse:
    """Shut a person out."""
    done = gettext("The account is blocked.")
    return _with_reason(desk, "operator_accounts", operations.block_account, done, account_id=account_id)


@require_POST
@operator_page
def reinstate_account(desk: Desk, account_id: int) -> HttpResponse:
    """Let a blocked person in again."""
    done = gettext("The account is open again.")
    return _with_reason(desk, "operator_accounts", operations.reinstate_account, done, account_id=account_id)


@require_GET
@operator_page
def money(desk: Desk) -> HttpResponse:
    """Show what the market holds and what the platform has earned and spent."""
    escrow = [escrow_address(shard) for shard in range(ESCROW_SHARDS)]
    balances = ledger.get_balances(addresses=[*escrow, *(address for address, _name in MONEY)])
    rows = [(address, name, balances[address].balance_fen) for address, name in MONEY]
    own = ("platform:fee", "platform:commission", "platform:expense:channel", "platform:marketing")
    values = {
        "place": "money",
        "escrow_fen": sum(balances[address].balance_fen for address in escrow),
        "rows": rows,
        "result_fen": sum(balances[address].balance_fen for address in own),
    }
    return desk.render("desk/operator/money.html", values)


def _with_reason(desk: Desk, back: str, operation: Any, done: str, **arguments: Any) -> HttpResponse:
    form = ReasonForm(desk.request.POST)
    if form.is_valid():
        desk.attempt(operation, done=done, reason=form.cleaned_data["reason"], **arguments)
    else:
        tell_faults(desk.request, form)
    return redirect(back)


def _grouped(current: rulebook.Rules) -> dict[str, list[dict[str, Any]]]:
    """Return the rules by the first word of their keys, with values as people read them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, rule in sorted(rulebook.REGISTRY.items()):
        value = current[rule]
        row = {
            "rule": rule,
            "value": in_words(rule, value),
            "default": in_words(rule, rule.default),
            "is_changed": value != rule.default,
        }
        groups.setdefault(key.partition(".")[0], []).append(row)
    return groups


def _publish_values(
    form: VersionForm,
    current: rulebook.Rules,
    newest: dict[str, Any],
    typed: dict[str, str],
    faults: dict[str, str],
) -> dict[str, Any]:
    rows = [
        {
            "rule": rule,
            "name": FIELD + key,
            "now": in_words(rule, current[rule]),
            "typed": typed.get(key, _as_typed(newest.get(key, rule.default))),
            "fault": faults.get(key, ""),
        }
        for key, rule in sorted(rulebook.REGISTRY.items())
    ]
    return {"place": "publish", "form": form, "rows": rows}


def _read_changes(newest: dict[str, Any], given: Any) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Return the rules whose typed value differs, what was typed for every rule, and what is wrong with it."""
    changes: dict[str, Any] = {}
    typed: dict[str, str] = {}
    faults: dict[str, str] = {}
    for key, rule in rulebook.REGISTRY.items():
        text = given.get(FIELD + key)
        if text is None:
            continue
        typed[key] = text[:INPUT_LETTERS_MAX].strip()
        try:
            value = rule.check(_parse(rule, typed[key]))
        except InvalidInput as refusal:
            faults[key] = refusal.reason
            continue
        if value != newest.get(key, rule.default):
            changes[key] = value
    return changes, typed, faults


def _parse(rule: Rule[Any], text: str) -> Any:
    if isinstance(rule.default, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None  # which no rule can be: the check says so


def _as_typed(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _newest_values() -> dict[str, Any]:
    """Return what the next version builds on: the newest one, which may not have started yet."""
    found = rulebook.list_versions()
    return dict(found[0].values) if found else {}


def _changes(older: dict[str, Any], newer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return which rules differ between two versions, in words."""
    rows = []
    for key in sorted(newer):
        rule = rulebook.REGISTRY.get(key)
        before = older.get(key, rule.default if rule else "")
        if before != newer[key]:
            rows.append(
                {"key": key, "rule": rule, "before": in_words(rule, before), "after": in_words(rule, newer[key])}
            )
    return rows


def in_words(rule: Rule[Any] | None, value: Any) -> str:
    """Return a rule's value as people read it: 500 bp as 5%, an amount with its sign."""
    if rule is None:
        return str(value)
    if isinstance(value, dict):
        return " · ".join(f"{words(name)} {in_words(rule, part)}" for name, part in value.items())
    if rule.unit == "bp":
        return percent(value)
    if rule.unit == "fen":
        return fen(value)
    if rule.unit in {"seconds", "minutes", "hours", "days"}:
        return f"{value:,} {words(rule.unit)}"
    return str(value)


def _detail(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the detail of a line of the audit log as pairs of text, short enough for a table."""
    pairs: list[tuple[str, str]] = []
    for name, value in detail.items():
        if name == "changes" and isinstance(value, dict):
            pairs.extend((key, in_words(rulebook.REGISTRY.get(key), part)) for key, part in value.items())
        elif name == "valid_from" and isinstance(value, str):
            pairs.append((name, moment(datetime.fromisoformat(value))))
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            pairs.append((name, text[:DETAIL_LETTERS_MAX]))
    return pairs


def _account_of(address: str) -> int | None:
    return _number_of(address, "account")


def _number_of(address: str, kind: str) -> int | None:
    found, _colon, number = address.partition(":")
    return int(number) if found == kind and number.isdigit() else None


def _by_address(names: dict[int, Any]) -> dict[str, str]:
    return {f"account:{number}": account.display_name for number, account in names.items()}
