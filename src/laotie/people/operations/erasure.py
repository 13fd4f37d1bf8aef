"""Erasing a person: what identifies them goes, what others' books need stays under a number that is nobody's."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor, person
from laotie.core.audit_log import record_action
from laotie.core.errors import InvalidInput
from laotie.core.personal import forget_answers
from laotie.events.outbox import publish
from laotie.events.people import AccountErased
from laotie.events.webhooks.operations import remove_endpoints_of
from laotie.people.errors import ErasureBlocked
from laotie.people.models import (
    Account,
    Address,
    Agency,
    AgencyContract,
    ApiToken,
    ApplicationPaper,
    BankAccount,
    Follow,
    Identity,
    IdentityCheck,
    Shop,
    ShopAccount,
    Staff,
)
from laotie.people.operations.accounts import lock_account
from laotie.people.queries import require_operator
from laotie.people.states import BINDING_STATES

ERASED_NAME = "已注销用户"
ERASED_HOST = "erased.invalid"


@transaction.atomic(savepoint=False)
def erase_account(*, actor: Actor, account_id: int, now: datetime) -> None:
    """Erase a person from this module's tables: name, e-mail address, address book, follows, tokens, work for shops.

    Who erases calls the other modules in the same transaction (api/persons.py). A second time changes nothing.
    Raises: NotFound, NotAllowed, ErasureBlocked while something still needs the person.
    """
    if actor.account_id != account_id:
        require_operator(actor=actor)
    account = lock_account(account_id)
    if account.email == _erased_email(account_id):
        return
    _require_free(account, now)
    Address.objects.filter(account=account).delete()
    Follow.objects.filter(Q(follower=account) | Q(followed=f"account:{account_id}")).delete()
    Staff.objects.filter(account=account).delete()
    ShopAccount.objects.filter(account=account).delete()
    ApiToken.objects.filter(account=account).delete()
    Identity.objects.filter(account=account).delete()
    IdentityCheck.objects.filter(account=account).delete()
    ApplicationPaper.objects.filter(application__applicant=account).delete()
    BankAccount.objects.filter(owner=f"account:{account_id}").delete()
    EmailAddress.objects.filter(user=account).delete()
    remove_endpoints_of(owner=f"account:{account_id}")
    forget_answers(actor=person(account_id))
    account.email = _erased_email(account_id)
    account.display_name, account.introduction = ERASED_NAME, ""
    account.is_active = account.is_creator = account.is_staff = False
    account.last_login = None
    account.set_unusable_password()  # ends every session as well
    account.save()
    record_action(actor=actor, action="person.erase", subject=f"account:{account_id}", now=now)
    publish(AccountErased(account_id=account_id), now=now)


def confirm_email(*, account_id: int, email: str) -> None:
    """Make sure that who erases means this account: locks it and compares its e-mail address.

    Raises: NotFound, InvalidInput.
    """
    account = lock_account(account_id)
    if account.email != email.strip().lower():
        reason = gettext(_("This is not the account's e-mail address."))
        raise InvalidInput(field_name="email", reason=reason)


def _require_free(account: Account, now: datetime) -> None:
    if account.is_operator:
        raise ErasureBlocked(what="operator")
    if Shop.objects.filter(owner=account).exists():
        raise ErasureBlocked(what="shop")
    if Agency.objects.filter(owner=account).exists():
        raise ErasureBlocked(what="agency")
    binding = AgencyContract.objects.filter(creator=account, state__in=BINDING_STATES)
    if binding.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).exists():
        raise ErasureBlocked(what="contract")


def _erased_email(account_id: int) -> str:
    return f"erased-{account_id}@{ERASED_HOST}"
