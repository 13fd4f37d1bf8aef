"""Where django-allauth meets our accounts: signing up is our operation, signing in brings the language."""

from types import SimpleNamespace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from laotie.core import clock
from laotie.core.errors import InvalidInput
from laotie.people.errors import EmailTaken
from laotie.people.models import Account
from laotie.people.operations.accounts import enter_account
from laotie.people.texts import clean_email

SITE_NAME = "老铁 laotie"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed
    """Our answers to allauth's questions."""

    def clean_email(self, email: str) -> str:
        """Return the address as our accounts keep it."""
        try:
            return clean_email(email)
        except InvalidInput as refusal:
            raise ValidationError(refusal.reason) from None

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sign messages with our own name and address; a request's Host header is anybody's claim."""
        site = SimpleNamespace(name=SITE_NAME, domain=settings.SITE_URL)
        super().send_mail(template_prefix, email, {**context, "current_site": site})

    def format_email_subject(self, subject: str) -> str:
        """Begin subjects with our own name."""
        return f"[{SITE_NAME}] {subject}"

    def save_user(
        self,
        request: HttpRequest,  # noqa: ARG002 - allauth's signature
        user: Account,
        form: BaseForm,
        commit: bool = True,  # noqa: ARG002, FBT001, FBT002 - allauth's signature; it always commits
    ) -> Account:
        """Open the account the sign-up form asks for; who lost a race for the address is asked to sign in."""
        user.email = form.cleaned_data["email"]
        try:
            with transaction.atomic():
                return enter_account(user, password=form.cleaned_data.get("password1"), now=clock.utc_now())
        except EmailTaken:
            raise ImmediateHttpResponse(redirect(settings.LOGIN_URL)) from None

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:
        """Show the site in the person's own language from the next page on."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            secure=settings.SECURE,
            samesite="Lax",
            max_age=31_536_000,
        )
        return response
