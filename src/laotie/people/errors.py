"""Refusals of the people module."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


@dataclass(eq=False)
class EmailTaken(DomainError):
    """The e-mail address belongs to an account."""

    sentence = _("There is already an account with this e-mail address.")
    field = "email"


@dataclass(eq=False)
class LimitReached(DomainError):
    """The person or shop has as many of a thing as it can have."""

    sentence = _("You have reached the limit of {most}.")
    what: str
    most: int


@dataclass(eq=False)
class OwnerIsNoStaff(DomainError):
    """A shop's owner may do everything there already."""

    sentence = _("The owner of a shop cannot be its staff.")
    field = "account_id"


@dataclass(eq=False)
class OfficialAccountTaken(DomainError):
    """A shop has one official account, and an account is the official one of one shop."""

    sentence = _("This shop or this account already has an official link.")
    field = "kind"


@dataclass(eq=False)
class NotCreator(DomainError):
    """The account does not recommend goods."""

    sentence = _("This account is not a creator.")
    field = "creator_id"


@dataclass(eq=False)
class ContractsOverlap(DomainError):
    """A creator is with one agency at a time."""

    sentence = _("In this time the creator already has a contract with an agency.")
    field = "starts_at"


@dataclass(eq=False)
class ContractOver(DomainError):
    """The proposal was answered after the contract's own end."""

    sentence = _("This contract would already be over.")
    field = "ends_at"


@dataclass(eq=False)
class BrandTaken(DomainError):
    """Another shop has registered a brand of this name."""

    sentence = _("There is already a brand of this name.")
    field = "name"


@dataclass(eq=False)
class FollowsSelf(DomainError):
    """Nobody follows themselves."""

    sentence = _("You cannot follow yourself.")
    field = "followed"


@dataclass(eq=False)
class BlocksSelf(DomainError):
    """An operator would lock themselves out."""

    sentence = _("You cannot do this to your own account.")
    field = "account_id"


@dataclass(eq=False)
class ErasureBlocked(DomainError):
    """Somebody's business still needs the person; `what` says which."""

    sentence = _("This account cannot be erased while it still has this: {what}.")
    what: str
