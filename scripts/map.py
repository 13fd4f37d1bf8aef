"""Draws docs/MAP.md from the import graph and the event registry; --check compares it with the code."""

import os
import sys
import tomllib
from pathlib import Path

import django
import grimp

ROOT = Path(__file__).resolve().parent.parent
MAP = ROOT / "docs" / "MAP.md"

JOURNEY = """
## An order's journey

```
shop page, showcase, link            web/pages/shop.py → alliance.operations.record_click       the evidence
POST /api/v1/orders or checkout      orders.operations.place_order                       one transaction
  catalog.queries.quote              what it costs now
  alliance.queries.freeze_terms      who gets which share, copied onto the line
  catalog.operations.reserve_stock   held until pay_until; never oversold
  OrderPlaced                        into the outbox
signed callback                      orders.operations.apply_notice                      one transaction
  catalog.operations.confirm_reservations, ledger.operations.post (channel → escrow), OrderPaid
the worker                           events.delivery hands OrderPaid to every subscriber
ship, receive                        orders.operations.ship_order, confirm_receipt, receive_due_orders
  alliance.operations.number_receipt the place in order of receipt, for step commission
settlement, 7 days later             orders.operations.settle_order                      one transaction per order
  ledger.operations.post             escrow → shop, creator, agency, leader, platform; the 5 % reserve held
refunds, before and after            orders.operations.refunds                           base shrinks / legs reversed
`laotie audit`                       main/audit.py holds all books against each other
```

How attention flows (an impression's journey) joins this page with the modules `feed` and `traffic`.
"""


def main() -> None:
    """Write the map, or with --check say whether it is true."""
    text = draw()
    if "--check" in sys.argv:
        if MAP.read_text() != text:
            sys.exit("docs/MAP.md is not what the code says: run make map")
        return
    MAP.write_text(text)


def draw() -> str:
    """Return the map as Markdown."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laotie.main.settings")
    django.setup()
    from laotie.events.registry import EVENTS  # noqa: PLC0415 - after Django is set up
    from laotie.main.subscriptions import SUBSCRIPTIONS  # noqa: PLC0415 - after Django is set up

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = next(contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers")
    graph = grimp.build_graph("laotie")
    lines = ["# Map", "", "Drawn by `make map` from the imports and the event registry; do not edit.", ""]
    lines += ["## Floors", "", "A module imports only from floors below, through four doors:", ""]
    lines += ["`operations`, `queries`, `contracts`, `errors` (`make borders` checks it).", ""]
    lines += ["| floor | modules | each imports |", "|---|---|---|"]
    for number, floor in enumerate(reversed(floors)):
        names = [name.strip() for name in floor.split("|")]
        imported = "; ".join(f"{name}: {', '.join(below(graph, name)) or 'nothing'}" for name in names)
        lines.append(f"| {number} | {', '.join(f'`{name}`' for name in names)} | {imported} |")
    lines += [
        "",
        "Cards: " + ", ".join(f"[{name}](../src/laotie/{name}/README.md)" for name in modules(floors)),
        "",
    ]
    lines.append(JOURNEY.strip())
    lines += ["", "## Everything that can happen", "", "| event | tells | heard by |", "|---|---|---|"]
    for name, event in sorted(EVENTS.items()):
        heard = [entry.subscriber for entry in SUBSCRIPTIONS if event in entry.handlers]
        summary = (event.__doc__ or "").strip().splitlines()[0]
        lines.append(f"| [`{name}`](events/{name}.json) | {summary} | {', '.join(heard) or 'nobody yet'} |")
    return "\n".join(lines) + "\n"


def modules(floors: list[str]) -> list[str]:
    """Return every module, top floor first."""
    return [name.strip() for floor in floors for name in floor.split("|")]


def below(graph: grimp.ImportGraph, module: str) -> list[str]:
    """Return the other modules a module imports, tests left out."""
    package = f"laotie.{module}"
    importers = {package, *graph.find_descendants(package)}
    found = {
        imported.split(".")[1]
        for importer in importers
        if ".tests" not in importer
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    return sorted(found - {module})


if __name__ == "__main__":
    main()
