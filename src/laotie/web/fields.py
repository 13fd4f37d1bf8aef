"""Form fields in the trade's units: people type yuan and percent, operations take fen and basis points."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from laotie.core.money import FEN_MAX


class FenField(forms.DecimalField):
    """An amount typed in yuan, as whole fen."""

    def __init__(self, *, least_fen: int = 0, most_fen: int = FEN_MAX, **more: Any) -> None:
        super().__init__(
            min_value=Decimal(least_fen) / 100,
            max_value=Decimal(most_fen) / 100,
            decimal_places=2,
            max_digits=16,
            **{"widget": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}), **more},
        )

    def clean(self, value: Any) -> int | None:  # type: ignore[override]  # the unit changes here
        """Return fen."""
        yuan = super().clean(value)
        return None if yuan is None else int(yuan * 100)


class PercentField(forms.DecimalField):
    """A rate typed in percent, as whole basis points."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            min_value=Decimal(0),
            max_value=Decimal(100),
            decimal_places=2,
            max_digits=5,
            **{"widget": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}), **more},
        )

    def clean(self, value: Any) -> int | None:  # type: ignore[override]  # the unit changes here
        """Return basis points."""
        percent = super().clean(value)
        return None if percent is None else int(percent * 100)


class NumbersField(forms.CharField):
    """Numbers of accounts, separated by commas or blanks."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=4_000, **more)

    def clean(self, value: Any) -> tuple[int, ...]:  # type: ignore[override]  # text becomes numbers here
        """Return the numbers."""
        words = str(super().clean(value)).replace("，", " ").replace(",", " ").replace("、", " ").split()
        if not all(word.isascii() and word.isdigit() and 0 < len(word) < 19 for word in words):
            raise forms.ValidationError(_("Write account numbers, separated by commas."))
        return tuple(int(word) for word in words)


class MomentField(forms.DateTimeField):
    """A date and time in the platform's zone, chosen with the browser's own picker."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **more)
