"""Tables of people: accounts, shops and their staff, brands, agencies, follows, addresses, tokens, identities."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from laotie.core.crypto import EncryptedTextField
from laotie.people.contracts import SHOP_PERMISSIONS, TOKEN_SCOPES
from laotie.people.states import (
    ApplicationKind,
    ApplicationState,
    CheckState,
    ContractState,
    DocumentKind,
    LinkKind,
    ShopState,
)

ACCOUNT = "people.Account"


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts for Django's own commands; the market uses `operations.open_account`."""

    def create_user(self, email: str, password: str | None = None, **values: Any) -> "Account":
        """Make an account with a normalised address and a hashed password."""
        account = self.model(email=self.normalize_email(email).lower(), **values)
        account.set_password(password)
        account.save()
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """A person. One account may be buyer, creator, merchant, agent and operator at once."""

    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    introduction = models.TextField(blank=True)  # a creator's own words
    is_active = models.BooleanField(default=True)  # False: blocked
    is_operator = models.BooleanField(default=False)
    is_staff = models.BooleanField(default=False)  # may open the Django admin
    is_creator = models.BooleanField(default=False)
    joined_at = models.DateTimeField()

    objects: ClassVar[AccountManager] = AccountManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.display_name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Let operators look at everything in the admin; what they change goes through operations."""
        _module, _dot, verb = perm.partition(".")
        looks = self.is_active and self.is_operator and verb.startswith("view_")
        return looks or super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        """Show operators every module of the admin."""
        return (self.is_active and self.is_operator) or super().has_module_perms(app_label)


class Shop(models.Model):
    """Owns goods, ships and serves; several accounts may speak for it."""

    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, default=ShopState.OPEN.value)
    opened_at = models.DateTimeField()
    activated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[*ShopState]), name="shop_state_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Staff(models.Model):
    """Someone who works for a shop, with permissions there."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    permissions = ArrayField(models.CharField(max_length=20))
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "account"], name="staff_shop_account"),
            models.CheckConstraint(
                condition=Q(permissions__contained_by=[*SHOP_PERMISSIONS], permissions__len__gt=0),
                name="staff_permissions_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} at shop {self.shop_id}"


class ShopAccount(models.Model):
    """An account joined to a shop (号店一体), once its person has accepted."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    is_own_room = models.BooleanField()
    linked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "account"], name="shop_account_once"),
            models.UniqueConstraint(
                fields=["shop"], condition=Q(kind=LinkKind.OFFICIAL.value), name="shop_account_one_official"
            ),
            # Only where it was accepted: a shop's mere wish must not keep an account from its own shop.
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(kind=LinkKind.OFFICIAL.value, accepted_at__isnull=False),
                name="shop_account_official_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=[*LinkKind]), name="shop_account_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.account_id} of shop {self.shop_id}"


class Agency(models.Model):
    """An agency (MCN) with creators under contract."""

    name = models.CharField(max_length=60)
    owner = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class AgencyContract(models.Model):
    """An agency's share of a creator's commission, from a moment to a moment.

    Migration 0002 adds what keeps two binding contracts of one creator from overlapping.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    share_bp = models.IntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, default=ContractState.PROPOSED.value)
    is_proposed_by_agency = models.BooleanField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share_bp__gte=1, share_bp__lte=10_000), name="agency_share_range"),
            models.CheckConstraint(condition=Q(state__in=[*ContractState]), name="agency_contract_state_known"),
            # A contract terminated before it began has no length at all.
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="agency_contract_period"
            ),
        ]
        indexes = [models.Index(fields=["creator", "starts_at"], name="agency_contract_creator")]

    def __str__(self) -> str:
        return f"agency {self.agency_id}, creator {self.creator_id}: {self.share_bp} bp"


class AgencyContractMove(models.Model):
    """One move of a contract's life: when, who and why. Only ever added to."""

    contract = models.ForeignKey(AgencyContract, on_delete=models.PROTECT, related_name="+")
    old = models.CharField(max_length=20, blank=True)
    new = models.CharField(max_length=20)
    actor = models.CharField(max_length=100)
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"contract {self.contract_id}: {self.old} → {self.new}"


class Brand(models.Model):
    """A brand, owned by the shop that registered it."""

    name = models.CharField(max_length=60)
    owner_shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="brand_name_once")]

    def __str__(self) -> str:
        return self.name


class BrandAuthorisation(models.Model):
    """The owner's dated permission for another shop to sell the brand."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="brand_authorisation_period")
        ]

    def __str__(self) -> str:
        return f"brand {self.brand_id} for shop {self.shop_id}"


class Follow(models.Model):
    """An account follows a person or a shop, named by its address."""

    follower = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    followed = models.CharField(max_length=40)
    followed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follower", "followed"], name="follow_once")]
        indexes = [models.Index(fields=["followed"], name="follow_followed")]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followed}"


class Address(models.Model):
    """An entry of someone's address book; who and where exactly is encrypted."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    recipient = EncryptedTextField()
    phone = EncryptedTextField()
    region = models.CharField(max_length=100)
    street = EncryptedTextField()
    postcode = models.CharField(max_length=12, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(is_default=True), name="address_one_default")
        ]

    def __str__(self) -> str:
        return f"address {self.pk}"


class ApiToken(models.Model):
    """A credential for programs: a name, what it may do, and the hash of its secret."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=[*TOKEN_SCOPES], scopes__len__gt=0), name="token_scopes_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """Who a person is by law (实名), as the verification service confirmed it."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="+")
    legal_name = EncryptedTextField()
    document = models.CharField(max_length=20)
    document_number = EncryptedTextField()
    number_hash = models.CharField(max_length=64)  # keyed: one person's accounts are found by it
    birth_date = EncryptedTextField()  # ISO
    verified_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(document__in=[*DocumentKind]), name="identity_document_known")
        ]
        indexes = [models.Index(fields=["number_hash"], name="identity_number")]

    def __str__(self) -> str:
        return f"identity of {self.account_id}"


class IdentityCheck(models.Model):
    """A question to the verification service. What was asked is forgotten with the answer, whatever it is."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    legal_name = EncryptedTextField(blank=True)
    document = models.CharField(max_length=20)
    document_number = EncryptedTextField(blank=True)
    birth_date = EncryptedTextField(blank=True)
    state = models.CharField(max_length=10, default=CheckState.ASKED.value)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[*CheckState]), name="identity_check_state_known"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state=CheckState.ASKED.value), name="identity_check_one_open"
            ),
        ]
        indexes = [models.Index(fields=["account", "-asked_at"], name="identity_check_account")]

    def __str__(self) -> str:
        return f"check of {self.account_id}: {self.state}"


class BankAccount(models.Model):
    """Where somebody's money goes. `owner` is an address: account:7, shop:3, agency:2; one of each is in use."""

    owner = models.CharField(max_length=40)
    holder_name = EncryptedTextField()
    account_number = EncryptedTextField()
    number_hash = models.CharField(max_length=64)  # keyed
    bank = models.CharField(max_length=60)
    branch_code = models.CharField(max_length=20, blank=True)
    added_by = models.CharField(max_length=100)
    added_at = models.DateTimeField()
    usable_from = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(replaced_at__isnull=True), name="bank_account_in_use"
            )
        ]
        indexes = [models.Index(fields=["number_hash"], name="bank_account_number")]

    def __str__(self) -> str:
        return f"bank account of {self.owner}"


class Application(models.Model):
    """A person's wish to become something here: what they say of their business, and where the wish stands."""

    applicant = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default=ApplicationState.SUBMITTED.value)
    business_name = models.CharField(max_length=100, blank=True)
    licence_number = models.CharField(max_length=18, blank=True)  # a business's, as in the public register
    licence_until = models.DateField(null=True)
    licence_check = models.CharField(max_length=10, blank=True)  # a CheckState
    public_name = models.CharField(max_length=60, blank=True)  # of the shop or the agency
    public_name_en = models.CharField(max_length=60, blank=True)
    categories = ArrayField(models.CharField(max_length=40), default=list)
    agreement = models.CharField(max_length=40)  # which text was agreed to, as merchant/1
    agreed_at = models.DateTimeField()
    submitted_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)  # the operator's, for the applicant to read
    reviewed_by = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=40, blank=True)  # what it made, as shop:3

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[*ApplicationKind]), name="application_kind_known"),
            models.CheckConstraint(condition=Q(state__in=[*ApplicationState]), name="application_state_known"),
            models.UniqueConstraint(
                fields=["applicant", "kind"],
                condition=Q(state__in=[ApplicationState.SUBMITTED.value, ApplicationState.RETURNED.value]),
                name="application_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["applicant", "-id"], name="application_applicant"),
            models.Index(fields=["state", "id"], name="application_state"),
            models.Index(fields=["licence_number"], condition=~Q(licence_number=""), name="application_licence"),
        ]

    def __str__(self) -> str:
        return f"application:{self.pk} {self.kind} {self.state}"


class ApplicationMove(models.Model):
    """One move of an application's life: when, who and why. Only ever added to."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="moves")
    old = models.CharField(max_length=10, blank=True)
    new = models.CharField(max_length=10)
    actor = models.CharField(max_length=100)
    reason = models.CharField(max_length=500, blank=True)
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"application {self.application_id}: {self.old} → {self.new}"


class ApplicationPaper(models.Model):
    """A picture of a paper that belongs to an application: a licence, a trademark; with the day it ends."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="papers")
    title = models.CharField(max_length=60)
    valid_until = models.DateField(null=True)
    picture = EncryptedTextField()
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"paper of application {self.application_id}: {self.title}"
