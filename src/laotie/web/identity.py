"""Proving one's name, as a step of other pages: the form and how it is sent."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from laotie.people import operations
from laotie.people.contracts import DocumentKind
from laotie.web.desk import Desk


class IdentityForm(forms.Form):
    """A person's name as in their document."""

    legal_name = forms.CharField(label=_("Name in the document"), max_length=60)
    document = forms.ChoiceField(
        label=_("Document"),
        choices=[(DocumentKind.ID_CARD.value, _("Identity card")), (DocumentKind.PASSPORT.value, _("Passport"))],
    )
    document_number = forms.CharField(
        label=_("Document number"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    birth_date = forms.DateField(
        label=_("Day of birth"),
        required=False,
        help_text=_("Only with a passport; an identity card's number says it."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


def ask_identity(desk: Desk, form: IdentityForm) -> bool:
    """Send a filled form to the verification service; False if it was refused, which the form then tells."""
    if not form.is_valid():
        return False
    wanted = {**form.cleaned_data, "document": DocumentKind(form.cleaned_data["document"])}
    done = gettext("We are checking your name; the answer comes in a moment.")
    return desk.attempt(operations.ask_identity_check, done=done, form=form, **wanted)
