"""Refusals of the alliance."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


@dataclass(eq=False)
class CommissionOutOfBounds(DomainError):
    """The commission is below the trade's floor or above the kind's cap."""

    status = 422
    sentence = _("The commission must be from {least_bp} to {most_bp} basis points (1 % is 100).")
    field = "rate_bp"
    least_bp: int
    most_bp: int


@dataclass(eq=False)
class LeaderFeeOutOfBounds(DomainError):
    """The leader's fee is too low, or does not fit beside the commission."""

    status = 422
    sentence = _("The leader's fee must be from {least_bp} to {most_bp} basis points (1 % is 100).")
    field = "leader_rate_bp"
    least_bp: int
    most_bp: int


@dataclass(eq=False)
class LeaderNotFitting(DomainError):
    """A recruiting needs a leader; no other plan has one."""

    status = 422
    sentence = _("Recruiting plans name a leader, and only they do.")
    field = "leader_id"


@dataclass(eq=False)
class CreatorsNotFitting(DomainError):
    """Targeted and exclusive plans name creators; the others are open to everyone."""

    status = 422
    sentence = _("Targeted and exclusive plans name at least one creator; other plans name none.")
    field = "creator_ids"


@dataclass(eq=False)
class NotACreator(DomainError):
    """An account named as a creator is none."""

    status = 422
    sentence = _("Account {account_id} is not an active creator.")
    field = "creator_ids"
    account_id: int


@dataclass(eq=False)
class NotALeader(DomainError):
    """The account named as leader cannot lead."""

    status = 422
    sentence = _("Account {account_id} cannot be the leader.")
    field = "leader_id"
    account_id: int


@dataclass(eq=False)
class ProductNotFitting(DomainError):
    """A shop-wide plan names no product; every other plan names one."""

    status = 422
    sentence = _("A plan for the whole shop names no product; every other plan names one.")
    field = "product_id"


@dataclass(eq=False)
class ExclusivityInTheWay(DomainError):
    """Exclusive and open plans exclude each other on one product (RULES 2.4)."""

    sentence = _("Exclusive and open plans exclude each other: close plan {plan_id} of this product first.")
    field = "kind"
    plan_id: int


@dataclass(eq=False)
class NormalPlanExists(DomainError):
    """A product has one normal plan at a time."""

    sentence = _("The product already has the normal plan {plan_id}; close it first.")
    field = "kind"
    plan_id: int


@dataclass(eq=False)
class TooManyPlans(DomainError):
    """The limit of plans on one product, or of shop-wide plans of one shop, is reached."""

    sentence = _("No more than {most} plans can be open here at once.")
    most: int


@dataclass(eq=False)
class NormalPlanNeeded(DomainError):
    """Step commission belongs to an open normal plan."""

    sentence = _("Step commission needs an open normal plan.")
    field = "plan_id"


@dataclass(eq=False)
class StepExists(DomainError):
    """A step cannot be edited or doubled, only dropped."""

    sentence = _("The plan already has a step commission; drop it first.")
    field = "plan_id"


@dataclass(eq=False)
class StepOutOfBounds(DomainError):
    """A step must pay more than the plan, and no more than the cap."""

    status = 422
    sentence = _("The step's commission must be from {least_bp} to {most_bp} basis points (1 % is 100).")
    field = "step_rate_bp"
    least_bp: int
    most_bp: int


@dataclass(eq=False)
class ProductNotOnSale(DomainError):
    """Only what is on sale can be shown."""

    sentence = _("This product is not on sale.")
    field = "product_id"


@dataclass(eq=False)
class ShowcaseFull(DomainError):
    """A showcase has a limit."""

    sentence = _("A showcase holds no more than {most} products.")
    most: int
