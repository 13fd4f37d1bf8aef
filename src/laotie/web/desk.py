"""What the desks' pages share: who works here, how one form becomes one operation, how a refusal is told."""

import functools
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from laotie.core.actor import Actor, person
from laotie.core.errors import BadCursor, DomainError, NotAllowed, NotFound
from laotie.core.http import now_of
from laotie.core.idempotency import Answer, write_once
from laotie.core.ids import hash_input, new_secret
from laotie.people import queries as people
from laotie.people.contracts import SHOP_PERMISSIONS, AccountView, ShopView

ONCE = re.compile(r"[A-Za-z0-9_-]{20,60}")
PAGE_ROWS = 20

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Desk:
    """A request at a desk, of somebody who is signed in."""

    request: HttpRequest
    actor: Actor
    now: datetime

    @property
    def account_id(self) -> int:
        """The person's account."""
        assert self.actor.account_id is not None
        return self.actor.account_id

    @property
    def cursor(self) -> str:
        """The page asked for."""
        return self.request.GET.get("cursor", "")

    def render(self, template: str, values: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Return a page of the desk."""
        return render(self.request, template, {"now": self.now, **values}, status=status)

    def tell(self, sentence: str) -> None:
        """Say on the next page what went wrong."""
        messages.error(self.request, sentence)

    def attempt(
        self, operation: Callable[..., object], *, done: str, form: forms.Form | None = None, **arguments: Any
    ) -> bool:
        """Run one operation, once per form sent, and tell how it went: on the form if one is given.

        Raises: NotFound, NotAllowed.
        """

        def write() -> Answer:
            operation(actor=self.actor, now=self.now, **arguments)
            return Answer(status=204, text="")

        try:
            given = self._write_once(write)
        except (NotFound, NotAllowed):
            raise
        except DomainError as refusal:
            _tell(self.request, refusal, form)
            return False
        if given.is_repetition:
            messages.info(self.request, _("This was already done."))
        else:
            messages.success(self.request, done)
        return True

    def _write_once(self, write: Callable[[], Answer]) -> Answer:
        """Run what a form asks for, once for each time the form was shown."""
        token = self.request.POST.get("once", "")
        digest = hash_input([self.request.path, sorted(self.request.POST.lists())])
        key = f"form:{token if ONCE.fullmatch(token) else new_secret()}"
        return write_once(write, scope=self.actor.address, key=key, input_hash=digest, now=self.now)


@dataclass(frozen=True, slots=True)
class ShopDesk(Desk):
    """A request at a shop's desk, of somebody with the permission that the page needs."""

    shop: ShopView
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        """Say whether the person has a permission in this shop."""
        return permission in self.permissions

    def render(self, template: str, values: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Return a page of the shop's desk."""
        shared = {"now": self.now, "shop": self.shop, "permissions": self.permissions}
        return render(self.request, template, {**shared, **values}, status=status)


def desk_page(
    view: Callable[Concatenate[Desk, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Open a page to those who are signed in, and answer refusals with pages."""

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(Desk(request, _person_of(request), now_of(request)), *args, **kwargs)

    return _guarded(page)


def shop_page(
    permission: str | None,
) -> Callable[
    [Callable[Concatenate[ShopDesk, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, int, P], HttpResponseBase],
]:
    """Open a page to a shop's owner, to staff with a permission (None: any), and to operators."""

    def decorate(
        view: Callable[Concatenate[ShopDesk, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, int, P], HttpResponseBase]:
        def page(request: HttpRequest, /, shop_id: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = _person_of(request)
            assert actor.account_id is not None
            shop = people.access_shop(actor=actor, shop_id=shop_id, permission=permission)
            own = people.list_shop_permissions(account_id=actor.account_id, shop_id=shop_id)
            # Who came in without working here is an operator, and operators see everything.
            permissions = own if own or shop.owner_id == actor.account_id else frozenset(SHOP_PERMISSIONS)
            return view(ShopDesk(request, actor, now_of(request), shop, permissions), *args, **kwargs)

        return _guarded(page)

    return decorate


def creator_page(
    view: Callable[Concatenate[Desk, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Open a page to creators."""

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = _person_of(request)
        if not request.user.is_creator:  # type: ignore[union-attr]  # a person is signed in
            raise NotAllowed(needs="the creator role")
        return view(Desk(request, actor, now_of(request)), *args, **kwargs)

    return _guarded(page)


def operator_page(
    view: Callable[Concatenate[Desk, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Open a page to operators."""

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = _person_of(request)
        people.require_operator(actor=actor)
        return view(Desk(request, actor, now_of(request)), *args, **kwargs)

    return _guarded(page)


def choice_of(request: HttpRequest, name: str, allowed: type[Any], otherwise: Any = None) -> Any:
    """Return a query parameter as a member of an enumeration, or `otherwise`."""
    try:
        return allowed(request.GET.get(name, ""))
    except ValueError:
        return otherwise


def names_of(account_ids: Collection[int | None]) -> dict[int, AccountView]:
    """Return the accounts behind ids in one query; None among them is nobody."""
    return people.get_accounts({one for one in account_ids if one is not None})


def tell_faults(request: HttpRequest, form: forms.Form) -> None:
    """Say what is wrong with a small form that has no page of its own."""
    for name, faults in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for fault in faults:
            messages.error(request, f"{label}: {fault}" if label else str(fault))


def _guarded(page: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @never_cache
    @functools.wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/desk/")
        try:
            return page(request, *args, **kwargs)
        except NotFound:
            return render(request, "404.html", status=404)
        except NotAllowed as refusal:
            return render(request, "403.html", {"reason": refusal.message()}, status=403)
        except BadCursor as refusal:
            messages.info(request, refusal.message())
            return HttpResponseRedirect(request.path)

    return guarded


def _person_of(request: HttpRequest) -> Actor:
    assert request.user.is_authenticated
    return person(request.user.pk)


def _tell(request: HttpRequest, refusal: DomainError, form: forms.Form | None) -> None:
    if form is None:
        messages.error(request, refusal.message())
        return
    data = refusal.data()
    name = str(data.get("field_name", refusal.field))
    if name in form.fields:
        form.add_error(name, str(data.get("reason") or refusal.message()))
    else:
        form.add_error(None, refusal.message())
