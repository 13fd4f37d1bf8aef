"""What happens to each order of the demo market, as plain data: who buys what, when, how they came, how it ends."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from laotie.core.clock import platform_zone
from laotie.main.demo import goods, people
from laotie.main.demo.market import CHANNEL_SKU, NEWCOMER, NEWCOMER_DAYS_AGO, SHOWCASES

WEEKS_OF_ORDERS = 5
SHOP_ENTRANCE = "shop"
SHELF_ENTRANCE = ""
SHOPPING_HOURS = (8, 10, 11, 12, 12, 13, 15, 17, 19, 19, 20, 20, 20, 21, 21, 21, 22, 22, 23)


class Fate(StrEnum):
    """How an order's life goes, as far as time has come."""

    BOUGHT = "bought"
    UNPAID = "unpaid"
    GIVEN_UP = "given up before paying"
    CANCELLED = "cancelled after paying"
    SLOW = "shipped after its promise"
    PART_BACK = "part refunded before settlement"
    ALL_BACK = "refunded in full before settlement"
    ASKED = "a refund asked for and not answered"
    REFUSED = "a refund refused"
    WITHDRAWN = "a refund withdrawn"
    PART_BACK_LATER = "part refunded after settlement"
    ALL_BACK_LATER = "refunded in full after settlement"


FATE_WEIGHTS = {
    Fate.BOUGHT: 700,
    Fate.UNPAID: 60,
    Fate.GIVEN_UP: 25,
    Fate.CANCELLED: 40,
    Fate.SLOW: 25,
    Fate.PART_BACK: 40,
    Fate.ALL_BACK: 30,
    Fate.ASKED: 15,
    Fate.REFUSED: 20,
    Fate.WITHDRAWN: 10,
    Fate.PART_BACK_LATER: 40,
    Fate.ALL_BACK_LATER: 25,
}


@dataclass(frozen=True, slots=True)
class Life:
    """One checkout. `via` is a creator's key, the shop's own entrance, or none (the shelf)."""

    buyer: str
    at: datetime
    skus: tuple[tuple[str, int], ...]
    via: str
    fate: Fate
    luck: int | None  # seeds how long each step takes; None: each takes its middle time

    def hours(self, step: str, least: float, most: float) -> timedelta:
        """Return how long a step of this life takes."""
        if self.luck is None:
            return timedelta(hours=(least + most) / 2)
        return timedelta(hours=random.Random(f"{self.luck}:{step}").uniform(least, most))


PRODUCT_OF_SKU = {sku.code: entry.key for entry in goods.PRODUCTS for sku in entry.skus} | {
    CHANNEL_SKU: "tieguanyin"
}
SHOP_OF_PRODUCT = {entry.key: entry.shop for entry in goods.PRODUCTS}

# The lives of those who can sign in: (days ago, buyer, SKUs, via, fate). Together every state is there to be seen.
TOLD = (
    (34.0, "lin", (("TGY-L250", 1),), "mei", Fate.BOUGHT),
    (31.0, "lin", (("WAN-6", 1),), SHELF_ENTRANCE, Fate.PART_BACK_LATER),
    (28.0, "lin", (("PG-5", 2), ("LI-5", 1)), "qiao", Fate.BOUGHT),
    (25.0, "lin", (("SJ-BLU", 1),), "chen", Fate.ALL_BACK_LATER),
    (19.0, "lin", (("MLH-100", 2), ("GW-150", 1)), "mei", Fate.BOUGHT),
    (17.0, "lin", (("DHP-150", 1),), "mei", Fate.PART_BACK_LATER),
    (15.2, "lin", (("FM-500", 1),), SHELF_ENTRANCE, Fate.UNPAID),
    (10.5, "lin", (("GW-150", 1),), "mei", Fate.BOUGHT),
    (9.4, "lin", (("ZSX-125", 1),), "mei", Fate.ALL_BACK),
    (8.2, "lin", (("HS-5", 2),), SHOP_ENTRANCE, Fate.REFUSED),
    (8.0, "lin", (("JM-100", 1),), SHELF_ENTRANCE, Fate.CANCELLED),
    (5.1, "lin", (("ZS-10", 1),), SHELF_ENTRANCE, Fate.GIVEN_UP),
    (4.0, "lin", (("MLH-200", 1),), "mei", Fate.BOUGHT),
    (3.2, "lin", (("TJ-100", 2),), "mei", Fate.ASKED),
    (0.7, "lin", (("TGY-L250", 1), ("MK-BLU", 2)), "mei", Fate.BOUGHT),
    (0.1, "lin", (("LXC-G", 1),), "mei", Fate.BOUGHT),
    (0.003, "lin", (("YS-RED", 1),), SHELF_ENTRANCE, Fate.BOUGHT),
    (30.0, "guo", (("PE-357", 1),), "mei", Fate.BOUGHT),
    (22.0, "guo", (("TGY-D250", 1),), "mei", Fate.ALL_BACK_LATER),
    (11.0, "guo", (("LH-STD", 1),), "mei", Fate.BOUGHT),
    (3.4, "guo", (("ZSX-250", 1),), SHELF_ENTRANCE, Fate.ASKED),
    (2.5, "guo", ((CHANNEL_SKU, 2),), "mei", Fate.BOUGHT),
    (1.9, "guo", (("DHP-150", 1),), SHELF_ENTRANCE, Fate.SLOW),
    (1.85, "buyer07", (("TGY-D250", 2),), SHELF_ENTRANCE, Fate.SLOW),
    (0.3, "guo", (("TGY-L250", 1),), SHOP_ENTRANCE, Fate.BOUGHT),
    (20.0, "mei", (("TGY-L250", 2),), "mei", Fate.BOUGHT),  # earns her nothing: a self-purchase
    # Enough receipts under one plan that the step commission is reached.
    *((33.0 - number / 3, f"buyer{number + 1:02}", (("HS-9", 1),), "qiao", Fate.BOUGHT) for number in range(9)),
)


def tell_lives(*, now: datetime) -> list[Life]:
    """Return the lives of those who can sign in."""
    return [
        Life(buyer, now - timedelta(days=days_ago), skus, via, fate, luck=None)
        for days_ago, buyer, skus, via, fate in TOLD
    ]


def imagine_lives(*, count: int, now: datetime, seed: int) -> list[Life]:
    """Return the lives of everybody else, the same for the same seed."""
    chance = random.Random(seed)
    return [_imagine(chance, now) for _number in range(count)]


def _imagine(chance: random.Random, now: datetime) -> Life:
    at = _moment(chance, now)
    via = chance.choices(
        [*SHOWCASES, SHOP_ENTRANCE, SHELF_ENTRANCE],
        weights=[25, 18, 18, 12, 27],
    )[0]
    if at > now - timedelta(minutes=5):
        fate = Fate.UNPAID
    else:
        fate = chance.choices(list(FATE_WEIGHTS), weights=list(FATE_WEIGHTS.values()))[0]
    return Life(
        buyer=chance.choice(people.BUYERS).key,
        at=at,
        skus=_skus(chance, via, at, now),
        via=via,
        fate=fate,
        luck=chance.randrange(10**9),
    )


def _moment(chance: random.Random, now: datetime) -> datetime:
    """Return a moment of the last weeks, more of them recent, at an hour when people shop."""
    while True:
        day = now - timedelta(days=7 * WEEKS_OF_ORDERS * (1 - chance.random() ** 0.75))
        local = day.astimezone(platform_zone()).replace(
            hour=chance.choice(SHOPPING_HOURS), minute=chance.randrange(60), second=chance.randrange(60)
        )
        at = local.astimezone(now.tzinfo)
        if now - timedelta(days=7 * WEEKS_OF_ORDERS) < at < now - timedelta(minutes=2):
            return at


def _skus(chance: random.Random, via: str, at: datetime, now: datetime) -> tuple[tuple[str, int], ...]:
    newcomer_sells = at > now - timedelta(days=NEWCOMER_DAYS_AGO - 1)
    open_to_all = [
        entry
        for entry in goods.PRODUCTS
        if (entry.shop != NEWCOMER or newcomer_sells) and (via not in SHOWCASES or entry.key in SHOWCASES[via])
    ]
    wanted = chance.choices([1, 2, 3], weights=[78, 17, 5])[0]
    found: dict[str, int] = {}
    for entry in _pick(chance, open_to_all, wanted):
        sku = chance.choices(entry.skus, weights=[known.stock for known in entry.skus])[0]
        found[sku.code] = chance.choices([1, 2, 3], weights=[75, 20, 5])[0]
    return tuple(found.items())


def _pick(chance: random.Random, entries: Sequence[goods.DemoProduct], count: int) -> list[goods.DemoProduct]:
    """Return products, those with much stock more often: shops buy in what sells."""
    stocks = [sum(sku.stock for sku in entry.skus) for entry in entries]
    return chance.choices(entries, weights=stocks, k=count)
