"""Template tags of the site: built assets, icons, amounts, rates, the chosen theme."""

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from laotie.core.money import plain_yuan

register = template.Library()

WEB = Path(__file__).resolve().parent.parent
MANIFEST = WEB / "static" / "dist" / "manifest.json"
ICONS = dict(
    re.findall(
        r'<symbol id="(\w+)" viewBox="0 0 24 24">(.+?)</symbol>', (WEB / "assets" / "icons.svg").read_text()
    )
)
ENTRY = "src/laotie/web/assets/site.ts"
SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "BRL": "R$"}
THEMES = {"light": "laotie", "dark": "laotie-dark"}


@register.simple_tag(takes_context=True)
def assets(context: template.Context) -> SafeString:
    """Write the links to the built style and script, with the page's CSP nonce."""
    if not MANIFEST.exists():
        return mark_safe("<!-- No assets are built yet: make .state/assets -->")
    entry = _manifest(MANIFEST.stat().st_mtime_ns)[ENTRY]
    styles = format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(f"dist/{name}"),) for name in entry["css"])
    )
    script = format_html(
        '<script type="module" src="{}" nonce="{}"></script>',
        static(f"dist/{entry['file']}"),
        context.get("CSP_NONCE", ""),
    )
    return format_html("{}\n{}", styles, script)


@functools.lru_cache(maxsize=1)
def _manifest(written_ns: int) -> dict[str, Any]:
    """Read the manifest once per build; `written_ns` says which build."""
    del written_ns
    built: dict[str, Any] = json.loads(MANIFEST.read_text())
    return built


@register.simple_tag
def icon(name: str, css: str = "size-5") -> SafeString:
    """Write an icon that says nothing to a screen reader; the text beside it does."""
    return format_html(
        '<svg class="{} shrink-0" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        css,
        mark_safe(ICONS[name]),  # noqa: S308 - our own drawing
    )


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """Return the theme the visitor chose, or "" to follow the device."""
    request = context.get("request")
    return THEMES.get(request.COOKIES.get("theme", ""), "") if request else ""


@register.filter
def whole(fen: int) -> str:
    """Return the whole units of an amount with its sign: -123456 → "-1,234"."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}"


@register.filter
def cents(fen: int) -> str:
    """Return the two decimals of an amount: 123456 → "56"."""
    return f"{abs(fen) % 100:02d}"


@register.filter
def currency_sign(code: str) -> str:
    """Return a currency's sign, or its code where it has none here."""
    code = code or settings.CURRENCY
    return SIGNS.get(code, f"{code} ")


@register.filter
def fen(amount_fen: int, code: str = "") -> str:
    """Return an amount as running text: 123456 → "¥1,234.56"."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{currency_sign(code)}{whole(abs(amount_fen))}.{cents(amount_fen)}"


@register.filter
def yuan(amount_fen: int) -> str:
    """Return an amount as a number field takes it: 123456 → "1234.56"."""
    return plain_yuan(amount_fen)


@register.filter
def percent(rate_bp: int) -> str:
    """Return a rate in basis points as percent: 1250 → "12.5%"."""
    return f"{rate_bp / 100:g}%"


@register.filter
def initial(name: str) -> str:
    """Return the letter that stands for a name in a round avatar."""
    return name.strip()[:1].upper()


@register.filter
def brief(number: int) -> str:
    """Return a count as people say it: 12345 → "1.2万" in Chinese, "12K" in English."""
    if get_language() == "zh-hans":
        return f"{number / 10_000:.1f}".removesuffix(".0") + "万" if number >= 10_000 else str(number)
    return f"{number // 1_000}K" if number >= 10_000 else f"{number:,}"


@register.simple_tag
def shop_name(shops: Mapping[int, Any], shop_id: int) -> str:
    """Return a shop's name in the reader's language, or "" where it is not known."""
    shop = shops.get(shop_id) if shops else None
    if shop is None:
        return ""
    name: str = shop.name_en if get_language() == "en" and shop.name_en else shop.name
    return name


@register.simple_tag
def person_name(accounts: Mapping[int, Any], account_id: int) -> str:
    """Return a person's public name, or "" where it is not known."""
    account = accounts.get(account_id)
    return account.display_name if account else ""


@register.simple_tag
def amount_of_refund(refund: Any, currency: str) -> str:
    """Return what a refund gives back, goods and freight together."""
    return fen(refund.goods_fen + refund.freight_fen, currency)


@register.simple_tag
def field_input(field: BoundField) -> SafeString:
    """Write a form field's input in the site's clothes."""
    widget = field.field.widget
    boxed = getattr(widget, "input_type", "") in {"checkbox", "radio"}
    attrs: dict[str, str | bool] = {"class": "checkbox checkbox-primary rounded-md" if boxed else "field-input"}
    if "placeholder" in widget.attrs:
        attrs["placeholder"] = ""  # the label already says it
    return field.as_widget(attrs=attrs)
