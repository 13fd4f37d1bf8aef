"""What the orders module tells the others."""

from dataclasses import dataclass

from laotie.events.event import Event


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """A buyer has placed an order with one shop; its stock is held."""

    name = "orders.order_placed.v1"
    order_id: int
    shop_id: int
    buyer_id: int
    line_ids: tuple[int, ...]
    payable_fen: int
    placed_from: str = ""
