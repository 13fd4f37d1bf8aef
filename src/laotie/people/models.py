"""Tables of people: accounts and what they are to the market."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


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
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)  # may open the Django admin
    joined_at = models.DateTimeField()

    objects: ClassVar[AccountManager] = AccountManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.display_name or self.email
