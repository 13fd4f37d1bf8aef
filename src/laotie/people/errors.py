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


@dataclass(eq=False)
class IdentityMissing(DomainError):
    """The person has not proven who they are."""

    status = 403
    sentence = _("Please verify your real name first.")


@dataclass(eq=False)
class IdentityFixed(DomainError):
    """A verified identity is changed by an operator only."""

    sentence = _("Your real name is verified already. Ask the platform if it has changed.")


@dataclass(eq=False)
class CheckRunning(DomainError):
    """The verification service has not answered the last question yet."""

    sentence = _("Your real name is being checked; please wait for the answer.")


@dataclass(eq=False)
class TriesUsedUp(DomainError):
    """So many attempts a day, or the service would tell who has which number."""

    status = 429
    sentence = _("You have tried {most} times today. Please try again tomorrow.")
    most: int


@dataclass(eq=False)
class TooYoung(DomainError):
    """It takes an adult."""

    status = 403
    sentence = _("This needs a person of {years} years or more.")
    years: int


@dataclass(eq=False)
class BankAccountMissing(DomainError):
    """There is nowhere to pay to."""

    sentence = _("Please add a bank account first.")


@dataclass(eq=False)
class BankAccountFresh(DomainError):
    """A bank account that was just changed rests, so that its owner notices a change that was not theirs."""

    sentence = _("The bank account was changed; it can be paid to from {usable_from} on.")
    usable_from: str


@dataclass(eq=False)
class ApplicationOpen(DomainError):
    """One application of a kind is looked at at a time."""

    sentence = _("You have applied for this already; please wait for the answer.")


@dataclass(eq=False)
class LicenceExpired(DomainError):
    """The paper is over, or ends too soon to begin with."""

    status = 422
    sentence = _("The licence ends on {until}; it must be valid.")
    field = "licence_until"
    until: str


@dataclass(eq=False)
class AgreementMissing(DomainError):
    """Nothing is possible without agreeing."""

    status = 422
    sentence = _("Please agree to the terms first.")
    field = "agrees"


@dataclass(eq=False)
class PapersMissing(DomainError):
    """The operator cannot judge without a picture of the licence."""

    sentence = _("Please add a picture of the business licence.")
    field = "papers"


@dataclass(eq=False)
class TooManyPapers(DomainError):
    """As many as an application can have."""

    sentence = _("An application can have {most} pictures.")
    most: int


@dataclass(eq=False)
class ApplicationNeeded(DomainError):
    """This is had by an application that an operator approves."""

    status = 403
    sentence = _("Please apply for this; an operator looks at your application.")
