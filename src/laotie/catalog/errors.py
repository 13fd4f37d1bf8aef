"""The catalog's expected refusals."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


@dataclass(eq=False)
class OutOfStock(DomainError):
    """Fewer units are left than wanted; nothing of the request was reserved."""

    sentence = _("Only {left} left of SKU {sku_id}.")
    field = "quantity"
    sku_id: int
    left: int


@dataclass(eq=False)
class SkuUnavailable(DomainError):
    """The SKU does not exist, is off sale, or has no valid offer in the channel."""

    sentence = _("SKU {sku_id} is not for sale here at the moment.")
    field = "sku_id"
    sku_id: int


@dataclass(eq=False)
class ReservationGone(DomainError):
    """A reservation was released or has expired, so its units may belong to somebody else."""

    sentence = _("Reservation {reservation_id} no longer holds its goods.")
    field = "reservation_id"
    reservation_id: int


@dataclass(eq=False)
class ReservationConfirmed(DomainError):
    """Sold goods are not released; they come back by `return_stock`."""

    sentence = _("Reservation {reservation_id} is already sold and can only be returned.")
    field = "reservation_id"
    reservation_id: int


@dataclass(eq=False)
class ReturnTooLarge(DomainError):
    """More units would come back than were sold and are still out."""

    sentence = _("Only {returnable} units of reservation {reservation_id} can still be returned.")
    field = "quantity"
    reservation_id: int
    returnable: int


@dataclass(eq=False)
class ProductIncomplete(DomainError):
    """A product goes on sale with at least one SKU that has a price."""

    sentence = _("Product {product_id} needs at least one SKU with a price before it goes on sale.")
    field = "product_id"
    product_id: int


@dataclass(eq=False)
class CodeTaken(DomainError):
    """Codes are unique: a category's everywhere, a SKU's within its product."""

    sentence = _("The code {taken} is already in use.")
    field = "code"
    taken: str


@dataclass(eq=False)
class TooMany(DomainError):
    """A bounded collection is full."""

    status = 422
    sentence = _("There can be at most {most} of these.")
    field = "product_id"
    most: int


@dataclass(eq=False)
class CategoryNotLeaf(DomainError):
    """Products hang on the third level of the tree."""

    status = 422
    sentence = _("Category {category_id} has categories below it; choose one of those.")
    field = "category_id"
    category_id: int


@dataclass(eq=False)
class BrandNotAuthorised(DomainError):
    """The shop neither owns the brand nor holds a valid authorisation."""

    status = 403
    sentence = _("Your shop is not authorised to sell brand {brand_id}.")
    field = "brand_id"
    brand_id: int


@dataclass(eq=False)
class ShopNotOpen(DomainError):
    """A suspended shop cannot sell."""

    sentence = _("This shop is suspended and cannot sell.")
    shop_id: int
