"""Template tags of the desks: states as pills, words for codes, deadlines, forms that act once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from laotie.alliance.contracts import EARNING_REASON_SENTENCES, PLAN_KIND_NAMES, REASON_SENTENCES, Reason
from laotie.catalog.contracts import ProductState
from laotie.core.ids import new_secret
from laotie.orders.contracts import ScanKind
from laotie.people.contracts import CheckState
from laotie.web.templatetags.laotie import fen
from laotie.web.wording import refund_reason_in_words
from laotie.web.words import CODES, SENTENCES, TONES, WORDS

register = template.Library()


@register.simple_tag
def state_pill(state: StrEnum, name: str = "") -> SafeString:
    """Write a state as a pill: its word in the reader's language, its tone by what it asks of people."""
    tone = TONES.get(type(state), {}).get(state, "")
    return format_html('<span class="pill{}">{}</span>', f" pill-{tone}" if tone else "", name or words(state))


@register.simple_tag
def product_pill(state: str) -> SafeString:
    """Write a product's state, which the catalog tells as text, as a pill."""
    return state_pill(ProductState(state))


@register.filter
def words(code: Any) -> str:
    """Return the reader's words for a member of an enumeration or a stored code; an unknown one as it is."""
    for tables in (WORDS, SENTENCES):
        table = tables.get(type(code), {})
        if code in table:
            return gettext(table[code])
    for table in (PLAN_KIND_NAMES, EARNING_REASON_SENTENCES):
        if type(code) in {type(key) for key in table}:
            return gettext(table[code])
    return gettext(CODES[code]) if isinstance(code, str) and code in CODES else str(code)


@register.filter
def check_words(state: str) -> str:
    """Return how a question to the verification service stands, which its view tells as text."""
    return words(CheckState(state)) if state else ""


@register.filter
def scan_words(state: str) -> str:
    """Return how a parcel stands, which its view tells as text."""
    return words(ScanKind(state)) if state else ""


@register.filter
def refund_reason(reason: str) -> str:
    """Return why money goes back, in the reader's language."""
    return refund_reason_in_words(reason)


@register.filter
def why(attribution: str) -> str:
    """Return why an order line has, or has not, a creator to pay."""
    return gettext(REASON_SENTENCES[Reason(attribution)]) if attribution in {*Reason} else ""


@register.filter
def moment(at: datetime | None) -> str:
    """Return a moment in the platform's zone, to the minute: 2026-11-20 20:15."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


@register.simple_tag(takes_context=True)
def time_left(context: template.Context, deadline: datetime | None) -> SafeString | str:
    """Write how long there still is, and in red when it is less than six hours or over."""
    if deadline is None:
        return ""
    seconds = int((deadline - context["now"]).total_seconds())
    days, hours, minutes = abs(seconds) // 86_400, abs(seconds) % 86_400 // 3_600, abs(seconds) % 3_600 // 60
    if days:
        span = gettext("{days} d {hours} h").format(days=days, hours=hours)
    elif hours:
        span = gettext("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    else:
        span = gettext("{minutes} min").format(minutes=minutes)
    sentence = gettext("{span} left") if seconds >= 0 else gettext("{span} late")
    return format_html(
        '<span class="figures whitespace-nowrap{}">{}</span>',
        " font-semibold text-error" if seconds < 6 * 3_600 else "",
        sentence.format(span=span),
    )


@register.simple_tag
def once() -> SafeString:
    """Write a hidden token by which the same form sent twice acts once."""
    return format_html('<input type="hidden" name="once" value="{}">', new_secret())


@register.filter
def signed(amount_fen: int) -> str:
    """Return an amount with its sign, as a statement shows it: +¥12.00."""
    return f"+{fen(amount_fen)}" if amount_fen > 0 else fen(amount_fen)


@register.filter
def order_of(subject: str) -> str:
    """Return the order's number of a subject such as order:7, else ""."""
    kind, _colon, number = subject.partition(":")
    return number if kind == "order" and number.isdigit() else ""


@register.filter
def about(subject: str) -> str:
    """Return a subject's address as people read it: category:44 → "Category 44"."""
    kind, _colon, name = subject.partition(":")
    return f"{words(kind)} {name}" if kind in CODES else subject


@register.filter
def lookup(table: dict[Any, Any], key: Any) -> Any:
    """Return a table's entry, or ""."""
    return table.get(key, "")
